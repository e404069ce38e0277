"""The one way in which this package waits: until a deadline, on the monotonic clock."""

from __future__ import annotations

import math
import time

__all__ = ["Deadline"]


class Deadline:
    """A moment until which one may wait.

    Parameters
    ----------
    seconds : float
        From now; 0 means "do not wait".  NaN, negative and infinite times are refused with ``ValueError``:
        nothing here waits for ever.
    """

    __slots__ = ("at", "seconds")

    def __init__(self, seconds: float) -> None:
        if not (isinstance(seconds, (int, float)) and math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"a time to wait must be a finite number of seconds >= 0, not {seconds!r}")
        self.seconds = seconds
        self.at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self.at

    def __repr__(self) -> str:
        return f"<Deadline of {self.seconds} s, {self.remaining():.3f} s left>"
