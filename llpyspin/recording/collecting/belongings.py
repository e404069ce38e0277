"""Which files belong to a recording, and whether it can be copied now."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.collecting.sums import sums_file
from llpyspin.recording.foreign import exists
from llpyspin.recording.locating import spills_of
from llpyspin.recording.overwriting import older_files
from llpyspin.recording.session import RECORDING, SESSION_FILE
from llpyspin.recording.sidecar import being_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.recording.locating import Found

__all__ = ["belongings_of", "check_closed", "is_session"]


def is_session(found: Found) -> bool:
    """Whether the recording has a folder of its own."""
    return found.path.name == SESSION_FILE


def check_closed(found: Found) -> None:
    """Refuse a recording whose files are not final.

    Raises
    ------
    RecordingError
        It is being recorded, was killed, or has frames that are not in a video.
    """
    files = [file for camera in found.session.cameras for file in camera.files]
    if any(being_written(found.folder / file.sidecar) for file in files):
        raise RecordingError(f"{found.path} is still being recorded. Collect it when the recording has ended")
    repair = f"llpyspin repair {shlex.quote(str(found.folder if is_session(found) else found.path))}"
    if not found.written or found.session.state == RECORDING:
        raise RecordingError(
            f"{found.path}: the recording is not finished, or was killed. If it was killed, repair it "
            f"first: {repair}"
        )
    if spills := spills_of(found):
        raise RecordingError(f"{spills[0]} has frames that are not in a video yet. Repair it first: {repair}")


def belongings_of(found: Found) -> list[str]:
    """The files of a recording by their paths in its folder; the JSON file comes last.

    Of a session these are all files in its folder that are not hidden.

    Raises
    ------
    RecordingError
        The folder cannot be read.
    """
    try:
        paths = _in_folder(found.folder) if is_session(found) else _of_single(found)
        names = {str(path.relative_to(found.folder)) for path in paths}
    except OSError as error:
        raise RecordingError(f"{found.folder} cannot be read: {error.strerror}") from error
    last = found.path.name
    return [*sorted(names - {last, sums_file(found.path).name}), last]


def _in_folder(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place) / name for name in files if not name.startswith("."))


def _of_single(found: Found) -> Iterator[Path]:
    for camera in found.session.cameras:
        for file in camera.files:
            yield from filter(exists, (found.folder / file.video, found.folder / file.sidecar))
            yield from older_files(found.folder / file.video)
        if camera.settings_file and exists(found.folder / camera.settings_file):
            yield found.folder / camera.settings_file
