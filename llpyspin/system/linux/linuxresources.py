"""Resources on Linux: ``/proc``, control groups, affinity."""

from __future__ import annotations

import contextlib
import os
import pathlib

__all__ = ["CpuLoad", "processors", "spare_memory", "whole_memory"]


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


class CpuLoad:
    """How busy all processors of this machine are.

    Parameters
    ----------
    counters : path
        The system's counters of time, as Linux has them.
    """

    def __init__(self, counters: str = "/proc/stat") -> None:
        self._counters = pathlib.Path(counters)
        self._before = self._read()

    def percent(self) -> float | None:
        """Load since the last call, 0 to 100; None if the system does not say, or no time has passed."""
        before, self._before = self._before, self._read()
        if before is None or self._before is None:
            return None
        busy, whole = (now - then for now, then in zip(self._before, before, strict=True))
        return min(100.0, max(0.0, 100.0 * busy / whole)) if whole > 0 else None

    def _read(self) -> tuple[int, int] | None:
        """Time that was worked, and all time, of all processors."""
        try:
            words = self._counters.read_text().split("\n", 1)[0].split()
            # user, nice, system, idle, iowait, irq, softirq, steal; guests count as user already.
            times = [int(word) for word in words[1:9]]
        except (OSError, ValueError):
            return None
        if words[:1] != ["cpu"] or len(times) < 5:
            return None
        return sum(times) - times[3] - times[4], sum(times)
