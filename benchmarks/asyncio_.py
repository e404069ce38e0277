"""What cameras cost an asyncio program, what ``map()`` costs, and whether held frames are safe.

``python -m benchmarks.asyncio_`` measures each figure beside the same thing without a camera, turn by turn in
one run: a heartbeat in an event loop that reads frames and in one that does not, and a function that takes
5 ms in ``map()`` and in a bare process pool that has its arrays in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from benchmarks._holders import hold_frames
from benchmarks._sources import source
from benchmarks._tools import Figure, Undisturbed, ring, run
from benchmarks.camera_process import virtual_camera
from llpyspin.errors import CameraClosedError, FrameTimeoutError
from llpyspin.frames import FrameReader
from llpyspin.reading.limits import Limits
from llpyspin.reading.methods import FrameMethods
from llpyspin.reading.stream import FrameStream

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin import VideoStream

BEAT_S = 0.010
CAMERA_FPS = 200.0
CALL_S = 0.005
WIDTH, HEIGHT = 1440, 1080
SLOTS = 32
WORKERS = 2
PATIENCE_S = 30.0


# -- a heartbeat beside a camera


async def heartbeat(beats: int) -> list[float]:
    """How late each of so many beats was, in seconds."""
    loop = asyncio.get_running_loop()
    start, late = loop.time(), []
    for beat in range(1, beats + 1):
        await asyncio.sleep(start + beat * BEAT_S - loop.time())
        late.append(loop.time() - start - beat * BEAT_S)
    return late


async def with_camera(cap: VideoStream, beats: int) -> tuple[list[float], int, int]:
    """The same beside ``async for``; and how many frames came, and were missed, meanwhile."""
    frames = missed = 0

    async def look() -> None:
        nonlocal frames, missed
        async for _ in cap:
            info = cap.frame_info
            frames, missed = frames + 1, missed + (0 if info is None else info.missed)

    looking = asyncio.create_task(look())
    while not frames:
        await asyncio.sleep(BEAT_S)
    frames = missed = 0
    late = await heartbeat(beats)
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking
    return late, frames, missed


def lateness(quick: bool) -> list[Figure]:
    """p99 of how late a task is that wakes every 10 ms, in ms; turn by turn with a camera and without.

    Without: the camera is open and waits for a trigger, so that its process does nothing.
    """
    beats, repeats = (300, 3) if quick else (600, 7)
    alone: list[float] = []
    streaming: list[float] = []
    beside: list[float] = []
    rates: list[float] = []
    lost = 0
    with virtual_camera("1.6 MP", framerate=CAMERA_FPS) as cap:
        undisturbed = Undisturbed(repeats, [psutil.Process(cap._source.opened().pid)])
        for _ in undisturbed:
            cap.nodes["TriggerMode"] = "On"
            alone.append(_p99_ms(asyncio.run(heartbeat(beats))))
            cap.nodes["TriggerMode"] = "Off"
            streaming.append(_p99_ms(asyncio.run(heartbeat(beats))))
            late, frames, missed = asyncio.run(with_camera(cap, beats))
            beside.append(_p99_ms(late))
            rates.append(frames / (beats * BEAT_S))
            lost += missed
    later = [with_it - without for with_it, without in zip(beside, alone, strict=True)]
    keep, note = undisturbed.keep, undisturbed.note
    return [
        Figure("10 ms heartbeat, p99 late, without a camera", keep(alone), "ms", note=note),
        Figure("  while a camera streams and nobody reads", keep(streaming), "ms"),
        Figure(
            "  beside async for, 1.6 MP at 200 fps",
            keep(beside),
            "ms",
            note=f"{np.median(rates):.0f} fps, {lost} missed",
        ),
        Figure("  later by, beside async for", keep(later), "ms", at_most=2.0),
    ]


def _p99_ms(late: list[float]) -> float:
    return float(np.percentile(late, 99)) * 1e3


# -- map()


class MemorySource:
    """Frames that are no camera's."""

    name = "memory"
    closing = False
    gives_incomplete = False

    def __init__(self, address: str) -> None:
        self.address = address

    def ready(self, unread: int) -> bool:
        return True

    def check_open(self) -> None:
        pass

    def check(self, seen_ns: int) -> None:
        pass

    def ended(self, error: Exception, seconds: float) -> bool:
        raise error

    def attach(self, seconds: float, *, aside: bool = False) -> FrameReader:
        return FrameReader(self.address, timeout_s=seconds, aside=aside)

    def closed_error(self) -> Exception:
        return CameraClosedError("the frames in memory are gone")

    def no_frame_error(self, seconds: float) -> Exception:
        return FrameTimeoutError(f"no frame within {seconds} s")


class FromMemory(FrameMethods):
    def __init__(self, address: str) -> None:
        self._frames = FrameStream(MemorySource(address), Limits(PATIENCE_S, SLOTS))


def compute(image: npt.NDArray[np.uint8]) -> int:
    """Something that takes 5 ms of a processor."""
    until = time.thread_time() + CALL_S
    while time.thread_time() < until:
        pass
    return int(image[0, 0])


def wait(image: npt.NDArray[np.uint8]) -> int:
    """Something that takes 5 ms elsewhere, as of a graphics card."""
    time.sleep(CALL_S)
    return int(image[0, 0])


def mapping(quick: bool) -> list[Figure]:
    """Results a second of ``map()``, against a bare pool that does the same on arrays in memory."""
    count, repeats = (300, 3) if quick else (1000, 5)
    figures = []
    arrays = [each.reshape(HEIGHT, WIDTH) for each in ring(WIDTH * HEIGHT)]
    for name, function in (("computes for 5 ms", compute), ("waits for 5 ms", wait)):
        ours: list[float] = []
        bare: list[float] = []
        with source(WIDTH, HEIGHT, SLOTS) as sender:
            undisturbed = Undisturbed(repeats, [sender.process])
            for _ in undisturbed:
                bare.append(_rate_of_pool(function, arrays, count))
                ours.append(_rate_of_map(function, sender, count))
        ratios = [mine / pool for mine, pool in zip(ours, bare, strict=True)]
        keep = undisturbed.keep
        figures += [
            Figure(f"map(), 2 workers, a function that {name}", keep(ours), "/s"),
            Figure("  the same, bare pool, arrays in memory", keep(bare), "/s"),
            Figure("  ratio", keep(ratios), at_least=0.9, note=undisturbed.note),
        ]
    return figures


def _rate_of_pool(function: Callable[[Any], int], arrays: list[Any], count: int) -> float:
    """Results a second, once both workers are at work."""
    warm = 4 * WORKERS
    work = [arrays[number % len(arrays)] for number in range(warm + count)]
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(function, work[:warm]))
        started = time.perf_counter()
        done = sum(1 for _ in pool.map(function, work[warm:]))
        return done / (time.perf_counter() - started)


def _rate_of_map(function: Callable[[Any], int], sender: Any, count: int) -> float:
    """The same of frames that come as fast as they are taken."""
    warm = 4 * WORKERS
    with FromMemory(sender.address).map(function, workers=WORKERS) as results:
        results._work.claim()  # the reader is there before the first frame
        results._work.return_claim(0)
        while results._work._place.reader is None:
            time.sleep(0.01)
        sender.ask("saturate", warm + count, SLOTS // 2)
        for _ in range(warm):
            next(results)
        started = time.perf_counter()
        for _ in range(count):
            next(results)
        took = time.perf_counter() - started
        if results.skipped:
            raise RuntimeError(f"{results.skipped} frames were skipped")
    sender.answer()
    return count / took


# -- requests


def requests(quick: bool) -> list[Figure]:
    """Frames that four processes take by name, hold and return in random order; some are killed meanwhile."""
    count = 1000 if quick else 10_000
    with virtual_camera("0.4 MP", framerate="max") as cap:
        outcome = hold_frames(cap, count, holders=4, kill_every=count // 10)
    note = f"{outcome.sent} sent, {outcome.killed} killed with {outcome.with_killed}"
    if outcome.returned + outcome.with_killed != outcome.sent:
        raise RuntimeError(f"{outcome} does not add up")
    return [
        Figure("frames held by request(): overwritten", [outcome.wrong], at_most=0, note=note),
        Figure("frames held by request(): leaked", [outcome.leaked], at_most=0),
    ]


PARTS: dict[str, Callable[[bool], list[Figure]]] = {
    "lateness": lateness,
    "map": mapping,
    "requests": requests,
}


def main() -> None:
    """Measure and print."""
    run("asyncio_", "asyncio, map() and requests", __doc__, PARTS, True, False)


if __name__ == "__main__":
    main()
