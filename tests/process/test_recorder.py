"""Writer processes: what is on disk when all goes well, and when processes die or disks fill up."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, CameraProcessError, RecordingError
from llpyspin.frames import FrameWriter, Layout
from llpyspin.recording.options import RecordingOptions, WriterSpec
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import Picture, open_video

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from llpyspin.recording.rows import Row

HEIGHT, WIDTH, RATE = 240, 320, 100.0
PERIOD_NS = 10_000_000

USER = """
import sys, pickle
from llpyspin.recording.recorder import Recorder
recorder = Recorder(pickle.load(sys.stdin.buffer))
print(recorder.pid, flush=True)
sys.stdin.buffer.read()
"""


class Source:
    """Frames as a camera process would publish them; each is as gray as its number."""

    def __init__(self, slots: int = 32) -> None:
        self.frames = FrameWriter(name="source")
        self.frames.begin(Layout("Mono8", WIDTH, HEIGHT, WIDTH, WIDTH * HEIGHT), slots, lent=False)
        self.trigger = 0

    def expose(self, count: int) -> None:
        """Frames as fast as they can come without the ring being lapped."""
        for _ in range(count):
            offset, memory = self.frames.claim()
            np.frombuffer(memory, np.uint8)[:] = gray(self.trigger)
            self.frames.publish(
                offset,
                frame_id=self.trigger,
                camera_timestamp_ns=self.trigger * PERIOD_NS,
                host_timestamp_ns=time.monotonic_ns(),
            )
            self.trigger += 1
            self.frames.wait_for_readers(max(0, self.frames.published - 16), 20)

    def spec(self, path: pathlib.Path, **changes: Any) -> WriterSpec:
        names = RecordingOptions.__dataclass_fields__
        options = {name: changes.pop(name) for name in list(changes) if name in names}
        return WriterSpec(
            address=self.frames.address,
            path=str(path),
            picture=Picture(HEIGHT, WIDTH, False, 8, RATE),
            color=False,
            serial="20000001",
            nickname="",
            virtual=True,
            first_id=0,
            period_ns=PERIOD_NS,
            options=RecordingOptions(**options),
            **changes,
        )


def gray(trigger: int) -> int:
    return 16 + trigger * 5 % 200


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.frames.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.passed, "it did not come to be"
        time.sleep(0.005)


def grays(path: str | pathlib.Path) -> list[int]:
    with open_video(path) as video:
        return [round(float(image.mean())) for image in video]


def close_to(path: str | pathlib.Path, triggers: range) -> bool:
    found = grays(path)
    return len(found) == len(triggers) and all(
        abs(value - gray(trigger)) <= 3 for value, trigger in zip(found, triggers, strict=True)
    )


def agree(rows: list[Row], found: list[int]) -> bool:
    """Whether there is a picture for each row that has one, and it is the one of its trigger."""
    pictures = [row for row in rows if row.frame is not None]
    return [row.frame for row in pictures] == list(range(len(found))) and all(
        abs(value - gray(row.trigger)) <= 3 for value, row in zip(found, pictures, strict=True)
    )


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A disk of 24 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_recording_has_all_frames_and_a_row_for_each(source: Source, tmp_path: pathlib.Path) -> None:
    with Recorder(source.spec(tmp_path / "a")) as recorder:
        assert recorder.sink.startswith("h264")
        source.expose(60)
        recorder.finish(published=60, last_trigger=59)
        assert recorder.wait(20)
        result = recorder.result()
    assert close_to(tmp_path / "a.mkv", range(60))
    rows = read_sidecar(tmp_path / "a.csv")
    assert [(row.frame, row.trigger, row.frame_id, row.state) for row in rows] == [
        (n, n, n, "written") for n in range(60)
    ]
    assert (result.first, result.last) == (rows[0], rows[-1])
    assert recorder.status().written == 60  # also after it was closed
    assert not recorder.alive


def test_slow_encoder_loses_nothing_and_leaves_no_spill_file(source: Source, tmp_path: pathlib.Path) -> None:
    with Recorder(source.spec(tmp_path / "a", codec="libx265", options={"preset": "slower"})) as recorder:
        source.expose(150)
        assert (tmp_path / "a.spill").exists()
        recorder.finish(published=150, last_trigger=149)
        assert recorder.wait(60)
        assert recorder.result().status.written == 150
    assert close_to(tmp_path / "a.mkv", range(150))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.mkv"]


def test_a_writer_that_is_killed_leaves_files_that_play_and_agree(
    source: Source, tmp_path: pathlib.Path
) -> None:
    with Recorder(source.spec(tmp_path / "a")) as recorder:
        source.expose(100)
        until(lambda: recorder.status().written >= 90)
        os.kill(recorder.pid, signal.SIGKILL)
        with pytest.raises(CameraProcessError, match="its writer process was killed by SIGKILL"):
            recorder.wait(10)
        assert not recorder.alive
    rows = read_sidecar(tmp_path / "a.csv")
    found = grays(tmp_path / "a.mkv")
    assert 90 <= len(rows) <= len(found) <= 100
    assert agree(rows, found[: len(rows)])
    assert [(row.frame, row.trigger) for row in rows] == [(n, n) for n in range(len(rows))]


def test_end_of_stream_writes_published_frames_and_names_the_rest(
    source: Source, tmp_path: pathlib.Path
) -> None:
    with Recorder(source.spec(tmp_path / "a", codec="raw")) as recorder:
        source.expose(20)
        source.frames.close()
        until(lambda: bool(recorder.status().stream_ended))
        until(lambda: recorder.status().written == 20)
        assert not recorder.status().done
        recorder.finish(published=None, last_trigger=24)
        assert recorder.wait(10)
        assert recorder.result().status.lost["transport"] == 5
    assert len(read_sidecar(tmp_path / "a.csv")) == 25


def test_when_the_users_process_is_killed_the_recording_is_completed(
    source: Source, tmp_path: pathlib.Path
) -> None:
    user = subprocess.Popen([sys.executable, "-c", USER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert user.stdin is not None and user.stdout is not None
    spec = source.spec(tmp_path / "a", codec="libx265", options={"preset": "slower"})
    user.stdin.write(pickle.dumps(spec))
    user.stdin.flush()
    writer = psutil.Process(int(user.stdout.readline()))
    source.expose(60)
    user.kill()
    user.communicate()
    until(lambda: not writer.is_running() or writer.status() == psutil.STATUS_ZOMBIE, 60)
    assert close_to(tmp_path / "a.mkv", range(60))
    assert len(read_sidecar(tmp_path / "a.csv")) == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.mkv"]


def test_a_program_that_ends_without_waiting_has_its_recording_completed(
    source: Source, tmp_path: pathlib.Path
) -> None:
    """As at the end of the interpreter, and as for a recorder that nobody has any more."""
    for end in ("exit", "forget"):
        recorder = Recorder(source.spec(tmp_path / end, codec="libx265", options={"preset": "slower"}))
        writer = psutil.Process(recorder.pid)
        first = source.trigger
        source.expose(60)
        if end == "exit":
            recorder._process.close(timeout_s=0.0)
            with pytest.raises(CameraClosedError, match="completed without this program"):
                recorder.status()
        del recorder
        until(lambda writer=writer: not writer.is_running() or writer.status() == psutil.STATUS_ZOMBIE, 60)
        assert close_to(tmp_path / f"{end}.mkv", range(first, first + 60))
        assert len(read_sidecar(tmp_path / f"{end}.csv")) == first + 60


def test_sigterm_ends_a_recording_in_order(source: Source, tmp_path: pathlib.Path) -> None:
    with Recorder(source.spec(tmp_path / "a")) as recorder:
        source.expose(30)
        os.kill(recorder.pid, signal.SIGTERM)
        with pytest.raises(CameraProcessError, match="ended by itself with exit status 0"):
            recorder.wait(10)
    assert close_to(tmp_path / "a.mkv", range(30))
    assert len(read_sidecar(tmp_path / "a.csv")) == 30


def test_full_disk_ends_the_file_and_the_account_is_complete(
    source: Source, small_disk: pathlib.Path
) -> None:
    with Recorder(source.spec(small_disk / "a", codec="raw", overflow="drop")) as recorder:
        while recorder.status().error is None:
            source.expose(20)
        source.expose(20)
        last = source.trigger - 1
        recorder.finish(published=None, last_trigger=last)
        assert recorder.wait(10)
        with pytest.raises(RecordingError, match=r"is full|No space"):
            recorder.result()
        status = recorder.status()
    assert status.triggers == status.written + sum(status.lost.values()) == last + 1
    assert status.lost["writer"] >= 20
    rows = read_sidecar(small_disk / "a.csv")
    assert [row.trigger for row in rows] == list(range(last + 1))
    assert agree(rows, grays(small_disk / "a.raw"))
    assert source.frames.readers == 0  # and the camera's side was not disturbed


def test_a_disk_that_is_full_at_once_loses_rows_for_as_long_as_it_is_full(
    source: Source, small_disk: pathlib.Path
) -> None:
    with Recorder(source.spec(small_disk / "a", codec="raw", overflow="drop")) as recorder:
        source.expose(10)
        until(lambda: recorder.status().written == 10)
        with open(small_disk / "theirs", "wb", buffering=0) as theirs:
            try:
                while theirs.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
        source.expose(60)
        until(lambda: recorder.status().error is not None)
        until(lambda: recorder.status().triggers == 70)
        os.unlink(small_disk / "theirs")
        recorder.finish(published=None, last_trigger=None)
        assert recorder.wait(10)
        status = recorder.status()
    assert status.written + status.lost["writer"] == 70
    rows = read_sidecar(small_disk / "a.csv")
    assert [row.trigger for row in rows] == list(range(70))
    assert agree(rows, grays(small_disk / "a.raw"))


def test_constructor_raises_early_errors_and_leaves_no_process(
    source: Source, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "a.mkv").write_text("precious")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        Recorder(source.spec(tmp_path / "a"))
    with pytest.raises(RecordingError, match="no codec 'h999'"):
        Recorder(source.spec(tmp_path / "b", codec="h999"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]
    assert (tmp_path / "a.mkv").read_text() == "precious"
