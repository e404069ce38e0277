"""Backlog, free disk space, load and temperatures over time, for the figures and for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.health.healthfile import health_files, read_health
from llpyspin.report.document import Health, HealthSeries, Temperature

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llpyspin.recording.health.samples import Sample
    from llpyspin.report.distributions import TimeBase
    from llpyspin.report.tracks import Track

__all__ = ["health_of", "hottest_of", "least_disk_of"]


def health_of(recording: Path, tracks: Sequence[Track], base: TimeBase | None) -> Health | None:
    """What was sampled, and the temperatures; None where there is nothing of either."""
    samples = _samples(recording)
    labels = [track.label for track in tracks]
    cameras = {
        label: _series([each for each in samples if each.camera == label], base)
        for label in labels
        if base is not None and any(each.camera == label for each in samples)
    }
    temperatures = {track.label: found for track in tracks if (found := _temperature(track)) is not None}
    return Health(cameras, temperatures) if cameras or temperatures else None


def least_disk_of(health: Health | None) -> int | None:
    """The fewest bytes that were free."""
    free = [] if health is None else [free for each in health.cameras.values() for free in each.disk_free]
    return min((each for each in free if each is not None), default=None)


def hottest_of(health: Health | None) -> tuple[str, float] | None:
    """The camera with the highest temperature (°C)."""
    known = {} if health is None else health.temperatures
    found = [
        (value, label)
        for label, each in known.items()
        for value in (each.begin_c, each.end_c)
        if value is not None
    ]
    return max(found)[::-1] if found else None


def _samples(recording: Path) -> list[Sample]:
    """Those that can be read."""
    found: list[Sample] = []
    for path in health_files(recording):
        try:
            found += read_health(path).samples
        except RecordingError:  # the report says that there is nothing
            continue
    return sorted(found, key=lambda sample: sample.host_ns)


def _series(samples: Sequence[Sample], base: TimeBase | None) -> HealthSeries:
    assert base is not None
    return HealthSeries(
        seconds=tuple(round(base.since(each.host_ns), 3) for each in samples),
        backlog=tuple(each.backlog for each in samples),
        spilled=tuple(each.spilled for each in samples),
        disk_free=tuple(each.disk_free for each in samples),
        cpu_percent=tuple(each.cpu_percent for each in samples),
    )


def _temperature(track: Track) -> Temperature | None:
    """As the camera said before and after its stream."""
    begin, tally = track.record.armed.get("temperature_c"), track.record.tally
    begin_c = float(begin) if isinstance(begin, (int, float)) and not isinstance(begin, bool) else None
    end_c = None if tally is None else tally.temperature_c
    return None if begin_c is None and end_c is None else Temperature(begin_c, end_c)
