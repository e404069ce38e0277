"""From which frame on pictures are what a setting makes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.errors import FrameTimeoutError

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo, FrameReader

__all__ = ["Change"]

SURELY_NS = 5_000_000_000
"""A frame that arrives so long after a change was made after it, also if the camera's clock was set back."""


class Change(NamedTuple):
    """A change of what pictures are: region, binning or pixel format.

    Attributes
    ----------
    address : str
        Of the frames that it is about.
    first : int
        Index of the first frame that can have been made after it; earlier ones were not.
    camera_ns : int or None
        When it was, on the camera's clock, if the camera went on streaming.
    host_ns : int or None
        The same on the host's monotonic clock.  None: the stream paused, and ``first`` says all.
    """

    address: str
    first: int
    camera_ns: int | None = None
    host_ns: int | None = None

    def is_past(self, info: FrameInfo) -> bool:
        """Whether this frame was made after the change."""
        if info.index < self.first:
            return False
        exposure_ns = info.exposure_us * 1e3 if math.isfinite(info.exposure_us) else 0.0
        arrived_after_ns = info.host_timestamp_ns - exposure_ns - (self.host_ns or 0)
        if self.camera_ns is not None:
            clock_was_set = self.host_ns is not None and arrived_after_ns >= SURELY_NS
            return info.began_ns >= self.camera_ns or clock_was_set
        return self.host_ns is None or arrived_after_ns >= 0

    def pass_by(self, reader: FrameReader, seconds: float) -> None:
        """Have a reader skip the frames that were made before the change; they count as missed.

        Waits for the first other one only where the camera went on streaming.

        Raises
        ------
        FrameTimeoutError
            No such frame came within so many seconds.
        """
        if reader.address != self.address:
            return
        reader.skip_to(self.first)
        if self.host_ns is None:
            return
        deadline = Deadline(seconds)
        while (info := reader.peek(deadline.remaining())) is not None and not self.is_past(info):
            reader.skip_to(info.index + 1)
            if deadline.passed:
                raise FrameTimeoutError(f"no frame since the change within {seconds:.3g} s")
