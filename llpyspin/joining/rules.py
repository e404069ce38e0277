"""Which frames of several cameras belong to one trigger, and when to stop waiting for one.

Pure rules: no clock, no memory, no process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Joining", "Joint", "Timeline"]

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Joint(Generic[_Item]):
    """What the cameras have of one trigger.

    Attributes
    ----------
    trigger : int
    items : tuple
        One for each camera; None where it has none, or where that was not waited for.
    """

    trigger: int
    items: tuple[_Item | None, ...]


@dataclass
class _Side(Generic[_Item]):
    """What is known of one camera."""

    after: int = 0  # the first trigger that it has not accounted for
    over: bool = False
    items: dict[int, tuple[float, _Item]] = field(default_factory=dict)  # by trigger: since when, and what
    missing: int = 0
    late: int = 0


class Joining(Generic[_Item]):
    """Puts together what belongs to one trigger, in the order of the triggers.

    A camera whose frame is late is waited for, ``late_s`` at most.  So a camera that has stopped delays the
    others by that and no more. It is in step again as soon as its frames come in time.

    Parameters
    ----------
    sides : int
        How many cameras.
    late_s : float
        Seconds.

    Attributes
    ----------
    next_trigger : int
        The first one that has not been given.
    lost : int
        Triggers of which no camera had a frame, so far.
    """

    def __init__(self, sides: int, *, late_s: float) -> None:
        self._sides: list[_Side[_Item]] = [_Side() for _ in range(sides)]
        self._late_s = late_s
        self.next_trigger = 0
        self.lost = 0

    @property
    def missing(self) -> tuple[int, ...]:
        """How often each camera had no frame, or none in time, where another one had."""
        return tuple(side.missing for side in self._sides)

    @property
    def late(self) -> tuple[int, ...]:
        """Frames of each camera that came after their trigger was published."""
        return tuple(side.late for side in self._sides)

    def add(self, side: int, trigger: int, item: _Item, now: float) -> bool:
        """A frame has come; those of one camera come in the order of their triggers.

        Returns
        -------
        bool
            Whether it is still wanted.
        """
        one = self._sides[side]
        one.after = trigger + 1
        if trigger < self.next_trigger:
            one.late += 1
            return False
        one.items[trigger] = (now, item)
        return True

    def waiting(self, side: int) -> int:
        """How many frames of this camera wait for the other ones."""
        return len(self._sides[side].items)

    def end(self, side: int) -> None:
        """No more frames of this camera will come."""
        self._sides[side].over = True

    def ready(self, now: float) -> Iterator[Joint[_Item]]:
        """The triggers that can be published now."""
        while (trigger := self._first()) is not None and (self._whole(trigger) or self._due(trigger) <= now):
            yield self._take(trigger)

    def force(self) -> Joint[_Item] | None:
        """The next trigger that a frame waits for, whatever is missing; None if none does."""
        trigger = self._first()
        return None if trigger is None else self._take(trigger)

    def due(self) -> float | None:
        """When the next trigger is published in any case; None if nothing waits."""
        trigger = self._first()
        return None if trigger is None else self._due(trigger)

    def _first(self) -> int | None:
        return min((next(iter(side.items)) for side in self._sides if side.items), default=None)

    def _whole(self, trigger: int) -> bool:
        return all(side.over or side.after > trigger for side in self._sides)

    def _due(self, trigger: int) -> float:
        return self._late_s + min(side.items[trigger][0] for side in self._sides if trigger in side.items)

    def _take(self, trigger: int) -> Joint[_Item]:
        self.lost += trigger - self.next_trigger
        self.next_trigger = trigger + 1
        items: list[_Item | None] = []
        for side in self._sides:
            entry = side.items.pop(trigger, None)
            side.missing += entry is None
            items.append(None if entry is None else entry[1])
        return Joint(trigger, tuple(items))


class Timeline:
    """The time of every trigger on one camera's clock, also of triggers without a frame.

    Parameters
    ----------
    period_ns : int
        From trigger to trigger.
    """

    def __init__(self, period_ns: int) -> None:
        self._period = period_ns
        self._last: tuple[int, int] | None = None

    def at(self, trigger: int, stamp_ns: int | None) -> int | None:
        """The frame's own timestamp (ns), else by the periods since the last one that there was.

        None before the first: nothing is known of the clock then.
        """
        if stamp_ns is not None:
            self._last = (trigger, stamp_ns)
            return stamp_ns
        if self._last is None:
            return None
        last, then = self._last
        return then + (trigger - last) * self._period
