"""How many unread frames may wait before a reader skips some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo

__all__ = ["LAG_S", "Pace"]

LAG_S = 0.05  # unread frames older than this are skipped by default; a delay that an eye does not notice


class Pace:
    """The number of unread frames that are younger than the default lag.

    It follows the frames that one reader gets: their timestamps, and what was missed between them.
    """

    def __init__(self) -> None:
        self.backlog = 1
        self._last_ns: int | None = None

    def note(self, info: FrameInfo) -> None:
        """Take note of a frame that the reader got."""
        last_ns, self._last_ns = self._last_ns, info.camera_timestamp_ns
        if last_ns is not None and info.camera_timestamp_ns > last_ns:
            self.expect((1 + info.missed) * 1e9 / (info.camera_timestamp_ns - last_ns))

    def expect(self, rate: float) -> None:
        """From now on frames come at this rate, in Hz."""
        self.backlog = 1 + int(LAG_S * rate)

    def restart(self) -> None:
        """The camera's clock may begin anew."""
        self._last_ns = None
