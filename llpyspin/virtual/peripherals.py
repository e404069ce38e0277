"""The parts of a camera with a level or a pulse: lines, user outputs, counters, the shutter's signals."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.virtual.counters import COUNTERS, Counter
from llpyspin.virtual.families import BLACKFLY_S
from llpyspin.virtual.levels import Levels
from llpyspin.virtual.lines import LINES, Connector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.families import Pinout
    from llpyspin.virtual.shutter import Exposure
    from llpyspin.virtual.world import Wire

__all__ = ["Event", "Peripherals", "is_pulse"]

_MOST_AHEAD = 4096
USER_OUTPUTS = ("UserOutput0", "UserOutput1", "UserOutput2", "UserOutput3")


class Event(NamedTuple):
    """A signal rose or fell, or gave a pulse (which rises), at a camera time in ns."""

    at: int
    name: str
    rising: bool

    @property
    def pulse(self) -> bool:
        """Whether it has no level: an edge or level to trigger by (TriggerActivation) means nothing to it."""
        return is_pulse(self.name)


def is_pulse(name: str) -> bool:
    """Whether a source of triggers has pulses and no level."""
    return name in ("Software", "Action0") or name.endswith(("Start", "End"))


class Peripherals:
    """Lines, user outputs and counters of one camera.

    Not locked: its owner calls it with one lock held.

    Parameters
    ----------
    wires : list of (Wire, str)
        Wires that start here and the address at their other end.
    to_host : callable
        Camera time to host time.
    pinout : Pinout
    """

    def __init__(
        self,
        wires: list[tuple[Wire, str]],
        to_host: Callable[[int], int],
        pinout: Pinout = BLACKFLY_S.pinout,
    ) -> None:
        self._to_host = to_host
        self.connector = Connector(wires, self.signal, to_host, pinout)
        self.counters = {name: Counter(name) for name in COUNTERS}
        self.outputs = Levels(USER_OUTPUTS)
        self.waiting_for_trigger: Callable[[int], bool] = lambda at: False
        self._exposures: deque[Exposure] = deque(maxlen=4)
        self._listened: frozenset[str] = frozenset()
        self._edges_ahead: deque[tuple[int, int, bool]] = deque(maxlen=_MOST_AHEAD)

    def configure(self, registers: Registers, now: int) -> list[Event]:
        """Take the settings from the registers; returns the events that come of the change."""
        for counter in self.counters.values():
            counter.configure(registers)
        self._listened = frozenset().union(*(counter.sources for counter in self.counters.values()))
        events = []
        for name in USER_OUTPUTS:
            level = bool(registers.get("UserOutputValue", name))
            if level != self.outputs[name]:
                self.outputs.change(name, level, self._to_host(now))
                events.append(Event(now, name, level))
                self.connector.drive(name, [(level, now)])
        self.connector.configure(registers, now)
        return events

    def listens_to(self, name: str) -> bool:
        """Whether a counter reacts to this event."""
        return name in self._listened

    def signal(self, name: str, at: int) -> bool:
        """The level of an internal signal."""
        if name == "ExposureActive":
            return any(e.start <= at and (e.end is None or at < e.end) for e in self._exposures)
        if name == "FrameTriggerWait":
            return self.waiting_for_trigger(at)
        if name in self.outputs:
            return self.outputs.at(name, self._to_host(at))
        if name.removesuffix("Active") in self.counters:
            return self.counters[name.removesuffix("Active")].active_at(at)
        return name in LINES and self.connector.inputs.at(name, self._to_host(at))

    # -- edges that lie ahead while nothing is acquired

    def keep_edges(self, edges: Iterable[tuple[int, int, bool]]) -> None:
        """Take edges at inputs, (camera time, line, level), that will come."""
        self._edges_ahead.extend(edges)

    def edges_due(self, now: int) -> list[Event]:
        """Let the inputs have the levels of now; returns the events that come of it, in order."""
        events = [self.input_changed(line, level, at) for at, line, level in self._taken(now)]
        return [event for event in events if event is not None]

    def edges_ahead(self) -> list[tuple[int, int, bool]]:
        """The edges that are still to come, which the caller takes over."""
        return self._taken(None)

    def _taken(self, until: int | None) -> list[tuple[int, int, bool]]:
        due = sorted(edge for edge in self._edges_ahead if until is None or edge[0] <= until)
        left = [edge for edge in self._edges_ahead if until is not None and edge[0] > until]
        self._edges_ahead = deque(left, maxlen=_MOST_AHEAD)
        return due

    # -- what happens

    def input_changed(self, line: int, level: bool, at: int) -> Event | None:
        """A wire says the level of an input line; None if it had that level already."""
        name = LINES[line]
        if self.connector.inputs[name] == level:
            return None
        self.connector.inputs.change(name, level, self._to_host(at))
        return Event(at, name, level != self.connector.lines[name].inverted)

    def ahead(self, now: int) -> list[Event]:
        """What counters that run by time will do."""
        happenings = [h for counter in self.counters.values() for h in counter.ahead(now)]
        return [Event(h.at, f"{h.counter}{h.what}", True) for h in happenings]

    def levels(self, now: int) -> list[Event]:
        """The signals whose level is the trigger of a counter, as they are now."""
        sources = {counter.level_source for counter in self.counters.values()} - {None}
        return [Event(now, source, self.signal(source, now)) for source in sources if source is not None]

    def exposure_began(self, exposure: Exposure) -> None:
        """Send the edges of ExposureActive: both, where the end is known already."""
        self._exposures.append(exposure)
        edges = [(True, exposure.start)]
        if exposure.end is not None:
            edges.append((False, exposure.end))
        self.connector.drive("ExposureActive", edges)

    def exposure_ended(self, exposure: Exposure) -> None:
        """The end of an exposure that was open."""
        assert exposure.end is not None
        self.connector.drive("ExposureActive", [(False, exposure.end)])

    def happened(self, event: Event) -> list[Event]:
        """Tell the counters of an event; returns what they do."""
        if event.name not in self._listened:
            return []
        following: list[Event] = []
        for counter in self.counters.values():
            happenings = counter.event(event.name, event.rising, event.at)
            if happenings:
                edges = [(h.what == "Start", h.at) for h in happenings]
                self.connector.drive(f"{counter.name}Active", edges)
                following += [Event(h.at, f"{h.counter}{h.what}", True) for h in happenings]
        return following
