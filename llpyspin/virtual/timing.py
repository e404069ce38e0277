"""The highest frame rate of a sensor: pure functions from settings to times.

A frame is exposed, then read out row by row; while one is read out the next may already be exposed.  So the
time between two frames is at least the read-out time, at least the exposure time, and at least the time that
the link needs for the image.  Times are in ns unless the name says otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from llpyspin.virtual.formats import FORMATS

__all__ = [
    "PERIOD_STEP_NS",
    "Geometry",
    "Sensor",
    "Timing",
    "frame_timing",
    "quantised_period_ns",
]

PERIOD_STEP_NS = 8
LONGEST_PERIOD_NS = 1_000_000_000
_BLANK_ROWS = 42
_SLOW_ROW = 396 / 290  # a row takes this much longer with 12 bit than with 10 bit
_LINK_EFFICIENCY = {"USB3": 1.0, "GigE": 0.9708}  # of GigE the rest is headers


@dataclass(frozen=True)
class Sensor:
    """What of a camera model matters for its timing.

    Attributes
    ----------
    height : int
        Rows.
    fastest : float
        Frames per second of all rows with 8 bit; ``math.inf`` for a model without any limit.
    interface : str
        "USB3" or "GigE".
    """

    height: int
    fastest: float
    interface: str = "USB3"

    @property
    def unlimited(self) -> bool:
        return math.isinf(self.fastest)


@dataclass(frozen=True)
class Geometry:
    """What of the settings matters: the delivered image."""

    width: int
    height: int
    pixel_format: str = "Mono8"
    adc_bits: int = 10

    @property
    def payload(self) -> int:
        """Bytes of an image."""
        return FORMATS[self.pixel_format].stride(self.width) * self.height


@dataclass(frozen=True)
class Timing:
    """The times of one frame under given settings."""

    exposure: int
    readout: int
    """From the end of exposure until the sensor could begin the next read-out."""
    transfer: int
    """What the link needs for the image."""
    row: int
    shortest_period: int
    """Whatever the exposure time; :attr:`max_framerate` follows from it."""
    period: int
    """Between two frames, free-running."""

    @property
    def max_framerate(self) -> float:
        """Hz; the limit of AcquisitionFrameRate, which knows nothing of the exposure time."""
        return 1e9 / self.shortest_period

    @property
    def framerate(self) -> float:
        """Hz; AcquisitionResultingFrameRate."""
        return 1e9 / self.period


def quantised_period_ns(framerate: float, shortest: int = PERIOD_STEP_NS) -> int:
    """The period (ns) that a camera takes for a frame rate (Hz): a whole multiple of 8 ns."""
    period = round(1e9 / framerate / PERIOD_STEP_NS) * PERIOD_STEP_NS
    return min(max(period, shortest), LONGEST_PERIOD_NS)


def frame_timing(
    sensor: Sensor,
    geometry: Geometry,
    *,
    exposure_us: float,
    framerate: float | None,
    throughput: float,
) -> Timing:
    """Work out the times of a frame.

    Parameters
    ----------
    exposure_us : float
    framerate : float or None
        AcquisitionFrameRate in Hz, or None where it is not enabled.
    throughput : float
        DeviceLinkThroughputLimit in bytes per second.
    """
    exposure = round(exposure_us * 1000)
    if sensor.unlimited:
        shortest = PERIOD_STEP_NS
        period = shortest if framerate is None else quantised_period_ns(framerate, shortest)
        return Timing(exposure, 0, 0, 0, shortest, period)
    row = _row_ns(sensor, geometry)
    readout = math.floor(row * (geometry.height + _BLANK_ROWS))
    transfer = math.ceil(geometry.payload / (throughput * _LINK_EFFICIENCY[sensor.interface]) * 1e9)
    shortest = _step_down(readout) if readout >= transfer else _step_up(transfer)
    wanted = shortest if framerate is None else quantised_period_ns(framerate, shortest)
    return Timing(exposure, readout, transfer, math.ceil(row), shortest, max(wanted, _step_up(exposure)))


def _row_ns(sensor: Sensor, geometry: Geometry) -> float:
    """Time to read out a row: so that all rows with 8 bit come at the rate of the data sheet."""
    row = 1e9 / sensor.fastest / (sensor.height + _BLANK_ROWS)
    deep = FORMATS[geometry.pixel_format].depth > 8 and geometry.adc_bits > 10
    return row * _SLOW_ROW if deep else row


def _step_down(time: float) -> int:
    return max(PERIOD_STEP_NS, int(time) // PERIOD_STEP_NS * PERIOD_STEP_NS)


def _step_up(time: float) -> int:
    return -(-int(time) // PERIOD_STEP_NS) * PERIOD_STEP_NS
