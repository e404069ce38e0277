"""Applies the rules of numbering to published frames, live, in the user's process.

Looks at the journal of the camera's frames, not at pixels, so it costs the same whether somebody reads them
or not.  The writer process numbers for itself, by the same rules.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from llpyspin.errors import CameraClosedError
from llpyspin.frames.records import JOURNAL
from llpyspin.recording.rows import LOST

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo, FrameReader
    from llpyspin.recording.numbering import Numbering

__all__ = ["Follower"]

EARLY = 64
"""Frames at the beginning from which it is known how late frames come."""
KEPT = JOURNAL
"""Triggers that are remembered: as many as the journal has frames."""


class Follower:
    """Follows one camera from the moment at which it was armed.

    Any thread may call any method.

    Parameters
    ----------
    reader : FrameReader
        Of the camera; nothing is read with it.
    numbering : Numbering
        Fresh.
    since : int
        Index that the first frame has (``Armed.published``).

    Attributes
    ----------
    next_trigger : int
        The trigger after the last one known here.
    lost : int
        Triggers without a frame so far.
    """

    def __init__(self, reader: FrameReader, numbering: Numbering, since: int) -> None:
        self._reader = reader
        self._numbering = numbering
        self._next = since
        self._lock = threading.Lock()
        self._frames: OrderedDict[int, FrameInfo] = OrderedDict()
        self._delays: list[int] = []  # of the first frames: arrival, minus the beginning of the exposure
        self.first_index = since
        self.lost = 0

    @property
    def next_trigger(self) -> int:
        return self._numbering.next_trigger

    @property
    def position(self) -> int:
        """Index after that of the newest frame known here."""
        return self._next

    def catch_up(self) -> int:
        """Number what was published since the last call; gives the trigger after the newest one."""
        with self._lock:
            with contextlib.suppress(CameraClosedError):  # the camera was disarmed meanwhile: that was all
                self._number()
            return self._numbering.next_trigger

    def _number(self) -> None:
        """The lock is held."""
        newest = self._reader.newest
        forgotten = 0
        while self._next <= newest:
            info = self._reader.journal(self._next)
            self._next += 1
            if info is None:
                forgotten += 1
                continue
            rows = self._numbering.frame(info, [None] * forgotten)
            forgotten = 0
            self.lost += sum(row.state == LOST for row in rows)
            self._frames[rows[-1].trigger] = info
            if len(self._delays) < EARLY:
                self._delays.append(_delay_ns(info))
        if forgotten:
            self._next -= forgotten  # all of them gone: only the next frame tells what they were
        while len(self._frames) > KEPT:
            self._frames.popitem(last=False)

    def frame(self, trigger: int) -> FrameInfo | None:
        """The frame of a trigger; None where there is none (yet), or it is long gone."""
        with self._lock:
            return self._frames.get(trigger)

    def newest(self) -> tuple[int, FrameInfo] | None:
        """Trigger and account of the newest frame; None before the first."""
        with self._lock:
            if not self._frames:
                return None
            trigger = next(reversed(self._frames))
            return trigger, self._frames[trigger]

    def drift_ns(self) -> int:
        """How much later frames come now than at the beginning: how far the clocks drifted apart."""
        with self._lock:
            recent = [_delay_ns(info) for info in itertools.islice(reversed(self._frames.values()), EARLY)]
            return min(recent) - min(self._delays) if recent else 0

    def rate(self) -> float:
        """Frames a second lately, by their arrival."""
        with self._lock:
            recent = [
                info.host_timestamp_ns for info in itertools.islice(reversed(self._frames.values()), 64)
            ]
        span = recent[0] - recent[-1] if recent else 0
        return (len(recent) - 1) * 1e9 / span if span > 0 else 0.0

    def first_at_or_after(self, trigger: int) -> tuple[int, FrameInfo] | None:
        """Trigger and account of the first remembered frame that is not before ``trigger``."""
        with self._lock:
            for each, info in self._frames.items():
                if each >= trigger:
                    return each, info
        return None


def _delay_ns(info: FrameInfo) -> int:
    """From the beginning of the exposure to the arrival, on two clocks with different epochs."""
    return info.host_timestamp_ns - info.began_ns
