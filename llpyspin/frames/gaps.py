"""The rule by which gaps in frame ids are lost frames, also where ids of 16 bit wrap.

USB3 cameras count from 0, GigE cameras from 1.  Some go on counting where the stream before ended, and some
GigE cameras begin at 0.  After the largest id of 16 bit a GigE camera goes on with 1, or with 0 if it uses
that. Ids of 64 bit and those of USB3 do not wrap.
"""

from __future__ import annotations

from typing import Protocol

__all__ = [
    "COUNTER_SLACK",
    "PLAUSIBLE_START",
    "WRAP",
    "First",
    "earlier_id",
    "first_of_stream",
    "lost_before_first",
    "lost_by_id",
    "round_of",
]

WRAP = 65535
"""The largest id of 16 bit."""

PLAUSIBLE_START = 1000
"""A first id that is further than this from where a camera begins: it did not begin to count anew."""

COUNTER_SLACK = 1
"""How far off a camera's counter may be, since it began to count."""


class First(Protocol):
    """The first frame of a stream that was published."""

    @property
    def frame_id(self) -> int: ...

    @property
    def counted_before(self) -> int | None:
        """How many were lost before it, where the camera process knows better than by its id."""


def lost_by_id(first_id: int, frame_id: int) -> int:
    """How many exposures there were before the first frame of a stream, by its id alone.

    0 where the camera did not begin to count at ``first_id``: then the camera's counter of exposures and the
    clocks show, in the account, whether frames are missing.
    """
    missing = frame_id - first_id
    return missing if 0 < missing <= PLAUSIBLE_START else 0


def lost_before_first(first_id: int, first: First) -> int:
    """How many exposures there were before the first frame of a stream."""
    if first.frame_id == first_id or first.counted_before is None:
        return lost_by_id(first_id, first.frame_id)
    return first.counted_before


def first_of_stream(first_id: int, first: First) -> int:
    """The id with which a camera really began, or would have: that of its first exposure."""
    return first.frame_id - lost_before_first(first_id, first)


def earlier_id(frame_id: int, exposures: int, first_id: int) -> int:
    """The id of the frame so many exposures earlier (later, if negative); those of GigE wrap."""
    earlier = frame_id - exposures
    return earlier if first_id == 0 or frame_id > WRAP else (earlier - 1) % WRAP + 1


def round_of(frame_id: int, *, from_zero: bool) -> int:
    """After how many exposures ids of 16 bit repeat, as seen at the first id after the wrap."""
    return WRAP + 1 if from_zero or frame_id == 0 else WRAP
