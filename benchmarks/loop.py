"""What it takes to act on frames: from a frame in memory to the first line of a callback; and nothing lost.

``python -m benchmarks.loop`` measures with virtual cameras, whose processes work too: on a machine with two
cores they, the callback and the writer have to share those.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._tools import Figure, Undisturbed, cpu_of_others, quantiles, run
from benchmarks.camera_process import virtual_camera, virtual_world
from llpyspin import PrimaryCamera
from llpyspin.callbacks.child.lately import Lately
from llpyspin.callbacks.child.latency import PASSED, LatencyLog, LatencyRow
from llpyspin.errors import MissingExtraError
from llpyspin.frames import EVERY, FrameReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAMERA_FPS = 226.0
PERIOD_S = 1 / CAMERA_FPS
PATIENCE_S = 60.0
SHM = Path("/dev/shm")


def mapping_of(pid: int | str, address: int) -> tuple[str, int] | None:
    """Device and inode of the memory that a process has mapped at an address; None where it is its own."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, _, _, device, inode, *_ = line.split(maxsplit=5)
        first, last = (int(each, 16) for each in span.split("-"))
        if first <= address < last:
            return (device, int(inode)) if inode != "0" else None
    return None


def mapped_by(pid: int) -> set[tuple[str, int]]:
    """Device and inode of all that a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {(line.split()[3], int(line.split()[4])) for line in lines}


class Probe:
    """Notes on its first line how old its frame is, and of one frame in 50 where it lies."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.ages_ns: list[int] = []
        self.places: list[tuple[str, int] | None] = []

    def __call__(self, buffer: Any, queue: Any) -> None:
        now = time.monotonic_ns()
        self.ages_ns.append(now - buffer.info.host_timestamp_ns)
        if len(self.ages_ns) % 50 == 1:
            self.places.append(mapping_of("self", buffer[-1].ctypes.data))
        if len(self.ages_ns) == self.batch:
            queue.put((self.ages_ns, self.places))
            self.ages_ns, self.places = [], []


def latency(quick: bool) -> list[Figure]:
    """From the SDK's delivery to the first line of a callback in its own process, at full rate."""
    batch, repeats = (300, 3) if quick else (1000, 5)
    batches: list[list[float]] = []
    copied = checked = 0
    with virtual_camera("1.6 MP", framerate="max") as cap, cap.process(Probe(batch)) as processing:
        processing.queue.get(timeout=PATIENCE_S)  # the first one has the beginning in it
        ours = [psutil.Process(cap._source.opened().pid), psutil.Process(processing.pid)]
        undisturbed = Undisturbed(repeats, ours)
        shared = mapped_by(cap._source.opened().pid)
        for _ in undisturbed:
            ages, places = processing.queue.get(timeout=PATIENCE_S)
            batches.append([age * 1e-9 for age in ages])
            copied += sum(tuple(place) not in shared if place else True for place in places)
            checked += len(places)
        skipped = processing.status().skipped
    kept = [quantiles(each) for each in undisturbed.keep(batches)]
    more = quantiles([age for each in batches for age in each])
    name = "frame in memory to the first line of the callback, 1.6 MP at 226 fps"
    return [
        Figure(
            f"{name}: p50",
            [each["p50_us"] / 1e3 for each in kept],
            "ms",
            at_most=0.6,
            note=undisturbed.note,
            more=more,
        ),
        Figure(
            f"{name}: p99",
            [each["p99_us"] / 1e3 for each in kept],
            "ms",
            at_most=3.0,
            note=f"longest {max(each['max_us'] for each in kept) / 1e3:.2f} ms; {skipped} frames skipped",
        ),
        Figure(
            f"{name}: frames that do not lie where the camera's process has put them",
            [float(copied)],
            f"of {checked} looked at",
            at_most=0,
        ),
    ]


def sleeping(buffer: Any) -> None:
    """Three frame periods, without work."""
    time.sleep(3 * PERIOD_S)


def working(buffer: Any) -> None:
    """Three frame periods, with a core to itself."""
    end = time.perf_counter() + 3 * PERIOD_S
    while time.perf_counter() < end:
        pass


def losses(quick: bool) -> list[Figure]:
    """A recording at full rate beside a callback that takes three frame periods, and without one."""
    seconds = 2.0 if quick else 8.0
    figures = []
    for function, what in (
        (None, "no callback"),
        (sleeping, "callback sleeps for 3 frame periods"),
        (working, "callback computes for 3 frame periods"),
    ):
        with _recording(seconds, function) as (camera, noted, others):
            lost = camera.all_lost + camera.incomplete
        called = ""
        if noted is not None:
            called = f"{noted['calls']} calls, {noted['skipped']} frames skipped; "
            called += f"from arrival to call p50 {noted['wait']['p50_ms']:.2f} ms; "
        figures.append(
            Figure(
                f"recording raw at 226 fps, {what}: frames lost",
                [float(lost)],
                f"of {camera.triggers}",
                at_most=0,
                note=f"{called}others took {others:.0%} of a core",
            )
        )
    return figures


@contextlib.contextmanager
def _recording(
    seconds: float, function: Callable[[Any], None] | None
) -> Iterator[tuple[Any, dict[str, Any] | None, float]]:
    """The accounts of the camera and of the callback, and what share of a core other programs took."""
    with (
        virtual_world("BFS-U3-16S2M") as (serial,),
        tempfile.TemporaryDirectory(dir=SHM, prefix="llpyspin-benchmark-") as folder,
        PrimaryCamera(serial, sdk="virtual", framerate="max") as camera,
    ):
        if function is not None:
            camera.process(function)
        path = Path(folder) / "loop.raw"
        camera.prime(path, codec="raw")
        ours = [psutil.Process(), *psutil.Process().children(recursive=True)]
        before, started = cpu_of_others(ours), time.monotonic()
        camera.trigger()
        time.sleep(seconds)
        others = (cpu_of_others(ours) - before) / (time.monotonic() - started)
        camera.stop()
        assert camera.account is not None
        log = path.with_suffix(".callback.json")
        noted = json.loads(log.read_text()) if function is not None else None
        yield camera.account.cameras[0], noted, others


def preview(quick: bool) -> list[Figure]:
    """What a window takes from those that read every frame, and from the machine."""
    count = 500 if quick else 2000
    name = "a window on a camera at 226 fps"
    with virtual_camera("1.6 MP", framerate="max") as cap:
        try:
            shown = cap.display()
        except MissingExtraError as error:
            return [Figure(f"{name}: left out", [0.0], note=str(error))]
        process = psutil.Process(shown.pid)
        before, started = process.cpu_times(), time.monotonic()
        missed = 0
        with FrameReader(cap._source.address) as reader:
            for _ in range(count):
                with reader.next(PATIENCE_S, backlog=EVERY) as frame:
                    missed += frame.info.missed
        after, seconds = process.cpu_times(), time.monotonic() - started
        cores = (after.user + after.system - before.user - before.system) / seconds
        status = shown.status()
    return [
        Figure(
            f"{name}: frames lost to one that reads all",
            [float(missed)],
            f"of {count}",
            at_most=0,
            note=f"{status.shown} pictures shown, {status.skipped} frames skipped",
        ),
        Figure(f"{name}: CPU", [cores], "cores"),
    ]


def noting(quick: bool) -> list[Figure]:
    """What it takes to note one call."""
    count = 5_000 if quick else 50_000
    each = []
    with tempfile.TemporaryDirectory(dir=SHM, prefix="llpyspin-benchmark-") as folder:
        for repeat in range(5):
            lately = Lately(0.01)
            with LatencyLog(Path(folder) / f"{repeat}.csv") as log:
                started = time.perf_counter()
                for index in range(count):
                    row = LatencyRow(index, index, index, index, index, index, 0, 0, 0, PASSED, "")
                    lately.add(row)
                    log.add(row)
                each.append((time.perf_counter() - started) / count * 1e6)
    return [Figure("noting one call", each, "us", at_most=50.0)]


PARTS: dict[str, Callable[[bool], list[Figure]]] = {
    "latency": latency,
    "losses": losses,
    "preview": preview,
    "noting": noting,
}


def main() -> None:
    """Measure and print."""
    run("loop", "Closed loop", __doc__, PARTS, True, False)


if __name__ == "__main__":
    main()
