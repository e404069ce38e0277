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

import numpy as np
import psutil

from llpyspin import VideoStream
from llpyspin.frames import FrameReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "delivery_to_reader",
    "idle_cpu",
    "latency_at_full_rate",
    "memory_growth",
    "opening",
    "real_sdk_delivery",
    "round_trips",
]

MODELS = {"0.4 MP": "BFS-U3-04S2M", "1.6 MP": "BFS-U3-16S2M", "5 MP": "BFS-U3-51S5M"}


@contextlib.contextmanager
def virtual_world(model: str) -> Iterator[None]:
    """One virtual camera of this model, in a world of its own."""
    config = {
        "world": f"benchmark-{os.getpid()}",
        "cameras": [{"serial": "20000001", "model": model}],
        "wires": [],
    }
    before = os.environ.get("LLPYSPIN_VIRTUAL")
    os.environ["LLPYSPIN_VIRTUAL"] = json.dumps(config)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LLPYSPIN_VIRTUAL"]
        else:
            os.environ["LLPYSPIN_VIRTUAL"] = before


def quantiles(seconds: list[float]) -> dict[str, float]:
    """p50, p99 and maximum in microseconds."""
    p50, p99 = np.percentile(seconds, [50, 99])
    return {"p50_us": p50 * 1e6, "p99_us": p99 * 1e6, "max_us": max(seconds) * 1e6}


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


def round_trips(count: int = 3000) -> dict[str, Any]:
    """A request to an idle camera against a bare pipe, interleaved; and a request while it streams."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    echo = multiprocessing.get_context("spawn").Process(target=_echo, args=(theirs,), daemon=True)
    echo.start()
    message = (1, "get", ("exposure",))

    def pipe() -> None:
        ours.send(message)
        ours.recv()

    with virtual_world(MODELS["1.6 MP"]), VideoStream("20000001", sdk="virtual") as cap:
        process = cap._opened()
        process.request("stop")
        timed(pipe, 200)
        timed(lambda: process.request("ping"), 200)
        bare, idle = [], []
        for _ in range(10):
            bare += timed(pipe, count // 10)
            idle += timed(lambda: process.request("ping"), count // 10)
        exposure = timed(lambda: process.request("get", "exposure"), count // 5)
        process.request("start")
        cap.framerate = "max"
        streaming = timed(lambda: process.request("get", "exposure"), count // 5, pause_s=0.001)
    ours.send(None)
    echo.join(5)
    return {
        "bare_pipe": quantiles(bare),
        "idle": quantiles(idle),
        "get_exposure_idle": quantiles(exposure),
        "get_exposure_streaming": quantiles(streaming),
        "idle_over_pipe": statistics.median(idle) / statistics.median(bare),
        "streaming_p50_ms": statistics.median(streaming) * 1e3,
    }


def opening(count: int = 5) -> dict[str, float]:
    """Seconds from the constructor to the first frame in hand, and to close; medians."""
    opened, closed = [], []
    with virtual_world(MODELS["1.6 MP"]):
        for _ in range(count):
            started = time.perf_counter()
            cap = VideoStream("20000001", sdk="virtual", framerate="max")
            cap.read()
            opened.append(time.perf_counter() - started)
            started = time.perf_counter()
            cap.release()
            closed.append(time.perf_counter() - started)
    return {"open_s": statistics.median(opened), "close_s": statistics.median(closed)}


def _share_of_core(pid: int, seconds: float) -> float:
    process = psutil.Process(pid)
    before, started = process.cpu_times(), time.monotonic()
    threading.Event().wait(seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return float(used / (time.monotonic() - started))


def idle_cpu(seconds: float = 10.0) -> dict[str, float]:
    """Share of a core that a camera process takes: with its stream stopped, and waiting for a trigger."""
    with virtual_world(MODELS["1.6 MP"]), VideoStream("20000001", sdk="virtual") as cap:
        process = cap._opened()
        process.request("stop")
        idle = _share_of_core(process.pid, seconds)
        process.request("start")
        cap.nodes["TriggerSource"] = "Line3"
        cap.nodes["TriggerMode"] = "On"
        threading.Event().wait(0.5)
        waiting = _share_of_core(process.pid, seconds)
    return {"idle": idle, "waiting_for_trigger": waiting}


def _told_after(cap: VideoStream, count: int) -> list[float]:
    """Seconds from the SDK's delivery to the borrowed view, for each of ``count`` frames."""
    reader = cap._reader
    assert isinstance(reader, FrameReader)
    times = []
    for _ in range(count):
        with reader.next(5.0, backlog=64) as frame:
            times.append((time.monotonic_ns() - frame.info.host_timestamp_ns) * 1e-9)
    return times


def delivery_to_reader(count: int = 400, repeats: int = 3, framerate: float = 60.0) -> dict[str, Any]:
    """From the SDK's delivery into our buffers to the reader being told: 5 MP against 0.4 MP, interleaved."""
    times: dict[str, list[float]] = {"0.4 MP": [], "5 MP": []}
    copied = False
    for _ in range(repeats):
        for size in times:
            with (
                virtual_world(MODELS[size]),
                VideoStream("20000001", sdk="virtual", framerate=framerate) as cap,
            ):
                _told_after(cap, 30)
                times[size] += _told_after(cap, count // repeats)
                copied |= not cap._ask("zero_copy")
    small, large = (statistics.median(times[size]) for size in ("0.4 MP", "5 MP"))
    return {
        "copied_by_us": copied,
        "small": quantiles(times["0.4 MP"]),
        "large": quantiles(times["5 MP"]),
        "large_over_small": large / small,
    }


def real_sdk_delivery(count: int = 150, repeats: int = 2) -> dict[str, Any]:
    """The same through the real SDK from virtual GigE cameras; ``{"left_out": why}`` where it cannot be."""
    try:
        from tests.rig.rig import Rig, why_not
    except ImportError as error:
        return {"left_out": f"the tests are not at hand: {error}"}
    reason = why_not()
    if reason:
        return {"left_out": reason}
    sizes = {"0.4 MP": (720, 540), "5 MP": (2448, 2048)}
    times: dict[str, list[float]] = {size: [] for size in sizes}
    copied = False
    for _ in range(repeats):
        for size, (width, height) in sizes.items():
            rig = Rig(1, width=width, height=height)
            try:
                with rig.inside(), VideoStream(rig.serials[0], sdk="rotpy", framerate=15) as cap:
                    _told_after(cap, 15)
                    times[size] += _told_after(cap, count // repeats)
                    copied |= not cap._ask("zero_copy")
            finally:
                rig.stop()
    small, large = (statistics.median(times[size]) for size in ("0.4 MP", "5 MP"))
    return {
        "copied_by_us": copied,
        "small": quantiles(times["0.4 MP"]),
        "large": quantiles(times["5 MP"]),
        "large_over_small": large / small,
    }


def latency_at_full_rate(count: int = 1500) -> dict[str, float]:
    """Microseconds from the SDK's delivery to an image from ``read()``, 1.6 MP at 226 fps."""
    with (
        virtual_world(MODELS["1.6 MP"]),
        VideoStream("20000001", sdk="virtual", framerate="max", buffersize=20) as cap,
    ):
        times, missed = [], 0
        for number in range(count + 100):
            cap.read()
            info = cap.frame_info
            assert info is not None
            if number >= 100:
                times.append((time.monotonic_ns() - info.host_timestamp_ns) * 1e-9)
                missed += info.missed
    return {**quantiles(times), "missed": missed}


def memory_growth(frames: int = 100_000) -> dict[str, float]:
    """Bytes by which resident memory grows over so many frames, in both processes, after a warm-up.

    Frames of 160 x 120 from a camera without a rate limit, so that it takes seconds and not hours.
    """
    with (
        virtual_world("BFS-U3-16S2M-BENCHMARK"),
        VideoStream("20000001", sdk="virtual", framerate="max", roi=(0, 0, 120, 160), buffersize=16) as cap,
    ):
        child, here = psutil.Process(cap._opened().pid), psutil.Process()
        first = None
        before = (0, 0)
        while True:
            cap.read()
            info = cap.frame_info
            assert info is not None
            if first is None and info.index > 5000:
                first, before = info.index, (here.memory_info().rss, child.memory_info().rss)
            if first is not None and info.index - first >= frames:
                break
        after = here.memory_info().rss, child.memory_info().rss
    return {"reader_bytes": after[0] - before[0], "camera_process_bytes": after[1] - before[1]}
