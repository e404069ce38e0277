"""How many periods lie between two exposures, by the camera's clock.

Timestamps are of the end of an exposure, and pulses are at its beginning.  An automatic exposure moves the
end, so the time between two frames is that between the beginnings of their exposures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo

__all__ = ["NEAR", "UNKNOWN_RATE", "Elapsed", "Exposed", "Intervals", "between"]

NEAR = 0.25
"""How far, in periods, a step may be from a whole number of periods and still be one."""

UNKNOWN_RATE = 3e-4
"""By how much the period on this camera's clock may differ from the one that was announced: two clocks."""

JITTER_NS = 50_000
"""How far two timestamps together may be from the regular ones."""


class Exposed(Protocol):
    """An exposure on one camera's clock: a frame, or another known moment."""

    @property
    def camera_timestamp_ns(self) -> int: ...

    @property
    def exposure_us(self) -> float: ...


def between(earlier: Exposed, later: Exposed) -> float:
    """ns from the beginning of one exposure to that of another one.

    If one of the two does not say how long it was (NaN), it is taken to be as long as the other one.
    """
    passed = later.camera_timestamp_ns - earlier.camera_timestamp_ns
    longer_us = later.exposure_us - earlier.exposure_us
    return passed if math.isnan(longer_us) else passed - longer_us * 1e3


class Elapsed(NamedTuple):
    """Periods since the frame before, and how far off that may be, relatively."""

    periods: float
    unsure: float


class Intervals:
    """Measures the time between exposures of one camera in periods, which it learns on the camera's clock.

    Parameters
    ----------
    period_ns : int, optional
        As announced; None: nothing can be measured.
    """

    def __init__(self, period_ns: int | None) -> None:
        self._period = period_ns
        self._quick_ns = math.inf if period_ns is None else (2 - NEAR) * period_ns
        self._much_us = math.inf if period_ns is None else NEAR / 2 * period_ns / 1e3
        self._first: tuple[FrameInfo, int] | None = None
        self._last: tuple[FrameInfo, int] | None = None
        self._least_us, self._most_us = math.inf, -math.inf

    def ordinary(self, last: FrameInfo, info: FrameInfo) -> bool:
        """Whether a frame follows the one before without a pulse between them, seen at a glance."""
        longer_us = info.exposure_us - last.exposure_us
        if longer_us != longer_us:  # one of them is not known
            if self._told:
                return False
            longer_us = 0.0
        return 0 < info.camera_timestamp_ns - last.camera_timestamp_ns - longer_us * 1e3 < self._quick_ns

    def note(self, info: FrameInfo, trigger: int) -> None:
        """The trigger of a frame has been found."""
        exposure_us = info.exposure_us
        known = exposure_us == exposure_us
        if known:
            first = self._first is None or not self._told
            self._least_us = min(self._least_us, exposure_us)
            self._most_us = max(self._most_us, exposure_us)
        elif self._told:
            return  # when it began is not certain: the next frame is compared with the one before
        else:
            first = self._first is None
        self._last = info, trigger
        if first:
            self._first = self._last

    def since(self, trigger: int, info: FrameInfo) -> Elapsed | None:
        """Periods from the frame of ``trigger``, the newest of all, to this one.

        None if the clock says nothing: without a period, where it began anew, and for a frame without its
        exposure if the exposures of its camera differ.
        """
        if self._period is None or self._last is None or (self._varies and math.isnan(info.exposure_us)):
            return None
        last, noted = self._last
        passed = between(last, info)
        if passed <= 0:
            return None
        period, unsure = self._learnt(self._period)
        return Elapsed(passed / period - (trigger - noted), unsure)

    @property
    def _told(self) -> bool:
        """Whether the camera has reported an exposure."""
        return self._most_us >= self._least_us

    @property
    def _varies(self) -> bool:
        """Whether exposures differ so much that it matters which one a frame had."""
        return self._most_us - self._least_us > self._much_us

    def _learnt(self, announced: int) -> tuple[float, float]:
        """The period on the camera's clock, and how far off it may be, relatively."""
        assert self._first is not None and self._last is not None
        span = between(self._first[0], self._last[0])
        triggers = self._last[1] - self._first[1]
        if triggers > 0 and span * UNKNOWN_RATE > JITTER_NS:
            return span / triggers, JITTER_NS / span
        return announced, UNKNOWN_RATE
