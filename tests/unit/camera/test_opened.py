"""Who has a camera open in this program, and who may take it over."""

from __future__ import annotations

import gc
import logging
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.camera import opened
from llpyspin.camera.inventory import open_cameras, release_all
from llpyspin.camera.opened import Keeper, keepers, present_keeper, taken_by
from llpyspin.camera.parts import Access
from llpyspin.camera.source import CameraSource
from llpyspin.errors import CameraClosedError, CameraInUseError, RecordingError, ReleaseError
from llpyspin.recording.take import StillWriting
from llpyspin.settings import CameraInfo
from llpyspin.system.holders import Holder

if TYPE_CHECKING:
    from collections.abc import Iterator

INFO = CameraInfo(
    "20000001", "BFS-U3-16S2M", "FLIR", "USB3", "1.0", False, (1080, 1440), "virtual", "0.3", True
)
ACCESS = Access("virtual", None, strict=False)


class Process:
    """A camera process that answers "open" from a list."""

    alive = True
    closing = False

    def __init__(self, pid: int, *answers: object) -> None:
        self.pid = pid
        self.answers = list(answers)
        self.own: list[dict[int, str]] = []

    def request(self, operation: str, *arguments: Any, timeout_s: float) -> Any:
        assert operation == "open"
        self.own.append(arguments[3])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.alive = False


class Camera:
    """A user's object with one camera."""

    def __init__(self, pid: int, *answers: object, rank: int = 0) -> None:
        self.source = CameraSource("camera", 0)
        self.process = Process(pid, *(answers or [(INFO, "address")]))
        self.recording = ""
        self.running = "streaming"
        self.finished: list[float] = []
        self.failure: Exception | None = None
        self.keeper = present_keeper() or Kept(self, rank=rank)
        info, address = self.keeper.open(self.process, self.source, ACCESS)  # type: ignore[arg-type]
        self.source.begin(self.process, address, info)  # type: ignore[arg-type]

    @property
    def state(self) -> str:
        return self.running

    def finish(self, seconds: float) -> None:
        self.finished.append(seconds)
        if self.failure is not None:
            raise self.failure

    def release(self) -> None:
        self.source.end()


class Kept(Keeper):
    """What is asked of it, and of a camera that may record."""

    @property
    def camera(self) -> Camera:
        camera = self.owner
        assert isinstance(camera, Camera)
        return camera

    def give_up(self, reason: str) -> str:
        return self.camera.recording or super().give_up(reason)

    def doing(self) -> str:
        return self.camera.recording or super().doing()

    def finish(self, seconds: float) -> None:
        self.camera.finish(seconds)
        super().finish(seconds)


def in_use(*pids: int) -> CameraInUseError:
    holders = tuple(Holder(pid, pid, "python a.py") for pid in pids)
    return CameraInUseError("in use", camera=INFO.serial, holders=holders)


@pytest.fixture(autouse=True)
def nothing_open() -> Iterator[None]:
    gc.collect()
    assert keepers() == []
    yield
    gc.collect()


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "interactive", lambda: True)


@pytest.mark.usefixtures("prompt")
def test_newer_object_takes_the_camera_over(caplog: pytest.LogCaptureFixture) -> None:
    first = Camera(11)
    with caplog.at_level(logging.INFO):
        second = Camera(12, in_use(11), (INFO, "address"))
    assert second.process.own == [{11: INFO.serial}, {}]
    assert not first.source.is_open
    assert second.source.is_open
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"Camera took camera {INFO.serial} over from Camera opened at {__file__}:")
    assert line.endswith(", which is closed now")
    with pytest.raises(CameraClosedError, match=rf"is closed, because Camera at {__file__}:\d+ took camera"):
        first.source.opened()


def closing(*programs: int) -> CameraInUseError:
    holders = tuple(Holder(11, program, "python a.py") for program in programs)
    return CameraInUseError("in use", camera=INFO.serial, holders=holders)


def test_camera_that_another_thread_closes_is_waited_for() -> None:
    """Two cameras of a rig are opened at once, and the thread of the other one closes the older rig."""
    one = Camera(12, *[closing(os.getpid())] * 6, (INFO, "address"))
    assert one.source.is_open
    one.release()


def test_camera_that_nobody_closes_is_in_use_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "CLOSING_S", 0.1)
    with pytest.raises(CameraInUseError, match="in use"):
        Camera(12, *[closing(os.getpid())] * 100)
    with pytest.raises(CameraInUseError, match="in use"):
        Camera(12, closing(os.getpid() + 1))  # another program: at once, for there is no second answer


@pytest.mark.usefixtures("prompt")
def test_closed_object_can_be_opened_again() -> None:
    first = Camera(11)
    second = Camera(12, in_use(11), (INFO, "address"))
    first.process = Process(13, in_use(12), (INFO, "address"))
    info, address = first.keeper.open(first.process, first.source, ACCESS)  # type: ignore[arg-type]
    first.source.begin(first.process, address, info)  # type: ignore[arg-type]
    assert first.source.why_closed == ""
    assert not second.source.is_open


@pytest.mark.usefixtures("prompt")
@pytest.mark.parametrize("doing", ["records /data/a.mkv", "is primed to record /data/a.mkv"])
def test_recording_object_is_not_closed(doing: str) -> None:
    first = Camera(11)
    first.recording = doing
    with pytest.raises(CameraInUseError, match=f"{INFO.serial} is open in this program already.*{doing}"):
        Camera(12, in_use(11))
    assert first.source.is_open


@pytest.mark.usefixtures("prompt")
def test_stream_that_another_thread_records_is_kept() -> None:
    first = Camera(11)
    first.running = "recording to a.mkv"
    with pytest.raises(CameraInUseError, match=r"which is recording to a\.mkv"):
        Camera(12, in_use(11))
    with pytest.raises(ReleaseError, match=r"it is recording to a\.mkv, in another thread"):
        release_all(timeout=0.1)
    assert first.source.is_open
    threading.Timer(0.2, setattr, [first, "running", "streaming"]).start()
    release_all(timeout=10)
    assert not first.source.is_open


def test_script_is_told_the_object_and_its_line() -> None:
    first = Camera(11)
    with pytest.raises(CameraInUseError, match=rf"Camera opened at {__file__}:\d+.*release_all\(\)"):
        Camera(12, in_use(11))
    assert first.source.is_open


@pytest.mark.usefixtures("prompt")
def test_other_program_keeps_its_camera() -> None:
    first = Camera(11)
    with pytest.raises(CameraInUseError, match=r"^in use$"):
        Camera(12, in_use(99))
    assert first.source.is_open


@pytest.mark.usefixtures("prompt")
def test_holder_that_cannot_be_seen_is_found_by_serial_number() -> None:
    first = Camera(11)
    Camera(12, in_use(), (INFO, "address"))
    assert not first.source.is_open


@pytest.mark.usefixtures("prompt")
def test_cameras_of_one_object_never_take_each_other_over() -> None:
    first = Camera(11)
    with taken_by(first.keeper), pytest.raises(CameraInUseError, match="another camera of the same Camera"):
        Camera(12, in_use(11))
    assert first.source.is_open


def test_forgotten_object_has_no_keeper() -> None:
    Camera(11)
    gc.collect()
    assert keepers() == []


def test_open_cameras_names_object_line_and_state() -> None:
    camera = Camera(11)
    [found] = open_cameras()
    assert (found.serial, found.kind, found.doing, found.owner) == (
        INFO.serial,
        "Camera",
        "is streaming",
        camera,
    )
    assert repr(found).startswith(f"<20000001 (BFS-U3-16S2M): Camera 'camera' opened at {__file__}:")
    assert repr(found).endswith(", is streaming>")
    found.release()
    assert open_cameras() == []


def test_release_all_finishes_everything_before_it_closes_anything() -> None:
    order: list[str] = []

    class Noted(Camera):
        def finish(self, seconds: float) -> None:
            order.append(f"finish {self.process.pid}")

        def release(self) -> None:
            order.append(f"close {self.process.pid}")
            super().release()

    cameras = [Noted(12, rank=2), Noted(11, rank=1)]
    release_all()
    assert order == ["finish 11", "finish 12", "close 11", "close 12"]
    assert not any(camera.source.is_open for camera in cameras)


def test_release_all_tells_every_error_and_closes_the_rest() -> None:
    well, writing, broken = Camera(11), Camera(12), Camera(13)
    writing.failure = StillWriting("a.mkv is not finished")
    broken.failure = RecordingError("the disk is full")
    with pytest.raises(ReleaseError) as raised:
        release_all(timeout=5)
    assert "2 of 3" in str(raised.value)
    assert sorted(map(str, raised.value.failures.values())) == ["a.mkv is not finished", "the disk is full"]
    assert [camera.source.is_open for camera in (well, writing, broken)] == [False, True, False]
    assert 0 < well.finished[0] <= 5
    writing.failure = None
    release_all()
    assert not writing.source.is_open


def test_keeper_of_a_thread_is_not_that_of_another() -> None:
    camera = Camera(11)
    seen: list[object] = []
    with taken_by(camera.keeper):
        thread = threading.Thread(target=lambda: seen.append(present_keeper()))
        thread.start()
        thread.join(10)
        assert present_keeper() is camera.keeper
    assert seen == [None]
