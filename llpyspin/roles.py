"""What part a camera plays among others, and over which lines: plain values, no SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Armed", "ClockSample", "Lines", "Role", "Tally"]


@dataclass(frozen=True)
class Lines:
    """The GPIO lines of one camera that synchronisation uses."""

    output: str
    output_source: str
    power: str | None
    input: str
    activation: str
    overlap: str


@dataclass(frozen=True)
class Role:
    """What a camera is to be armed as.  ``lines`` None: those of its model."""

    kind: Literal["primary", "secondary", "free"]
    lines: Lines | None = None
    buffer_count: int | None = None


@dataclass(frozen=True)
class Armed:
    """What a camera said when it was armed."""

    lines: Lines
    period_ns: int | None
    framerate: float
    exposure_us: float
    readout_us: float | None
    most_framerate: float
    first_id: int
    published: int
    buffers: int


@dataclass(frozen=True)
class Tally:
    """What a camera and its process have counted since it was armed."""

    published: int
    incomplete: int
    lost: int
    dropped: int
    exposures: int | None
    pulses: int | None
    last_frame_id: int | None
    last_host_ns: int | None


@dataclass(frozen=True)
class ClockSample:
    """The camera's clock and the host's monotonic clock at one moment."""

    camera_ns: int
    host_ns: int
    uncertainty_ns: int
