"""Which files are an older recording of the same name; :mod:`.aside` moves them when it is overwritten."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording.ahead import AHEAD
from llpyspin.recording.collecting.sums import SUMS
from llpyspin.recording.health.healthfile import health_files
from llpyspin.recording.names import belongs, beside, split
from llpyspin.recording.reportnames import report_files
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import being_written
from llpyspin.recording.sinks.choosing import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["cameras_of", "older_files", "remove"]

_OWN = (".csv", ".json", ".spill", SUMS, AHEAD)


def older_files(
    video: Path, *, named: Collection[str] | None = None, spills: Path | None = None
) -> list[Path]:
    """The files of the recording that is there under the name of ``video``, whatever its suffix.

    Its videos, segments, sidecars, JSON files, spill files, health, report, and what callbacks added.
    A video without a sidecar that no JSON names is not ours. A file with its own JSON belongs to another
    recording.

    Parameters
    ----------
    video : Path
        Of the new recording, with or without a suffix.
    named : collection of str, optional
        Suffixes of the older videos, where something else than ``NAME.json`` knows them.
    spills : Path, optional
        Another folder in which spill files may be.

    Raises
    ------
    RecordingExistsError
        It is being written just now.
    """
    name = split(video.name)[0]
    suffixes = _suffixes(beside(video, ".json")) if named is None else named
    folder = video.parent
    stems: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        stem, suffix = split(path.name)
        if belongs(stem, name) and suffix in (*SUFFIXES, *_OWN) and os.path.isfile(path):
            stems.setdefault(stem, []).append(path)
    found: list[Path] = []
    for stem, paths in stems.items():
        there = {path.suffix for path in paths}
        if stem not in (name, f"{name}_returned") and ".callback" not in stem and ".json" in there:
            continue  # a recording of its own, which is called like a segment
        known = suffixes or (SUFFIXES if ".csv" in there else ())
        found += [path for path in paths if path.suffix in _OWN or path.suffix in known]
    if spills is not None and spills != folder and os.path.isdir(spills):
        found += [path for path in spills.glob("*.spill") if belongs(path.stem, name)]
    for path in found:
        if path.suffix == ".csv" and being_written(path):
            raise RecordingExistsError(f"another recording is writing {path}. Choose another name")
    json = beside(video, ".json")
    if found:
        found += [*report_files(json), *health_files(json)]
    return sorted(found)


def remove(files: Iterable[Path], keep: Collection[Path] = ()) -> None:
    """Remove older files but those that the new recording has replaced already."""
    kept = set(keep)
    for path in files:
        if path not in kept:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def cameras_of(session: Path) -> list[str]:
    """Names of the cameras of the session that is there; none if it cannot be read."""
    try:
        cameras = Session.read(session).cameras
    except RecordingError:
        return []
    return [camera.name for camera in cameras if camera.name and Path(camera.name).name == camera.name]


def _suffixes(json: Path) -> tuple[str, ...]:
    """Suffixes of the videos that a JSON file names; none where it cannot be read."""
    try:
        cameras = Session.read(json).cameras
    except RecordingError:
        return ()
    return tuple({split(file.video)[1] for camera in cameras for file in camera.files})
