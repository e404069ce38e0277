"""What gaps in the camera's frame ids say about lost frames."""

from __future__ import annotations

__all__ = ["FrameIds"]

WRAP = (
    65535  # GigE Vision's 16-bit block ids run 1 … 65535, 1, …; its 64-bit ids and those of USB3 do not wrap
)
PLAUSIBLE_START = 1000  # a first id above this is that of a camera that did not begin to count anew


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

    def gap(self, frame_id: int) -> int:
        """How many frames were lost between the frame of the last call and this one."""
        last, self._last = self._last, frame_id
        fresh, self._fresh = self._fresh, False
        missing = frame_id - last - 1
        if missing == 0:
            return 0
        if fresh:
            return missing if 0 < missing <= PLAUSIBLE_START else 0
        if missing > 0:
            return missing
        if self._first == 1 and last <= WRAP and last - frame_id > WRAP // 2:
            return missing + WRAP
        return 0  # the camera began to count anew, or repeated itself
