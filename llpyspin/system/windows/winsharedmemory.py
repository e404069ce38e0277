"""Shared memory on Windows: a section without a name, whose size never changes."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import ctypes
import mmap
import threading
import weakref

from llpyspin.system.windows.winapi import (
    FILE_MAP_READ,
    FILE_MAP_WRITE,
    close_handle,
    create_section,
    map_view,
    unmap_view,
)

__all__ = ["SharedMemory", "new_fence", "round_to_pages"]


class SharedMemory:
    """A block of memory that this process can map, and hand to others.

    Parameters
    ----------
    descriptor : int
        The handle, as it came from the process that made it; this object closes it.
    size : int
        In bytes.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size

    @classmethod
    def new(cls, name: str, size: int) -> SharedMemory:
        """``size`` zero bytes.  The name is for people who look at the process, and Windows shows none."""
        return cls(create_section(size), size)

    def map(self, *, writable: bool) -> memoryview:
        """All of it; it is unmapped when the last view of it is gone, and stays mapped if this is closed."""
        access = FILE_MAP_READ | (FILE_MAP_WRITE if writable else 0)
        place = map_view(self.descriptor, access, self.size)
        # Each view holds the array, and the mapping goes with the array.
        array = (ctypes.c_ubyte * self.size).from_address(place)
        weakref.finalize(array, unmap_view, place).atexit = False  # views may still be used then
        whole = memoryview(array).cast("B")
        return whole if writable else whole.toreadonly()

    def close(self) -> None:
        """Hand it to nobody any more.  Closing twice is fine."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            close_handle(descriptor)

    def __del__(self) -> None:
        self.close()  # nobody did, because Ctrl-C came just then


def round_to_pages(size: int) -> int:
    """``size`` in bytes, rounded up to whole pages."""
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def new_fence() -> threading.Lock:
    """A lock that only one thread uses; ``with fence: pass`` is a full memory fence.

    Taking and giving back a free lock is an atomic read-modify-write here, too: of a slim reader/writer lock.
    """
    return threading.Lock()
