"""What the benchmarks share: memory-copy limits, CPU times, and figures printed as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import psutil

from llpyspin.tables.sheet import Sheet, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

Value = TypeVar("Value")

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
    print(title)
    columns = ("figure", "median", "(range)", "to reach", "ok", "note")
    print(plain(Sheet(columns, [figure.row() for figure in figures]), width=200))


def run(
    module: str,
    title: str,
    description: str | None,
    parts: Mapping[str, Callable[[Value], list[Figure]]],
    quick: Value,
    full: Value,
) -> None:
    """Measure the parts that the command line asks for, and print the figures.

    Each part is called with ``quick`` or with ``full``, which say how long to measure.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}", description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="measure for seconds instead of minutes")
    parser.add_argument("--only", choices=[*parts], action="append", help="measure only this part")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for name, part in parts.items():
        if not arguments.only or name in arguments.only:
            figures += part(quick if arguments.quick else full)
    show(title, figures, arguments.json)


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def cpu_of_others(ours: Sequence[psutil.Process]) -> float:
    """CPU seconds so far of all processes but ours."""
    all_of_it = psutil.cpu_times()
    times = [process.cpu_times() for process in ours]
    return float(all_of_it.user + all_of_it.nice + all_of_it.system - sum(t.user + t.system for t in times))


class Undisturbed:
    """Keeps the repeats during which the machine was ours.

    A repeat in which processes other than the benchmark's took more than ``SHARE`` of a core says little
    about the transport, so it is made again; what it measured plays no part in the decision.  After
    ``3 * wanted`` repeats all of them count, and :attr:`note` says so.
    """

    SHARE = 0.10

    def __init__(self, wanted: int, ours: Sequence[psutil.Process]) -> None:
        self._wanted = wanted
        self._ours = [psutil.Process(), *ours]
        self._made = self._kept = 0
        self._shares: list[float] = []

    def __iter__(self) -> Iterator[int]:
        while self._kept < self._wanted and self._made < 3 * self._wanted:
            others, started = cpu_of_others(self._ours), time.monotonic()
            yield self._made
            self._shares.append((cpu_of_others(self._ours) - others) / (time.monotonic() - started))
            self._made += 1
            self._kept += self._shares[-1] <= self.SHARE

    def keep(self, values: list[Value]) -> list[Value]:
        """Of one value a repeat, those that count."""
        if self._kept < self._wanted:
            return values
        return [value for value, share in zip(values, self._shares, strict=True) if share <= self.SHARE]

    @property
    def note(self) -> str:
        if self._kept < self._wanted:
            return f"disturbed: others took {statistics.mean(self._shares):.0%} of a core"
        return (
            f"{self._made - self._kept} of {self._made} repeats disturbed" if self._made > self._kept else ""
        )


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
