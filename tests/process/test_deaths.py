"""What is left, and what is said, when processes die, cameras go, or the SDK hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin import VideoStream
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CameraError,
    CameraHungError,
    CameraInUseError,
    CameraLostError,
    CameraNotFoundError,
    CameraProcessError,
)
from llpyspin.virtual import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.process.conftest import World

USER = """
import sys, time
from llpyspin import VideoStream
cap = VideoStream({serial!r}, sdk="virtual")
assert cap.read()[0]
print(cap._process.pid, flush=True)
for frame in cap:
    pass
"""


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], sdk="virtual") as stream:
        assert stream.read()[0]
        yield stream


@pytest.fixture
def user(world: World) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A user's process that reads frames, and the pid of its camera process."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER.format(serial=world.serials[0])],
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    camera = int(process.stdout.readline())
    yield process, camera
    process.kill()
    process.communicate(timeout=10)


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = Deadline(seconds)
    while not deadline.passed:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def opened_within(serial: str, seconds: float) -> bool:
    """Whether the camera can be opened again, tried until it can."""
    deadline = Deadline(seconds)
    while True:
        try:
            with VideoStream(serial, sdk="virtual") as cap:
                return cap.read()[0]
        except CameraInUseError:
            if deadline.passed:
                return False


def test_a_killed_camera_process_is_an_error_that_names_the_signal(cap: VideoStream, world: World) -> None:
    os.kill(cap._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    started = time.monotonic()
    with pytest.raises(CameraProcessError, match="SIGKILL") as caught:
        while True:
            cap.read()
    assert time.monotonic() - started < 5
    assert caught.value.exitcode == -signal.SIGKILL
    assert not cap.isOpened()
    with pytest.raises(CameraProcessError):
        cap.framerate = 20
    assert cap.open()
    assert cap.read()[0]


def test_a_request_to_a_killed_camera_process_fails_at_once(cap: VideoStream) -> None:
    os.kill(cap._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        cap.exposure = 1000


def test_a_killed_user_leaves_no_camera_process_and_a_free_camera(
    user: tuple[subprocess.Popen[str], int], world: World
) -> None:
    process, camera = user
    process.kill()
    process.wait(10)
    assert gone(camera)
    assert opened_within(world.serials[0], 5)


def test_both_killed_at_once_leave_a_free_camera(
    user: tuple[subprocess.Popen[str], int], world: World
) -> None:
    process, camera = user
    process.kill()
    os.kill(camera, signal.SIGKILL)
    process.wait(10)
    assert gone(camera)
    assert opened_within(world.serials[0], 5)


def test_a_killed_user_with_a_forked_child_still_leaves_no_camera_process(world: World) -> None:
    script = f"""
import os, time
from llpyspin import VideoStream
cap = VideoStream({world.serials[0]!r}, sdk="virtual")
child = os.fork()
if child == 0:
    try:
        cap.read()
    except Exception as error:
        print(type(error).__name__, flush=True)
    time.sleep(60)
    os._exit(0)
time.sleep(0.5)
print(cap._process.pid, child, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=world.environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    camera, forked = map(int, process.stdout.readline().split())
    process.kill()
    process.wait(10)
    try:
        assert gone(camera)
        assert said == "CameraProcessError"
        assert opened_within(world.serials[0], 5)
    finally:
        os.kill(forked, signal.SIGKILL)
        process.stdout.close()


def test_a_second_opener_is_told_that_the_camera_is_in_use(cap: VideoStream, world: World) -> None:
    with pytest.raises(CameraInUseError, match=world.serials[0]):
        VideoStream(world.serials[0], sdk="virtual")
    assert cap.read()[0]


def test_an_absent_camera_is_an_error_that_lists_those_that_are_there(world: World) -> None:
    with pytest.raises(CameraNotFoundError, match=world.serials[1]):
        VideoStream("99999999", sdk="virtual")
    with pytest.raises(CameraNotFoundError, match="7"):
        VideoStream(7, sdk="virtual")


def test_an_unplugged_camera_is_lost_and_can_be_opened_when_it_is_back(
    cap: VideoStream, world: World
) -> None:
    fault(world.serials[0], "unplug")
    with pytest.raises(CameraLostError, match=world.serials[0]):
        while True:
            cap.read()
    assert not cap.isOpened()
    with pytest.raises(CameraLostError):
        cap.exposure = 1000
    cap.release()
    with pytest.raises(CameraNotFoundError):
        cap.open()
    fault(world.serials[0], "plug")
    assert cap.open()
    assert cap.read()[0]


@pytest.mark.slow
def test_an_sdk_that_hangs_in_getnextimage_is_an_error_and_is_ended(cap: VideoStream, world: World) -> None:
    camera = cap._process.pid  # type: ignore[union-attr]
    fault(world.serials[0], "hang", where="get_next")
    with pytest.raises(CameraHungError, match="GetNextImage"):
        while True:
            cap.read()
    assert gone(camera)
    assert opened_within(world.serials[0], 5)


def test_an_sdk_that_hangs_in_a_node_is_an_error_and_is_ended(
    cap: VideoStream, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.camera.camera.REQUEST_S", 2.0)
    camera = cap._process.pid  # type: ignore[union-attr]
    fault(world.serials[0], "hang", where="node")
    with pytest.raises(CameraHungError, match="set"):
        cap._process.request("set", "exposure", 1000.0, timeout_s=2.0)  # type: ignore[union-attr]
    assert gone(camera)
    assert not cap.isOpened()


def test_all_threads_hear_that_the_sdk_hung_not_only_the_one_that_noticed(
    cap: VideoStream, world: World
) -> None:
    heard: list[BaseException] = []

    def read() -> None:
        try:
            while True:
                cap.read()
        except CameraError as error:
            heard.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    fault(world.serials[0], "hang", where="node")
    with pytest.raises(CameraHungError):
        cap._process.request("get", "exposure", timeout_s=1.0)  # type: ignore[union-attr]
    reading.join(10)
    assert not reading.is_alive()
    assert [type(error) for error in heard] == [CameraHungError]


@pytest.mark.slow
def test_release_ends_a_camera_process_whose_sdk_hangs(cap: VideoStream, world: World) -> None:
    camera = cap._process.pid  # type: ignore[union-attr]
    fault(world.serials[0], "hang", where="stop")
    cap.release()
    assert gone(camera)


def test_lost_and_incomplete_frames_are_counted(cap: VideoStream, world: World) -> None:
    cap.buffersize = 100
    cap.read()
    first = cap.frame_info
    fault(world.serials[0], "lose", frames=3)
    fault(world.serials[0], "incomplete", frames=2)
    missed = 0
    for _ in range(40):
        assert cap.read()[0]
        assert cap.frame_info is not None
        missed += cap.frame_info.missed
    last = cap.frame_info
    assert first is not None
    assert last is not None
    assert last.frame_id - first.frame_id == 40 + missed
    assert missed == 5


def test_the_camera_process_ignores_ctrl_c_and_ends_with_sigterm(cap: VideoStream) -> None:
    os.kill(cap._process.pid, signal.SIGINT)  # type: ignore[union-attr]
    for _ in range(5):
        assert cap.read()[0]
    os.kill(cap._process.pid, signal.SIGTERM)  # type: ignore[union-attr]
    with pytest.raises(CameraProcessError, match="SIGTERM"):
        while True:
            cap.read()


def test_a_user_script_that_forgets_to_release_leaves_nothing(world: World) -> None:
    script = f"""
from llpyspin import VideoStream
cap = VideoStream({world.serials[0]!r}, sdk="virtual")
print(cap._process.pid, cap.read()[0])
"""
    done = world.run(script)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    camera, ok = done.stdout.split()
    assert ok == "True"
    assert gone(int(camera))


def test_a_broken_virtual_world_is_an_error_not_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps({"cameras": [{"serial": "1", "model": "Nikon"}]}))
    with pytest.raises(Exception, match="Nikon"):
        VideoStream(0, sdk="virtual")
