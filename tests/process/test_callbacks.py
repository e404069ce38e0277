"""Functions of users on the frames of virtual cameras, in processes of their own."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import queue
import signal
import sys
import textwrap
import threading
import time
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from llpyspin import PrimaryCamera, VideoStream
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.latency import read_log
from llpyspin.callbacks.child.spec import CallbackSpec
from llpyspin.callbacks.process import CallbackProcess
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CallbackError,
    CallbackHungError,
    CallbackProcessError,
    CameraProcessError,
    FunctionError,
    RecordingError,
    RecordingExistsError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.recording import Session, check
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual.stamp import read_stamp

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from llpyspin.callbacks.processing import Processing
    from tests.process.conftest import World

RATE = 200
SMALL = (0, 0, 240, 320)


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], sdk="virtual", framerate=RATE, roi=SMALL) as cap:
        yield cap


@pytest.fixture
def cam(world: World) -> Iterator[PrimaryCamera]:
    with PrimaryCamera(
        world.serials[0], sdk="virtual", framerate=RATE, roi=SMALL, primed=False, strict=True
    ) as cam:
        yield cam


def until(what: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = Deadline(seconds)
    while not what():
        assert not deadline.passed, "it did not come to that"
        time.sleep(0.01)


def record(cam: PrimaryCamera, path: pathlib.Path, frames: int, **options: Any) -> None:
    """A recording of at least so many frames."""
    cam.prime(path, codec="ffv1", **options)
    cam.trigger()
    until(lambda: cam.count_of_frames() >= frames)


# -- what it gets, and what comes back


def test_a_callback_looks_at_frames_in_place_and_sends_what_it_finds(cap: VideoStream) -> None:
    def look(buffer: Any, queue: Any) -> None:
        newest = buffer[-1]
        queue.put(
            (buffer.info.frame_id, len(buffer), newest.shape, newest.flags.owndata, newest.flags.writeable)
        )

    with cap.process(look, buffer_length=3, every=True) as processing:
        got = [processing.queue.get(timeout=5) for _ in range(20)]
        until(lambda: processing.status().called >= 20)
        status = processing.status()
    ids = [each[0] for each in got]
    assert ids == list(range(ids[0], ids[0] + 20))
    assert [each[1] for each in got] == [1, 2, *[3] * 18]
    assert {each[2:] for each in got} == {((240, 320), False, False)}
    assert status.alive and status.copied == 0 and status.skipped == 0 and status.error is None
    assert "called with" in str(status)
    assert processing.stopped and not processing.alive


def test_items_put_here_are_got_by_the_callback(cap: VideoStream) -> None:
    def echo(buffer: Any, queue: Any) -> None:
        while not queue.empty():
            queue.put(queue.get() * 2)

    with cap.process(echo) as processing:
        for item in (1, "a", [2.5]):
            processing.queue.put(item)
        assert [processing.queue.get(timeout=5) for _ in range(3)] == [2, "aa", [2.5, 2.5]]


def test_what_a_callback_returns_is_read_as_a_camera_is(cap: VideoStream) -> None:
    def negative(buffer: Any) -> Any:
        return 255 - buffer[-1][:100]

    with cap.process(negative) as processing:
        ok, image = processing.read()
        assert ok and image is not None and image.shape == (100, 320)
        info = processing.frame_info
        assert info is not None and info.frame_id > 0
        assert processing.grab() and processing.retrieve()[1].shape == (100, 320)
        with processing.borrow() as view:
            assert not view.flags.writeable
        out = np.empty((100, 320), np.uint8)
        assert processing.read(out)[1] is out


def test_nothing_returned_is_the_frame_itself(cap: VideoStream) -> None:
    with cap.process(lambda buffer: None) as processing:
        ok, image = processing.read()
        assert ok and image is not None and image.shape == (240, 320)


def test_log_lines_and_what_is_printed_come_to_the_main_process(
    cap: VideoStream, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def talk(buffer: Any, queue: Any, logger: Any) -> None:
        logger.warning("frame %d", buffer.info.frame_id)
        logger.debug("not wanted")
        print("printed", "twice", sep=", ")
        queue.put(None)

    printed = ""
    with caplog.at_level(logging.INFO, "llpyspin.callback"), cap.process(talk, name="talker") as processing:
        processing.queue.get(timeout=5)
        until(lambda: "talker: frame" in caplog.text)
        deadline = Deadline(5)
        while "printed, twice\n" not in printed and not deadline.passed:
            printed += capsys.readouterr().out
    assert "printed, twice\n" in printed
    assert "not wanted" not in caplog.text


def test_all_that_a_callback_says_at_once_is_heard(
    cap: VideoStream, caplog: pytest.LogCaptureFixture
) -> None:
    def say_much(buffer: Any, queue: Any, logger: Any) -> None:
        for number in range(20):
            logger.warning("line %d", number)
        queue.put("and this")
        raise ValueError("that was all")

    processing = cap.process(say_much)
    assert processing.queue.get(timeout=5) == "and this"
    with pytest.raises(CallbackError, match="that was all"):
        processing.queue.get(timeout=5)
    assert [f"line {number}" in caplog.text for number in range(20)] == [True] * 20
    assert "that was all" in caplog.text
    processing.end_quietly()


def test_a_class_is_made_set_up_called_and_closed_in_its_process(cap: VideoStream) -> None:
    class Counter:
        def setup(self) -> None:
            self.pid, self.calls = os.getpid(), 0

        def __call__(self, buffer: Any, queue: Any) -> None:
            self.queue = queue
            self.calls += 1
            if self.calls <= 3:
                queue.put((self.pid, os.getpid(), self.calls))

        def close(self) -> None:
            self.queue.put("closed")

    processing = cap.process(Counter)
    got = [processing.queue.get(timeout=5) for _ in range(3)]
    assert got == [(processing.pid, processing.pid, count) for count in (1, 2, 3)]
    assert processing.pid != os.getpid()
    account = processing.stop()
    assert processing.queue.get() == "closed"
    assert account.calls >= 3 and "calls" in str(account)


def test_everything_can_be_stopped_at_any_time(cap: VideoStream, world: World) -> None:
    pids = []
    first = cap.process(lambda buffer: None)
    second = cap.process(lambda buffer: time.sleep(0.2))
    pids += [first.pid, second.pid]
    first.stop()
    first.stop()
    with pytest.raises(CallbackError, match="was stopped"):
        first.queue.get()
    cap.release()
    assert second.stopped
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def memory_of_callbacks() -> int:
    """Descriptors of the memory that this process shares with callbacks."""
    found = 0
    for each in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the list itself
            found += "llpyspin-callback" in os.readlink(f"/proc/self/fd/{each}")
    return found


def test_interrupted_end_of_callbacks_leaves_nothing(cap: VideoStream, tmp_path: pathlib.Path) -> None:
    begun = tmp_path / "begun"

    def slow(buffer: Any) -> None:
        begun.touch()
        time.sleep(60)

    def interrupt() -> None:
        deadline = Deadline(20)
        while not callbacks[0].stopped and not deadline.passed:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    gc.collect()
    before = memory_of_callbacks()
    callbacks = [cap.process(slow), cap.process(lambda buffer: None)]
    pids = [each.pid for each in callbacks]
    deadline = Deadline(20)
    while not begun.exists():
        assert not deadline.passed
        time.sleep(0.02)
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        cap.release()
    thread.join()
    cap.release()
    assert all(each.stopped for each in callbacks)
    callbacks.clear()
    gone = Deadline(20)
    while (
        memory_of_callbacks() > before
        or any(os.path.exists(f"/proc/{pid}") for pid in pids)
        or any(thread.name == "callback events" for thread in threading.enumerate())
    ):
        assert not gone.passed
        gc.collect()  # the memory is mapped as long as its object is there
        time.sleep(0.05)


# -- what is refused before it starts


def test_what_cannot_be_sent_is_named_before_anything_starts(cap: VideoStream) -> None:
    lock = threading.Lock()

    def guarded(buffer: Any) -> None:
        with lock:
            pass

    def reader(buffer: Any) -> None:
        cap.read()

    with pytest.raises(FunctionError, match=r"'lock', a _thread\.lock, which cannot be sent"):
        cap.process(guarded)
    with pytest.raises(FunctionError, match=r"'cap', a llpyspin\.streaming\.VideoStream"):
        cap.process(reader)
    with pytest.raises(FunctionError, match="takes nothing"):
        cap.process(lambda: None)
    with pytest.raises(SettingRangeError, match="buffer_length"):
        cap.process(lambda buffer: None, buffer_length=0)
    with pytest.raises(SettingRangeError, match="records nothing"):
        cap.process(lambda buffer: None, record="returned")
    assert cap.read()[0]


def test_a_setup_that_fails_is_told_by_process(cap: VideoStream) -> None:
    class Model:
        def setup(self) -> None:
            self.model = open("/nowhere/model.pt")  # noqa: SIM115 - it is not there

        def __call__(self, buffer: Any) -> None: ...

    class Dying(Model):
        def setup(self) -> None:
            os._exit(7)

    class Importing(Model):
        def setup(self) -> None:
            import a_module_that_nobody_has  # noqa: F401

    with pytest.raises(CallbackError, match=r"setup raised FileNotFoundError: .*model\.pt") as caught:
        cap.process(Model)
    assert "in setup" in str(caught.value.remote_traceback)
    with pytest.raises(CallbackProcessError, match="exit status 7"):
        cap.process(Dying)
    with pytest.raises(CallbackError, match="ModuleNotFoundError"):
        cap.process(Importing)


def test_a_module_that_the_callback_cannot_import_is_told_by_process(
    cap: VideoStream, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_in_tests.py").write_text(
        "import sys\nif 'pytest' not in sys.modules: raise ImportError('not here')\ndef track(buffer): pass"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("only_in_tests")
    with pytest.raises(FunctionError, match="ImportError: not here"):
        cap.process(module.track)
    monkeypatch.delitem(sys.modules, "only_in_tests")


def test_functions_of_a_module_without_a_file_travel_by_value(
    cap: VideoStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = types.ModuleType("only_here")
    exec("def track(buffer, queue): queue.put(twice(21))\ndef twice(n): return 2 * n", module.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", module)
    with cap.process(module.track) as processing:
        assert processing.queue.get(timeout=10) == 42


@pytest.mark.parametrize("returned", ["coroutine", "generator"])
def test_a_callback_that_returns_code_which_has_not_run_is_an_error(cap: VideoStream, returned: str) -> None:
    async def find(image: Any) -> None: ...

    def each(buffer: Any) -> Any:
        return find(buffer[-1]) if returned == "coroutine" else (each for each in range(3))

    with pytest.raises(CallbackError, match=f"TypeError: a {returned} was returned"):
        with cap.process(each) as processing:
            until(lambda: processing.error is not None)


def test_callback_results_cannot_join_a_recording_that_was_set_up(
    cam: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    cam.prime(tmp_path / "a.mkv", codec="ffv1")
    with pytest.raises(SettingLockedError, match="before prime"):
        cam.process(lambda buffer: None, record="returned")
    cam.stop()
    cam.process(lambda buffer: None, record="returned")
    with pytest.raises(SettingRangeError, match="recorded already"):
        cam.process(lambda buffer: None, record="both")


# -- recordings


@pytest.mark.slow
def test_slow_callback_gets_newest_frames_and_the_rest_are_counted(
    cam: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    def slow(buffer: Any) -> dict[str, int]:
        time.sleep(3 / RATE)
        return {"id": buffer.info.frame_id}

    processing = cam.process(slow, log_file=tmp_path / "all.csv")
    record(cam, tmp_path / "a.mkv", RATE)
    cam.stop()
    account = cam.account
    assert account is not None and account.adds_up
    assert account.cameras[0].written == account.triggers
    rows = list(read_log(tmp_path / "a.callback.csv"))
    frames = account.cameras[0].written
    assert len(rows) + sum(row.skipped for row in rows) == frames
    assert frames / 6 < len(rows) < frames / 2
    assert all(row.data == f'{{"id":{row.frame_id}}}' for row in rows)
    latency = processing.account
    assert latency is not None and latency.calls == len(rows)
    assert latency.skipped == sum(row.skipped for row in rows)
    # Each frame was the newest when it was taken: it came after the call before, or during its last moments.
    assert np.median([row.start_ns - row.host_timestamp_ns for row in rows]) < 2e9 / RATE
    assert np.median([row.unread for row in rows]) == 0
    assert (tmp_path / "a.callback.json").exists()
    processing.stop()
    assert len(list(read_log(tmp_path / "all.csv"))) >= len(rows)


@pytest.mark.slow
def test_callback_outlives_recordings_and_does_not_replace_their_files(
    cam: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    cam.process(lambda buffer: buffer.info.frame_id, every=True)
    for name in "ab":
        record(cam, tmp_path / f"{name}.mkv", 30)
        cam.stop()
        rows = list(read_log(tmp_path / f"{name}.callback.csv"))
        assert [row.frame_id for row in rows] == list(range(len(rows)))
        assert len(rows) == len(read_sidecar(tmp_path / f"{name}.csv"))
    (tmp_path / "c.callback.csv").touch()
    with pytest.raises(RecordingExistsError, match=r"c\.callback\.csv"):
        cam.prime(tmp_path / "c.mkv", codec="ffv1")
    assert not (tmp_path / "c.mkv").exists()
    cam.prime(tmp_path / "d.mkv", codec="ffv1")
    cam.stop()
    assert not list(tmp_path.glob("d*"))


def test_callback_results_are_recorded_and_skipped_frames_are_named(
    cam: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    def mark(buffer: Any) -> Any:
        time.sleep(2.5 / RATE)
        image = np.zeros((40, 60, 3), np.uint8)
        image[:, :, 2] = buffer.info.frame_id % 200
        return image

    processing = cam.process(mark, record="returned", returns=(40, 60, 3))
    record(cam, tmp_path / "a.mkv", 60)
    cam.stop()
    rows = read_sidecar(tmp_path / "a.csv")
    written = [row for row in rows if row.state == "written"]
    lost = [row.where for row in rows if row.state == "lost"]
    assert "callback" in lost
    assert set(lost) <= {"callback", "transport"}  # a busy machine may lose some before they get here
    assert 0 < len(written) < len(rows)
    assert [row.frame_id for row in rows] == list(range(len(rows)))
    with open_video(tmp_path / "a.mkv") as pictures:
        assert len(pictures) == len(written)
        for row, picture in zip(written, pictures, strict=True):
            assert picture.shape == (40, 60, 3) and picture[0, 0, 2] == row.frame_id % 200
    account = cam.account
    assert account is not None and account.adds_up
    assert account.cameras[0].lost["callback"] == lost.count("callback")
    assert len(lost) == len(rows) - len(written)
    assert not processing.stop().errors


@pytest.mark.slow
def test_both_are_recorded_side_by_side(cam: PrimaryCamera, tmp_path: pathlib.Path) -> None:
    cam.process(lambda buffer: 255 - buffer[-1], record="both", every=True)
    record(cam, tmp_path / "a.mkv", 30)
    cam.stop()
    assert {path.name for path in tmp_path.iterdir()} == {
        *("a.mkv", "a.csv", "a.json", "a.health.csv", "a.callback.csv", "a.callback.json"),
        *("a_returned.mkv", "a_returned.csv", "a_returned.json"),
    }
    report = check(tmp_path / "a_returned.mkv")
    assert report.ok and not report.compared, str(report)  # its pictures need not carry numbers
    with open_video(tmp_path / "a.mkv") as raw, open_video(tmp_path / "a_returned.mkv") as returned:
        assert len(raw) == len(returned) == len(read_sidecar(tmp_path / "a.csv"))
        for one, other in zip(raw, returned, strict=True):
            assert np.array_equal(one, 255 - other)
    names = [Session.read(tmp_path / f"{name}.json").cameras[0].callback for name in ("a", "a_returned")]
    assert names[0] == "" and "lambda" in names[1]


def test_callback_result_of_another_size_is_an_error(cam: PrimaryCamera, tmp_path: pathlib.Path) -> None:
    processing = cam.process(lambda buffer: buffer[-1][:50], record="returned")
    record(cam, tmp_path / "a.mkv", 20)
    cam.stop()
    assert "returns=" in str(processing.error)
    account = cam.account
    assert account is not None and account.cameras[0].written >= 15  # as the camera gave them


# -- failures


FAILS_AT = 40


def failing(how: str) -> Callable[[Any], Any]:
    """A function that fails at the frame of that number."""

    def fail(buffer: Any) -> Any:
        if buffer.info.frame_id >= FAILS_AT:
            if how == "raise":
                raise ValueError("no mouse")
            if how == "exit":
                sys.exit(3)
            if how == "os._exit":
                os._exit(3)
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "hang":
                time.sleep(60)
            if how == "freeze":  # no other thread of the process runs meanwhile
                sum(range(10**12))
        return 255 - buffer[-1]

    return fail


HOWS: dict[str, type[CallbackError]] = {
    "raise": CallbackError,
    "exit": CallbackProcessError,
    "os._exit": CallbackProcessError,
    "kill": CallbackProcessError,
    "hang": CallbackHungError,
}


def end_of(processing: Processing) -> CallbackError:
    """What ``queue.get`` raises."""
    with pytest.raises(CallbackError) as caught:
        processing.queue.get(timeout=20)
    return caught.value


@pytest.mark.slow
def test_failing_callback_leaves_the_recording_of_the_camera_alone(
    cam: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    for how, error in HOWS.items():
        processing = cam.process(failing(how), record="returned", every=True, timeout_s=0.3)
        path = tmp_path / f"{how}.mkv"
        record(cam, path, FAILS_AT)
        raised = end_of(processing)
        assert type(raised) is error and raised.frame_id == FAILS_AT, how
        assert f"at frame {FAILS_AT}" in str(raised)
        assert not processing.alive
        count = cam.count_of_frames()
        until(lambda count=count: cam.count_of_frames() > count + 20)
        cam.stop()
        account = cam.account
        assert account is not None and account.adds_up
        rows = read_sidecar(tmp_path / f"{how}.csv")
        # A frame that took its process with it is lost; of the others the camera's memory has all.
        lost = [row for row in rows if row.state != "written"]
        assert [(row.trigger, row.where) for row in lost] in ([], [(FAILS_AT, "callback")]), how
        assert len(rows) == account.triggers and len(rows) > FAILS_AT + 20
        written = [row for row in rows if row.state == "written"]
        with open_video(path) as pictures:
            assert len(pictures) == len(written)
            for row, picture in list(zip(written, pictures, strict=True))[FAILS_AT - 5 :: 5]:
                raw = picture if row.trigger >= FAILS_AT else 255 - picture
                assert read_stamp(raw).frame == row.frame_id, (how, row)
        assert type(end_of(processing)) is error
        with pytest.raises(error):
            processing.stop()


def test_a_call_that_stops_the_interpreter_counts_as_hung(cap: VideoStream) -> None:
    processing = cap.process(failing("freeze"), timeout_s=0.3)
    error = end_of(processing)
    assert isinstance(error, CallbackHungError) and "took longer than 0.3 s" in str(error)
    assert cap.read()[0]
    processing.end_quietly()


def test_a_callback_that_fails_is_called_again_if_wanted(
    cam: PrimaryCamera, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails_at_times(buffer: Any) -> Any:
        number = buffer.info.frame_id
        if number == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        if number % 10 == 5:
            raise ValueError(f"frame {number}")
        return 255 - buffer[-1], number

    processing = cam.process(fails_at_times, on_error="continue", every=True, record="returned")
    record(cam, tmp_path / "a.mkv", 60)
    until(lambda: processing.status().called >= 60)
    cam.stop()
    rows = list(read_log(tmp_path / "a.callback.csv"))
    numbers = [row.frame_id for row in rows]
    assert 20 not in numbers and numbers[-1] >= 59
    assert all(row.outcome == ("error" if row.frame_id % 10 == 5 else "image+data") for row in rows)
    lost = [row for row in read_sidecar(tmp_path / "a.csv") if row.state != "written"]
    assert [(row.trigger, row.where) for row in lost] == [(20, "callback")]
    status = processing.status()
    assert status.alive and status.errors >= 7
    assert "SIGKILL" in caplog.text and "ValueError: frame 5" in caplog.text
    processing.stop()


def test_reader_of_callback_results_survives_callback_restart(
    cap: VideoStream,
) -> None:
    def dies(buffer: Any) -> None:
        if buffer.info.index % 20 == 19:
            os._exit(3)

    with pytest.raises(CallbackProcessError), cap.process(dies) as processing:
        while processing.read()[0]:
            pass
    with cap.process(dies, on_error="continue") as processing:
        first = processing.pid
        while processing.pid == first:
            assert processing.read()[0]
        assert processing.read()[0]


def test_callback_on_dead_camera_is_refused_with_the_cause_of_death(cap: VideoStream) -> None:
    process = psutil.Process(cap._process.pid)  # type: ignore[union-attr]
    process.kill()
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        cap.process(lambda buffer: None)


@pytest.mark.slow
def test_a_callback_that_always_dies_is_not_started_for_ever(cap: VideoStream) -> None:
    processing = cap.process(lambda buffer: os._exit(1), on_error="continue")
    error = end_of(processing)
    assert isinstance(error, CallbackProcessError) and error.exitcode == 1
    assert not processing.alive and processing.status().errors == 4
    processing.stop()


@pytest.mark.slow
def test_a_recording_ends_with_its_callback_if_wanted(cam: PrimaryCamera, tmp_path: pathlib.Path) -> None:
    processing = cam.process(failing("raise"), on_error="stop", every=True)
    record(cam, tmp_path / "a.mkv", FAILS_AT)
    end_of(processing)
    count = cam.count_of_frames()
    until(lambda: cam.count_of_frames() > count + 10)
    with pytest.raises(CallbackError, match="no mouse"):
        cam.stop()
    account = cam.account
    assert account is not None and account.adds_up
    rows = read_sidecar(tmp_path / "a.csv")
    lost = [row.trigger for row in rows if row.state == "lost"]
    assert lost == list(range(lost[0], account.triggers or 0)) and lost[0] >= FAILS_AT
    with open_video(tmp_path / "a.mkv") as pictures:
        assert len(pictures) == lost[0]
    with pytest.raises(RecordingError, match="not called any more"):
        cam.process(failing("raise"), record="returned").end_quietly()
        dead = cam.process(lambda buffer: os._exit(1), record="returned")
        record(cam, tmp_path / "b.mkv", 10)
        end_of(dead)
        cam.stop()
        cam.prime(tmp_path / "c.mkv", codec="ffv1")


# -- where functions come from


def test_functions_of_a_script_work_without_a_main_guard(world: World, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "track.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import numpy as np
            from llpyspin import VideoStream
            print("once")
            GAIN = 2

            def brightest(image):
                return int(np.argmax(image)) * GAIN

            class Point:
                def __init__(self, at):
                    self.at = at

            def track(buffer, queue):
                queue.put(Point(brightest(buffer[-1])))

            with VideoStream("{world.serials[0]}", sdk="virtual") as cap, cap.process(track) as processing:
                point = processing.queue.get(timeout=10)
                print(type(point) is Point, point.at % 2)
            """
        )
    )

    done = world.python(script)
    assert done.stdout.split("\n") == ["once", "True 0", ""], done.stderr


SPAWNING = """
import functools, multiprocessing, sys
from llpyspin import VideoStream

class Point:
    def __init__(self, at):
        self.at = at

@functools.lru_cache
def twice(number):
    return 2 * number

class Tracker:
    def __call__(self, buffer, queue):
        point = queue.get(timeout=10)
        queue.put(Point(twice(point.at)))

def track(buffer, queue):
    Tracker()(buffer, queue)

def mean(image):
    return Point(twice(int(image.mean() >= 0)))

def work():
    with VideoStream({serial!r}, sdk="virtual") as cap:
        for function in (track, Tracker, Tracker(), functools.partial(track), Tracker().__call__):
            with cap.process(function) as processing:
                processing.queue.put(Point(21))
                point = processing.queue.get(timeout=10)
                print(type(point) is Point, point.at)
        with cap.map(mean, workers=1) as points:
            point = next(points)
            print(type(point) is Point, point.at)

if __name__ == "__main__":
    process = multiprocessing.get_context(sys.argv[1]).Process(target=work)
    process.start()
    process.join(60)
    print("exit", process.exitcode)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("how", ["file", "module"])
def test_functions_of_a_script_work_in_a_process_that_it_started(
    world: World, tmp_path: pathlib.Path, method: str, how: str
) -> None:
    (tmp_path / "tracks.py").write_text(SPAWNING.format(serial=world.serials[0]))
    started = [str(tmp_path / "tracks.py")] if how == "file" else ["-m", "tracks"]
    done = world.python(*started, method, timeout=100, cwd=tmp_path)
    assert done.stdout.splitlines() == [*["True 42"] * 5, "True 2", "exit 0"], done.stderr


def test_functions_of_ipython_work(world: World) -> None:

    lines = "\n".join(
        [
            "from llpyspin import VideoStream",
            "def mean(buffer, queue):",
            "    queue.put(float(buffer[-1].mean()))",
            f"cap = VideoStream('{world.serials[0]}', sdk='virtual')",
            "processing = cap.process(mean)",
            "print('got', type(processing.queue.get(timeout=10)).__name__)",
            "cap.release()",
        ]
    )
    done = world.python("-m", "IPython", "--no-banner", "--simple-prompt", "-c", lines, timeout=90)
    assert "got float" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_a_killed_program_leaves_no_callback_behind(world: World) -> None:
    script = (
        "import os, signal\n"
        "from llpyspin import VideoStream\n"
        f"cap = VideoStream('{world.serials[0]}', sdk='virtual')\n"
        "processing = cap.process(lambda buffer: None)\n"
        "print(processing.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = world.run(script)
    pid = int(done.stdout)
    until(lambda: not os.path.exists(f"/proc/{pid}"))


@pytest.mark.slow
def test_full_user_queue_blocks_only_the_callback(cap: VideoStream) -> None:
    def flood(buffer: Any, queue: Any) -> None:
        queue.put(buffer.info.frame_id)

    processing = cap.process(flood, queue_size=5, timeout_s=60.0)
    until(lambda: processing.queue.qsize() == 5)
    assert cap.read()[0]
    assert processing.queue.get(timeout=5) >= 0
    processing.stop()
    with pytest.raises((CallbackError, queue.Empty)):
        for _ in range(20):
            processing.queue.get(timeout=0)


def test_callback_process_that_was_never_heard_leaves_no_socket(world: World) -> None:
    def sockets() -> int:
        return sum(each.fd >= 0 for each in psutil.Process().net_connections("unix"))

    figures = Figures()
    before = sockets()
    process = CallbackProcess(CallbackSpec(address="nowhere", camera="1", name="f"), figures, "f")
    assert sockets() > before
    process.close()
    assert sockets() == before
    figures.close()
