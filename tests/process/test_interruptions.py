"""Streams that are interrupted, forgotten, forked, or used from odd places."""

from __future__ import annotations

import copy
import gc
import json
import os
import pickle
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
    CameraClosedError,
    CameraLostError,
    CameraProcessError,
    RequestTimeoutError,
    SettingRangeError,
)
from llpyspin.virtual import fault, read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.process.conftest import World


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], sdk="virtual", timeout=20) as stream:
        yield stream


@pytest.fixture
def quiet(cap: VideoStream) -> VideoStream:
    """A stream that waits for a trigger which does not come, and whose frames were all read."""
    cap.nodes["TriggerSource"] = "Software"
    cap.nodes["TriggerMode"] = "On"
    while cap.read(timeout=0.3)[0]:
        pass
    return cap


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[[], object], float], None]]:
    """Have something done in a signal handler after some seconds."""

    def arm(act: Callable[[], object], seconds: float) -> None:
        signal.signal(signal.SIGALRM, lambda *_: act())
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.getsignal(signal.SIGALRM)
    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_signal_handler_may_release_the_stream_during_read(
    quiet: VideoStream, alarm: Callable[..., None]
) -> None:
    alarm(quiet.release, 0.2)
    assert quiet.read() == (False, None)
    assert not quiet.isOpened()
    assert quiet.open()
    assert quiet.read()[0]


def test_signal_handler_may_release_the_stream_during_a_setting(
    cap: VideoStream, alarm: Callable[..., None]
) -> None:
    alarm(cap.release, 0.2)
    started = time.monotonic()
    with pytest.raises(CameraClosedError):
        while True:
            cap.exposure = 1000
    assert time.monotonic() - started < 5
    assert cap.open()


def test_signal_handler_cannot_send_a_request_inside_a_request(
    cap: VideoStream, world: World, alarm: Callable[..., None]
) -> None:
    said: list[str] = []

    def ask() -> None:
        try:
            said.append(f"{cap.exposure}")
        except RequestTimeoutError as error:
            said.append(str(error))

    fault(world.serials[0], "slow_nodes", ms=10)
    alarm(ask, 0.1)
    cap.exposure = 1000
    assert "signal handler" in said[0]
    fault(world.serials[0], "mend")
    assert cap.exposure == 1000


def test_ctrl_c_at_any_moment_leaves_a_camera_that_can_be_used(
    cap: VideoStream, alarm: Callable[..., None]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    def use() -> None:
        while True:
            cap.exposure = 1000
            cap.read()
            cap.exposure = 2000

    cap.exposure = 1000  # the first interrupt may come before anything else was set
    for trial in range(60):
        alarm(interrupt, 0.0005 + 0.0007 * trial)
        with pytest.raises(KeyboardInterrupt):
            use()
        assert cap.exposure in (1000, 2000)
    assert cap.read()[0]


@pytest.mark.parametrize("way", ["read", "grab", "borrow", "iterate"])
def test_release_ends_what_waits_for_a_frame_in_another_thread(quiet: VideoStream, way: str) -> None:
    ends: list[object] = []

    def wait() -> None:
        try:
            if way == "borrow":
                with quiet.borrow():
                    pass
            ends.append({"read": quiet.read, "grab": quiet.grab, "iterate": lambda: list(quiet)}[way]())
        except CameraClosedError as error:
            ends.append(type(error))

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    quiet.release()
    thread.join(5)
    expected = {"read": (False, None), "grab": False, "iterate": [], "borrow": CameraClosedError}
    assert ends == [expected[way]]


def test_a_read_waits_no_longer_than_it_may_while_another_thread_reads(quiet: VideoStream) -> None:
    waiting = threading.Thread(target=quiet.read)
    waiting.start()
    started = time.monotonic()
    assert quiet.read(timeout=0.1) == (False, None)
    assert time.monotonic() - started < 5
    quiet.nodes.execute("TriggerSoftware")
    waiting.join(5)
    assert not waiting.is_alive()


def test_threads_that_read_at_once_share_the_frames(cap: VideoStream) -> None:
    cap.framerate = 100
    cap.buffersize = 40
    cap.read()
    seen: list[int] = []

    def read() -> None:
        for _ in range(30):
            _, image = cap.read()
            stamp = read_stamp(image)
            assert stamp == read_stamp(image, foot=True)
            seen.append(stamp.frame)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == len(set(seen)) == 90


def test_forked_process_cannot_use_the_stream_of_its_parent(quiet: VideoStream) -> None:
    waiting = threading.Thread(target=quiet.read)
    waiting.start()
    waiting.join(0.2)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs does not hang the tests
        for use in (
            quiet.read,
            quiet.grab,
            quiet.borrow().__enter__,
            quiet.request,
            lambda: next(iter(quiet)),
        ):
            try:
                use()
            except CameraProcessError:
                continue
            os._exit(1)
        quiet.release()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    quiet.nodes.execute("TriggerSoftware")
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_forgotten_stream_leaves_no_process_not_even_a_dead_one(world: World) -> None:
    cap = VideoStream(world.serials[0], sdk="virtual")
    process = psutil.Process(cap._process.pid)  # type: ignore[union-attr]
    del cap
    gc.collect()
    deadline = Deadline(10)
    while process.is_running() and not deadline.passed:
        time.sleep(0.01)
    assert not process.is_running()


def test_a_forgotten_stream_whose_sdk_hangs_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llpyspin.processes.child.CLOSE_S", 1.0)
    cap = VideoStream(world.serials[0], sdk="virtual")
    process = psutil.Process(cap._process.pid)  # type: ignore[union-attr]
    fault(world.serials[0], "hang", where="stop")
    del cap
    gc.collect()
    deadline = Deadline(10)
    while process.is_running() and not deadline.passed:
        time.sleep(0.01)
    assert not process.is_running()


def test_a_stream_cannot_be_pickled_or_copied_and_says_what_to_do(cap: VideoStream) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="Send its serial number"):
            attempt(cap)
    assert cap.read()[0]


class Unheard:
    """Not known to the camera process."""


def test_value_unknown_to_the_camera_process_is_refused(
    cap: VideoStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unheard, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Unheard", Unheard, raising=False)
    assert not cap.assign("exposure", Unheard())
    assert not cap.assign("exposure", lambda: 1)
    with pytest.raises(SettingRangeError, match="means nothing to the camera process"):
        cap.nodes["Gain"] = Unheard()
    assert cap.exposure == 1500
    assert cap.read()[0]


@pytest.mark.parametrize(
    "value", [10**5000, -(10**400), "x" * 1_000_000], ids=["5000 digits", "400 digits", "text"]
)
def test_a_value_beyond_all_measure_is_refused_in_a_line(
    cap: VideoStream, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    assert not cap.assign("exposure", value)
    assert len(caplog.messages[-1]) < 300


def test_a_loss_that_a_node_tells_of_closes_the_camera(quiet: VideoStream, world: World) -> None:
    fault(world.serials[0], "unplug")
    with pytest.raises(CameraLostError):
        while True:
            quiet.nodes["Gain"] = 1.0
    assert not quiet.isOpened()
    quiet.release()
    fault(world.serials[0], "plug")
    assert quiet.open()


def test_a_node_is_read_without_a_walk_through_all_others(cap: VideoStream, world: World) -> None:
    fault(world.serials[0], "slow_nodes", ms=20)
    started = time.monotonic()
    assert cap.nodes["Gain"] == 0.0
    assert time.monotonic() - started < 5
    fault(world.serials[0], "mend")


def test_polling_for_frames_asks_the_camera_process_nothing(
    quiet: VideoStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.nodes.execute("TriggerSoftware")
    assert quiet.read()[0]
    asked: list[object] = []
    monkeypatch.setattr(quiet._process, "request", lambda *args, **_: asked.append(args))
    for _ in range(100):
        assert quiet.read(timeout=0) == (False, None)
    assert asked == []


@pytest.mark.parametrize("wait", ["cap.read()", "next(iter(cap))", "cap.grab()"])
def test_a_daemon_thread_that_reads_when_the_program_ends_says_nothing(world: World, wait: str) -> None:
    done = world.run(f"""
import threading, time
from llpyspin import VideoStream
cap = VideoStream({world.serials[0]!r}, sdk="virtual")
begun = threading.Event()
def read():
    try:
        while True:
            {wait}
            begun.set()
    except StopIteration:
        pass
threading.Thread(target=read, daemon=True).start()
begun.wait(10)
""")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_camera_opens_where_standard_streams_are_closed(world: World) -> None:
    script = (
        "import os; from llpyspin import VideoStream\n"
        f"with VideoStream({world.serials[0]!r}, sdk='virtual') as cap: os._exit(0 if cap.read()[0] else 3)"
    )
    for closed in ("<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, script]
        assert subprocess.run(command, env=world.environment, timeout=60, check=False).returncode == 0, closed


def test_a_camera_opens_where_the_working_directory_is_gone(world: World) -> None:
    done = world.run(f"""
import os, tempfile
from llpyspin import VideoStream
gone = tempfile.mkdtemp()
os.chdir(gone)
os.rmdir(gone)
with VideoStream({world.serials[0]!r}, sdk="virtual") as cap:
    print(cap.read()[0])
""")
    assert done.stdout == "True\n", done.stderr


def test_every_kind_of_child_starts_where_the_working_directory_is_gone(world: World, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"""
import os, tempfile
from llpyspin.deadlines import Deadline
from llpyspin.doctor.asking import ask
from llpyspin.primary import PrimaryCamera

def mean(image):
    return float(image.mean())

def see(buffer, queue):
    queue.put(buffer[-1].shape)

gone = tempfile.mkdtemp()
os.chdir(gone)
os.rmdir(gone)
with PrimaryCamera({world.serials[0]!r}, sdk="virtual") as cam:
    seen = cam.process(see)
    cam.prime({str(tmp_path / "video.mkv")!r})
    cam.trigger()
    print(len(seen.queue.get(timeout=20)))
    with cam.map(mean, workers=1) as means:
        print(next(means) >= 0)
    cam.stop()
    print(cam.account.adds_up)
print(ask("llpyspin.doctor.host:System", Deadline(20)).said)
""")
    done = world.python(program)
    assert done.stdout.splitlines()[:3] == ["2", "True", "True"], done.stderr


def test_a_program_with_the_default_sigpipe_outlives_its_camera_process(world: World) -> None:
    done = world.run(f"""
import os, signal
from llpyspin import VideoStream
from llpyspin.errors import CameraProcessError
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
cap = VideoStream({world.serials[0]!r}, sdk="virtual")
os.kill(cap._process.pid, signal.SIGKILL)
os.waitid(os.P_PID, cap._process.pid, os.WEXITED | os.WNOWAIT)
try:
    cap.exposure = 1000
except CameraProcessError as error:
    print(error.exitcode)
""")
    assert done.stdout == "-9\n", done.stderr


def test_warnings_as_errors_find_nothing_of_ours(world: World) -> None:
    script = (
        "from llpyspin import VideoStream\n"
        f"with VideoStream({world.serials[0]!r}, sdk='virtual') as cap: print(cap.read()[0])\n"
        "del cap\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        env={**world.environment, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.slow
def test_too_few_descriptors_are_an_error_that_says_so(world: World) -> None:
    script = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (MOST, MOST))
from llpyspin import VideoStream
try:
    VideoStream({json.dumps(world.serials[0])}, sdk="virtual")
except Exception as error:
    print("open files" in str(error).lower())
else:
    print("opened")
"""
    said = [world.run(script.replace("MOST", str(limit))) for limit in (5, 7, 10, 14, 18, 19, 20)]
    assert {done.stdout for done in said} <= {"True\n", "opened\n"}, [done.stderr for done in said]
