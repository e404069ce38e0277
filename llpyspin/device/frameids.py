"""Counts lost frames in the camera process, by the rule of :mod:`llpyspin.frames.gaps`."""

from __future__ import annotations

from llpyspin.frames.gaps import WRAP, lost_by_id, round_of

__all__ = ["FrameIds"]


class FrameIds:
    """Counts the frames missing between one id and the next.

    A stream's first id is 0 on USB3 and 1 on GigE, so frames lost before the first one that came count too.
    """

    def __init__(self, interface: str) -> None:
        self._first = 1 if interface == "GigE" else 0
        self._last = self._first - 1
        self.restart()

    def late(self, frame_id: int) -> int:
        """By how much the id of a stream's first frame is too large; 0 for others.  Before :meth:`gap`."""
        return max(0, frame_id - self._first) if self._fresh else 0

    def goes_on(self, frame_id: int) -> bool:
        """Whether a stream's first id is the next one after the stream before."""
        return self._before >= self._first and frame_id == self._before + 1

    def restart(self) -> None:
        """A new acquisition: ids begin anew, or go on."""
        self._before = self._last
        self._last = self._first - 1
        self._fresh = True
        self._from_zero = False  # a GigE camera that uses id 0, which the standard leaves out

    def gap(self, frame_id: int) -> int:
        """How many frames were lost between the frame of the last call and this one."""
        last, self._last = self._last, frame_id
        fresh, self._fresh = self._fresh, False
        if frame_id == 0 and self._first == 1:
            self._from_zero = True
        if fresh:
            return lost_by_id(self._first, frame_id)
        missing = frame_id - last - 1
        if missing >= 0:
            return missing
        if self._first == 1 and last <= WRAP and last - frame_id > WRAP // 2:
            return max(0, missing + round_of(frame_id, from_zero=self._from_zero))
        return 0  # the camera began to count anew, or repeated itself
