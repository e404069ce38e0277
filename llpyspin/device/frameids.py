"""What gaps in the camera's frame ids say about lost frames."""

from __future__ import annotations

from llpyspin.frames.gaps import WRAP, lost_before_first, round_of

__all__ = ["FrameIds"]


class FrameIds:
    """Counts the frames missing between one id and the next.

    A stream's first id is 0 on USB3 and 1 on GigE, so frames lost before the first one that came count too.
    """

    def __init__(self, interface: str) -> None:
        self._first = 1 if interface == "GigE" else 0
        self.restart()

    def restart(self) -> None:
        """A new acquisition: ids begin anew."""
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
            return lost_before_first(self._first, frame_id)
        missing = frame_id - last - 1
        if missing >= 0:
            return missing
        if self._first == 1 and last <= WRAP and last - frame_id > WRAP // 2:
            return max(0, missing + round_of(frame_id, from_zero=self._from_zero))
        return 0  # the camera began to count anew, or repeated itself
