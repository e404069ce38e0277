"""Locks by which one program tells others that it writes somewhere; they end with it, however it ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl

__all__ = ["lock", "unlock"]

_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL, errno.EBADF)
"""What file systems say that know no locks, or, as NFS does of folders, none of this kind."""


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file or folder until it is closed; False: somebody else has.

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
