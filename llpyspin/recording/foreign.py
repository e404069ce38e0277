"""Reads files that somebody else may have made or damaged: only regular files, up to the expected size."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.names import NAME_MAX

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_inside", "check_regular", "exists", "is_plain_name", "read_bytes"]


NONE_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether a path leads to something; never raises.

    True also where the system does not say, as without permission or on a disk that fails.  Then a file is
    neither taken to be lost nor written over, and reading it raises an error that says why.
    """
    try:
        os.stat(path)
    except OSError as error:
        return error.errno not in NONE_THERE
    except ValueError:  # a null character, or half a character: no file has such a name
        return False
    return True


def check_regular(path: str | os.PathLike[str]) -> int:
    """The size of a file in bytes.

    Raises
    ------
    RecordingError
        It is not a regular file (a pipe would never end), or is not there.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(found.st_mode):
        raise RecordingError(f"{path} cannot be read: it is not a regular file")
    return found.st_size


def read_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of a file of ``most`` bytes at most.

    Raises
    ------
    RecordingError
        It is larger, not a regular file, or cannot be read.
    """
    size = check_regular(path)
    if size > most:
        raise RecordingError(f"{path} cannot be read: it has {size} bytes, and the maximum is {most}")
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error


def is_plain_name(name: str) -> bool:
    """Whether this is the name of a file in the folder at hand, and leads nowhere else."""
    try:
        length = len(os.fsencode(name))
    except UnicodeEncodeError:  # half a character, as JSON can have
        return False
    leads_away = name in (".", "..") or any(each in name for each in ("/", "\\", "\0"))
    return 0 < length <= NAME_MAX and not leads_away


def check_inside(path: Path, folder: Path) -> None:
    """Refuse to change a file that is a symbolic link out of its folder.

    Raises
    ------
    RecordingError
    """
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        inside = False
    if not inside:
        raise RecordingError(f"{path.name} is a link that leads out of {folder}: it is not changed")
