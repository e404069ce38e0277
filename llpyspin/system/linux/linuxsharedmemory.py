"""Shared memory on Linux: a sealed memfd."""

from __future__ import annotations

import fcntl
import mmap
import os
import threading

from llpyspin.system.descriptors import above_standard_streams

__all__ = ["SharedMemory", "new_fence", "round_to_pages"]


class SharedMemory:
    """A block of memory that this process can map, and hand to others.

    Parameters
    ----------
    descriptor : int
        As it came from the process that made it; this object closes it.
    size : int
        In bytes.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size

    @classmethod
    def new(cls, name: str, size: int) -> SharedMemory:
        """``size`` zero bytes; the name is for people who look at the process.

        The size is sealed, so that no process can shrink it under the others (they would get SIGBUS).
        """
        made = above_standard_streams(os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))
        try:
            os.ftruncate(made, size)
            fcntl.fcntl(made, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        except BaseException:
            os.close(made)
            raise
        return cls(made, size)

    def map(self, *, writable: bool) -> memoryview:
        """All of it; it is unmapped when the last view of it is gone, and stays mapped if this is closed."""
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
        return memoryview(mmap.mmap(self.descriptor, self.size, mmap.MAP_SHARED, protection))

    def close(self) -> None:
        """Hand it to nobody any more.  Closing twice is fine."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()  # nobody did, because Ctrl-C came just then


def round_to_pages(size: int) -> int:
    """``size`` in bytes, rounded up to whole pages."""
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def new_fence() -> threading.Lock:
    """A lock that only one thread uses; ``with fence: pass`` is a full memory fence.

    What was stored before a fence is seen by others before what comes after it is loaded.  Processors let a
    load overtake an older store to another address: where one side stores A and loads B and the other stores
    B and loads A, both could then see the old values.  Taking and giving back a free lock is an atomic
    read-modify-write in the C library, which x86-64 does not reorder with anything.
    """
    return threading.Lock()
