"""What a user does with one camera: save a picture, set several things, record for a while, look at it."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import cv2
import pytest

from llpyspin import PrimaryCamera, SecondaryCamera, StereoCamera, VideoStream
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CameraProcessError,
    RecordingError,
    RecordingExistsError,
    SettingError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.frames import FrameFlags
from llpyspin.recording import check, load
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.sinks import open_video
from llpyspin.settings import Roi
from llpyspin.sync.alone import FreeRecorder
from llpyspin.virtual import read_stamp
from tests.process.rig_worlds import wired

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 20.0
SMALL = (0, 0, 270, 360)
FAST = {"codec": "raw", "progress": False}


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(1))


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


class Printer:
    def __init__(self) -> None:
        self.written = ""

    def text(self, text: str) -> None:
        self.written += text


def pretty(shown: Any) -> str:
    printer = Printer()
    shown._repr_pretty_(printer, False)
    return printer.written


@pytest.mark.usefixtures("one")
def test_stream_is_updated_in_one_pause_and_saved(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with VideoStream(0, sdk="virtual", buffersize=500, strict=False) as cap:
        assert cap.read()[0]
        caplog.clear()
        with caplog.at_level(logging.INFO, "llpyspin"):
            now = cap.update(framerate=60, roi=SMALL, binsize=2, exposure=5000, gain=6, pixel_format="Mono16")
        assert list(now) == ["framerate", "roi", "binsize", "exposure", "gain", "pixel_format"]
        assert now["roi"] == Roi(*SMALL) == cap.roi
        assert [record.getMessage() for record in caplog.records[:2]] == [
            "setting framerate to 60 fps",
            "setting the ROI parameters to (y=0, x=0, height=270, width=360).",
        ]
        assert cap.requested_framerate == 60
        restarts = 0
        for _ in range(30):
            ok, image = cap.read()
            assert ok
            assert cap.frame_info is not None
            restarts += bool(cap.frame_info.flags & FrameFlags.RESTARTED)
        assert restarts == 1
        assert image is not None
        assert (image.shape, image.dtype) == ((270, 360), "uint16")

        before = cap.settings()
        with pytest.raises(SettingRangeError, match=r"gain.*Nothing was changed"):
            cap.update(roi=None, exposure=100, gain=1e6)
        with pytest.raises(
            SettingError, match=r"no setting is called 'exposre'.*exposure.*Nothing was changed"
        ):
            cap.update(exposre=100, gain=1)
        assert cap.settings() == before
        assert cap.update() == {}

        path = cap.save(tmp_path / "x")
        assert path == tmp_path / "x.png"
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert (image.shape, image.dtype) == ((270, 360), "uint16")
        with pytest.raises(RecordingExistsError):
            cap.save(path)

        line = repr(cap)
        assert line.startswith("<VideoStream 20000001 (Blackfly S BFS-U3-16S2M, USB3, virtual), streaming, ")
        roi = "roi (y=0, x=0, height=270, width=360) px"
        for part in ("framerate 60.00 fps", "gain 6.0 dB", "binsize 2", roi, "Mono16"):
            assert part in line
        assert pretty(cap).splitlines()[0].endswith("virtual): streaming")
        assert re.search(r"^  exposure +5000 us$", pretty(cap), re.MULTILINE)
        shown = pretty(cap.settings())
        assert re.search(r"^ExposureTime|^… and \d+ more$", shown, re.MULTILINE)
        assert len(shown.splitlines()) < 30
        assert "ExposureTime" in cap.settings()._repr_html_()
        assert cap.nodes.find("exposure time").names[0] == "ExposureTime"
        assert "ExposureTime" in cap.nodes._ipython_key_completions_()
    assert repr(cap) == "<VideoStream 20000001 (Blackfly S BFS-U3-16S2M, USB3, virtual), closed>"
    assert cap._repr_html_() is None


@pytest.mark.usefixtures("one")
def test_camera_that_is_busy_or_dead_still_shows_itself() -> None:
    with VideoStream(0, sdk="virtual") as cap:
        process = cap._source.process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            line, text, html = repr(cap), pretty(cap), cap._repr_html_()
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert time.monotonic() - began < 9  # 10 s without an answer, and the process would be ended
        assert line.endswith("streaming, its settings cannot be read now: the camera is busy>")
        assert "the camera is busy" in text
        assert html is not None
        assert "the camera is busy" in html
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(CameraProcessError):
            while True:
                cap.read()
        assert repr(cap).endswith(", lost>")
        assert pretty(cap).endswith(": lost")
        assert cap._repr_html_() is None


@pytest.mark.usefixtures("one")
def test_stream_is_recorded_for_frames_or_seconds_and_streams_on(tmp_path: Path) -> None:
    with VideoStream(0, sdk="virtual", roi=SMALL, framerate=100) as cap:
        session = cap.record(tmp_path / "a.mkv", frames=25, progress=False)
        assert session.account is not None
        assert session.account.complete
        assert (session.state, session.triggers, session.cameras[0].role) == ("complete", 25, "free")
        assert "25 triggers, 0 missing" in repr(session)
        assert pretty(session) == str(session)
        report = check(tmp_path / "a.mkv")
        assert report.ok, str(report)
        assert report.compared == 25
        assert "as its account says, complete, 25 pictures" in repr(report)
        with load(tmp_path / "a.mkv") as loaded:
            (recording,) = loaded.values()
            assert [read_stamp(image).frame for image in recording.frames] == list(range(25))
            last = loaded.health()[-1]
            assert (last["camera"], last["frames"], last["backlog"]) == (recording.name, 25, 0)
        with open_video(tmp_path / "a.mkv") as video:
            tags = video.tags
        assert tags["llpyspin_session"] == session.id != ""
        assert tags["llpyspin_started_utc"] == session.started_utc != ""
        assert "llpyspin_first_trigger" not in tags  # without blanks it was not certain
        tally = session.cameras[0].tally
        assert tally is not None
        assert (session.cameras[0].armed["temperature_c"], tally.temperature_c) == (41.5, 41.5)
        ok, image = cap.read()
        assert ok
        assert image is not None
        assert cap.state == "streaming"

        states: list[str] = []
        watch = threading.Timer(0.3, lambda: states.append(cap.state))
        watch.start()
        session = cap.record(tmp_path / "b", 0.6, **FAST)
        watch.join()
        assert states[0].startswith(("recording to ", "streaming"))
        assert session.account is not None
        assert session.account.complete
        assert 55 <= (session.triggers or 0) <= 80

        cap.exposure = 3000
        assert cap.exposure == pytest.approx(3000, rel=0.01)
        for arguments, error in (
            ({"path": tmp_path / "a.mkv", "seconds": 1}, RecordingExistsError),
            ({"path": None, "seconds": 1}, TypeError),
            ({"path": tmp_path / "c.mkv", "seconds": 1, "frames": 2}, TypeError),
            ({"path": tmp_path / "c.mkv", "frames": 0}, SettingRangeError),
            ({"path": tmp_path / "c.mkv", "frames": 2.5}, SettingRangeError),
            ({"path": tmp_path / "c.mkv", "seconds": -1}, SettingRangeError),
            ({"path": tmp_path / "c.mkv", "seconds": 1, "pre_trigger": 1}, TypeError),
            ({"path": tmp_path / "c.mkv", "seconds": 1, "codecc": "raw"}, TypeError),
            ({"path": tmp_path / "nowhere" / "c.mkv", "seconds": 1}, RecordingError),
        ):
            with pytest.raises(error):
                cap.record(**arguments)  # type: ignore[arg-type]
        cap.framerate, cap.exposure = 100, 50_000
        with pytest.raises(SettingRangeError, match="allow_lower_rate"):
            cap.record(tmp_path / "c.mkv", 1)
        assert cap.read()[0]
        assert not list(tmp_path.glob("c*"))


@pytest.mark.usefixtures("one")
def test_ctrl_c_ends_a_recording_in_order(tmp_path: Path) -> None:
    def interrupted_at(path: Path, size: int) -> threading.Thread:
        def wait() -> None:
            deadline = Deadline(WAIT_S)
            while not (path.exists() and path.stat().st_size > size):
                if deadline.passed:
                    return
                time.sleep(0.02)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    with VideoStream(0, sdk="virtual", roi=SMALL, framerate=50) as cap:
        thread = interrupted_at(tmp_path / "endless.csv", 400)
        session = cap.record(tmp_path / "endless.mkv", progress=False)
        thread.join()
        assert session.account is not None
        assert session.account.complete
        thread = interrupted_at(tmp_path / "long.csv", 400)
        with pytest.raises(KeyboardInterrupt):
            cap.record(tmp_path / "long.mkv", 1000, progress=False)
        thread.join()
        assert check(tmp_path / "long.mkv").complete
        assert cap.read()[0]


@pytest.mark.usefixtures("one")
def test_recording_that_is_broken_off_ends_the_log_of_its_callbacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(recorder: FreeRecorder) -> None:
        raise KeyboardInterrupt

    log = tmp_path / "a.callback.csv"
    with VideoStream(0, sdk="virtual", roi=SMALL, framerate=50) as cap:
        processing = cap.process(lambda buffer: None)
        with monkeypatch.context() as patched:
            patched.setattr(FreeRecorder, "_end", interrupted)
            with pytest.raises(KeyboardInterrupt):
                cap.record(tmp_path / "a.mkv", 0.3, progress=False)
        rows, called = log.read_text(), processing.status().called
        deadline = Deadline(WAIT_S)
        while processing.status().called < called + 20:
            assert not deadline.passed
            time.sleep(0.02)
        assert log.read_text() == rows
        assert cap.record(tmp_path / "b.mkv", frames=5, progress=False).triggers == 5


@pytest.mark.usefixtures("one")
def test_camera_that_dies_before_its_writer_begins_says_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with VideoStream(0, sdk="virtual", roi=SMALL, framerate=50) as cap:
        process = cap._source.process
        assert process is not None

        def after_a_kill(*given: Any) -> Recorder:
            os.kill(process.pid, signal.SIGKILL)
            assert process._child.ended(20)
            return Recorder(*given)

        monkeypatch.setattr("llpyspin.recording.take.Recorder", after_a_kill)
        with pytest.raises(CameraProcessError, match="was killed by SIGKILL"):
            cap.record(tmp_path / "a.mkv", 1, progress=False)
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("one")
def test_camera_that_dies_before_its_first_picture_leaves_an_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with VideoStream(0, sdk="virtual", roi=SMALL, framerate=50) as cap:
        process, begin = cap._source.process, FreeRecorder._begin
        assert process is not None

        def then_a_kill(alone: FreeRecorder, plan: Any) -> None:
            begin(alone, plan)
            os.kill(process.pid, signal.SIGKILL)
            assert process._child.ended(20)

        monkeypatch.setattr(FreeRecorder, "_begin", then_a_kill)
        with pytest.raises(CameraProcessError, match="was killed by SIGKILL"):
            cap.record(tmp_path / "a.mkv", 1, progress=False)
    assert os.listdir(tmp_path) == ["a.json"]
    assert load(tmp_path / "a.json").session.account is not None


@pytest.mark.usefixtures("one")
def test_camera_that_dies_while_it_is_recorded_leaves_a_complete_file(tmp_path: Path) -> None:
    cap = VideoStream(0, sdk="virtual", roi=SMALL, framerate=50)
    process = cap._source.process
    assert process is not None

    def kill() -> None:
        deadline, rows = Deadline(WAIT_S), tmp_path / "a.csv"
        while not (rows.exists() and rows.stat().st_size > 400) and not deadline.passed:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        cap.record(tmp_path / "a.mkv", 60, progress=False)
    thread.join()
    assert check(tmp_path / "a.mkv").ok
    assert cap.state == "lost"
    cap.release()
    assert cap.open()
    assert cap.record(tmp_path / "b.mkv", frames=5, progress=False).triggers == 5
    cap.release()


@pytest.mark.usefixtures("two")
def test_synchronised_cameras_are_recorded_updated_and_shown(tmp_path: Path) -> None:
    with (
        PrimaryCamera(0, sdk="virtual", roi=SMALL, framerate=100, nickname="top") as primary,
        SecondaryCamera(1, sdk="virtual", roi=SMALL) as secondary,
    ):
        assert (primary.state, secondary.state) == ("primed", "primed")
        assert repr(primary).startswith("<PrimaryCamera 'top' 20000001 (")
        assert "framerate" not in repr(secondary)
        with pytest.raises(SettingLockedError):
            primary.update(gain=1)
        session = primary.record(tmp_path / "p.mkv", frames=30, progress=False)
        assert session.account is not None
        assert (session.triggers, session.account.complete) == (30, True)
        assert primary.account == session.account
        assert primary.state == "not primed"
        assert check(tmp_path / "p.mkv").ok
        assert primary.update(gain=3)["gain"] == pytest.approx(3, rel=1e-3)
        secondary.stop()
        with pytest.raises(SettingError, match="set by the primary camera"):
            secondary.update(gain=1, exposure=2000)
        assert secondary.update(gain=2)["gain"] == pytest.approx(2, rel=1e-3)
        secondary.prime(tmp_path / "s.mkv")
        assert secondary.state == f"primed to record to {tmp_path / 's.mkv'}"
        primary.prime()
        primary.trigger()
        assert primary.state == "triggered"
        primary.stop()
        secondary.stop()


@pytest.mark.usefixtures("two")
def test_both_cameras_of_a_pair_are_updated_or_none() -> None:
    with StereoCamera(0, 1, sdk="virtual", primed=False) as cam:
        cam.update(gain=4, exposure=2000, roi=SMALL)
        gains = cam.gain, cam.right.gain
        assert gains == pytest.approx((4, 4), rel=1e-3)
        assert cam.right.roi == Roi(*SMALL)
        with pytest.raises(SettingError):
            cam.update(gain=5, roi=(0, 0, 5000, 5000))
        assert (cam.gain, cam.right.gain, cam.roi) == (*gains, Roi(*SMALL))
        cam.right.binsize = 2  # where the region of the left camera does not fit
        before = cam.settings(), cam.right.settings()
        with pytest.raises(SettingError, match="Nothing was changed"):
            cam.update(gain=5, roi=(0, 0, 800, 800))
        assert (cam.settings(), cam.right.settings()) == before
