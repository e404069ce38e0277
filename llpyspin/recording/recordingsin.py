"""Finds all recordings in a folder and in the folders below it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.naming.constructors import checked_call
from llpyspin.recording.locating import find
from llpyspin.recording.rows import HEADER, OLD_HEADER
from llpyspin.recording.session import SESSION_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXPORTED", "recordings_in"]

EXPORTED = "export.json"
"""A folder with this file is an export, and has copies of videos and tables."""
_HEADERS = (HEADER.encode(), OLD_HEADER.encode())


@checked_call
def recordings_in(folder: str | os.PathLike[str]) -> list[Path]:
    """All recordings in a folder and in the folders below it, in the order of their names.

    Returns
    -------
    list of Path
        The folder of each session, and the JSON file of each single recording; the CSV file of one that was
        killed or cannot be read.  Hidden folders and exports are left out.

    Raises
    ------
    RecordingError
        A folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise RecordingError(f"{error.filename} cannot be read: {error.strerror}") from error

    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if EXPORTED in files:
            folders.clear()
        elif SESSION_FILE in files:
            folders.clear()
            found.append(Path(place))
        else:
            found += dict.fromkeys(_single(Path(place), files))
    return found


def _single(folder: Path, files: list[str]) -> Iterator[Path]:
    for name in sorted(files):
        path = folder / name
        if name.startswith(".") or path.suffix != ".csv" or not _is_sidecar(path):
            continue
        try:
            one = find(path)
        except RecordingError:
            yield path  # whoever reads it learns why
        else:
            yield one.path if one.written else folder / one.session.cameras[0].files[0].sidecar


def _is_sidecar(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.readline(len(HEADER) + 1) in _HEADERS
    except OSError:
        return False
