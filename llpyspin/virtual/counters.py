"""The two counters of a camera, which count events or microseconds from a trigger until they are full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers

__all__ = ["COUNTERS", "Counter", "Happening"]

COUNTERS = ("Counter0", "Counter1")
_LEVEL_ACTIVATIONS = {"LevelHigh": True, "LevelLow": False, "RisingEdge": True, "FallingEdge": False}


@dataclass(frozen=True)
class Happening:
    """What a counter does to the rest of the camera: "Start" or "End", at a camera time in ns."""

    counter: str
    what: str
    at: int


@dataclass(frozen=True)
class _Input:
    source: str
    activation: str

    @property
    def by_level(self) -> bool:
        return self.activation in ("LevelHigh", "LevelLow")

    def takes(self, event: str, rising: bool) -> bool:
        if event != self.source:
            return False
        return self.activation == "AnyEdge" or _LEVEL_ACTIVATIONS[self.activation] == rising


class Counter:
    """One counter.  Times are camera times in ns."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.value = 0
        self.active = False
        self.completed = False
        self.miscounts: dict[str, int] = {}
        """By how much it is off: from its "start" on, or each time that it starts over ("wrap")."""
        self._owed = 0
        self._held = False  # the trigger is a level, and that is active
        self._span: tuple[int, int] | None = None  # active by time, from and until
        self._read(_Input("Off", "RisingEdge"), _Input("Off", "RisingEdge"), _Input("Off", "RisingEdge"))

    def _read(self, event: _Input, trigger: _Input, reset: _Input) -> None:
        self._event, self._trigger, self._reset = event, trigger, reset

    def configure(self, registers: Registers) -> None:
        """Take the settings from the registers; a change of a source starts the counter afresh."""
        before = (self._event, self._trigger, self._reset)

        def source(kind: str) -> _Input:
            activation = registers.get(f"Counter{kind}Activation", self.name)
            return _Input(registers.get(f"Counter{kind}Source", self.name), activation)

        self._read(source("Event"), source("Trigger"), source("Reset"))
        self.duration = int(registers.get("CounterDuration", self.name))
        self.delay = int(registers.get("CounterDelay", self.name))
        self._at_reset = int(registers.get("CounterValueAtReset", self.name))
        if before != (self._event, self._trigger, self._reset):
            self._held = False
            self.reset()
            self._owed = self.miscounts.get("start", 0)

    def reset(self) -> None:
        """The command CounterReset."""
        self.value = self._at_reset
        self.completed = False
        self._span = None
        self.active = self._event.source not in ("Off", "MHzTick") and self._trigger.source == "Off"

    @property
    def by_time(self) -> bool:
        return self._event.source == "MHzTick"

    @property
    def sources(self) -> frozenset[str]:
        """The events that it reacts to."""
        sources = {self._event.source, self._trigger.source, self._reset.source}
        if self._trigger.by_level:
            sources.add(f"{self.name}End")
        return frozenset(sources) - {"Off", "MHzTick"}

    @property
    def level_source(self) -> str | None:
        """The signal whose level is the trigger: while it is active, the counter starts again and again."""
        return self._trigger.source if self._trigger.by_level and self._trigger.source != "Off" else None

    def event(self, name: str, rising: bool, at: int) -> list[Happening]:
        """Something happened in the camera."""
        if self._reset.takes(name, rising):
            self.reset()
            self._owed += self.miscounts.get("wrap", 0)
        starts = self._trigger.takes(name, rising)
        if name == self.level_source:
            self._held = starts
        happenings = self._start(at) if starts or (self._held and name == f"{self.name}End") else []
        if self.active and not self.by_time and self._event.takes(name, rising):
            happenings += self._count(at)
        return happenings

    def ahead(self, now: int) -> list[Happening]:
        """What a counter that runs by time will do, from ``now`` on."""
        if not self.by_time or self._span is None:
            return []
        start, end = self._span
        return [Happening(self.name, what, at) for what, at in (("Start", start), ("End", end)) if at > now]

    def active_at(self, at: int) -> bool:
        """The signal Counter0Active."""
        if self.by_time:
            return self._span is not None and self._span[0] <= at < self._span[1]
        return self.active

    def value_at(self, at: int) -> int:
        """CounterValue."""
        if not self.by_time or self._span is None:
            return self.value
        return self._at_reset + min(max(0, (at - self._span[0]) // 1000), self.duration)

    def status_at(self, at: int) -> str:
        """CounterStatus."""
        if self._event.source == "Off":
            return "CounterIdle"
        if self.active_at(at):
            return "CounterActive"
        ended = self._span is not None and at >= self._span[1] if self.by_time else self.completed
        return "CounterCompleted" if ended else "CounterTriggerWait"

    def _start(self, at: int) -> list[Happening]:
        counting = self._span is not None and at < self._span[1] if self.by_time else self.active
        if self._event.source == "Off" or counting:
            return []
        if self.by_time:
            start = at + self.delay * 1000
            self._span = start, start + self.duration * 1000
            return [Happening(self.name, "Start", start), Happening(self.name, "End", self._span[1])]
        self.value = self._at_reset
        self.active, self.completed = True, False
        return [Happening(self.name, "Start", at)]

    def _count(self, at: int) -> list[Happening]:
        if self._owed < 0:  # it misses this one
            self._owed += 1
            return []
        self.value += 1 + self._owed
        self._owed = 0
        if self.value - self._at_reset < self.duration:
            return []
        self.active, self.completed = False, True
        return [Happening(self.name, "End", at)]
