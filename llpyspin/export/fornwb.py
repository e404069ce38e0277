"""An NWB file beside MP4 videos: one time for each frame, the cameras, their settings and synchronisation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from llpyspin import __version__
from llpyspin.errors import RecordingError
from llpyspin.export.csvfiles import CAMERA_COLUMNS, camera_row
from llpyspin.export.nwbabout import doubts, session_words, subject_words
from llpyspin.export.nwbdevices import add_devices, settings_of
from llpyspin.export.nwbseries import add_series, clip_of
from llpyspin.export.work import plain
from llpyspin.extras import library

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llpyspin.export.material import Material
    from llpyspin.export.nwbseries import Clip
    from llpyspin.export.work import Work

__all__ = ["write"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def write(work: Work) -> None:
    """Write NAME.nwb, and NAME_CAMERA.mp4 for each camera."""
    pynwb = library("pynwb", "an export to nwb", extra="nwb")
    start, zero_ns = _start(work.material)
    file = _file(pynwb, work.material, start)
    subject = subject_words(work.material)
    file.subject = library("pynwb.file", "an export to nwb", extra="nwb").Subject(**subject)
    work.notes += doubts(subject)
    devices = add_devices(work, file)
    clips = {name: clip_of(work, name, view) for name, view in work.cameras()}
    for (name, view), device in zip(work.cameras(), devices, strict=True):
        add_series(work, file, name, view, clips[name], device, zero_ns)
    cameras = [camera_row(view, work.material) for view in work.material.views]
    _add_table(
        file, "cameras", "What became of every trigger at each camera, and its clock", CAMERA_COLUMNS, cameras
    )
    if settings := settings_of(work):
        _add_table(file, "settings", "Settings of the cameras", ("camera", "setting", "value"), settings)
    _add_synchronisation(file, work.material)
    path = work.folder / f"{plain(work.material.name)}.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as io:
        io.write(file)
    _check(pynwb, path, clips)


def _start(material: Material) -> tuple[datetime, int]:
    """When the session began (UTC), and that moment in ns on the host's monotonic clock.

    Where the first frame is earlier, as with a pre-trigger, that is the beginning: no time is negative.
    """
    started, offset = material.started, material.wall_offset_ns
    if started is None or offset is None:
        raise RecordingError(
            f"nothing says when {material.name} was recorded, which NWB wants. See llpyspin repair"
        )
    first_us = (min(int(view.host_ns[0]) for view in material.views) + offset) // 1000
    began = min(started, _EPOCH + timedelta(microseconds=first_us))
    since = began - _EPOCH
    return began, (since // timedelta(microseconds=1)) * 1000 - offset


def _file(pynwb: Any, material: Material, start: datetime) -> Any:
    kind = "VIRTUAL CAMERAS, not an experiment: " if material.virtual else ""
    size = f"{len(material.views)} cameras, {material.count} triggers"
    return pynwb.NWBFile(
        session_description=f"{kind}{material.name}: {size}",
        identifier=str(uuid4()),
        session_start_time=start,
        was_generated_by=[["llpyspin", __version__]],
        **session_words(material),
    )


def _add_table(
    file: Any, name: str, description: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    common = library("hdmf.common", "an export to nwb", extra="nwb")
    columns = [
        common.VectorData(name=each, description=each.replace("_", " "), data=[str(row[at]) for row in rows])
        for at, each in enumerate(names)
    ]
    file.add_acquisition(common.DynamicTable(name=name, description=description, columns=columns))


def _add_synchronisation(file: Any, material: Material) -> None:
    """How far apart the frames of one trigger are, as the account says."""
    spread = material.account.spread
    if spread is None:
        return
    rows = [
        (what, f"{value:.6g}")
        for what, value in (
            ("median_us", spread.median_us),
            ("p99_us", spread.p99_us),
            ("worst_us", spread.most_us),
            ("triggers_compared", spread.frames),
        )
    ]
    text = "From the earliest to the latest camera of one trigger, on one clock"
    _add_table(file, "synchronisation", text, ("measure", "value"), rows)


def _check(pynwb: Any, path: Path, clips: dict[str, Clip]) -> None:
    """Read the file again: each video with its times, rising, and its files there."""
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        acquisition = io.read().acquisition
        for name, clip in clips.items():
            series = acquisition[name]
            times = np.asarray(series.timestamps)
            if len(times) != len(clip.places) or (np.diff(times) <= 0).any() or (times < 0).any():
                raise RecordingError(
                    f"{path.name}: the times of {name} are not those of its frames. This is a fault"
                )
            if missing := [each for each in series.external_file if not (path.parent / each).exists()]:
                raise RecordingError(f"{path.name} names {missing[0]}, which is not there. This is a fault")
