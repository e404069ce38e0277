"""What the benchmarks share: memory-copy limits, CPU times, and figures printed as a table or as JSON."""

from __future__ import annotations

import json
import platform
import resource
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

RING = 16
"""Buffers that the copies of the memory-copy limit go through, so that they do not stay in the cache."""


@dataclass
class Figure:
    """One measured figure.

    ``values`` are the repeats; the median counts.  ``at_most`` or ``at_least`` is what is to be reached.
    """

    name: str
    values: list[float]
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    @property
    def reached(self) -> bool | None:
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None

    def row(self) -> list[str]:
        spread = f"({min(self.values):.3g}-{max(self.values):.3g})" if len(self.values) > 1 else ""
        mark = {True: "yes", False: "NO", None: ""}[self.reached]
        return [self.name, f"{self.value:.3g} {self.unit}".strip(), spread, self.target, mark, self.note]


def show(title: str, figures: Sequence[Figure], as_json: bool) -> None:
    """Print all figures, as a table or as one JSON object."""
    if as_json:
        body = [asdict(figure) | {"median": figure.value, "reached": figure.reached} for figure in figures]
        machine = {"python": sys.version.split()[0], "numpy": np.__version__, "machine": platform.platform()}
        print(json.dumps({"title": title, "machine": machine, "figures": body}))
        return
    header = ["figure", "median", "(range)", "to reach", "ok", "note"]
    rows = [header, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    print(title)
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ring(size: int) -> list[npt.NDArray[np.uint8]]:
    """``RING`` buffers of ``size`` bytes with their pages in place, and something in them."""
    noise = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8)
    return [np.roll(noise, shift) for shift in range(RING)]


class CopyLimit:
    """Seconds that one ``np.copyto`` takes from a ring of buffers to another: the memory-copy limit."""

    def __init__(self, size: int) -> None:
        self._sources, self._targets = ring(size), ring(size)
        self.measure(2 * RING)

    def measure(self, count: int) -> float:
        """Mean over ``count`` copies, one after the other."""
        started = time.perf_counter()
        for number in range(count):
            np.copyto(self._targets[number % RING], self._sources[number % RING])
        return (time.perf_counter() - started) / count

    def paced(self, count: int, rate: float) -> float:
        """Median over ``count`` copies, each after an idle sleep, ``rate`` times a second."""
        times = []
        for number in pace(count, rate):
            started = time.perf_counter()
            np.copyto(self._targets[number % RING], self._sources[number % RING])
            times.append(time.perf_counter() - started)
        return statistics.median(times)


def pace(count: int, rate: float) -> Iterable[int]:
    """Count up to ``count``, ``rate`` times a second by the clock."""
    start = time.monotonic() + 1 / rate
    for number in range(count):
        rest = start + number / rate - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        yield number


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and maximum in microseconds."""
    p50, p99 = np.percentile(seconds, [50, 99])
    return {"p50_us": float(p50) * 1e6, "p99_us": float(p99) * 1e6, "max_us": max(seconds) * 1e6}
