"""Processes looked at now and then: what memory, descriptors, threads and processor time they have."""

from __future__ import annotations

import contextlib
import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sample", "cores", "grown", "sample"]


@dataclass
class Sample:
    """Some processes at one moment."""

    at: float
    memory_mib: float
    """Not shared with other processes."""
    resident_mib: float
    """With what is shared."""
    descriptors: int
    threads: int
    cpu_s: float
    """Of the processes that are there now."""
    pids: tuple[int, ...]


def sample(processes: Sequence[psutil.Process]) -> Sample:
    """Look at these processes; one that has ended meanwhile counts for nothing."""
    memory = resident = descriptors = threads = 0
    cpu = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error), process.oneshot():
            info, times = process.memory_info(), process.cpu_times()
            memory += info.rss - info.shared
            resident += info.rss
            descriptors += process.num_fds()
            threads += process.num_threads()
            cpu += times.user + times.system
    pids = tuple(process.pid for process in processes)
    return Sample(time.monotonic(), memory / 2**20, resident / 2**20, descriptors, threads, cpu, pids)


def grown(samples: Sequence[Sample], name: str) -> float:
    """From the first fifth, without its beginning, to the last one: medians, so that no peak counts."""
    fifth = max(1, len(samples) // 5)
    values = [float(getattr(sample, name)) for sample in samples]
    early, late = values[fifth // 3 : fifth + 1], values[-fifth:]
    return statistics.median(late) - statistics.median(early)


def cores(samples: Sequence[Sample]) -> float:
    """Cores used, over all stretches in which the same processes were there."""
    stretches = [(a, b) for a, b in pairwise(samples) if a.pids == b.pids]
    time_s = sum(b.at - a.at for a, b in stretches)
    return sum(b.cpu_s - a.cpu_s for a, b in stretches) / time_s if time_s else 0.0
