"""Locks on Linux: ``flock``."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FolderLock", "join", "lock", "unlock"]

_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL, errno.EBADF)
"""What file systems say that know no locks, or, as NFS does of folders, none of this kind."""


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file until it is closed; False: somebody else has.

    Never blocks.  Where the file system knows no locks it is as if nobody else were there.
    """
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def unlock(descriptor: int) -> None:
    """Give a lock back before it is closed, which forked copies of this process may not do."""
    with contextlib.suppress(OSError):  # there was none
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def join(descriptor: int, alone: Callable[[], object]) -> None:
    """Share a lock with whoever else has it, until the file is closed.

    Where nobody has, ``alone`` is called first, and nobody else comes in meanwhile.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        alone()
    fcntl.flock(descriptor, fcntl.LOCK_SH)


class FolderLock:
    """A folder that is there and can be locked, whatever happens to its name meanwhile.

    Raises
    ------
    NotADirectoryError
        It is something else.
    OSError
        It is not there, or cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def take(self) -> bool:
        """Lock it until :meth:`release`, or the end of the program; False: somebody else has it locked."""
        return lock(self._descriptor)

    def names(self) -> list[str]:
        """Of all that lies in it."""
        return os.listdir(self._descriptor)

    def release(self) -> None:
        """Let others have it.  Releasing twice is fine."""
        opened, self._descriptor = self._descriptor, -1
        if opened >= 0:
            unlock(opened)
            os.close(opened)
