"""Names of a recording's files: how they are made, which are refused, which belong beside a video.

This is the one place for these rules.  ``NAME`` of a recording is the name of its video without the suffix.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from llpyspin.errors import RecordingError

__all__ = [
    "MOST_BYTES",
    "belongs",
    "beside",
    "check_name",
    "folded",
    "for_library",
    "full_path",
    "is_suffix",
    "reason_against",
    "returned",
    "segment_name",
    "segment_of",
    "split",
]

ROOM = 40
"""Bytes that are added to ``NAME`` at most: ``.NAME_returned_1000.mended-4194304.hdf5`` has 35 more."""
NAME_MAX = 255
PATH_MAX = 4096
MOST_BYTES = NAME_MAX - ROOM
"""Bytes that ``NAME`` can have."""

_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}")
"""What counts as a suffix: ``mouse.3`` has none."""
_SEGMENT = re.compile(r"(.+)_(\d{3,})")
_OWN = r"(_returned)?(_\d{3,})?(\.callback\d*)?"
"""What may follow ``NAME`` before the suffix."""


def for_library(path: str | os.PathLike[str]) -> str:
    """A path for FFmpeg, OpenCV and HDF5, which they can only understand as a file.

    An absolute path is neither a URL (``12:30.mkv``, ``concat:a``), nor an option (``-y.mkv``), nor the
    standard output (``-``, ``pipe:1``).
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it was removed
        here = os.curdir
    return os.path.join(here, os.fspath(path))


def segment_name(name: str, part: int) -> str:
    """What the segment ``part`` of a recording is called; the first one (0) has the recording's name."""
    return f"{name}_{part:03d}" if part else name


def segment_of(stem: str) -> tuple[str, int] | None:
    """(name of the recording, part) if this can be the name of a later segment."""
    match = _SEGMENT.fullmatch(stem)
    return None if match is None else (match[1], int(match[2]))


def is_suffix(text: str) -> bool:
    """Whether this, with its dot, counts as the suffix of a file."""
    return _SUFFIX.fullmatch(text) is not None


def split(name: str) -> tuple[str, str]:
    """``NAME`` and suffix of a file's name; the suffix may be empty."""
    stem, dot, last = name.rpartition(".")
    return (stem, dot + last) if stem and is_suffix(dot + last) else (name, "")


def beside(path: str | os.PathLike[str], suffix: str) -> Path:
    """The file that goes with a video, as ``NAME.csv`` with ``NAME.mkv``."""
    path = Path(path)
    return path.with_name(split(path.name)[0] + suffix)


def returned(path: str | os.PathLike[str]) -> Path:
    """The video of what a callback returned: ``NAME_returned.mkv`` with ``NAME.mkv``."""
    path = Path(path)
    stem, suffix = split(path.name)
    return path.with_name(f"{stem}_returned{suffix}")


def belongs(stem: str, name: str) -> bool:
    """Whether a file without its suffix may be one of the recording ``name``."""
    return re.fullmatch(re.escape(name) + _OWN, stem) is not None


def folded(name: str) -> str:
    """The same for names that some file systems take for one: by case, or by how letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


# -- names that cannot be used


def reason_against(text: str) -> str:
    """Why no file can have this path, whatever the disk; empty: it can."""
    if not text:
        return "it is empty"
    if "\0" in text:
        return "it has a null character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "it is not UTF-8"
    return ""


def full_path(path: str | os.PathLike[str]) -> Path:
    """The absolute path that a user means.

    Raises
    ------
    RecordingError
        No file can have it.
    """
    text = os.fspath(path)
    if reason := reason_against(text):
        raise RecordingError(f"cannot record to {text!r}: this is not a valid file name: {reason}")
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, OSError) as error:  # no such user; the present folder was removed
        raise RecordingError(f"cannot record to {text!r}: {error}") from None


def check_name(path: Path) -> None:
    """Refuse what is too long for the files of a recording, with all that is added to their names.

    Parameters
    ----------
    path : Path
        Absolute; of the video, with or without its suffix.

    Raises
    ------
    RecordingError
    """
    stem, suffix = split(path.name)
    if suffix != suffix.lower():
        raise RecordingError(
            f"cannot record to {path}: the suffix {suffix} must be lower case: {stem}{suffix.lower()}"
        )
    for part in path.parent.parts:
        if (size := len(os.fsencode(part))) > NAME_MAX:
            raise RecordingError(f"cannot record to {path}: File name too long ({size} bytes in {part!r})")
    most = _name_max(path.parent) - ROOM
    if (size := len(os.fsencode(stem))) > most:
        raise RecordingError(
            f"cannot record to {path}: File name too long: {stem!r} has {size} bytes, and {most} are "
            "allowed here, because other file names begin with it"
        )
    if (size := len(os.fsencode(path.parent)) + 1 + len(os.fsencode(stem)) + ROOM) >= PATH_MAX:
        raise RecordingError(
            f"cannot record to {path}: File name too long: the path has {size - ROOM} bytes, and "
            f"{PATH_MAX - ROOM - 1} are allowed"
        )


def _name_max(folder: Path) -> int:
    """Bytes that a name may have on the disk of this folder, which may not be there yet."""
    for each in (folder, *folder.parents):
        try:
            return min(NAME_MAX, os.pathconf(each, "PC_NAME_MAX"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            break
    return NAME_MAX
