"""Two virtual cameras in step as one whose pictures lie side by side."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import PrimaryCamera
from llpyspin.errors import (
    CameraLostError,
    CameraNotFoundError,
    CameraProcessError,
    RecordingError,
    SettingError,
    SettingRangeError,
)
from llpyspin.recording.blank import is_blank
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.stereo import StereoCamera
from llpyspin.virtual import fault, read_stamp
from tests.process.pair import FAST, SMALL, run_until, use_wired_pair, warnings, wired_world

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tests.process.conftest import World

WIDTH = SMALL[3]


@pytest.fixture(scope="module")
def wired() -> Iterator[World]:
    with wired_world() as world:
        yield world


@pytest.fixture(scope="module")
def both(wired: World) -> Iterator[StereoCamera]:
    with StereoCamera(*wired.serials, sdk="virtual", roi=SMALL, framerate=FAST) as camera:
        yield camera


@pytest.fixture
def cam(both: StereoCamera, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> StereoCamera:
    """As if it had just been opened, and a folder to be in."""
    monkeypatch.chdir(tmp_path)
    for camera in (both, both.right):
        fault(camera.info.serial, "mend")
    if both.primed:
        both.stop()
    both.prime()
    return both


def test_each_picture_has_the_frames_of_one_trigger_side_by_side(cam: StereoCamera) -> None:
    cam.buffersize = 100
    cam.trigger()
    for number in range(10):
        ok, image = cam.read()
        assert ok
        assert image is not None
        assert image.shape == cam.size == (SMALL[2], 2 * WIDTH)
        halves = [read_stamp(np.ascontiguousarray(half)) for half in (image[:, :WIDTH], image[:, WIDTH:])]
        assert [half.frame for half in halves] == [number, number]
        assert [half.camera for half in halves] == [int(camera.info.serial) for camera in (cam, cam.right)]
    stamps = cam.stop()
    assert np.allclose(np.diff(stamps), 1000 / FAST, atol=0.001)
    assert cam.join_status.published - cam.join_status.first == len(stamps)


def test_a_recording_has_whole_pictures_of_every_trigger_and_an_account(
    cam: StereoCamera, caplog: pytest.LogCaptureFixture
) -> None:
    for name, before in (("first.mkv", None), ("second.mkv", 0.2)):
        cam.prime(name, codec="ffv1", pre_trigger=before)
        if before:
            run_until(cam, 25)
        cam.trigger()
        run_until(cam, 30)
        stamps = cam.stop()
        assert cam.account is not None
        assert cam.account.adds_up, cam.account.reasons
        assert cam.account.cameras[0].written == len(stamps) >= 20
        with open_video(name) as video:
            assert len(video) == len(stamps)
            assert video[0].shape == (SMALL[2], 2 * WIDTH)
        (record,) = Session.read(name.replace("mkv", "json")).cameras
        assert record.settings["right"]["serial"] == cam.right.info.serial
    assert warnings(caplog) == []


def test_older_recording_stays_if_the_new_one_cannot_begin(cam: StereoCamera, tmp_path: pathlib.Path) -> None:
    for overwrite in (False, True):
        cam.prime("a.raw", codec="raw", overwrite=overwrite)
        cam.trigger()
        run_until(cam, 5)
        cam.stop()
        cam.prime()
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    with pytest.raises(RecordingError):
        cam.prime("a.raw", codec="no such codec", overwrite=True)
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_a_half_that_is_missing_is_blank_and_counted_and_named(
    wired: World, cam: StereoCamera, caplog: pytest.LogCaptureFixture
) -> None:
    cam.prime("a.mkv", codec="ffv1")
    fault(wired.serials[0], "lose", at=[3])
    fault(wired.serials[1], "lose", at=[5])
    fault(wired.serials[1], "miss", at=[7])
    cam.trigger()
    run_until(cam, 15)
    stamps = cam.stop()
    assert np.allclose(np.diff(stamps), 1000 / FAST, atol=0.01)
    with open_video("a.mkv") as video:
        for number, (left, right) in {3: (True, False), 5: (False, True), 7: (False, True)}.items():
            assert is_blank(video[number][:, :WIDTH]) == left
            assert is_blank(video[number][:, WIDTH:]) == right
    rows = read_sidecar("a.csv")
    assert [row.trigger for row in rows] == list(range(len(stamps)))
    assert [row.trigger for row in rows if row.state == "incomplete"] == [3, 5, 7]
    assert cam.account is not None
    assert cam.account.adds_up, cam.account.reasons
    said = "\n".join(warnings(caplog))
    assert "no left half in 1 of the pictures, of triggers 3" in said
    assert "no right half in 2 of the pictures, of triggers 5, 7" in said


def test_settings_go_to_both_cameras(cam: StereoCamera) -> None:
    cam.stop()
    cam.exposure = 1000
    cam.gain = 6.0
    assert cam.right.nodes["ExposureTime"] == 1000
    assert cam.right.gain == pytest.approx(6.0, abs=0.01)
    cam.exposure, cam.gain = 1500, 0.0
    cam.right.roi = (0, 0, 32, WIDTH)
    with pytest.raises(SettingError, match="cannot lie side by side"):
        cam.prime()
    assert not cam.primed
    cam.roi = SMALL
    cam.prime()


def test_rate_too_high_for_the_right_camera_is_refused(cam: StereoCamera) -> None:
    cam.stop()
    assert cam.right.assign("exposure", 15000) is False  # that is its primary's to say
    cam.right.nodes["ExposureTime"] = 15000
    cam.prime("a.mkv")
    with pytest.raises(SettingRangeError, match="cannot follow 100 fps"):
        cam.trigger()
    assert not cam.triggered
    cam.stop()
    cam.exposure = 1500
    cam.prime()


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two other cameras, for tests after which they are not as they were."""
    return use_wired_pair(monkeypatch)


def test_a_camera_that_is_not_there_leaves_none_open(apart: World) -> None:
    with pytest.raises(CameraNotFoundError):
        StereoCamera(apart.serials[0], "99999999", sdk="virtual")
    with PrimaryCamera(apart.serials[0], sdk="virtual", primed=False) as again:
        assert again.isOpened()


def test_where_the_right_camera_cannot_be_primed_neither_is(
    cam: StereoCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    cam.stop()

    def fail() -> None:
        raise CameraLostError("the right one is gone")

    monkeypatch.setattr(cam.right, "prime", fail)
    with pytest.raises(CameraLostError):
        cam.prime()
    assert not cam.primed
    cam.exposure = 1500  # which is not locked
    monkeypatch.undo()
    cam.prime()
    cam.trigger()
    assert cam.read()[0]


@pytest.mark.slow
def test_a_program_that_ends_leaves_a_recording_that_is_finished(
    apart: World, tmp_path: pathlib.Path
) -> None:
    done = apart.run(
        f"""
import time
from llpyspin.stereo import StereoCamera
cam = StereoCamera({apart.serials[0]!r}, {apart.serials[1]!r}, sdk="virtual", roi={SMALL}, framerate=100)
cam.prime({str(tmp_path / "a.mkv")!r})
cam.trigger()
while cam.count_of_frames() < 10:
    time.sleep(0.01)
"""
    )
    assert done.returncode == 0, done.stderr
    session = Session.read(tmp_path / "a.json")
    assert session.state == "complete"
    assert session.account is not None
    assert session.account.adds_up, session.account.reasons
    assert session.account.cameras[0].written >= 10


@pytest.mark.slow
def test_lost_right_camera_leaves_blank_halves_and_a_good_recording(
    apart: World, tmp_path: pathlib.Path
) -> None:
    with StereoCamera(*apart.serials, sdk="virtual", roi=SMALL, framerate=FAST) as cam:
        cam.prime(tmp_path / "a.mkv", codec="ffv1")
        cam.trigger()
        run_until(cam, 5)
        fault(apart.serials[1], "unplug")
        run_until(cam, cam.count_of_frames() + 20)
        with pytest.raises(CameraLostError):
            cam.stop()
    rows = read_sidecar(tmp_path / "a.csv")
    assert [row.trigger for row in rows] == list(range(len(rows)))
    assert rows[0].state == "written"
    assert rows[-1].state == "incomplete"
    with open_video(tmp_path / "a.mkv") as video:
        assert len(video) == len(rows)
        assert is_blank(video[-1][:, WIDTH:])
    assert Session.read(tmp_path / "a.json").state == "complete"


def test_a_left_camera_that_goes_is_told_to_whoever_reads(apart: World) -> None:
    with StereoCamera(*apart.serials, sdk="virtual", roi=SMALL, framerate=FAST) as cam:
        cam.trigger()
        assert cam.read()[0]
        fault(apart.serials[0], "unplug")
        with pytest.raises(CameraLostError):
            while cam.read()[0]:
                pass
        with pytest.raises(CameraLostError):
            cam.stop()


@pytest.mark.slow
def test_a_joining_process_that_was_killed_is_said_to_be_gone(apart: World) -> None:
    cam = StereoCamera(*apart.serials, sdk="virtual", roi=SMALL, framerate=FAST)
    cam.trigger()
    assert cam.read()[0]
    assert cam._pair.source.joining is not None
    os.kill(cam._pair.source.joining.pid, signal.SIGKILL)
    with pytest.raises(CameraProcessError, match="joining process was killed by SIGKILL"):
        while True:
            cam.read()
    with pytest.raises(CameraProcessError):
        cam.release()
    assert not cam.isOpened()
    cam.open()
    cam.trigger()
    assert cam.read()[0]
    cam.release()
