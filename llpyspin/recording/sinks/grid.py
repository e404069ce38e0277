"""Which picture each packet of a video holds.

The writer gives picture ``n`` the time ``n / rate``.  A file that is damaged in its middle has fewer packets
than were written, so counting them would give each later picture a wrong number.  The timestamps still tell.
AVI files have none: there a packet has a number as long as the packets lie one after the other without a gap.
"""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

__all__ = ["Grid", "Packet", "unbroken"]

_HEAD = 8
"""Bytes of a chunk before its content: a name and a length."""
_INNER = 4
"""Bytes of the kind of a list, after which its chunks follow."""
_DISORDER = 16
"""Pictures by which encoders change the order at most."""


class Packet(NamedTuple):
    """What a container says of a packet."""

    pts: int | None
    pos: int
    size: int
    key: bool


class Grid:
    """The timestamps of pictures at a constant rate.

    Parameters
    ----------
    rate : Fraction
        Pictures a second, as the writer counted.
    time_base : Fraction
        Seconds of one step of the timestamps.
    """

    def __init__(self, rate: Fraction, time_base: Fraction) -> None:
        # Picture n has the timestamp n * step, rounded: FFmpeg rounds halves up.
        step = 1 / (rate * time_base)
        self._over, self._under = 2 * step.numerator, 2 * step.denominator

    def stamp(self, number: int) -> int:
        """The timestamp of a picture."""
        return (number * self._over + self._under // 2) // self._under

    def candidates(self, pts: int) -> range:
        """The pictures that may have this timestamp; several where the steps are too coarse."""
        first, after = (-((1 - 2 * each) * self._under // 2 // self._over) for each in (pts, pts + 1))
        return range(max(0, first), max(0, after))

    def numbers(self, packets: Sequence[Packet]) -> list[int | None] | None:
        """The number of each packet; None for one that is not proven.

        None instead of a list: the timestamps are of another rate, and prove nothing.
        """
        stamps = [packet.pts for packet in packets]
        if all(pts == self.stamp(number) for number, pts in enumerate(stamps)):
            return list(range(len(stamps)))
        found = self._by_stamps(stamps)
        if sum(number is None for number in found) > len(found) // 2:
            return None
        return _in_order(found)

    def _by_stamps(self, stamps: Sequence[int | None]) -> list[int | None]:
        """A timestamp proves its pictures where as many packets have it as pictures can."""
        found: list[int | None] = []
        for pts, group in itertools.groupby(stamps):
            count = sum(1 for _ in group)
            fitting = range(0) if pts is None else self.candidates(pts)
            found += fitting if len(fitting) == count else [None] * count
        return found


def _in_order(found: list[int | None]) -> list[int | None]:
    """Without numbers that contradict the order of the packets: a damaged timestamp, or one that is twice."""
    known = [(place, number) for place, number in enumerate(found) if number is not None]
    rising = {known[at] for at in _longest_rising([number for _, number in known])}
    result: list[int | None] = [None] * len(found)
    seen = {number for _, number in rising}
    highest = -1
    for place, number in known:
        if (place, number) in rising:
            highest = number
        elif number in seen or not highest - _DISORDER <= number < highest:
            continue
        seen.add(number)
        result[place] = number
    return result


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Places of the longest part of a sequence that rises, which is all of it but for damage."""
    ends: list[int] = []  # the smallest last number of a rising part, by its length
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect.bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
    result = []
    place = places[-1] if places else -1
    while place >= 0:
        result.append(place)
        place = before[place]
    return result[::-1]


def unbroken(file: BinaryIO, packets: Sequence[Packet]) -> int:
    """How many packets of an AVI file lie one after the other, with nothing but whole chunks between them."""
    for number, (last, packet) in enumerate(itertools.pairwise(packets), start=1):
        if not _leads_to(file, _after(last.pos, last.size), packet.pos):
            return number
    return len(packets)


def _leads_to(file: BinaryIO, at: int, goal: int) -> bool:
    """Whether the chunks from here on end where a packet begins."""
    while at < goal:
        file.seek(at)
        head = file.read(_HEAD)
        if len(head) < _HEAD or not head[:4].isalnum():
            return False
        if head[:4] in (b"RIFF", b"LIST"):
            at += _HEAD + _INNER
        else:
            at = _after(at, int.from_bytes(head[4:], "little"))
    return at == goal


def _after(pos: int, size: int) -> int:
    """Where the next chunk begins; all lengths are even."""
    return pos + _HEAD + size + size % 2
