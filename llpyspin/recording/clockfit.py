"""How a camera's clock runs against the host's, fitted to the times of exposure and arrival.

A frame never arrives before it was taken, and often late.  So the clock is a line through the earliest
arrivals. The recording is cut into blocks, and the earliest arrival of each counts. The line is the median of
all lines through two of them, so neither late frames nor a few impossible ones move it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.errors import ArgumentError
from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.roles import ClockSample

    Floats = npt.NDArray[np.float64]

__all__ = ["BELIEVABLE_PPM", "BLOCK", "FEWEST_BLOCKS", "MOST_BLOCKS", "ClockFit", "fit_clock", "trend"]

BELIEVABLE_PPM = 400.0
"""Two oscillators are never further apart than this."""
CERTAIN_PPM = 50.0
"""A drift that is less certain than this is worse than none: most cameras are within it."""

BLOCK, FEWEST_BLOCKS, MOST_BLOCKS = 10, 4, 60
"""Frames of a block at least; and how many blocks."""

LEAST_NS = 1000.0
"""No timestamp is more exact."""


@named
@dataclass(frozen=True)
class ClockFit:
    """The host's monotonic clock by a camera's.

    Attributes
    ----------
    camera_ns : int
        The camera's time at which the offset holds: that of its first frame.
    offset_ns : int
        The host's time minus the camera's, then.
    drift_ppm : float
        How many us the host's clock gains on the camera's in a second; 0 where it cannot be told.
    drift_error_ppm : float or None
        How far off that may be; None where the drift cannot be told.
    residual_us : float
        Half of the frames arrived within this time (us) after the line.
    latency_us : float or None
        From a frame's timestamp to its arrival at the earliest, where the clocks were also read together.
        None: they were not, and the offset contains this time.
    frames : int
        From how many this was found.
    """

    camera_ns: int
    offset_ns: int
    drift_ppm: float
    drift_error_ppm: float | None
    residual_us: float
    latency_us: float | None
    frames: int

    def host_ns(self, camera_ns: int) -> int:
        """The host's monotonic time (ns) at a camera's time."""
        since = camera_ns - self.camera_ns
        return camera_ns + self.offset_ns + round(since * self.drift_ppm * 1e-6)

    def host_times(self, camera_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The same for an array."""
        since = camera_ns - self.camera_ns
        gained: npt.NDArray[np.int64] = np.rint(since * (self.drift_ppm * 1e-6)).astype(np.int64)
        return camera_ns + self.offset_ns + gained


def fit_clock(
    camera_ns: npt.ArrayLike, host_ns: npt.ArrayLike, samples: Sequence[ClockSample] = ()
) -> ClockFit | None:
    """Fit a camera's clock.

    Parameters
    ----------
    camera_ns, host_ns : array_like of int
        (n,) when frames were taken, by the camera, and when they arrived, by the host.
    samples : sequence of ClockSample
        Both clocks read together: they tell the offset without the time that frames take to arrive, and the
        drift of short recordings.

    Returns
    -------
    ClockFit or None
        None for fewer than two frames.
    """
    taken = np.asarray(camera_ns, np.int64)
    arrived = np.asarray(host_ns, np.int64)
    if taken.shape != arrived.shape or taken.ndim != 1:
        raise ArgumentError(f"as many arrivals as frames are needed, not {taken.shape} and {arrived.shape}")
    if len(taken) < 2:
        return None
    order = np.argsort(taken, kind="stable")
    taken, arrived = taken[order], arrived[order]
    start, offset = int(taken[0]), int(arrived[0]) - int(taken[0])
    x = (taken - start).astype(np.float64)
    late = (arrived - taken - offset).astype(np.float64)
    slope, error = min(_slope(x, late), _slope_of(samples), key=_how_sure)
    level = _level(late - slope * x)
    residual = float(np.median(late - slope * x)) - level
    fit = ClockFit(start, offset + round(level), slope * 1e6, error, residual / 1e3, None, len(taken))
    return _with_samples(fit, samples)


def _slope(x: Floats, late: Floats) -> tuple[float, float | None]:
    """The slope of the line through the earliest of blocks of frames, and its uncertainty in ppm.

    0 and None where it is more uncertain than oscillators are, or not that of an oscillator.
    """
    blocks = min(len(x) // BLOCK, MOST_BLOCKS)
    if blocks < FEWEST_BLOCKS:
        return 0.0, None
    earliest = [chunk[np.argmin(late[chunk])] for chunk in np.array_split(np.arange(len(x)), blocks)]
    return trend(x[earliest], late[earliest])


def trend(x: Floats, late: Floats) -> tuple[float, float | None]:
    """The median slope of all lines through two points, and its uncertainty in ppm.

    0 and None where it is more uncertain than oscillators are, or not that of an oscillator.
    """
    points = len(x)
    i, j = np.triu_indices(points, 1)
    apart = x[j] - x[i]
    slope = float(np.median((late[j] - late[i])[apart > 0] / apart[apart > 0])) if apart.any() else 0.0
    rest = late - slope * x
    scatter = 1.5 * float(np.median(np.abs(rest - np.median(rest)))) + LEAST_NS
    error = 3e6 * scatter * math.sqrt(12 / points) / max(float(x[-1] - x[0]), 1.0)
    if error > CERTAIN_PPM or abs(slope) * 1e6 > BELIEVABLE_PPM:
        return 0.0, None
    return slope, error


def _slope_of(samples: Sequence[ClockSample]) -> tuple[float, float | None]:
    """The same from clocks that were read together, early and late."""
    if len(samples) < 2:
        return 0.0, None
    first = min(samples, key=lambda sample: sample.host_ns)
    last = max(samples, key=lambda sample: sample.host_ns)
    span = last.camera_ns - first.camera_ns
    if span <= 0:
        return 0.0, None
    slope = (last.host_ns - first.host_ns - span) / span
    error = (first.uncertainty_ns + last.uncertainty_ns + LEAST_NS) / span * 1e6
    if error > CERTAIN_PPM or abs(slope) * 1e6 > BELIEVABLE_PPM:
        return 0.0, None
    return slope, error


def _how_sure(slope: tuple[float, float | None]) -> float:
    return math.inf if slope[1] is None else slope[1]


def _level(late: Floats) -> float:
    """The height of the line: the median of the earliest of blocks."""
    blocks = max(1, min(len(late) // BLOCK, MOST_BLOCKS))
    return float(np.median([chunk.min() for chunk in np.array_split(late, blocks)]))


def _with_samples(fit: ClockFit, samples: Sequence[ClockSample]) -> ClockFit:
    """The offset by the moment at which both clocks were read with the least uncertainty."""
    if not samples:
        return fit
    best = min(samples, key=lambda sample: sample.uncertainty_ns)
    early = best.host_ns - fit.host_ns(best.camera_ns)
    return ClockFit(
        fit.camera_ns,
        fit.offset_ns + early,
        fit.drift_ppm,
        fit.drift_error_ppm,
        fit.residual_us,
        -early / 1e3,
        fit.frames,
    )
