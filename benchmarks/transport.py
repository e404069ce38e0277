"""How fast, how late and how dear frames come from one process to another.

``python -m benchmarks.transport`` measures everything in one run and prints ratios, because absolute figures
of a shared machine mean little: the memory-copy limit is measured between any two figures that are divided by
it.  The source is not a camera but a process that copies frames out of memory, so that the transport is all
there is to measure; the part "camera" measures whole virtual cameras, and the real SDK where it is to be had.
"""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from benchmarks import camera_process
from benchmarks._sources import queue_of_arrays, source
from benchmarks._tools import CopyLimit, Figure, Undisturbed, cpu_seconds, quantiles, run
from llpyspin.frames import EVERY, FrameInfo, FrameReader, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks._sources import Source

SIZES = {"0.4 MP": (720, 540), "1.6 MP": (1440, 1080), "5 MP": (2448, 2048)}
SLOTS = 10
"""Of the ring between source and reader; as many buffers as the SDK has by default."""
CAMERA_FPS = 226.0
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    repeats: int
    gigabytes: float  # through the transport, for each repeat
    paced_frames: int
    growth_frames: int


FULL = Effort(repeats=7, gigabytes=4.0, paced_frames=1500, growth_frames=100_000)
QUICK = Effort(repeats=3, gigabytes=1.0, paced_frames=400, growth_frames=20_000)


def read(reader: FrameReader) -> tuple[int, FrameInfo]:
    """What ``VideoStream.read`` does for a frame; when (monotonic, ns) it was in hand, and its account."""
    data, info, layout = reader.copy_next(PATIENCE_S, backlog=EVERY, incomplete=False)
    decode(data, layout)
    return time.monotonic_ns(), info


def borrow(reader: FrameReader) -> tuple[int, FrameInfo]:
    """What ``VideoStream.borrow`` does for a frame; the same of the view, before it is given back."""
    with reader.next(PATIENCE_S, backlog=EVERY, incomplete=False) as frame:
        decode(frame.data, frame.layout)
        return time.monotonic_ns(), frame.info


WAYS: dict[str, tuple[Callable[[FrameReader], tuple[int, FrameInfo]], int]] = {
    "read": (read, 2),
    "borrow": (borrow, 1),
}
"""How to get a frame, and how many copies that takes from the source's memory to the user's hands."""


def throughput(effort: Effort) -> list[Figure]:
    """Rate and CPU of a source that never waits but for the reader, against the memory-copy limit."""
    figures = []
    for size, (width, height) in SIZES.items():
        count = max(200, int(effort.gigabytes * 1e9 / (width * height)))
        limit = CopyLimit(width * height)
        ratios: dict[str, list[float]] = {way: [] for way in WAYS}
        costs: dict[str, list[float]] = {way: [] for way in WAYS}
        with source(width, height, SLOTS) as sender, FrameReader(sender.address) as reader:
            for get, _ in WAYS.values():
                _saturated(sender, reader, get, 200)
            before = limit.measure(count // 4)
            repeats = Undisturbed(effort.repeats, [sender.process])
            for _ in repeats:
                for way, (get, copies) in WAYS.items():
                    seconds, cpu = _saturated(sender, reader, get, count)
                    after = limit.measure(count // 4)
                    one_copy = (before + after) / 2
                    ratios[way].append(one_copy / seconds)
                    costs[way].append(cpu / (copies * one_copy))
                    before = after
        keep = repeats.keep
        figures += [
            Figure(
                f"read(), {size}: rate / copy limit", keep(ratios["read"]), at_least=0.80, note=repeats.note
            ),
            Figure(f"borrow(), {size}: rate / copy limit", keep(ratios["borrow"]), at_least=0.65),
            Figure(f"read(), {size}: CPU of both / two copies", keep(costs["read"]), at_most=1.2),
            Figure(f"borrow(), {size}: CPU of both / one copy", keep(costs["borrow"]), at_most=1.2),
            _queue_throughput(size, limit, effort),
        ]
    return figures


def _saturated(
    sender: Source, reader: FrameReader, get: Callable[[FrameReader], tuple[int, FrameInfo]], count: int
) -> tuple[float, float]:
    """Wall and CPU seconds (of both processes) a frame."""
    sender.ask("saturate", count)
    cpu, started = cpu_seconds(), time.perf_counter()
    missed = 0
    for _ in range(count):
        _, info = get(reader)
        missed += info.missed
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    cpu += sender.answer()
    assert missed == 0, f"{missed} frames of a lossless source were missed"
    return seconds / count, cpu / count


def _queue_throughput(size: str, limit: CopyLimit, effort: Effort) -> Figure:
    width, height = SIZES[size]
    count = max(60, int(effort.gigabytes * 1e9 / 16 / (width * height)))
    with queue_of_arrays(width, height, count + 10) as queue:
        for _ in range(10):
            queue.get(timeout=PATIENCE_S)
        started = time.perf_counter()
        for _ in range(count):
            queue.get(timeout=PATIENCE_S)
        seconds = (time.perf_counter() - started) / count
    return Figure(
        f"multiprocessing.Queue, {size}: rate / copy limit",
        [limit.measure(count) / seconds],
        note="for comparison",
    )


def latency(effort: Effort) -> list[Figure]:
    """From a frame that is ready in the source to an array in hand, at the rate of a camera."""
    width, height = SIZES["1.6 MP"]
    limit = CopyLimit(width * height)
    ratios: dict[str, list[float]] = {way: [] for way in WAYS}
    late: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    costs: dict[str, list[float]] = {way: [] for way in WAYS}
    count = effort.paced_frames // 3
    with source(width, height, SLOTS) as sender, FrameReader(sender.address) as reader:
        repeats = Undisturbed(3, [sender.process])
        for _ in repeats:
            for way, (get, copies) in WAYS.items():
                one_copy = limit.paced(count // 2, CAMERA_FPS)
                times, cpu, _ = _paced(sender, reader, get, count)
                one_copy = (one_copy + limit.paced(count // 2, CAMERA_FPS)) / 2
                ratios[way].append(statistics.median(times) / (copies * one_copy))
                costs[way].append(cpu / (copies * one_copy))
                late[way].append(times)
    figures = []
    for way, (_, copies) in WAYS.items():
        spread = quantiles([time for times in repeats.keep(late[way]) for time in times])
        figures += [
            Figure(
                f"{way}(), 1.6 MP at {CAMERA_FPS:g} fps: latency p50 / {copies} paced copies",
                repeats.keep(ratios[way]),
                at_most=1.3,
                note=f"{repeats.note} p50 {spread['p50_us']:.0f} us, max {spread['max_us']:.0f} us",
                more=spread,
            ),
            Figure(f"{way}(), same: latency p99", [spread["p99_us"] / 1e3], "ms", at_most=3.0),
            Figure(
                f"{way}(), same: CPU of both / {copies} paced copies",
                repeats.keep(costs[way]),
                note="no figure to reach",
            ),
        ]
    return figures


def _paced(
    sender: Source, reader: FrameReader, get: Callable[[FrameReader], tuple[int, FrameInfo]], count: int
) -> tuple[list[float], float, int]:
    """Latencies, CPU seconds a frame of both processes, and frames missed."""
    sender.ask("paced", count, CAMERA_FPS)
    cpu = cpu_seconds()
    times, missed, seen = [], 0, 0
    while seen < count:
        in_hand_ns, info = get(reader)
        times.append((in_hand_ns - info.host_timestamp_ns) * 1e-9)
        missed += info.missed
        seen += 1 + info.missed
    cpu = cpu_seconds() - cpu
    return times, (cpu + sender.answer()) / count, missed


def four_cameras(effort: Effort) -> list[Figure]:
    """Four sources at the rate of a camera, read at once by threads of one process."""
    width, height = SIZES["1.6 MP"]
    missed: list[int] = []
    with (
        source(width, height, 32) as first,
        source(width, height, 32) as second,
        source(width, height, 32) as third,
        source(width, height, 32) as fourth,
    ):

        def run(sender: Source) -> None:
            with FrameReader(sender.address) as reader:
                missed.append(_paced(sender, reader, read, effort.paced_frames)[2])

        threads = [threading.Thread(target=run, args=(each,)) for each in (first, second, third, fourth)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(missed) == 4
    return [
        Figure(
            f"4 sources x {CAMERA_FPS:g} fps x 1.6 MP: frames lost",
            [float(sum(missed))],
            f"of {4 * effort.paced_frames}",
            at_most=0,
        )
    ]


def beside_a_spinner(effort: Effort) -> list[Figure]:
    """A thread that computes in pure Python in the reader's process."""
    width, height = SIZES["1.6 MP"]
    done = threading.Event()

    def spin() -> None:
        number = 0
        while not done.is_set():
            number += 1

    with source(width, height, 32) as sender, FrameReader(sender.address) as reader:
        spinner = threading.Thread(target=spin)
        spinner.start()
        try:
            times, _, missed = _paced(sender, reader, read, effort.paced_frames)
        finally:
            done.set()
            spinner.join()
    spread = quantiles(times)
    return [
        Figure(
            f"beside a thread of pure Python, {CAMERA_FPS:g} fps x 1.6 MP: frames lost",
            [float(missed)],
            f"of {effort.paced_frames}",
            at_most=0,
            note=f"latency p50 {spread['p50_us'] / 1e3:.1f} ms, p99 {spread['p99_us'] / 1e3:.1f} ms",
            more=spread,
        )
    ]


def growth(effort: Effort) -> list[Figure]:
    """Resident memory of both processes, after a warm-up."""
    me = psutil.Process()
    with source(160, 120, SLOTS) as sender, FrameReader(sender.address) as reader:
        for get, _ in WAYS.values():
            _saturated(sender, reader, get, 5000)
        before = me.memory_info().rss, sender.process.memory_info().rss
        for get, _ in WAYS.values():
            _saturated(sender, reader, get, effort.growth_frames // 2)
        after = me.memory_info().rss, sender.process.memory_info().rss
    name = f"growth of resident memory over {effort.growth_frames} frames"
    return [
        Figure(f"{name}, reader", [(after[0] - before[0]) / 1e6], "MB", at_most=1.0),
        Figure(f"{name}, source", [(after[1] - before[1]) / 1e6], "MB", at_most=1.0),
    ]


PARTS: dict[str, Callable[[Effort], list[Figure]]] = {
    "throughput": throughput,
    "latency": latency,
    "four": four_cameras,
    "spinner": beside_a_spinner,
    "growth": growth,
    "camera": lambda effort: [
        figure
        for part in (
            camera_process.requests,
            camera_process.opening,
            camera_process.idle,
            camera_process.delivery,
            camera_process.real_sdk,
            camera_process.full_rate,
            camera_process.four_virtual_cameras,
            camera_process.growth,
        )
        for figure in part(effort is QUICK)
    ],
}


def main() -> None:
    """Measure and print."""
    run("transport", "Frames from one process to another", __doc__, PARTS, QUICK, FULL)


if __name__ == "__main__":
    main()
