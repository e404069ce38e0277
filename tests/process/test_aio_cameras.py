"""Cameras in asyncio: opened, read and closed beside other tasks, and lost under them."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin import PrimaryCamera, SecondaryCamera, VideoStream
from llpyspin.errors import (
    CameraClosedError,
    CameraLostError,
    CameraNotFoundError,
    CameraProcessError,
    FrameTimeoutError,
)
from llpyspin.virtual import fault, read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.process.conftest import World


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    if request.param == "asyncio":
        return asyncio.run
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    return uvloop.run  # type: ignore[no-any-return]


class Heart:
    """Counts how often the event loop comes round."""

    def __init__(self) -> None:
        self.beats = 0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self.beats += 1

    def stop(self) -> None:
        self._task.cancel()


def test_the_event_loop_goes_on_while_a_camera_is_opened_read_and_closed(world: World, run: Any) -> None:
    async def main() -> None:
        heart = Heart()
        camera = await VideoStream.aopen(world.serials[0], sdk="virtual", framerate=200)
        opened = heart.beats
        assert opened > 10
        last = None
        async with camera as cap:
            async for image in cap:
                info = cap.frame_info
                assert info is not None
                assert read_stamp(image).frame == read_stamp(image, foot=True).frame == info.frame_id
                assert last is None or info.frame_id - last == info.missed + 1
                last = info.frame_id
                if last >= 100:
                    break
            before = heart.beats
        assert heart.beats > before
        assert not camera.isOpened()
        heart.stop()

    run(main())


def test_async_with_opens_a_camera_that_was_closed(world: World) -> None:
    async def main() -> None:
        cap = await VideoStream.aopen(world.serials[0], sdk="virtual")
        cap.release()
        async with cap:
            assert (await cap.aread())[0]
        assert await cap.aread() == (False, None)
        with pytest.raises(CameraClosedError):
            cap.submit()

    asyncio.run(main())


def test_what_is_wrong_with_opening_is_raised_there(world: World) -> None:
    async def main() -> None:
        with pytest.raises(CameraNotFoundError, match="99999999"):
            await VideoStream.aopen("99999999", sdk="virtual")
        with pytest.raises(TypeError):
            await VideoStream.aopen(world.serials[0], color_of_the_case="red")

    asyncio.run(main())


def test_a_task_that_is_cancelled_while_a_camera_opens_leaves_none_open(world: World) -> None:
    async def main() -> None:
        before = len(psutil.Process().children())
        task = asyncio.create_task(VideoStream.aopen(world.serials[0], sdk="virtual"))
        while len(psutil.Process().children()) == before:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with await _when_free(world.serials[0]) as cap:
            assert (await cap.aread())[0]
        for thread in threading.enumerate():
            if thread.name.startswith("llpyspin-"):
                await asyncio.to_thread(thread.join, 10)

    asyncio.run(main())


def test_a_task_that_is_cancelled_while_its_camera_closes_leaves_it_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        closing, go_on = threading.Event(), threading.Event()
        camera = await VideoStream.aopen(world.serials[0], sdk="virtual")
        release = camera.release

        def slow() -> None:
            closing.set()
            go_on.wait(20)
            release()

        monkeypatch.setattr(camera, "release", slow)

        async def use() -> None:
            async with camera:
                pass

        task = asyncio.create_task(use())
        await asyncio.to_thread(closing.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert camera.isOpened()
        go_on.set()
        for thread in threading.enumerate():
            if thread.name == "llpyspin-release":
                await asyncio.to_thread(thread.join, 20)
        assert not camera.isOpened()

    asyncio.run(main())


async def _when_free(serial: str) -> VideoStream:
    """The camera, once whoever is opening it has let go of it: that takes as long as opening."""
    for _ in range(100):
        if not any(thread.name in ("llpyspin-open", "llpyspin-release") for thread in threading.enumerate()):
            break
        await asyncio.sleep(0.05)
    return await VideoStream.aopen(serial, sdk="virtual")


def test_task_gets_error_when_camera_process_is_killed_and_camera_reopens(world: World, run: Any) -> None:
    async def main() -> None:
        async with await VideoStream.aopen(world.serials[0], sdk="virtual", framerate=100) as cap:
            await cap.aread()
            cap.nodes["TriggerMode"] = "On"  # no frame comes
            while (await cap.aread(timeout=0.05))[0]:
                pass
            waiting = [asyncio.create_task(cap.aread(timeout=20)) for _ in range(2)]
            job = cap.submit()
            await asyncio.sleep(0)
            os.kill(cap._process.pid, signal.SIGKILL)
            for task in waiting:
                with pytest.raises(CameraProcessError, match="SIGKILL"):
                    await task
            with pytest.raises(CameraProcessError, match="SIGKILL"):
                await job
            await asyncio.to_thread(cap.open)
            assert (await cap.aread())[0]

    run(main())


def test_a_camera_that_is_unplugged_ends_all_loops_over_it(world: World) -> None:
    async def follow(cap: VideoStream) -> int:
        count = 0
        with pytest.raises(CameraLostError):
            async for _ in cap:
                count += 1
        return count

    async def main() -> None:
        async with await VideoStream.aopen(world.serials[0], sdk="virtual", framerate=100) as cap:
            loops = [asyncio.create_task(follow(cap)) for _ in range(2)]
            await cap.aread()
            await cap.aread()
            fault(world.serials[0], "unplug")
            assert min(await asyncio.gather(*loops)) > 0
        fault(world.serials[0], "plug")

    asyncio.run(main())


def test_primary_and_secondary_cameras_are_awaited_while_they_record(
    worlds: Callable[..., World], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds("BFS-U3-16S2M", "BFS-U3-16S2M")
    first, second = world.serials
    world.config["wires"] = [f"{first}:Line1 -> {second}:Line3"]
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)

    async def main() -> None:
        async with (
            await PrimaryCamera.aopen(first, sdk="virtual", framerate=100) as primary,
            await SecondaryCamera.aopen(second, sdk="virtual") as secondary,
        ):
            await asyncio.to_thread(primary.prime, tmp_path / "first.mkv")
            assert await primary.aread(timeout=0.05) == (False, None)
            primary.trigger()
            (_, one), (_, other) = await asyncio.gather(primary.aread(), secondary.aread())
            assert read_stamp(one).frame >= 0
            assert read_stamp(other).camera == int(second)
            stamps = await asyncio.to_thread(primary.stop)
            assert len(stamps) > 0
            while (await primary.aread())[0]:
                pass  # the last ones
            with pytest.raises(FrameTimeoutError):
                async for _ in primary:
                    pass

    asyncio.run(main())


FORKED = """
import asyncio, os
from llpyspin import VideoStream, errors
cap = VideoStream({serial!r}, sdk="virtual")
assert asyncio.run(cap.aread())[0]
assert cap.submit().result(5) is not None
results = cap.map(len, workers=1)
assert next(results) == 1080
child = os.fork()
if not child:
    for use in (
        lambda: asyncio.run(cap.aread()), lambda: cap.submit().result(5), lambda: next(results),
        lambda: cap.map(len), cap.request, lambda: cap.recent(1),
    ):
        try:
            use()
        except (errors.CameraProcessError, errors.CameraClosedError):
            continue
        os._exit(1)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert asyncio.run(cap.aread())[0]
assert next(results) == 1080
cap.release()
"""


def test_a_fork_is_refused_what_belongs_to_its_parent(world: World) -> None:
    done = world.run(FORKED.format(serial=world.serials[0]))
    assert done.returncode == 0, done.stderr
