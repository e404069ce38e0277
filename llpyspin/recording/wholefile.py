"""Writes a small file so that at any moment the old one or the new one is there whole."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.system.openfiles import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, have it on the disk, and give it its name.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):  # on a disk that became read-only
            part.unlink(missing_ok=True)
        raise RecordingError(f"{path} cannot be written: {error.strerror}") from error
