"""Copies one file so that its name at the target always means: every byte was read there again."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from llpyspin.errors import OutputExistsError, RecordingError
from llpyspin.recording.foreign import check_regular, exists
from llpyspin.system.locks import lock
from llpyspin.system.openfiles import forget_cached, opened, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Progress = Callable[[str, int, int], None]

__all__ = ["PIECE", "copy_verified", "differs", "is_there", "part_of"]

PIECE = 4 << 20
"""Bytes that are copied at a time."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


def part_of(target: Path) -> Path:
    """What the file is called until it is whole."""
    return target.with_name(f".{target.name}.part")


def is_there(target: Path) -> bool:
    """Whether the name is used, also by a link that leads nowhere."""
    return exists(target) or target.is_symlink()


def differs(source: Path, target: Path) -> OutputExistsError:
    """What is said where a file has the name of a copy, and other bytes."""
    return OutputExistsError(
        f"{target} exists and is not the same as {source}. It was not changed. Choose another folder, or "
        "remove it there to copy it again"
    )


def copy_verified(source: Path, target: Path, progress: Progress | None = None) -> tuple[str, bool]:
    """Copy a file, or compare it with the one that is there; gives its SHA-256, and whether it was copied.

    The copy is called ``.NAME.part`` until its bytes were read from the disk again.  A copy that was
    interrupted goes on where its bytes end to be those of the source.

    Parameters
    ----------
    progress : callable, optional
        Called with ("copying NAME" or "comparing NAME", bytes done, bytes in all).

    Raises
    ------
    OutputExistsError
        There is a file of this name with other bytes.  It stays as it is.
    RecordingError
        A file cannot be read or written, the disk is full, or the source changes meanwhile.
    """
    check_regular(source)
    state = _state(source)
    if is_there(target):
        return _compared(source, target, state, progress), False
    return _copied(source, target, state, progress), True


class _State(NamedTuple):
    """What shows that a file has changed."""

    size: int
    changed_ns: int


def _state(path: Path) -> _State:
    try:
        found = os.stat(path)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
    return _State(found.st_size, found.st_mtime_ns)


def _check_unchanged(source: Path, state: _State) -> None:
    if _state(source) != state:
        raise RecordingError(f"{source} changed while it was copied. Collect the recording again")


def _compared(source: Path, target: Path, state: _State, progress: Progress | None) -> str:
    if check_regular(target) != state.size:
        raise differs(source, target)
    there = _digest_of(target, state.size, progress)
    same = _digest_of(source, state.size, progress) == there
    _check_unchanged(source, state)
    if not same:
        raise differs(source, target)
    return there


def _copied(source: Path, target: Path, state: _State, progress: Progress | None) -> str:
    part = part_of(target)
    try:
        with _own(part) as file:
            digest = _fill(source, file, state.size, progress)
            os.fsync(file.fileno())
            forget_cached(file.fileno())
            if _digest_of(part, state.size, progress) != digest:
                part.unlink()
                raise RecordingError(
                    f"{target} has other bytes on the disk than were written. The disk or its connection has "
                    "a fault"
                )
            _check_unchanged(source, state)
            _finish(source, part, target)
    except OSError as error:
        if error.errno in _FULL:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        raise RecordingError(
            f"{target} cannot be written: {error.strerror}. Files that were copied before are whole. Collect "
            "the recording again to go on"
        ) from error
    return digest


@contextlib.contextmanager
def _own(part: Path) -> Iterator[BinaryIO]:
    """The unfinished copy, old or new, that nobody else writes meanwhile."""
    with open(opened(part, os.O_RDWR | os.O_CREAT), "r+b") as file:
        if not lock(file.fileno()):
            raise RecordingError(f"another program is copying to {part} now. Wait until it has finished")
        yield file


def _fill(source: Path, part: BinaryIO, size: int, progress: Progress | None) -> str:
    """Write what the unfinished copy does not have yet; gives the SHA-256 of the source."""
    digest, done, same = hashlib.sha256(), 0, True
    for piece in _pieces(source, size):
        digest.update(piece)
        if same and part.read(len(piece)) != piece:
            same = False
            part.seek(done)
            part.truncate()
        if not same:
            part.write(piece)
        done += len(piece)
        _tell(progress, f"copying {source.name}", done, size)
    part.flush()
    part.truncate(done)
    return digest.hexdigest()


def _finish(source: Path, part: Path, target: Path) -> None:
    """Give the copy its name and the source's time, unless somebody else has used the name meanwhile."""
    found = os.stat(source)
    with contextlib.suppress(PermissionError):  # some network disks set times themselves
        os.utime(part, ns=(found.st_atime_ns, found.st_mtime_ns))
    if is_there(target):
        raise OutputExistsError(
            f"{target} exists now. Somebody else has written it. Collect again to compare"
        )
    os.rename(part, target)
    sync_folder(target.parent)


def _digest_of(path: Path, size: int, progress: Progress | None) -> str:
    name = path.name.removeprefix(".").removesuffix(".part")
    digest, done = hashlib.sha256(), 0
    for piece in _pieces(path, size):
        digest.update(piece)
        done += len(piece)
        _tell(progress, f"comparing {name}", done, size)
    return digest.hexdigest()


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """The content of a file, and no more than it had: it may grow meanwhile."""
    left = size
    try:
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(min(PIECE, left)):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error


def _tell(progress: Progress | None, what: str, done: int, size: int) -> None:
    if progress is not None:
        progress(what, done, size)
