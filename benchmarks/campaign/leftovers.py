"""What is still there after a run: locks on files, sockets of the world, files in shared memory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

__all__ = ["locked_files", "shared_memory", "sockets_of_world"]


def locked_files(folder: Path) -> list[str]:
    """Files of a recording that somebody still has locked, and the folder itself."""
    found = []
    for path in [folder, *sorted(folder.iterdir())] if folder.is_dir() else ():
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found.append(path.name)
        finally:
            os.close(descriptor)
    return found


def sockets_of_world(mark: str) -> list[str]:
    """Sockets of a run's virtual cameras that are still open."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return [line.split()[-1] for line in lines if f"campaign-{mark}/" in line]


def shared_memory() -> dict[str, int]:
    """Names and inodes in /dev/shm."""
    found = {}
    for entry in os.scandir("/dev/shm"):
        if entry.is_file(follow_symlinks=False) and (
            entry.name.startswith("sem.") or "llpyspin" in entry.name
        ):
            found[entry.name] = entry.inode()
    return found
