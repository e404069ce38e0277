"""Memory shared by processes that nothing has to clean up.  All that is particular to Linux about it is here.

A memfd has no name in any file system: it lives as long as somebody has it open or mapped, and goes with the
last of them, however they die.  Its pages exist from when they are first written.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading

__all__ = ["create", "map_shared", "new_fence", "round_to_pages"]


def round_to_pages(size: int) -> int:
    """``size`` in bytes, rounded up to whole pages."""
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def create(name: str, size: int) -> int:
    """A new memfd of ``size`` zero bytes; its descriptor.

    The size is sealed, so that no process can shrink it under the others (they would get SIGBUS).
    """
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(fd)
        raise
    return fd


def map_shared(fd: int, size: int, *, writable: bool, offset: int = 0) -> mmap.mmap:
    """Map ``size`` bytes of a memfd; it is unmapped when the last view of it is gone."""
    protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
    return mmap.mmap(fd, size, mmap.MAP_SHARED, protection, offset=offset)


def new_fence() -> threading.Lock:
    """A lock that only one thread uses; ``with fence: pass`` is a full memory fence.

    What was stored before a fence is seen by others before what comes after it is loaded.  Processors let a
    load overtake an older store to another address: where one side stores A and loads B and the other stores
    B and loads A, both could then see the old values.  Taking and giving back a free lock is an atomic
    read-modify-write in the C library, which x86-64 does not reorder with anything.
    """
    return threading.Lock()
