"""Functions applied to frames in worker processes, in the order of frames, whatever becomes of workers."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.errors import (
    CallbackError,
    CallbackHungError,
    CallbackProcessError,
    CameraClosedError,
    CameraLostError,
    CameraProcessError,
    FrameTimeoutError,
    FunctionError,
    SettingRangeError,
)
from llpyspin.frames import FrameReader
from llpyspin.reading.threads import in_thread
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llpyspin.reading.mapping import FrameMap
    from tests.process.conftest import World

PATIENCE_S = 20.0


@pytest.fixture
def source() -> Iterator[Published]:
    with published(64) as made:
        made.camera.buffersize = 64
        yield made


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.002)


def begun(source: Published, results: FrameMap[Any]) -> Any:
    """The first result, of a frame that was published once somebody waited for one."""
    first = in_thread(lambda: next(results), name="test")
    until(lambda: results._work._place.reader is not None)
    until(lambda: bool(source.writer._shared.words[results._work._place.reader._attachment.waiting]))  # type: ignore[union-attr]
    source.publish()
    return first.result(PATIENCE_S)


def late_if_even(image: Any) -> int:
    """What takes longer for every second frame, so that they are done out of order."""
    time.sleep(0.02 if image[0, 0] % 2 == 0 else 0)
    return int(image[0, 0])


async def later(image: Any) -> None: ...


def yielding(image: Any) -> Iterator[None]:
    yield


def test_results_come_in_the_order_of_the_frames_from_several_processes(source: Published) -> None:
    def work(image: Any) -> tuple[int, int, bool]:
        return late_if_even(image), os.getpid(), image.flags.writeable

    with source.camera.map(work, workers=2) as results:
        found = [begun(source, results)]
        source.publish(20)
        found += [next(results) for _ in range(20)]
        assert [index for index, _, _ in found] == list(range(21))
        assert {pid for _, pid, _ in found} == set(results.pids)
        assert not any(writeable for _, _, writeable in found)
        assert results.info is not None
        assert results.info.frame_id == 120
        assert results.skipped == 0


def test_it_tells_what_it_is_and_how_far(source: Published) -> None:
    with source.camera.map(late_if_even) as results:
        assert repr(results) == "<FrameMap of late_if_even on fake, running, 0 given>"
        begun(source, results)
        assert repr(results) == "<FrameMap of late_if_even on fake, running, 1 given>"
    assert repr(results) == "<FrameMap of late_if_even on fake, ended, 1 given>"


def test_no_more_frames_are_at_work_than_ahead(source: Published) -> None:
    with source.camera.map(late_if_even, workers=2, ahead=3) as results:
        begun(source, results)
        source.publish(10)
        work = results._work
        until(lambda: work._assigned == 4)
        until(lambda: sum(slot.done() for slot in work._slots.values()) == 3)
        assert work._assigned == 4
        assert next(results) == 1
        until(lambda: work._assigned == 5)


def test_frames_that_nobody_had_time_for_are_counted(source: Published) -> None:
    source.camera.buffersize = 1
    with source.camera.map(late_if_even, workers=1, ahead=1) as results:
        assert begun(source, results) == 0
        source.publish(9)
        until(lambda: results._work._assigned == 2)
        next(results)
        source.publish(9)
        last = next(results)
        assert results.skipped == last + 1 - 3 > 0


def test_an_error_of_the_function_comes_in_its_place_and_one_may_go_on(source: Published) -> None:
    def work(image: Any) -> int:
        return 10 // (int(image[0, 0]) - 2)

    with source.camera.map(work) as results:
        assert begun(source, results) == -5
        source.publish(3)
        assert next(results) == -10
        with pytest.raises(CallbackError, match=r"work\(\) raised ZeroDivisionError") as caught:
            next(results)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert "10 // (int(image[0, 0]) - 2)" in str(caught.value.remote_traceback)
        assert caught.value.frame_id == 102
        assert next(results) == 10


def test_a_worker_that_is_killed_is_an_error_for_its_frame_and_replaced(source: Published) -> None:
    def work(image: Any) -> int:
        if image[0, 0] == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return int(image[0, 0])

    with source.camera.map(work, workers=1) as results:
        assert begun(source, results) == 0
        before = results.pids
        source.publish(3)
        with pytest.raises(CallbackProcessError, match="SIGKILL") as caught:
            next(results)
        assert (caught.value.exitcode, caught.value.frame_id) == (-9, 101)
        assert [next(results), next(results)] == [2, 3]
        assert results.pids != before


def test_worker_killed_during_start_is_replaced_a_few_times(source: Published, tmp_path: Path) -> None:
    class DiesAtFirst:
        def __init__(self) -> None:
            starts = len(list(tmp_path.iterdir()))
            (tmp_path / str(starts)).touch()
            if starts in (0, 1, 3, 4, 5):
                os.kill(os.getpid(), signal.SIGKILL)

        def __call__(self, image: Any) -> int:
            return int(image[0, 0])

    with source.camera.map(DiesAtFirst, workers=1) as results:
        assert begun(source, results) == 0
    with source.camera.map(DiesAtFirst, workers=1) as results:
        with pytest.raises(CameraProcessError, match="SIGKILL"):
            next(results)
        with pytest.raises(StopIteration):
            next(results)


def test_a_call_that_takes_too_long_is_ended(source: Published) -> None:
    def work(image: Any) -> int:
        time.sleep(60 if image[0, 0] == 1 else 0)
        return int(image[0, 0])

    with source.camera.map(work, workers=1, timeout_s=1) as results:
        begun(source, results)
        source.publish(2)
        with pytest.raises(CallbackHungError, match="longer than 1 s"):
            next(results)
        assert next(results) == 2


def test_a_class_is_set_up_once_in_each_worker(source: Published) -> None:
    class Model:
        def __init__(self) -> None:
            self.calls = 0

        def setup(self) -> None:
            self.calls = 100

        def __call__(self, image: Any) -> int:
            self.calls += 1
            return self.calls

    with source.camera.map(Model, workers=1) as results:
        assert begun(source, results) == 101
        source.publish(2)
        assert [next(results), next(results)] == [102, 103]


def test_a_class_that_cannot_be_set_up_ends_it_with_its_traceback(source: Published) -> None:
    class Model:
        def setup(self) -> None:
            raise KeyError("no model here")

        def __call__(self, image: Any) -> int:
            return 0

    before = set(psutil.Process().children())
    with source.camera.map(Model, workers=1) as results:
        with pytest.raises(CallbackError, match=r"Model could not be set up: KeyError: 'no model here'"):
            next(results)
        with pytest.raises(StopIteration):
            next(results)
        assert results.pids == []
        until(lambda: not set(psutil.Process().children()) - before)


def test_classes_that_only_this_program_knows_come_back_as_themselves(source: Published) -> None:
    class Found:
        pass

    with source.camera.map(lambda image: Found(), workers=1) as results:
        assert type(begun(source, results)) is Found


def test_what_cannot_be_sent_back_is_an_error_that_says_so(source: Published) -> None:
    with source.camera.map(lambda image: threading.Lock(), workers=1) as results:
        with pytest.raises(CallbackError, match="lock"):
            begun(source, results)


def test_a_coroutine_that_is_returned_is_an_error_that_says_so(source: Published) -> None:
    with source.camera.map(lambda image: later(image), workers=1) as results:
        with pytest.raises(CallbackError, match="a coroutine was returned, which nobody awaits"):
            begun(source, results)


def test_release_ends_the_results(source: Published) -> None:
    with source.camera.map(late_if_even) as results:
        begun(source, results)
        threading.Timer(0.05, source.camera.release).start()
        assert list(results) == []
        assert list(results) == []


def test_a_lost_camera_is_an_error_after_the_last_result(source: Published) -> None:
    with source.camera.map(late_if_even) as results:
        begun(source, results)
        source.publish(2)
        source.writer.fail(CameraLostError("it was unplugged", camera="fake"))
        assert [next(results), next(results)] == [1, 2]
        with pytest.raises(CameraLostError, match="unplugged"):
            next(results)
        assert list(results) == []


def test_no_frame_in_time_is_said_and_one_may_go_on(source: Published) -> None:
    source.camera.timeout = 0.1
    with source.camera.map(late_if_even, workers=1) as results:
        with pytest.raises(FrameTimeoutError):
            next(results)
        source.camera.timeout = PATIENCE_S
        assert begun(source, results) == 0


def test_asyncio_gets_results_and_loses_none_to_cancellation(source: Published) -> None:
    async def main() -> list[int]:
        async with source.camera.map(late_if_even) as results:
            task = asyncio.ensure_future(results.__anext__())
            await asyncio.to_thread(until, lambda: results._work._place.reader is not None)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            source.publish(12)
            return [await results.__anext__() for _ in range(10)]

    assert asyncio.run(main()) == list(range(10))


def test_several_tasks_share_the_results(source: Published) -> None:
    async def main() -> list[int]:
        async with source.camera.map(late_if_even) as results:
            tasks = [asyncio.ensure_future(results.__anext__()) for _ in range(6)]
            await asyncio.to_thread(until, lambda: results._work._place.reader is not None)
            source.publish(6)
            return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == list(range(6))


def test_a_map_that_is_left_or_forgotten_leaves_no_process(source: Published) -> None:
    before = len(psutil.Process().children())
    results = source.camera.map(late_if_even, workers=1)
    begun(source, results)
    assert len(psutil.Process().children()) == before + 1
    del results
    gc.collect()
    until(lambda: len(psutil.Process().children()) == before)
    assert not source.writer._shared.kept(1)


def test_closing_does_not_wait_for_a_long_call(source: Published) -> None:
    def work(image: Any) -> None:
        time.sleep(60 if image[0, 0] else 0)

    results = source.camera.map(work, workers=1)
    begun(source, results)
    source.publish()
    until(lambda: results._work._assigned == 2)
    results.close()
    assert results.pids == []
    with pytest.raises(StopIteration):
        next(results)


def test_what_makes_no_sense_is_refused_before_any_process_starts(source: Published) -> None:
    lock = threading.Lock()
    before = len(psutil.Process().children())
    with pytest.raises(FunctionError, match="lock"):
        source.camera.map(lambda image: lock)
    for function, why in (
        (later, "later is an async function"),
        (yielding, "yielding is a generator"),
        (functools.lru_cache(late_if_even), "wrapped in functools.lru_cache"),
        (lambda image, queue: None, r"takes image, queue; it is called as function\(image\)"),
        (lambda: None, "takes nothing"),
        (FrameReader, "without __call__"),
        (3, "can be called, not 3"),
    ):
        with pytest.raises(FunctionError, match=why):
            source.camera.map(function)  # type: ignore[arg-type]
    for workers, ahead in ((0, None), (33, None), (2.0, None), (1, 0), (True, None)):
        with pytest.raises(SettingRangeError):
            source.camera.map(late_if_even, workers=workers, ahead=ahead)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a timeout must be"):
        source.camera.map(late_if_even, timeout_s=-1)
    source.camera.release()
    with pytest.raises(CameraClosedError):
        source.camera.map(late_if_even)
    assert len(psutil.Process().children()) == before


LEFT = """
import threading, time
from llpyspin import VideoStream
cap = VideoStream({serial!r}, sdk="virtual")
results = cap.map(lambda image: time.sleep(600), workers=1)
threading.Thread(target=next, args=(results,), daemon=True).start()
while results._work._assigned == 0:
    time.sleep(0.01)
print(*results.pids)
"""


def test_program_ends_during_long_calls_and_leaves_no_worker(world: World) -> None:
    done = world.run(LEFT.format(serial=world.serials[0]), timeout=60)
    assert done.returncode == 0
    assert not any(psutil.pid_exists(int(pid)) for pid in done.stdout.split())
    assert done.stdout.strip()
