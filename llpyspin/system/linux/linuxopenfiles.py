"""Open files on Linux: ``pread``, ``pwrite``, ``statvfs`` and their like."""

from __future__ import annotations

import os
from typing import NamedTuple

__all__ = [
    "Room",
    "forget_cached",
    "opened",
    "read_at",
    "read_into_at",
    "reserve",
    "room_at",
    "room_of",
    "sync_folder",
    "write_at",
    "write_parts_at",
]

write_at = os.pwrite
write_parts_at = os.pwritev
read_at = os.pread
read_into_at = os.preadv
"""Reading and writing at a place in a file, whoever else uses it; calls of the interpreter's own."""


def opened(path: str | os.PathLike[str], flags: int, mode: int = 0o666) -> int:
    """A descriptor of the bytes of a file, which no child inherits; flags and errors as of ``os.open``.

    Opening for reading never waits: a pipe would wait for its writer.
    """
    reads = not flags & (os.O_WRONLY | os.O_RDWR)
    return os.open(path, flags | os.O_CLOEXEC | (os.O_NONBLOCK if reads else 0), mode)


def reserve(descriptor: int, size: int) -> None:
    """Have room for so many bytes on the disk, zeros where nothing was written."""
    os.posix_fallocate(descriptor, 0, size)


class Room(NamedTuple):
    """Bytes of a disk: those that this user may still write, and all."""

    free: int
    whole: int


def room_at(path: str | os.PathLike[str]) -> Room:
    """Of the disk that a path lies on."""
    return _room(os.statvfs(path))


def room_of(descriptor: int) -> Room:
    """Of the disk that an open file lies on, also where its name is gone."""
    return _room(os.fstatvfs(descriptor))


def _room(disk: os.statvfs_result) -> Room:
    return Room(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)


def forget_cached(descriptor: int) -> None:
    """Have the next reader of a file read the disk, where the system can do so; sync the file before."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
