"""Frames in asyncio, case by case: who gets which, and what is left of tasks, loops and cameras that go."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import (
    CameraHungError,
    CameraLostError,
    CameraProcessError,
    FrameTimeoutError,
    TooManyHeldError,
    TooManyReadersError,
)
from llpyspin.reading.copier import Copier
from llpyspin.reading.cursor import Cursor
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

PATIENCE_S = 20.0


@pytest.fixture
def source() -> Iterator[Published]:
    with published() as made:
        yield made


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """What runs a coroutine in an event loop of its own."""
    if request.param == "asyncio":
        return asyncio.run
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    return uvloop.run  # type: ignore[no-any-return]


async def until(condition: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come about"
        await asyncio.sleep(0.001)


def waiting(source: Published) -> int:
    """Tasks that wait for a frame, and will be told of the next one."""
    cursors = [each for each in source.camera._frames._attendants if isinstance(each, Cursor)]
    return sum(len(cursor._waiters) for cursor in cursors if cursor.usable and cursor._watched is not None)


def indices(found: list[Any]) -> list[int]:
    return [int(image[0, 0]) for ok, image in found if ok]


def test_a_frame_is_awaited_and_is_the_tasks_own(source: Published, run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        source.publish()
        ok, image = await task
        assert ok
        assert image is not None
        assert image.flags.writeable
        assert (image == 0).all()
        assert source.camera.frame_info is not None
        assert source.camera.frame_info.frame_id == 100
        source.publish(8)
        assert (image == 0).all()

    run(main())


def test_several_tasks_get_a_frame_each_in_the_order_in_which_they_asked(source: Published, run: Any) -> None:
    async def main() -> list[Any]:
        source.camera.buffersize = 16
        tasks = []
        for count in range(1, 5):
            tasks.append(asyncio.create_task(source.camera.aread()))
            await until(lambda count=count: waiting(source) == count)  # type: ignore[misc]
        source.publish(4)
        return await asyncio.gather(*tasks)

    assert indices(run(main())) == [0, 1, 2, 3]


def test_each_async_for_sees_all_frames(source: Published, run: Any) -> None:
    async def collect(seen: list[int]) -> None:
        async for image in source.camera:
            seen.append(int(image[0, 0]))

    async def main() -> None:
        source.camera.buffersize = 16
        seen: list[list[int]] = [[], []]
        tasks = [asyncio.create_task(collect(each)) for each in seen]
        await until(lambda: waiting(source) == 2)
        for count in range(1, 6):
            source.publish()
            await until(lambda count=count: all(len(each) == count for each in seen))  # type: ignore[misc]
        source.camera.release()
        await asyncio.gather(*tasks)
        assert seen == [[0, 1, 2, 3, 4]] * 2

    run(main())


def test_a_task_that_is_cancelled_while_it_waits_takes_no_frame_with_it(source: Published, run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        source.publish()
        assert indices([await source.camera.aread()]) == [0]

    run(main())


def test_frame_of_a_cancelled_task_goes_to_the_next_task(source: Published, run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        cursor = source.camera._frames._cursors._all[0]
        give = cursor._give

        def give_and_cancel(taken: Any) -> None:
            give(taken)
            task.cancel()

        cursor._give = give_and_cancel  # type: ignore[method-assign]
        source.publish()
        with pytest.raises(asyncio.CancelledError):
            await task
        del cursor._give
        ok, image = await source.camera.aread()
        assert indices([(ok, image)]) == [0]
        assert source.camera.frame_info is not None
        assert source.camera.frame_info.missed == 0

    run(main())


def test_what_is_left_of_a_cancelled_task_is_not_given_once_it_is_old(source: Published, run: Any) -> None:
    async def main() -> None:
        source.camera.buffersize = 1
        assert await source.camera.aread(timeout=0) == (False, None)
        cursor = source.camera._frames._cursors._all[0]
        copy, copying, go_on = cursor._copier.copy, threading.Event(), threading.Event()

        def slow(*arguments: Any, **options: Any) -> Any:
            copying.set()
            go_on.wait(PATIENCE_S)
            return copy(*arguments, **options)

        cursor._copier.copy = slow  # type: ignore[method-assign]
        source.publish()
        task = asyncio.create_task(source.camera.aread())
        await until(copying.is_set)
        task.cancel()
        await asyncio.wait([task])
        go_on.set()
        await until(lambda: len(cursor._spare) == 1)
        source.publish(3)
        assert indices([await source.camera.aread()]) == [3]
        assert source.camera.frame_info is not None
        assert source.camera.frame_info.missed == 3

    run(main())


def test_who_waits_for_no_time_gets_what_is_there(source: Published, run: Any) -> None:
    async def main() -> None:
        assert await source.camera.aread(timeout=0) == (False, None)
        source.publish()
        assert indices([await source.camera.aread(timeout=0)]) == [0]
        assert await source.camera.aread(timeout=0) == (False, None)

    run(main())


def test_the_time_to_wait_is_each_tasks_own(source: Published, run: Any) -> None:
    async def main() -> None:
        patient = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        assert await source.camera.aread(timeout=0.02) == (False, None)
        assert not patient.done()
        source.publish()
        assert indices([await patient]) == [0]

    run(main())


def test_async_for_says_when_no_frame_comes(source: Published, run: Any) -> None:
    async def main() -> None:
        source.camera.timeout = 0.02
        with pytest.raises(FrameTimeoutError, match="no frame within"):
            async for _ in source.camera:
                pass

    run(main())


def test_an_sdk_that_hangs_is_told_from_a_trigger_that_does_not_come(source: Published, run: Any) -> None:
    async def main() -> None:
        source.process.overdue_s = 60.0
        source.camera.source._well_at = 0.0
        with pytest.raises(CameraHungError):
            await source.camera.aread(timeout=0.01)

    run(main())


def test_frames_are_skipped_and_counted_by_who_is_too_slow(source: Published, run: Any) -> None:
    async def main() -> None:
        source.camera.buffersize = 1
        source.publish()
        assert indices([await source.camera.aread(timeout=0)]) == []  # it came before
        source.publish(5)
        assert indices([await source.camera.aread()]) == [5]
        assert source.camera.frame_info is not None
        assert source.camera.frame_info.missed == 4

    run(main())


def test_the_copy_is_not_made_in_the_thread_of_the_loop(
    source: Published, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    copy = Copier.copy

    def spy(self: Copier, *arguments: Any, **options: Any) -> Any:
        threads.append(threading.get_ident())
        return copy(self, *arguments, **options)

    async def main() -> None:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        source.publish()
        await task

    monkeypatch.setattr(Copier, "copy", spy)
    run(main())
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


def test_release_ends_all_that_wait(source: Published, run: Any) -> None:
    async def main() -> None:
        reading = [asyncio.create_task(source.camera.aread()) for _ in range(3)]
        frames = source.camera.__aiter__()
        looping = asyncio.create_task(frames.__anext__())
        await until(lambda: waiting(source) == 4)
        source.camera.release()
        assert await asyncio.gather(*reading) == [(False, None)] * 3
        with pytest.raises(StopAsyncIteration):
            await looping
        assert await source.camera.aread() == (False, None)
        async for _ in source.camera:
            pytest.fail("a frame of a closed camera")

    run(main())


def test_a_release_in_another_thread_wakes_the_loop(source: Published, run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        thread = threading.Thread(target=source.camera.release)
        thread.start()
        assert await asyncio.wait_for(task, PATIENCE_S) == (False, None)
        thread.join()

    run(main())


def test_a_camera_process_that_is_killed_is_an_error_at_once(source: Published, run: Any) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(source.camera.aread(timeout=PATIENCE_S)) for _ in range(2)]
        await until(lambda: waiting(source) == 2)
        source.vanish()
        for task in tasks:
            with pytest.raises(CameraProcessError, match="SIGKILL"):
                await task

    run(main())


def test_a_lost_camera_is_an_error_after_its_last_frame(source: Published, run: Any) -> None:
    async def main() -> None:
        source.camera.buffersize = 16
        assert await source.camera.aread(timeout=0) == (False, None)
        source.publish(2)
        source.writer.fail(CameraLostError("it was unplugged", camera="fake"))
        assert indices([await source.camera.aread() for _ in range(2)]) == [0, 1]
        with pytest.raises(CameraLostError, match="unplugged"):
            await source.camera.aread()

    run(main())


def test_one_loop_may_follow_another(source: Published, run: Any) -> None:
    async def main(index: int) -> list[Any]:
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        source.publish()
        return indices([await task])

    assert [run(main(index)) for index in range(4)] == [[0], [1], [2], [3]]
    assert len(source.camera._frames._cursors._all) == 1


def test_two_loops_in_two_threads_read_at_once(source: Published) -> None:
    seen: dict[str, list[int]] = {"one": [], "other": []}

    async def collect(name: str) -> None:
        for _ in range(3):
            seen[name] += indices([await source.camera.aread(timeout=PATIENCE_S)])

    source.camera.buffersize = 16
    threads = [threading.Thread(target=asyncio.run, args=(collect(name),)) for name in seen]
    for thread in threads:
        thread.start()
    asyncio.run(until(lambda: waiting(source) == 2))
    source.publish(3)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert seen == {"one": [0, 1, 2], "other": [0, 1, 2]}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_is_closed_under_a_task_leaves_the_camera_in_order(source: Published) -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it says that a task was destroyed
    task = loop.create_task(source.camera.aread())
    loop.run_until_complete(until(lambda: waiting(source) == 1))
    loop.close()
    del task
    gc.collect()
    asyncio.run(_read_one(source))
    assert len(source.camera._frames._cursors._all) == 1


async def _read_one(source: Published) -> None:
    task = asyncio.create_task(source.camera.aread())
    await until(lambda: waiting(source) == 1)
    source.publish()
    assert indices([await task]) == [0]


def opened() -> Counter[str]:
    """What the descriptors of this process are, and how many of each."""
    found: Counter[str] = Counter()
    for each in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the list itself
            found[os.readlink(f"/proc/self/fd/{each}")] += 1
    return found


def test_nothing_is_left_open_by_loops_tasks_and_cameras(run: Any) -> None:
    def use() -> weakref.ref[Any]:
        with published() as source:

            async def main() -> None:
                camera = source.camera
                task = asyncio.create_task(camera.aread())
                frames = camera.__aiter__()
                other = asyncio.ensure_future(frames.__anext__())
                await until(lambda: waiting(source) == 2)
                source.publish()
                await asyncio.gather(task, other)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(camera.aread(), 0.01)
                await frames.aclose()

            run(main())
            return weakref.ref(source.camera)

    use()
    gc.collect()
    before = set(os.listdir("/proc/self/fd")), threading.active_count()
    known = opened()
    cameras = [use() for _ in range(3)]
    gc.collect()
    deadline = threading.Event()
    for _ in range(200):
        if threading.active_count() <= before[1] and len(os.listdir("/proc/self/fd")) <= len(before[0]):
            break
        deadline.wait(0.01)
    assert threading.active_count() <= before[1]
    assert len(os.listdir("/proc/self/fd")) <= len(before[0]), opened() - known
    assert [camera() for camera in cameras] == [None] * 3


def test_a_loop_that_is_left_gives_its_place_back(source: Published, run: Any) -> None:
    async def main() -> None:
        task = asyncio.create_task(_first(source))
        await until(lambda: waiting(source) == 1)
        source.publish()
        assert await task == 0
        await until(lambda: source.writer.readers == 1)

    run(main())


async def _first(source: Published) -> int:
    async for image in source.camera:
        return int(image[0, 0])
    return -1


def test_too_many_readers_are_refused_and_the_camera_continues(source: Published) -> None:
    async def main() -> None:
        loops = [source.camera.__aiter__() for _ in range(40)]
        tasks = [asyncio.ensure_future(each.__anext__()) for each in loops]
        await until(lambda: waiting(source) == 31)
        await until(lambda: sum(task.done() for task in tasks) == 9)
        source.publish()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(each, TooManyReadersError) for each in outcomes) == 9
        assert source.camera.isOpened()
        assert source.camera.read()[0]

    asyncio.run(main())


def test_frames_are_awaited_though_the_program_holds_all_that_it_may(source: Published, run: Any) -> None:
    async def main() -> None:
        source.camera.buffersize = 16
        held = []
        with pytest.raises(TooManyHeldError):
            for _ in range(16):
                source.publish()
                held.append(source.camera.request())
        task = asyncio.create_task(source.camera.aread())
        await until(lambda: waiting(source) == 1)
        source.publish()
        ok, image = await task
        assert ok
        assert image is not None
        assert image.flags.writeable
        assert image[0, 0] == source.writer.published - 1
        assert all(request.held for request in held)

    run(main())
