"""When the sessions of a schedule begin: rules about numbers, for any clock that does not go back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Slots", "Turn"]

MOST_LATE_S = 60.0


class Turn(NamedTuple):
    """What comes next.

    Attributes
    ----------
    slot : int or None
        Number of the slot; None: the schedule is over.
    missed : range
        Slots before it that nobody recorded, and nobody will.
    """

    slot: int | None
    missed: range


@dataclass(frozen=True)
class Slots:
    """The slots of a schedule, numbered from 0.

    Slot n begins at ``first_s + n * every_s``, whatever happened in the slots before it.  So nothing drifts.
    A session may begin up to :attr:`late_s` after its slot.  A slot that could only begin later is missed.

    Attributes
    ----------
    first_s : float
        When the first one begins, on the clock of the schedule.
    every_s, for_s : float
        From one beginning to the next, and how long a session lasts; ``for_s`` is less.
    until_s : float or None
        From then on nothing is recorded.
    sessions : int or None
        How many slots there are.
    """

    first_s: float
    every_s: float
    for_s: float
    until_s: float | None = None
    sessions: int | None = None

    @property
    def late_s(self) -> float:
        """How late a session may begin: a minute at most, and it must end before the next slot."""
        return min(MOST_LATE_S, self.every_s - self.for_s)

    def start_of(self, slot: int) -> float:
        """When a slot begins."""
        return self.first_s + slot * self.every_s

    def seconds_from(self, now: float) -> float:
        """How long a session lasts that begins now: until the end of the schedule at most."""
        return self.for_s if self.until_s is None else min(self.for_s, self.until_s - now)

    def is_late(self, slot: int, now: float) -> bool:
        """Whether it is too late for a slot."""
        return now > self.start_of(slot) + self.late_s or (self.until_s is not None and now >= self.until_s)

    def turn(self, last: int, now: float) -> Turn:
        """What comes after slot ``last`` (-1: after none)."""
        begin, end = last + 1, self._end()
        slot = max(begin, math.ceil((now - self.late_s - self.first_s) / self.every_s))
        while slot > begin and not self.is_late(slot - 1, now):  # what rounding may have cost
            slot -= 1
        while (end is None or slot < end) and now > self.start_of(slot) + self.late_s:
            slot += 1
        if self.until_s is not None and now >= self.until_s:
            slot = max(begin, slot if end is None else end)
        if end is not None and slot >= end:
            return Turn(None, range(begin, max(begin, end)))
        return Turn(slot, range(begin, slot))

    def _end(self) -> int | None:
        """The slot after the last one; None: there is none."""
        ends = [] if self.sessions is None else [self.sessions]
        if self.until_s is not None:
            slot = max(0, math.ceil((self.until_s - self.first_s) / self.every_s))
            while slot > 0 and self.start_of(slot - 1) >= self.until_s:
                slot -= 1
            while self.start_of(slot) < self.until_s:
                slot += 1
            ends.append(slot)
        return min(ends, default=None)
