"""Many recordings at the same time: how much faster several workers are than one, ours and those of Dask.

``python -m benchmarks.batching`` checks and exports 40 small sessions with 1, 2 and 4 workers, each of which
starts with nothing done.  The ratios are those of a machine of two processors that does nothing else.  The
start of our worker processes counts; a Dask cluster is there already, as it would be.
"""

from __future__ import annotations

import contextlib
import logging
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._tools import Figure, run
from llpyspin.export import export
from llpyspin.extras import library
from llpyspin.recording import check
from llpyspin.recording.sinks import Picture
from tests.unit.recordings import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llpyspin.processes.batches import BatchReport

    Work = Callable[[Sequence[Path], Path, dict[str, Any]], BatchReport[Any]]

WORKERS = (1, 2, 4)
SCALES = 1.6
"""Two workers against one, at least."""
NO_SLOWER = 0.95
"""Four workers against two, where there are two processors: as fast, but for the noise of a measurement."""
START_S = 60.0


@dataclass(frozen=True)
class Effort:
    """How much to work on."""

    sessions: int
    repeats: int


@dataclass(frozen=True)
class Size:
    """Of a session, so that one worker takes about half a second for it."""

    picture: Picture
    frames: int
    cameras: int = 2


FULL = Effort(sessions=40, repeats=3)
QUICK = Effort(sessions=6, repeats=1)
CHECKED = Size(Picture(height=48, width=64, rate=100.0), frames=5000)
EXPORTED = Size(Picture(height=240, width=320, rate=100.0), frames=400)


@contextlib.contextmanager
def _sessions(count: int, size: Size) -> Iterator[tuple[Path, list[Path]]]:
    """A folder, and the sessions in it."""
    with tempfile.TemporaryDirectory(prefix="llpyspin-batching-") as name:
        folder = Path(name)
        made = [folder / f"session{number:02d}" for number in range(count)]
        for path in made:
            path.mkdir()
            record(path, ["." * size.frames] * size.cameras, picture=size.picture)
        yield folder, made


@contextlib.contextmanager
def _ours(workers: int) -> Iterator[dict[str, Any]]:
    yield {"workers": workers}


@contextlib.contextmanager
def _dask(workers: int) -> Iterator[dict[str, Any]]:
    distributed = library("distributed", "a Dask cluster", extra="cluster")
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        client.wait_for_workers(workers, timeout=START_S)
        yield {"client": client}


PLACES = {"processes of ours": _ours, "Dask workers": _dask}


def _checked(sessions: Sequence[Path], folder: Path, place: dict[str, Any]) -> BatchReport[Any]:
    return check(sessions, **place)


def _exported(sessions: Sequence[Path], folder: Path, place: dict[str, Any]) -> BatchReport[Any]:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return export(sessions, "mp4", out=out, **place)


def _seconds(work: Work, sessions: Sequence[Path], folder: Path, place: dict[str, Any]) -> float:
    started = time.perf_counter()
    report = work(sessions, folder, place)
    seconds = time.perf_counter() - started
    if not report.ok:
        raise RuntimeError(f"a benchmark of what failed is none:\n{report}")
    return seconds


def _scaling(what: str, work: Work, size: Size, effort: Effort) -> list[Figure]:
    figures: list[Figure] = []
    with _sessions(effort.sessions, size) as (folder, sessions):
        for place, open_place in PLACES.items():
            times: dict[int, list[float]] = {workers: [] for workers in WORKERS}
            for _ in range(effort.repeats):
                for workers in WORKERS:
                    with open_place(workers) as there:
                        times[workers].append(_seconds(work, sessions, folder, there))
            figures += _ratios(f"{what}, {place}", times)
    return figures


def _ratios(what: str, times: dict[int, list[float]]) -> list[Figure]:
    one, two, four = (times[workers] for workers in WORKERS)
    shown = ", ".join(f"{statistics.median(each):.2f} s with {n}" for n, each in times.items())
    return [
        Figure(f"{what}: speed of 2 / 1 workers", _divided(one, two), "x", at_least=SCALES, note=shown),
        Figure(f"{what}: speed of 4 / 2 workers", _divided(two, four), "x", at_least=NO_SLOWER),
    ]


def _divided(before: Sequence[float], after: Sequence[float]) -> list[float]:
    return [slow / fast for slow, fast in zip(before, after, strict=True)]


def checking(effort: Effort) -> list[Figure]:
    """Every picture is decoded, every number compared."""
    return _scaling(f"check of {effort.sessions} sessions", _checked, CHECKED, effort)


def exporting(effort: Effort) -> list[Figure]:
    """Every picture is encoded again, as H.264."""
    return _scaling(f"export of {effort.sessions} sessions to MP4", _exported, EXPORTED, effort)


if __name__ == "__main__":
    run("batching", "Batches", __doc__, {"check": checking, "export": exporting}, QUICK, FULL)
