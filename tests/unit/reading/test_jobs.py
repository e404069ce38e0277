"""Jobs on the next frame: who gets which, and what becomes of those that cannot be done."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import threading
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import (
    CameraClosedError,
    CameraProcessError,
    FrameTimeoutError,
    FunctionError,
    TooManyJobsError,
)
from llpyspin.reading import jobs
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 20.0


@pytest.fixture
def source() -> Iterator[Published]:
    with published() as made:
        made.camera.buffersize = 16
        yield made


def ready(source: Published) -> None:
    """Wait until the thread for jobs waits for a frame."""
    condition = threading.Event()
    for _ in range(2000):
        jobs = source.camera._frames._jobs
        reader = None if jobs is None else jobs._place.reader
        if reader is not None and source.writer._shared.words[reader._attachment.waiting]:
            return
        condition.wait(0.005)
    pytest.fail("nobody waits for a frame")


def index_of(request: Any) -> int:
    return int(request.image[0, 0])


def test_a_job_is_the_next_image_and_the_callers_own(source: Published) -> None:
    source.publish(3)  # before the job
    job = source.camera.submit()
    ready(source)
    source.publish()
    image = job.result(PATIENCE_S)
    assert (image == 3).all()
    assert image.flags.writeable


def test_jobs_get_a_frame_each_in_their_order(source: Published) -> None:
    done = [source.camera.submit(index_of) for _ in range(4)]
    ready(source)
    source.publish(4)
    assert [job.result(PATIENCE_S) for job in done] == [0, 1, 2, 3]


def test_a_job_gets_no_frame_from_before_it(source: Published) -> None:
    first = source.camera.submit(index_of)
    ready(source)
    source.publish(5)
    assert first.result(PATIENCE_S) == 0
    second = source.camera.submit(index_of)
    ready(source)
    source.publish()
    assert second.result(PATIENCE_S) == 5


def test_a_function_has_the_request_until_it_returns(source: Published) -> None:
    seen = []
    job = source.camera.submit(seen.append)
    ready(source)
    source.publish()
    assert job.result(PATIENCE_S) is None
    assert not seen[0].held


def test_a_function_may_hand_its_request_on(source: Published) -> None:
    job = source.camera.submit(lambda request: request)
    ready(source)
    source.publish()
    with job.result(PATIENCE_S) as request:
        source.publish(50)
        assert (request.image == 0).all()


def test_what_a_function_raises_is_in_the_future(source: Published) -> None:
    job = source.camera.submit(lambda request: 1 / 0)
    after = source.camera.submit(index_of)
    ready(source)
    source.publish(2)
    with pytest.raises(ZeroDivisionError):
        job.result(PATIENCE_S)
    assert after.result(PATIENCE_S) == 1


def test_a_cancelled_job_leaves_its_frame_to_the_next(source: Published) -> None:
    first, second, third = (source.camera.submit(index_of) for _ in range(3))
    ready(source)
    assert first.cancel()
    assert third.cancel()
    source.publish(2)
    assert second.result(PATIENCE_S) == 0
    for job in (first, third):
        with pytest.raises(concurrent.futures.CancelledError):
            job.result(PATIENCE_S)
    assert concurrent.futures.wait([first, second, third], PATIENCE_S).not_done == set()


def test_callbacks_are_called_in_the_thread_of_the_loop_that_was_named(source: Published) -> None:
    async def main() -> tuple[str, str]:
        loop = asyncio.get_running_loop()
        threads: dict[str, str] = {}
        done = asyncio.Event()

        def note(name: str) -> None:
            threads[name] = threading.current_thread().name
            if len(threads) == 2:
                loop.call_soon_threadsafe(done.set)

        source.camera.submit(loop=loop).add_done_callback(lambda job: note("with"))
        source.camera.submit().add_done_callback(lambda job: note("without"))
        await asyncio.to_thread(ready, source)
        source.publish(2)
        await asyncio.wait_for(done.wait(), PATIENCE_S)
        return threads["with"], threads["without"]

    assert asyncio.run(main()) == (threading.current_thread().name, "llpyspin-jobs")


def test_a_job_can_be_awaited_and_cancelled_with_its_task(source: Published) -> None:
    async def main() -> None:
        job = source.camera.submit(index_of)
        task = asyncio.ensure_future(_awaited(job))
        await asyncio.to_thread(ready, source)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert job.cancelled()
        other = source.camera.submit(index_of)
        source.publish()
        assert await other == 0

    asyncio.run(main())


async def _awaited(job: Any) -> Any:
    return await job


def test_a_loop_that_is_closed_is_missed_with_a_warning(
    source: Published, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.new_event_loop()
    job = source.camera.submit(loop=loop)
    called: list[Any] = []
    job.add_done_callback(called.append)
    loop.close()
    ready(source)
    source.publish()
    job.result(PATIENCE_S)
    for thread in threading.enumerate():
        if thread.name == "llpyspin-jobs":
            thread.join(PATIENCE_S)
    assert "closed" in caplog.text
    assert not called


def test_no_frame_in_time_fails_the_jobs_that_waited_so_long(source: Published) -> None:
    source.camera.timeout = 0.05
    done = [source.camera.submit() for _ in range(3)]
    for job in done:
        with pytest.raises(FrameTimeoutError):
            job.result(1.0)


def test_release_fails_the_jobs_that_wait(source: Published) -> None:
    done = [source.camera.submit() for _ in range(3)]
    ready(source)
    source.camera.release()
    for job in done:
        with pytest.raises(CameraClosedError):
            job.result(PATIENCE_S)
    with pytest.raises(CameraClosedError):
        source.camera.submit()


def test_a_camera_process_that_is_killed_fails_all_jobs(source: Published) -> None:
    done = [source.camera.submit() for _ in range(3)]
    ready(source)
    source.vanish()
    for job in done:
        with pytest.raises(CameraProcessError, match="SIGKILL"):
            job.result(PATIENCE_S)


def test_jobs_that_nobody_does_are_not_taken_without_end(
    source: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_JOBS", 3)
    done = [source.camera.submit() for _ in range(3)]
    with pytest.raises(TooManyJobsError):
        source.camera.submit()
    for job in done:
        job.cancel()


def test_the_thread_is_gone_when_there_is_nothing_to_do(source: Published) -> None:
    job = source.camera.submit()
    ready(source)
    threads = [each for each in threading.enumerate() if each.name == "llpyspin-jobs"]
    assert len(threads) == 1
    source.publish()
    job.result(PATIENCE_S)
    threads[0].join(PATIENCE_S)
    assert not threads[0].is_alive()


class LateCall:
    async def __call__(self, job: Any) -> None: ...


@pytest.mark.parametrize("late", [_awaited, functools.partial(_awaited), LateCall(), LateCall().__call__])
def test_functions_that_are_async_are_refused(source: Published, late: Any) -> None:
    with pytest.raises(
        FunctionError, match=r"is an async function, which nobody would await; await what submit\(\) returns"
    ):
        source.camera.submit(late)
    job = source.camera.submit()
    with pytest.raises(
        FunctionError, match="is an async function, which nobody would await; await the job itself"
    ):
        job.add_done_callback(late)
    with pytest.raises(FunctionError, match="the done-callback must be something that can be called"):
        job.add_done_callback(None)  # type: ignore[arg-type]
    job.cancel()


def test_only_functions_are_taken(source: Published) -> None:
    with pytest.raises(TypeError, match="must be something that can be called"):
        source.camera.submit(3)  # type: ignore[arg-type]
