"""The first frame of a recording with a pre-trigger, found in the journal by its trigger."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.frames.gaps import WRAP, first_of_stream

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo, FrameReader
    from llpyspin.roles import Armed

__all__ = ["Mark", "PulseTrain", "as_it_began", "mark_at", "mark_back", "number_of"]


class PulseTrain(NamedTuple):
    """Since when pulses come (host's monotonic clock, ns) and how far apart; None where that is not known."""

    since_ns: int | None
    period_ns: int | None


class Mark(NamedTuple):
    """Where a file begins: with frame ``index``, there or still to come, which has trigger ``trigger``.

    The rows begin with trigger ``first``.  If that is an earlier one, the frames in between were lost.
    """

    trigger: int
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    first: int


def number_of(info: FrameInfo, armed: Armed, pulses: PulseTrain) -> int:
    """Which exposure since arming a frame is, from 0.

    Where ids begin anew (GigE) the time tells how often they did.
    """
    number = info.frame_id - armed.first_id
    if armed.first_id and pulses.since_ns is not None and pulses.period_ns:
        passed = (info.host_timestamp_ns - pulses.since_ns) / pulses.period_ns
        number += WRAP * max(0, round((passed - number) / WRAP))
    return number


def mark_back(reader: FrameReader, armed: Armed, pulses: PulseTrain, seconds: float, rate: float) -> Mark:
    """The frame of so many seconds ago; the first one, where there are not so many."""
    index = max(armed.published, reader.newest + 1 - math.ceil(seconds * rate))
    info = reader.journal(index)
    armed = as_it_began(reader, armed)
    number = 0 if info is None else number_of(info, armed, pulses)
    return Mark(number, index, 0 if index == armed.published else number)


def as_it_began(reader: FrameReader, armed: Armed) -> Armed:
    """With the id with which the camera really began, where the first frame is remembered and tells it."""
    first = reader.journal(armed.published)
    if first is None:
        return armed
    return dataclasses.replace(armed, first_id=first_of_stream(armed.first_id, first))


def mark_at(reader: FrameReader, armed: Armed, pulses: PulseTrain, trigger: int) -> Mark:
    """The frame of that trigger, or else of the first trigger after it that has one."""
    armed = as_it_began(reader, armed)
    mark: Mark | None = None
    for index in range(reader.newest, armed.published - 1, -1):
        info = reader.journal(index)
        if info is None:
            return mark or Mark(trigger, armed.published + trigger, trigger)
        number = number_of(info, armed, pulses)
        if number < trigger:
            # Frames to come are taken to come without a gap; what the writer finds then, it accounts for.
            return _since(mark, trigger) or Mark(trigger, index + trigger - number, trigger)
        mark = Mark(number, index, number)
    return _since(mark, trigger) or Mark(trigger, armed.published + trigger, trigger)


def _since(mark: Mark | None, trigger: int) -> Mark | None:
    """All frames before the mark are known: those since ``trigger`` that are not there were lost."""
    return mark and mark._replace(first=trigger)
