"""The folder of a host process: its door, its log, and the lock of the one process that may be there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import HostStateError, HostUnreachableError
from llpyspin.system.doors import MOST_PATH, Door
from llpyspin.system.locks import lock
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder
from llpyspin.system.users import this_user

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VARIABLE", "HostFolder", "check_path", "door_of", "folder_of", "last_words", "log_of"]

VARIABLE = "LLPYSPIN_HOST"
"""The environment variable that names the folder."""
_DOOR, _LOCK, _LOG = "socket", "lock", "log"
MOST_LOG = 2**20
"""Bytes of the log, beyond which the next host process begins a new one."""
LAST_LINES = 5


def folder_of(given: str | os.PathLike[str] | None) -> Path:
    """The folder that is meant; by default one of this user in the folder for temporary files.

    Not one of the login session, which ends with the login, and which a worker that another computer has
    started may not have.
    """
    named = given or os.environ.get(VARIABLE) or ""
    if named:
        return Path(os.path.abspath(os.path.expanduser(named)))
    return Path(tempfile.gettempdir()).absolute() / f"llpyspin-host-{this_user()}"


def door_of(folder: Path) -> str:
    """The address of the door in a folder."""
    return str(folder / _DOOR)


def log_of(folder: Path) -> Path:
    """Where a host process writes that was started by a call."""
    return folder / _LOG


def check_path(folder: Path) -> None:
    """Refuse a folder in which no socket can be.

    Raises
    ------
    HostUnreachableError
    """
    size = len(os.fsencode(door_of(folder)))
    if size > MOST_PATH:
        raise HostUnreachableError(
            f"the path of the socket {door_of(folder)} has {size} bytes; {MOST_PATH} is the maximum. Name a "
            f"shorter folder, with {VARIABLE} or --folder",
            host=str(folder),
        )


def last_words(folder: Path) -> str:
    """The last lines of the log."""
    try:
        text = log_of(folder).read_text(encoding="utf-8", errors="replace")[-4096:]
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-LAST_LINES:])


class HostFolder:
    """The folder, for the one host process in it; made if need be.

    Raises
    ------
    HostUnreachableError
        It is another user's, open to others, or cannot be made.
    HostStateError
        A host process is there already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        check_path(path)
        try:
            self._folder = PrivateFolder(path)
        except NotPrivate as error:
            raise HostUnreachableError(
                f"the host process cannot use {path}, because {error}. Its folder must be yours alone: "
                f"chmod 700 {path}, or name another one with {VARIABLE} or --folder",
                host=str(path),
            ) from error
        except OSError as error:
            raise HostUnreachableError(
                f"the host process cannot use {path}: {error}. Name another folder with {VARIABLE} or "
                "--folder",
                host=str(path),
            ) from error
        self._lock = -1
        self._undone(self._take)

    def _undone(self, step: Callable[[], object]) -> None:
        """Do a step; where it fails, the folder is closed again."""
        try:
            step()
        except BaseException:
            self.close()
            raise

    def _take(self) -> None:
        try:
            self._lock = self._folder.opened(_LOCK, os.O_RDWR | os.O_CREAT)
            if lock(self._lock):
                return
        except OSError as error:
            raise HostUnreachableError(f"{self.path / _LOCK}: {error}", host=str(self.path)) from error
        raise HostStateError(
            f"a host process runs already in {self.path}. Use that one: llpyspin host --status",
            host=str(self.path),
        )

    def open_door(self) -> Door:
        """The door; one that a dead process has left is removed first."""
        return Door(_DOOR, folder=self.path, known=True)

    def is_gone(self) -> bool:
        """Whether somebody has removed the folder, so that nobody can reach the process any more."""
        with contextlib.suppress(OSError):
            return not self._folder.is_at(self.path)
        return True

    def has_door(self) -> bool:
        """Whether others can still find the door; not where somebody tidied up."""
        with contextlib.suppress(OSError):
            return self._folder.is_at(self.path) and self._folder.has(_DOOR)
        return False

    def shorten_log(self) -> None:
        """Begin a new log where the old one is long."""
        with contextlib.suppress(OSError):
            if log_of(self.path).stat().st_size > MOST_LOG:
                os.truncate(log_of(self.path), 0)

    def close(self) -> None:
        """Let another host process come.  Closing twice is fine."""
        self._folder.close()
        opened, self._lock = self._lock, -1
        if opened >= 0:
            os.close(opened)
