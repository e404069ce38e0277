"""How much memory and how many processors this program may use."""

from __future__ import annotations

import contextlib
import os
import pathlib

__all__ = ["processors", "spare_memory", "whole_memory"]


def spare_memory() -> int | None:
    """Bytes that this machine, or the container around this program, can spare; None if it does not say."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024)
    with contextlib.suppress(OSError, ValueError):
        most = int(pathlib.Path("/sys/fs/cgroup/memory.max").read_text())
        found.append(most - int(pathlib.Path("/sys/fs/cgroup/memory.current").read_text()))
    return min(found, default=None)


def whole_memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def processors() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0))
