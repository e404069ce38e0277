"""What the camera process adds: requests, opening, waiting, and buffers that the SDK fills.

The rows of :mod:`benchmarks.transport` that need a whole camera.  Virtual cameras throughout; the row of the
real SDK wants the rig of virtual GigE cameras (root, rotpy) and says why where it is left out.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._tools import CopyLimit, Figure, quantiles
from llpyspin import VideoStream
from llpyspin.frames import EVERY, FrameReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "delivery",
    "four_virtual_cameras",
    "full_rate",
    "growth",
    "idle",
    "opening",
    "real_sdk",
    "requests",
]

MODELS = {"0.4 MP": "BFS-U3-04S2M", "1.6 MP": "BFS-U3-16S2M", "5 MP": "BFS-U3-51S5M"}
UNLIMITED = "benchmark"


@contextlib.contextmanager
def virtual_world(*models: str) -> Iterator[list[str]]:
    """Virtual cameras of these models in a world of their own, the first wired to the others; serials."""
    serials = [str(20000001 + index) for index in range(len(models))]
    cameras = [{"serial": serial, "model": model} for serial, model in zip(serials, models, strict=True)]
    wires = [f"{serials[0]}:Line1 -> {serial}:Line3" for serial in serials[1:]]
    config = {"world": f"benchmark-{os.getpid()}", "cameras": cameras, "wires": wires}
    before = os.environ.get("LLPYSPIN_VIRTUAL")
    os.environ["LLPYSPIN_VIRTUAL"] = json.dumps(config)
    try:
        yield serials
    finally:
        if before is None:
            del os.environ["LLPYSPIN_VIRTUAL"]
        else:
            os.environ["LLPYSPIN_VIRTUAL"] = before


@contextlib.contextmanager
def virtual_camera(size: str, **settings: Any) -> Iterator[VideoStream]:
    with virtual_world(MODELS[size]) as (serial,), VideoStream(serial, sdk="virtual", **settings) as cap:
        yield cap


def timed(function: Callable[[], Any], count: int, pause_s: float = 0.0) -> list[float]:
    """Seconds that each of ``count`` calls takes."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
        if pause_s:
            time.sleep(pause_s)
    return times


def _echo(end: Any) -> None:
    while (message := end.recv()) is not None:
        end.send(message)


def requests(quick: bool) -> list[Figure]:
    """A request to an idle camera against a bare pipe, interleaved; and one while it streams at full rate."""
    count = 100 if quick else 300
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    echo = spawn.Process(target=_echo, args=(theirs,), daemon=True)
    echo.start()
    message = (1, "get", ("exposure",))

    def pipe() -> None:
        ours.send(message)
        ours.recv()

    with virtual_camera("1.6 MP", framerate="max") as cap:
        process = cap._source.opened()
        process.request("stop")
        timed(pipe, 200)
        timed(lambda: process.request("ping"), 200)
        ratios, idle = [], []
        for _ in range(9):
            bare = statistics.median(timed(pipe, count))
            times = timed(lambda: process.request("ping"), count)
            idle += times
            ratios.append(statistics.median(times) / bare)
        process.request("start")
        streaming = timed(lambda: process.request("get", "exposure"), 2 * count, pause_s=0.001)
    ours.send(None)
    echo.join(5)
    spread, busy = quantiles(idle), quantiles(streaming)
    return [
        Figure(
            "request to an idle camera / bare pipe",
            ratios,
            at_most=1.5,
            note=f"p50 {spread['p50_us']:.0f} us, p99 {spread['p99_us']:.0f} us",
            more=spread,
        ),
        Figure(
            "reading exposure from a camera that streams at 226 fps: p50",
            [busy["p50_us"] / 1e3],
            "ms",
            at_most=2.0,
            note=f"p99 {busy['p99_us'] / 1e3:.2f} ms",
            more=busy,
        ),
    ]


def opening(quick: bool) -> list[Figure]:
    """From the constructor to the first frame in hand; and release."""
    opened, closed = [], []
    with virtual_world(MODELS["1.6 MP"]) as (serial,):
        for _ in range(3 if quick else 7):
            started = time.perf_counter()
            cap = VideoStream(serial, sdk="virtual")
            cap.read()
            opened.append(time.perf_counter() - started)
            started = time.perf_counter()
            cap.release()
            closed.append(time.perf_counter() - started)
    return [
        Figure("opening a virtual camera, to the first frame", opened, "s"),
        Figure("closing it", closed, "s"),
    ]


def _share_of_core(pid: int, seconds: float) -> float:
    process = psutil.Process(pid)
    before, started = process.cpu_times(), time.monotonic()
    threading.Event().wait(seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return 100 * float(used) / (time.monotonic() - started)


def idle(quick: bool) -> list[Figure]:
    """Share of a core that a camera process takes: with its stream stopped, and waiting for a trigger."""
    seconds = 4.0 if quick else 15.0
    with virtual_camera("1.6 MP") as cap:
        process = cap._source.opened()
        process.request("stop")
        stopped = _share_of_core(process.pid, seconds)
        process.request("start")
        cap.nodes["TriggerSource"] = "Line3"
        cap.nodes["TriggerMode"] = "On"
        threading.Event().wait(0.5)
        waiting = _share_of_core(process.pid, seconds)
    return [
        Figure("CPU of an idle camera process", [stopped], "% of a core", at_most=1.0),
        Figure("CPU of one that waits for a trigger", [waiting], "% of a core", at_most=1.0),
    ]


def _told_after(cap: VideoStream, count: int) -> list[float]:
    """Seconds from the SDK's delivery to the borrowed view, for each of ``count`` frames."""
    reader = cap._frames.reader
    assert isinstance(reader, FrameReader)
    times = []
    for _ in range(count):
        with reader.next(5.0, backlog=EVERY) as frame:
            times.append((time.monotonic_ns() - frame.info.host_timestamp_ns) * 1e-9)
    return times


def _large_against_small(
    name: str, measure: Callable[[str], tuple[list[float], bool]], repeats: int
) -> list[Figure]:
    times: dict[str, list[float]] = {"0.4 MP": [], "5 MP": []}
    ratios, copied = [], False
    for _ in range(repeats):
        once = {}
        for size, all_of_size in times.items():
            now, zero_copy = measure(size)
            all_of_size += now
            once[size] = statistics.median(now)
            copied |= not zero_copy
        ratios.append(once["5 MP"] / once["0.4 MP"])
    small, large = quantiles(times["0.4 MP"]), quantiles(times["5 MP"])
    return [
        Figure(f"{name}: frames that we copied on their way to a borrowed view", [float(copied)], at_most=0),
        Figure(
            f"{name}: SDK's delivery to reader told, 5 MP / 0.4 MP",
            ratios,
            at_most=1.2,
            note=f"p50 {large['p50_us']:.0f} us / {small['p50_us']:.0f} us",
            more={"small": small, "large": large},
        ),
    ]


def delivery(quick: bool) -> list[Figure]:
    """Buffers of ours that virtual cameras fill: is anything copied, and does size matter?"""

    def measure(size: str) -> tuple[list[float], bool]:
        with virtual_camera(size, framerate=60) as cap:
            _told_after(cap, 30)
            return _told_after(cap, 120 if quick else 300), bool(cap._ask("zero_copy"))

    return _large_against_small("virtual cameras", measure, 3 if quick else 7)


def real_sdk(quick: bool) -> list[Figure]:
    """The same with the vendor's SDK, from virtual GigE cameras."""
    name = "real SDK"
    try:
        from tests.rig.rig import Rig, why_not
    except ImportError as error:
        return [Figure(f"{name}: left out", [0.0], note=f"run this from a checkout: {error}")]
    reason = why_not()
    if reason:
        return [Figure(f"{name}: left out", [0.0], note=reason)]
    models = {"0.4 MP": "04S2M", "5 MP": "50S5M"}

    def measure(size: str) -> tuple[list[float], bool]:
        rig = Rig(1, models=models[size])
        try:
            with rig.inside(), VideoStream(rig.serials[0], sdk="rotpy", framerate=10) as cap:
                _told_after(cap, 10)
                return _told_after(cap, 60), bool(cap._ask("zero_copy"))
        finally:
            rig.stop()

    return _large_against_small(name, measure, 1 if quick else 3)


def full_rate(quick: bool) -> list[Figure]:
    """From the SDK's delivery to an image from ``read()``, through a whole virtual camera at full rate."""
    count = 500 if quick else 2000
    limit = CopyLimit(1440 * 1080)
    ratios, late, missed = [], [], 0
    for _ in range(1 if quick else 3):
        one_copy = limit.paced(count // 4, 226.0)
        times = []
        with virtual_camera("1.6 MP", framerate="max", buffersize=20) as cap:
            for number in range(count + 100):
                cap.read()
                info = cap.frame_info
                assert info is not None
                if number >= 100:
                    times.append((time.monotonic_ns() - info.host_timestamp_ns) * 1e-9)
                    missed += info.missed
        one_copy = (one_copy + limit.paced(count // 4, 226.0)) / 2
        ratios.append(statistics.median(times) / one_copy)
        late += times
    spread = quantiles(late)
    return [
        Figure(
            "VideoStream.read(), virtual camera at 226 fps: latency p50 / the paced copy in it",
            ratios,
            at_most=1.3,
            note=f"p50 {spread['p50_us']:.0f} us, max {spread['max_us']:.0f} us",
            more=spread,
        ),
        Figure("VideoStream.read(), same: latency p99", [spread["p99_us"] / 1e3], "ms", at_most=3.0),
        Figure("VideoStream.read(), same: frames lost", [float(missed)], f"of {len(late)}", at_most=0),
    ]


def four_virtual_cameras(quick: bool) -> list[Figure]:
    """Four whole virtual cameras at full rate, read at once by threads of one process."""
    count = 400 if quick else 1500
    missed: list[int] = []

    def run(cap: VideoStream) -> None:
        lost = 0
        for number in range(count):
            cap.read()
            info = cap.frame_info
            assert info is not None
            lost += info.missed if number else 0
        missed.append(lost)

    with virtual_world(*[MODELS["1.6 MP"]] * 4) as serials, contextlib.ExitStack() as stack:
        caps = [
            stack.enter_context(VideoStream(serial, sdk="virtual", buffersize=20, framerate="max"))
            for serial in serials
        ]
        threads = [threading.Thread(target=run, args=(cap,)) for cap in caps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [
        Figure(
            "4 virtual cameras x 226 fps x 1.6 MP through VideoStream: frames lost",
            [float(sum(missed))],
            f"of {4 * count}",
            at_most=0,
        )
    ]


def growth(quick: bool) -> list[Figure]:
    """Resident memory of a user's and a camera process while so many frames go by, after a warm-up.

    Frames of 160 x 120 from a camera without a rate limit, so that it takes seconds and not minutes.
    """
    frames = 20_000 if quick else 100_000
    with (
        virtual_world(UNLIMITED) as (serial,),
        VideoStream(serial, sdk="virtual", framerate="max", roi=(0, 0, 120, 160), buffersize=16) as cap,
    ):
        child, here = psutil.Process(cap._source.opened().pid), psutil.Process()
        first, before = -1, (0, 0)
        while True:
            if not cap.read()[0]:
                raise RuntimeError("the virtual camera without a rate limit gave no frame")
            info = cap.frame_info
            assert info is not None
            if first < 0 and info.index > 10_000:
                first, before = info.index, (here.memory_info().rss, child.memory_info().rss)
            if first >= 0 and info.index - first >= frames:
                break
        after = here.memory_info().rss, child.memory_info().rss
    name = f"growth of resident memory over {frames} frames of a virtual camera"
    return [
        Figure(f"{name}, reader", [(after[0] - before[0]) / 1e6], "MB", at_most=1.0),
        Figure(f"{name}, camera process", [(after[1] - before[1]) / 1e6], "MB", at_most=1.0),
    ]
