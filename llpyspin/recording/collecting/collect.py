"""Copies a recording to another folder, compares every byte, and checks the copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import named
from llpyspin.recording.checking.check import check
from llpyspin.recording.collecting.belongings import belongings_of, check_closed, is_session
from llpyspin.recording.collecting.filecopy import copy_verified, differs, is_there, part_of
from llpyspin.recording.collecting.sums import check_free, sums_file, write_sums
from llpyspin.recording.foreign import check_regular
from llpyspin.recording.hostmerging import merge_around
from llpyspin.recording.locating import find
from llpyspin.recording.session import Session
from llpyspin.system.locks import FolderLock
from llpyspin.system.openfiles import room_at, sync_folder

if TYPE_CHECKING:
    import os

    from llpyspin.recording.checking.check import CheckReport
    from llpyspin.recording.collecting.filecopy import Progress
    from llpyspin.recording.locating import Found

__all__ = ["CollectReport", "CollectedFile", "collect"]

MIB = 1 << 20


@named
@dataclass(frozen=True)
class CollectedFile:
    """One file of a copy whose bytes are those of the source.

    Attributes
    ----------
    name : str
        Its path in the folder of the recording.
    size : int
        In bytes.
    sha256 : str
    copied : bool
        False: it was there already.
    """

    name: str
    size: int
    sha256: str
    copied: bool


@named
@dataclass(frozen=True, repr=False)
class CollectReport:
    """What :func:`collect` copied and found; ``str()`` of it is for people.

    Attributes
    ----------
    path : Path
        The JSON file of the copy.
    files : tuple of CollectedFile
    check : CheckReport
        What :func:`llpyspin.check` found in the copy.
    """

    path: Path
    files: tuple[CollectedFile, ...]
    check: CheckReport

    @property
    def verified(self) -> bool:
        """Whether every byte is that of the source, and the copy is what its account says."""
        return self.check.ok

    def __str__(self) -> str:
        copied = sum(file.copied for file in self.files)
        size = sum(file.size for file in self.files)
        lines = [
            f"{self.path.parent}: {copied} files copied, {len(self.files) - copied} were there, "
            f"{size / MIB:.1f} MiB in all. The SHA-256 of every file is that of the source."
        ]
        if self.verified:
            pictures = sum(self.check.pictures.values())
            lines.append(f"VERIFIED: {pictures} pictures were decoded in the copy. Nothing is wrong.")
            lines.append(f"Checksums: {sums_file(self.path)}")
        else:
            lines.append("NOT VERIFIED: the files are exact copies, but the recording is not what it says:")
            lines += [f"  {each}" for each in self.check.findings]
        return "\n".join(lines)

    def __repr__(self) -> str:
        verdict = "verified" if self.verified else "not verified"
        return f"<CollectReport of {self.path}: {len(self.files)} files, {verdict}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("CollectReport(...)" if cycle else str(self))


@checked_call
def collect(
    path: str | os.PathLike[str], to: str | os.PathLike[str], *, progress: Progress | None = None
) -> CollectReport:
    """Copy a recording to another folder, compare the SHA-256 of every file, and check the copy.

    Each file is called ``.NAME.part`` until it was read again at the target.  Files that are there already
    and have the same bytes are not copied again.  So a copy that was interrupted goes on.  Nothing is
    deleted at the source, and nothing is written over.

    Parameters
    ----------
    path : path-like
        The folder of a session, or any file of a single recording.
    to : path-like
        A folder that exists.  A session gets a folder of its name in it, a single recording lies in it.
    progress : callable, optional
        Called with (what, bytes done, bytes in all) while files are copied and compared.  Then with
        (video, pictures done, pictures in all) while the copy is checked.

    Returns
    -------
    CollectReport

    Raises
    ------
    RecordingError
        There is no recording, it is not finished, it cannot be copied, or the disk is full.
    OutputExistsError
        A file of the same name is there with other bytes.
    """
    found = find(path)
    with _Source(found):
        check_closed(found)
        target = _target(found, Path(to))
        names = [name for name in belongings_of(found) if not _made_there(found, target, name)]
        sums = sums_file(target / found.path.name)
        check_free(sums)
        _check_same(found, target, names)
        _check_room(found, target, names)
        files = tuple(_collected(found, target, name, progress) for name in names)
    copy = target / found.path.name
    if found.session.hosts:
        merge_around(copy)  # files of other hosts may be there already
    report = CollectReport(copy, files, check(copy, progress=progress))
    if report.verified:
        write_sums(sums, {file.name: file.sha256 for file in files if file.name not in _made_anew(found)})
        merge_around(copy)
    return report


def _made_anew(found: Found) -> tuple[str, ...]:
    """Files that change when the files of another host come."""
    return (found.path.name,) if found.session.hosts else ()


def _made_there(found: Found, target: Path, name: str) -> bool:
    """Whether a file is there already, for the same recording, and perhaps with the files of more hosts."""
    if name not in _made_anew(found) or not is_there(target / name):
        return False
    there = Session.read(target / name)
    return bool(there.hosts) and there.id == found.session.id


class _Source:
    """The folder of a session, which nobody records to meanwhile."""

    def __init__(self, found: Found) -> None:
        self._lock: FolderLock | None = None
        if not is_session(found):
            return
        try:
            self._lock = FolderLock(found.folder)
        except OSError as error:
            raise RecordingError(f"{found.folder} cannot be read: {error.strerror}") from error
        if not self._lock.take():
            self._lock.release()
            raise RecordingError(f"{found.folder} is in use by a recording or by another copy of it")

    def __enter__(self) -> None:
        """It was locked when this was made."""

    def __exit__(self, *error: object) -> None:
        if self._lock is not None:
            self._lock.release()


def _target(found: Found, to: Path) -> Path:
    """The folder of the copy, which is made."""
    to = to.expanduser().absolute()
    if not to.is_dir():
        raise RecordingError(f"{to} is not a folder. Make it first, or mount its disk")
    source = found.folder.resolve()
    target = to / source.name if is_session(found) else to
    if target.resolve() == source or (is_session(found) and target.resolve().is_relative_to(source)):
        raise RecordingError(f"{target} lies in the recording itself. Choose another folder")
    try:
        target.mkdir(exist_ok=True)
        sync_folder(to)
    except OSError as error:
        raise RecordingError(f"{target} cannot be made: {error.strerror}") from error
    return target


def _check_same(found: Found, target: Path, names: list[str]) -> None:
    """Refuse a folder with other files of these names, before anything is copied."""
    for name in names:
        source, there = found.folder / name, target / name
        if not is_there(there):
            continue
        if check_regular(source) != check_regular(there):
            raise differs(source, there)
    if names[-1] == found.path.name and is_there(target / names[-1]):
        copy_verified(found.path, target / names[-1])


def _check_room(found: Found, target: Path, names: list[str]) -> None:
    needed = sum(
        check_regular(found.folder / name) - _size(part_of(target / name))
        for name in names
        if not is_there(target / name)
    )
    free = room_at(target).free
    if needed > free:
        raise RecordingError(
            f"the disk of {target} has {free / MIB:.0f} MiB free, and {needed / MIB:.0f} MiB are to be "
            "copied. Nothing was copied"
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _collected(found: Found, target: Path, name: str, progress: Progress | None) -> CollectedFile:
    place = target / name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"{place.parent} cannot be made: {error.strerror}") from error
    digest, copied = copy_verified(found.folder / name, place, progress)
    return CollectedFile(name, place.stat().st_size, digest, copied)
