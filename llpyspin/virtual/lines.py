"""The GPIO connector: levels of inputs and outputs, and the wires between cameras.

On the 6-pin connector of a Blackfly S, Line0 is an opto-isolated input, and Line1 an open-collector output,
which needs a pull-up. Line2 is an input or output (or the 3.3 V supply), and Line3 an input. Levels of inputs
and edges at outputs are times in the clock of the camera.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.system.mailboxes import Outbox
from llpyspin.virtual import link
from llpyspin.virtual.families import BLACKFLY_S
from llpyspin.virtual.levels import Levels
from llpyspin.virtual.link import MOST_EDGES, Edge, send_edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.families import Pinout
    from llpyspin.virtual.world import Wire

__all__ = ["LINES", "Connector", "Line"]

LINES = tuple(f"Line{number}" for number in range(link.LINES))
"""Those of all families; most have the first four."""
_MOST_WAITING = 4096


@dataclass(frozen=True)
class Line:
    """The settings of one line."""

    output: bool = False
    source: str = "Off"
    inverted: bool = False
    supply: bool = False
    """V3_3Enable: Line2 gives 3.3 V."""


class _WireEnd:
    """The sending end of a wire, with the edges that the other camera has not taken yet."""

    def __init__(self, wire: Wire, address: str) -> None:
        self.wire = wire
        self._address = address
        self._line = LINES.index(wire.target_line)
        self._waiting: deque[tuple[bool, int]] = deque(maxlen=_MOST_WAITING)
        self.high = False
        """The level after all edges that were sent, some of which may lie ahead."""
        self._latest = 0

    def send(self, sender: Outbox, edges: Iterable[tuple[bool, int]] = ()) -> bool:
        """Send these after those that wait; whether none waits any more.

        None comes before one that was sent earlier: the last one is the level that stays.
        """
        for level, at in edges:
            self._latest = max(at, self._latest)
            self._waiting.append((level, self._latest))
        while self._waiting:
            count = min(len(self._waiting), MOST_EDGES)
            batch = [Edge(self._line, *self._waiting[index]) for index in range(count)]
            if not send_edges(sender, self._address, batch):
                return False  # they carry their times, so they may go later
            for _ in range(count):
                self._waiting.popleft()
        return True


class Connector:
    """The lines of one camera.

    Parameters
    ----------
    wires : list of (Wire, str)
        Wires that start at this camera, and the address of the camera at their other end.
    levels : callable
        ``levels(signal, camera_ns) -> bool``: the level of an internal signal ("ExposureActive").
    to_host : callable
        Camera time to host time, both in ns.
    pinout : Pinout
    """

    def __init__(
        self,
        wires: list[tuple[Wire, str]],
        levels: Callable[[str, int], bool],
        to_host: Callable[[int], int],
        pinout: Pinout = BLACKFLY_S.pinout,
    ) -> None:
        self._pinout = pinout
        self.supply_edge: Callable[[], int] = lambda: 0
        """How long the pulse is (ns) that switching the 3.3 V gives along the wires that it pulls up."""
        self.lines: dict[str, Line] = dict.fromkeys(LINES, Line())
        self.inputs = Levels(LINES)
        self._ends = [_WireEnd(wire, address) for wire, address in wires]
        self._levels = levels
        self._driven: dict[
            str, list[tuple[bool, int]]
        ] = {}  # newest edges of each signal, also without a wire
        self._to_host = to_host
        self._sender = Outbox()

    def close(self) -> None:
        self._sender.close()

    def configure(self, registers: Registers, now: int) -> None:
        """Take the settings of the lines from the registers; a level that changes by it is an edge."""
        lines = self.lines | {name: self._read_line(registers, name) for name in self._pinout.lines}
        if lines == self.lines:
            return
        before = self._far_levels(now)
        switched = {name for name in self._pinout.supplies if lines[name].supply != self.lines[name].supply}
        self.lines = lines
        for end, old, new in zip(self._ends, before, self._far_levels(now), strict=True):
            if new != old:
                end.high = new
                end.send(self._sender, [(new, self._to_host(now))])
                self._send_ahead(end, now)
            elif not new and self.supply_edge() and self._pulled_up_by(end) in switched:
                times = (True, now), (False, now + self.supply_edge())
                end.send(self._sender, [(level, self._to_host(at)) for level, at in times])

    def _send_ahead(self, end: _WireEnd, now: int) -> None:
        """Send the edges that the signal of a wire has still to come: until now they had no wire."""
        line = self.lines[end.wire.source_line]
        coming = [(level, at) for level, at in self._driven.get(line.source, ()) if at > now]
        if line.output:
            self._emit(end, [(level != line.inverted, at) for level, at in coming])

    def _pulled_up_by(self, end: _WireEnd) -> str | None:
        """The line whose 3.3 V lifts the wire; None where it needs none, or has another pull-up."""
        return None if end.wire.pull_up == "external" else self._pinout.pull_up.get(end.wire.source_line)

    def drives(self, signal: str) -> bool:
        """Whether a wire carries this signal."""
        return any(self.lines[end.wire.source_line].source == signal for end in self._ends)

    def drive(self, signal: str, edges: list[tuple[bool, int]]) -> None:
        """Send edges (level, camera time) of a signal along the wires that carry it.  They may lie ahead."""
        self._driven[signal] = edges
        for end in self._ends:
            line = self.lines[end.wire.source_line]
            if line.output and line.source == signal:
                self._emit(end, [(level != line.inverted, at) for level, at in edges])

    def send_waiting(self) -> bool:
        """Send again what other cameras had no room for; whether nothing waits any more."""
        waiting = [end for end in self._ends if not end.send(self._sender)]
        return not waiting

    def level(self, name: str, at: int) -> bool:
        """The level that LineStatus shows at a camera time, now or a while ago."""
        line = self.lines[name]
        if line.supply:
            return True
        if not line.output:
            return self.inputs.at(name, self._to_host(at)) != line.inverted
        return (line.source != "Off" and self._levels(line.source, at)) != line.inverted

    def status_all(self, at: int) -> int:
        """LineStatusAll: bit n is the level of line n."""
        return sum(self.level(name, at) << index for index, name in enumerate(LINES))

    def _far_levels(self, now: int) -> list[bool]:
        """The levels at the far ends of the wires."""
        return [self._electric(end, self.level(end.wire.source_line, now)) for end in self._ends]

    def _electric(self, end: _WireEnd, level: bool) -> bool:
        """The level at the far end of the wire: an open collector without a pull-up never rises."""
        name = end.wire.source_line
        supply = self._pulled_up_by(end)
        if supply is not None and not self.lines[supply].supply:
            return False
        return level and self.lines[name].output

    def _emit(self, end: _WireEnd, edges: list[tuple[bool, int]]) -> None:
        real: list[tuple[bool, int]] = []
        for level, at in edges:
            seen = self._electric(end, level)
            if end.high != seen:
                end.high = seen
                real.append((seen, self._to_host(at)))
        if real:
            end.send(self._sender, real)

    def _read_line(self, registers: Registers, name: str) -> Line:
        return Line(
            output=registers.get("LineMode", name) == "Output",
            source=registers.get("LineSource", name),
            inverted=bool(registers.get("LineInverter", name)),
            supply=name in self._pinout.supplies and bool(registers.get("V3_3Enable", name)),
        )
