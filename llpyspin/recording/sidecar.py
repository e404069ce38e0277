"""The sidecar: the CSV file beside a video, one line a trigger."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.processes.closing import Closing
from llpyspin.recording.foreign import exists
from llpyspin.recording.rows import HEADER, OLD_HEADER, Row, line_of, row_of
from llpyspin.system.locks import lock
from llpyspin.system.openfiles import opened

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SidecarWriter", "being_written", "lines_of_file", "read_sidecar", "write_sidecar"]


class SidecarWriter(Closing):
    """Appends rows to a sidecar.  For one thread.

    Rows wait in memory until :meth:`flush`, so that the sidecar never promises a picture that is not in the
    video yet: flush the video first.

    Parameters
    ----------
    path : path-like
    overwrite : bool
        Whether to replace a file that exists.

    Raises
    ------
    FileExistsError
        The file exists and ``overwrite`` is false, or somebody else is writing it.
    OSError
        It cannot be written.

    Notes
    -----
    The file is locked as long as the writer lives, however it ends: see :func:`being_written`.
    """

    def __init__(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        self.path = Path(path)
        """The file."""
        self.rows = 0
        """Rows that were added so far."""
        self.bytes = 0
        """Bytes that the operating system has."""
        self._lines: list[str] = [HEADER]
        self._rest = b""
        mode = 0 if overwrite else os.O_EXCL
        self._fd = opened(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | mode)
        if not lock(self._fd):
            self._abandon()
            raise FileExistsError(errno.EEXIST, "another recording is writing it", str(self.path))
        os.ftruncate(self._fd, 0)
        try:
            self.flush()
        except RecordingError:
            self.path.unlink(missing_ok=True)  # while it is locked: it is this writer's
            self._abandon()
            raise

    def add(self, row: Row) -> None:
        """Keep a row for the next flush."""
        self._lines.append(line_of(row))
        self.rows += 1

    def flush(self) -> None:
        """Hand all rows to the operating system, whole lines in one write.

        Raises
        ------
        RecordingError
            They cannot be written, for example because the disk is full.  Doing it again tries again.
        """
        if self._fd < 0:
            raise ValueError(f"the sidecar {self.path} is closed")
        data = self._rest + "".join(self._lines).encode("ascii")
        self._lines.clear()
        while data:  # a disk that is nearly full takes a part
            try:
                written = os.write(self._fd, data)
            except OSError as error:
                self._rest = data
                raise RecordingError(
                    f"the sidecar {self.path} cannot be written: {error.strerror}"
                ) from error
            self.bytes += written
            data = data[written:]
        self._rest = b""

    def sync(self) -> None:
        """Wait until what was flushed is on the disk."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Flush and close; doing it again does nothing."""
        if self._fd < 0:
            return
        try:
            self.flush()
        finally:
            self._abandon()

    def _abandon(self) -> None:
        os.close(self._fd)
        self._fd = -1


def being_written(path: str | os.PathLike[str]) -> bool:
    """Whether a process that lives is writing this sidecar; False where there is none."""
    try:
        sidecar = opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not lock(sidecar, shared=True)
    finally:
        os.close(sidecar)


def read_sidecar(path: str | os.PathLike[str]) -> list[Row]:
    """All rows of a sidecar; a last line that was cut off by a kill or a loss of power is left out.

    Raises
    ------
    RecordingError
        It is not a sidecar, or a line that is not the last one is damaged.
    OSError
        It cannot be read.
    """
    rows = []
    for number, line in enumerate(lines_of_file(path), start=2):
        try:
            rows.append(row_of(line))
        except ValueError as error:
            raise RecordingError(f"{path}, line {number}: {error}: {line!r}") from error
    return rows


def lines_of_file(path: str | os.PathLike[str]) -> list[str]:
    """The whole lines of a sidecar without its header, unread; errors as of :func:`read_sidecar`.

    Lines of an older version have empty cells for the columns that it did not have.
    """
    if stat.S_ISFIFO(os.stat(path).st_mode):  # it would never end
        raise RecordingError(f"{path} is not the sidecar of a recording: it is not a regular file")
    whole, _, _ = Path(path).read_bytes().partition(b"\0")  # what a loss of power leaves of unwritten blocks
    text = whole.decode("utf-8", errors="replace").replace("\r\n", "\n")
    header, newline, body = text.partition("\n")
    if not newline and HEADER.startswith(header):
        return []
    if header + "\n" not in (HEADER, OLD_HEADER):
        raise RecordingError(f"{path} is not the sidecar of a recording: it does not begin with its columns")
    lines = body.split("\n")
    lines.pop()  # what comes after the last line end: nothing, or a line cut off
    return lines if header + "\n" == HEADER else [f"{line},," for line in lines]


def write_sidecar(path: str | os.PathLike[str], rows: Iterable[Row], *, overwrite: bool = False) -> None:
    """Write a whole sidecar and have it on the disk; one that it replaces stays until then."""
    path = Path(path)
    if not overwrite and exists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with SidecarWriter(part, overwrite=True) as writer:
            for row in rows:
                writer.add(row)
            writer.flush()
            writer.sync()
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
