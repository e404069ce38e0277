"""The values of the figures: pure functions on the rows of cameras."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.rows import PLACES
from llpyspin.report.document import (
    ClockSeries,
    Delays,
    Histogram,
    Intervals,
    Losses,
    Spread,
    Summary,
)
from llpyspin.report.tracks import FATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.recording.account.data import Spread as AccountSpread
    from llpyspin.report.tracks import Track

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

__all__ = [
    "TimeBase",
    "clock_of",
    "delays_of",
    "histogram_of",
    "intervals_of",
    "losses_of",
    "spread_of_tracks",
    "summary_of",
    "time_base",
]

BINS = 60
TIME_BINS = 240
BLOCKS, BLOCK = 60, 10
FEWEST = 2


class TimeBase:
    """Seconds since the first trigger of a recording, by trigger number or by the host's clock."""

    def __init__(self, triggers: Ints, host_ns: Ints) -> None:
        self._triggers = triggers.astype(np.float64)
        self._zero = int(host_ns[0])
        self._seconds = (host_ns - self._zero) / 1e9
        steps = self._triggers[-1] - self._triggers[0]
        self._period = float(self._seconds[-1] - self._seconds[0]) / steps if steps else 0.0

    @property
    def zero_ns(self) -> int:
        """The host's time of the first trigger."""
        return self._zero

    def at(self, triggers: npt.ArrayLike) -> Floats:
        """When triggers came; those before the first and after the last frame by the mean period."""
        asked = np.asarray(triggers, np.float64)
        known: Floats = np.interp(asked, self._triggers, self._seconds)
        before = np.minimum(asked - self._triggers[0], 0.0) * self._period
        after = np.maximum(asked - self._triggers[-1], 0.0) * self._period
        times: Floats = known + before + after
        return times

    def since(self, host_ns: int) -> float:
        """When something happened, by the host's clock."""
        return (host_ns - self._zero) / 1e9


def time_base(tracks: Sequence[Track]) -> TimeBase | None:
    """By the camera with the most frames; None without any frame."""
    best = max((track.host_times() for track in tracks), key=lambda each: len(each[0]), default=None)
    if best is None or not len(best[0]):
        return None
    triggers, host_ns = best
    first = min(int(track.rows["trigger"][0]) for track in tracks if len(track.rows))
    base = TimeBase(triggers, host_ns)
    shift = round(float(base.at(first)) * 1e9)  # the first trigger may have no frame
    return base if shift == 0 else _shifted(triggers, host_ns, first, shift)


def _shifted(triggers: Ints, host_ns: Ints, first: int, shift_ns: int) -> TimeBase:
    return TimeBase(np.insert(triggers, 0, first), np.insert(host_ns, 0, int(host_ns[0]) + shift_ns))


def losses_of(tracks: Sequence[Track], base: TimeBase | None) -> Losses | None:
    """What is missing over time; None where nothing tells the time."""
    lasts = [int(track.rows["trigger"][-1]) for track in tracks if len(track.rows)]
    if base is None or not lasts:
        return None
    end = max(float(base.at(max(lasts))), 1e-3)
    firsts = [int(track.rows["trigger"][0]) for track in tracks if len(track.rows)]
    bins = min(TIME_BINS, max(1, (max(lasts) - min(firsts)) // 2))  # none without a trigger
    edges = np.linspace(0.0, end, bins + 1)
    cameras: dict[str, dict[str, tuple[int, ...]]] = {}
    triggers: dict[str, tuple[int, ...]] = {}
    for track in tracks:
        times = np.clip(base.at(track.rows["trigger"]), 0.0, end)
        triggers[track.label] = _counts(times, edges)
        cameras[track.label] = {}
        for code, fate in enumerate(FATES[1:], start=1):
            mine = track.rows["fate"] == code
            if mine.any():
                cameras[track.label][fate] = _counts(times[mine], edges)
    return Losses(_floats(edges), cameras, triggers)


def intervals_of(track: Track) -> tuple[Summary, Intervals] | None:
    """From frame to frame, where their triggers follow each other; None for fewer than two."""
    rows = track.arrived
    steps = np.diff(rows["camera_ns"])[np.diff(rows["trigger"]) == 1]
    if not len(steps):
        return None
    median = float(np.median(steps))
    summary = summary_of(steps / 1e6)
    assert summary is not None
    return summary, Intervals(median / 1e6, histogram_of((steps - median) / 1e3, least_width=1.0))


def spread_of_tracks(tracks: Sequence[Track], account: AccountSpread | None) -> Spread | None:
    """How far apart the frames of one trigger are; None for one camera, or without clocks."""
    seen = [track for track in tracks if track.account.clock is not None and len(track.arrived)]
    if len(seen) < FEWEST:
        return None
    found = [track.host_times() for track in seen]
    common: Ints = functools.reduce(np.intersect1d, (triggers for triggers, _ in found))
    if not len(common):
        return None
    times = np.stack([host[np.searchsorted(triggers, common)] for triggers, host in found])
    apart = (times.max(axis=0) - times.min(axis=0)) / 1e3
    offsets = np.median(times - times[0], axis=1) / 1e3
    return Spread(
        frames=len(common),
        median_us=float(np.median(apart)),
        p99_us=float(np.percentile(apart, 99)),
        most_us=float(apart.max()),
        offsets_us={track.label: float(each) for track, each in zip(seen, offsets, strict=True)},
        clocks_read=account is not None and account.read_together,
        histogram=histogram_of(apart, least_width=0.2, floor=0.0),
    )


def clock_of(track: Track, base: TimeBase | None) -> ClockSeries | None:
    """The earliest frame of each block against the line; None without a fit."""
    late = track.delays_ns()
    if base is None or len(late) < FEWEST:
        return None
    times = base.at(track.arrived["trigger"])
    blocks = np.array_split(np.arange(len(late)), min(BLOCKS, -(-len(late) // BLOCK)))
    earliest = [int(block[np.argmin(late[block])]) for block in blocks]
    level = float(np.median(late[earliest]))
    return ClockSeries(_floats(times[earliest]), _floats((late[earliest] - level) / 1e3))


def delays_of(track: Track, base: TimeBase | None) -> tuple[Summary, Delays] | None:
    """How late frames arrived; if no clock was read: later than the earliest.  None without a fit."""
    late = track.delays_ns() / 1e6
    if base is None or not len(late):
        return None
    fit = track.account.clock
    if fit is None or fit.latency_us is None:
        late = late - late.min()
    times = base.at(track.arrived["trigger"])
    blocks = np.array_split(np.arange(len(late)), min(TIME_BINS, len(late)))
    summary = summary_of(late)
    assert summary is not None
    return summary, Delays(
        _floats([float(np.median(times[block])) for block in blocks]),
        _floats([float(np.median(late[block])) for block in blocks]),
        _floats([float(late[block].max()) for block in blocks]),
        histogram_of(late, least_width=0.1),
    )


def summary_of(values: npt.ArrayLike) -> Summary | None:
    """A distribution in five numbers; None without any value."""
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        return None
    median, p99 = (float(each) for each in np.percentile(numbers, (50, 99)))
    return Summary(len(numbers), float(numbers.min()), median, p99, float(numbers.max()))


def histogram_of(values: npt.ArrayLike, *, least_width: float, floor: float = -math.inf) -> Histogram:
    """Counts of values in equal bins; the range is ``least_width`` wide at least, from ``floor`` up."""
    numbers = np.asarray(values, np.float64)
    least, most = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    least_width = max(least_width, BINS * 1e-9 * max(abs(least), abs(most)))  # so that edges differ
    missing = max(0.0, least_width - (most - least)) / 2
    below = max(floor, least - missing)
    counts, edges = np.histogram(numbers, bins=BINS, range=(below, max(most + missing, below + least_width)))
    return Histogram(_floats(edges), tuple(counts.tolist()))


def _counts(values: Floats, edges: Floats) -> tuple[int, ...]:
    counts: list[int] = np.histogram(values, bins=edges)[0].tolist()
    return tuple(counts)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(f"{value:.9g}") for value in np.asarray(values, np.float64))


assert set(FATES[2:]) == set(PLACES)
