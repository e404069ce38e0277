"""What a report says, as plain values: the page and ``report.json`` are made of them.

``report.json`` is this tree.  :data:`VERSION` counts up when a program that reads it would have to change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from llpyspin.recording.reportnames import SCHEMA

__all__ = [
    "VERSION",
    "About",
    "CameraFigures",
    "Cause",
    "Checked",
    "ClockSeries",
    "Comparison",
    "Delays",
    "Difference",
    "Document",
    "EventLine",
    "Health",
    "HealthSeries",
    "Histogram",
    "Intervals",
    "Losses",
    "Moment",
    "Series",
    "Spread",
    "Summary",
    "Temperature",
    "Verdict",
]

VERSION = 1


@dataclass(frozen=True)
class About:
    """Which recording it is: path, state, when, where, by whom, and what the user said of it."""

    path: str
    name: str
    state: str
    started_utc: str
    host: str
    user: str
    virtual: bool
    replay_of: tuple[str, ...]
    seconds: float | None
    triggers: int | None
    sync: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether the recording is good.

    ``grade`` is complete, missing, repaired, wrong, interrupted, running or empty.
    """

    grade: str
    headline: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Cause:
    """Something that went wrong: its name, what shows it, and what to do.

    ``serious``: frames are missing or wrong by it.
    """

    key: str
    title: str
    serious: bool
    signs: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """A distribution in five numbers."""

    count: int
    least: float
    median: float
    p99: float
    most: float


@dataclass(frozen=True)
class Histogram:
    """``counts[n]`` values lie from ``edges[n]`` to ``edges[n + 1]``."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class CameraFigures:
    """One camera: what it is, its account, its clock and its delays."""

    name: str
    serial: str
    model: str
    interface: str
    role: str
    virtual: bool
    replay_of: str
    triggers: int
    written: int
    incomplete: int
    lost: dict[str, int]
    blanks: int
    rate: float | None
    requested_rate: float | None
    exposure_us: float | None
    drift_ppm: float | None
    drift_error_ppm: float | None
    residual_us: float | None
    interval_ms: Summary | None
    delay_ms: Summary | None
    delay_known: bool
    sink: str
    files: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Losses:
    """Triggers without a whole picture over time.

    ``edges_s`` are seconds since the first trigger.  ``cameras[name][place][n]`` were lost in bin n.
    ``triggers[name][n]`` rows are in that bin.
    """

    edges_s: tuple[float, ...]
    cameras: dict[str, dict[str, tuple[int, ...]]]
    triggers: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Intervals:
    """Times between frames of triggers that follow each other, by the camera's clock.

    The histogram has differences to the median, in us.
    """

    median_ms: float
    deviation_us: Histogram


@dataclass(frozen=True)
class Spread:
    """How far apart cameras took the frames of one trigger, in us; offsets are to the first camera."""

    frames: int
    median_us: float
    p99_us: float
    most_us: float
    offsets_us: dict[str, float]
    clocks_read: bool
    histogram: Histogram


@dataclass(frozen=True)
class ClockSeries:
    """How far the earliest frames of each part of the recording are off the fitted line, in us."""

    seconds: tuple[float, ...]
    residual_us: tuple[float, ...]


@dataclass(frozen=True)
class Delays:
    """From the camera's timestamp to the arrival, in ms: over time, and as a histogram."""

    seconds: tuple[float, ...]
    median_ms: tuple[float, ...]
    most_ms: tuple[float, ...]
    histogram: Histogram


@dataclass(frozen=True)
class HealthSeries:
    """One camera over time: frames that wait, frames on disk of these, free bytes, load of the processors.

    Each value is the worst since the one before; the load (%) is the mean.
    """

    seconds: tuple[float, ...]
    backlog: tuple[int, ...]
    spilled: tuple[int, ...]
    disk_free: tuple[int | None, ...]
    cpu_percent: tuple[float | None, ...]


@dataclass(frozen=True)
class Temperature:
    """Of a camera in °C, just before its stream began and just after it ended."""

    begin_c: float | None
    end_c: float | None


@dataclass(frozen=True)
class Health:
    """Backlog, disk and load over time, and temperatures, by camera."""

    cameras: dict[str, HealthSeries]
    temperatures: dict[str, Temperature] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """The values of the figures.  None, or no camera: that was not recorded."""

    losses: Losses | None = None
    intervals: dict[str, Intervals] = field(default_factory=dict)
    synchronisation: Spread | None = None
    clocks: dict[str, ClockSeries] = field(default_factory=dict)
    delays: dict[str, Delays] = field(default_factory=dict)
    health: Health | None = None


@dataclass(frozen=True)
class Moment:
    """A trigger of the contact sheet: why it is shown, and of each camera "picture" or why there is none."""

    trigger: int
    seconds: float | None
    why: str
    pictures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventLine:
    """Something that happened: when (seconds since the first trigger), at which trigger, to which camera."""

    seconds: float | None
    trigger: int | None
    camera: str
    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """A value that is another one than in the session before."""

    camera: str
    what: str
    before: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """The last session of the same cameras before this one, and what is different now."""

    path: str
    started_utc: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Checked:
    """What ``llpyspin check`` found when it decoded every picture."""

    pictures: dict[str, int]
    compared: int
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A report."""

    made_utc: str
    made_with: str
    recording: About
    verdict: Verdict
    causes: tuple[Cause, ...]
    cameras: tuple[CameraFigures, ...]
    series: Series
    moments: tuple[Moment, ...]
    losses_not_shown: int
    events: tuple[EventLine, ...]
    compared_with: Comparison | None
    settings: dict[str, dict[str, Any]]
    options: dict[str, Any]
    wiring: tuple[str, ...]
    versions: dict[str, Any]
    not_recorded: tuple[str, ...]
    problems: tuple[str, ...]
    checked: Checked | None
    account: str
    files: tuple[str, ...]
    schema: str = SCHEMA
    version: int = VERSION
