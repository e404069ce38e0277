"""A recording that is written in the process of a callback."""

from __future__ import annotations

import os
import pathlib
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import PrimaryCamera
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CallbackError,
    CameraProcessError,
    LlpyspinError,
    RecordingError,
    SettingRangeError,
)
from llpyspin.recording import check, repair
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from tests.process.pair import FAST, SMALL, gone, numbers, run_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.process.conftest import World


@pytest.fixture
def cam(world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrimaryCamera]:
    monkeypatch.chdir(tmp_path)
    with PrimaryCamera(world.serials[0], sdk="virtual", roi=SMALL, framerate=FAST) as camera:
        yield camera


def files_of(buffer: Any, queue: Any) -> None:
    """Which files its process has open."""
    descriptors = pathlib.Path("/proc/self/fd").iterdir()
    queue.put(sorted({os.path.basename(os.readlink(each)) for each in descriptors if each.exists()}))


@pytest.mark.parametrize(
    ("record", "here", "elsewhere"),
    [("returned", "a.mkv", None), ("camera", "a.mkv", None), ("both", "a_returned.mkv", "a.mkv")],
)
def test_the_file_is_written_by_the_process_of_the_callback(
    cam: PrimaryCamera, record: Any, here: str, elsewhere: str | None
) -> None:
    with cam.process(files_of, every=True, where="writer", record=record) as processing:
        for _ in range(2):  # one after the other in the same process
            cam.prime("a.mkv", codec="ffv1", overwrite=True)
            cam.trigger()
            run_until(cam, 20)
            with pytest.raises(RecordingError, match="End that first"):
                processing.stop()
            cam.stop()
            assert cam.account is not None
            assert cam.account.adds_up, cam.account.reasons
            assert cam.account.cameras[0].written >= 20
        opened: set[str] = set()
        while not processing.queue.empty():
            opened |= set(processing.queue.get())
    assert here in opened
    assert elsewhere not in opened
    for name in filter(None, (here, elsewhere)):
        seen = numbers(name)
        assert seen == list(range(len(seen)))
        assert len(seen) >= 20
    assert check("a.mkv").ok


def test_a_callback_that_raises_does_not_end_the_writer(cam: PrimaryCamera) -> None:
    def fail(buffer: Any) -> None:
        if buffer.info.index == 5:
            raise KeyError("no such thing")

    processing = cam.process(fail, every=True, where="writer", record="returned")
    cam.prime("a.mkv", codec="ffv1")
    cam.trigger()
    run_until(cam, 20)
    cam.stop()
    with pytest.raises(CallbackError, match="no such thing"):
        processing.stop()
    assert cam.account is not None
    assert cam.account.adds_up, cam.account.reasons
    assert len(numbers("a.mkv")) >= 20


def test_what_a_killed_process_had_written_is_completed_by_repair(cam: PrimaryCamera) -> None:
    processing = cam.process(files_of, every=True, where="writer", record="returned")
    cam.prime("a.mkv", codec="ffv1")
    cam.trigger()
    run_until(cam, 30)
    os.kill(processing.pid, signal.SIGKILL)
    with pytest.raises(CameraProcessError, match=r"killed by SIGKILL.* To complete it: `llpyspin repair`"):
        cam.stop()
    with pytest.raises(CallbackError):
        processing.stop()
    assert repair("a.mkv").ok
    seen = numbers("a.mkv")
    assert seen == list(range(len(seen)))
    assert len(seen) >= 10
    cam.prime("b.mkv")  # the camera itself is as it was
    cam.trigger()
    run_until(cam, 5)
    assert len(cam.stop()) >= 5


def test_when_the_program_is_killed_the_recording_is_written_to_its_end(
    world: World, tmp_path: pathlib.Path
) -> None:
    done = world.run(
        f"""
import os, signal
from llpyspin import PrimaryCamera
cam = PrimaryCamera({world.serials[0]!r}, sdk="virtual", roi={SMALL}, framerate=100)
def note(buffer, queue):
    queue.put(os.getpid())
processing = cam.process(note, every=True, where="writer", record="returned")
cam.prime({str(tmp_path / "a.mkv")!r}, codec="ffv1")
cam.trigger()
while cam.count_of_frames() < 30:
    cam.read()
print(processing.queue.get(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert gone(int(done.stdout))
    deadline = Deadline(10)
    while not (rows := read_sidecar(tmp_path / "a.csv")) and not deadline.passed:
        time.sleep(0.05)
    seen = numbers(tmp_path / "a.mkv")
    assert seen == list(range(len(seen)))
    assert len(seen) == sum(row.frame is not None for row in rows) >= 30
    assert Session.read(tmp_path / "a.json").state == "recording"
    assert repair(tmp_path / "a.mkv").ok


def test_it_needs_every_frame(cam: PrimaryCamera) -> None:
    with pytest.raises(SettingRangeError, match="Set every=True"):
        cam.process(files_of, where="writer")
    with pytest.raises(LlpyspinError, match="where"):
        cam.process(files_of, where="elsewhere", every=True)  # type: ignore[arg-type]
