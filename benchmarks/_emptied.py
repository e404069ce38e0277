"""A folder in memory that never fills: what was written to its raw files is given back soon after.

So a recording can go on for as long as it likes at a rate that no disk of the machine has.  The files keep
their size, and each picture is really written.  What they had reads as zeros afterwards.
"""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.synchronize import Event

__all__ = ["emptied_folder"]

SHM = Path("/dev/shm")
EVERY_S = 0.1
KEPT = 64 << 20
"""Bytes at the end of each file that stay."""
_SPAWN = multiprocessing.get_context("spawn")


@contextlib.contextmanager
def emptied_folder() -> Iterator[Path]:
    """A new folder of this kind; gone after the ``with`` block."""
    with tempfile.TemporaryDirectory(dir=SHM, prefix="llpyspin-benchmark-") as name:
        over = _SPAWN.Event()
        process = _SPAWN.Process(target=_empty, args=(name, over), daemon=True)
        process.start()
        try:
            yield Path(name)
        finally:
            over.set()
            process.join(10)
            process.kill()
            process.join(10)


def _empty(folder: str, over: Event) -> None:
    done: dict[Path, int] = {}
    while not over.wait(EVERY_S):
        for path in Path(folder).rglob("*.raw"):
            end = max(0, path.stat().st_size - KEPT) // mmap.ALLOCATIONGRANULARITY
            end *= mmap.ALLOCATIONGRANULARITY
            start = done.get(path, mmap.ALLOCATIONGRANULARITY)  # the header stays
            if end > start:
                _give_back(path, start, end)
                done[path] = end


def _give_back(path: Path, start: int, end: int) -> None:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), end - start, offset=start) as part:
        part.madvise(mmap.MADV_REMOVE)
