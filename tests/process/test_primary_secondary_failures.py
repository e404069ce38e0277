"""Primary and secondary cameras from their opening on, by themselves, and when something fails or ends."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    CameraLostError,
    CameraProcessError,
    LlpyspinError,
    SettingRangeError,
)
from llpyspin.recording import check, repair
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.virtual import fault
from tests.process.pair import FAST, SMALL, gone, numbers, run_until, warnings
from tests.process.terminals import ipython

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    import numpy as np

    from llpyspin.callbacks.child.buffer import FrameBuffer
    from tests.process.conftest import World


@pytest.fixture
def wired(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> World:
    """Two cameras, the first wired to the second, and a folder to be in."""
    first, second = world.serials
    world.config["wires"] = [f"{first}:Line1 -> {second}:Line3"]
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world.config))
    monkeypatch.chdir(tmp_path)
    return world


@pytest.fixture
def primary(wired: World) -> Iterator[PrimaryCamera]:
    with PrimaryCamera(wired.serials[0], sdk="virtual", framerate=FAST, roi=SMALL) as camera:
        yield camera


@pytest.fixture
def secondary(wired: World, primary: PrimaryCamera) -> Iterator[SecondaryCamera]:
    with SecondaryCamera(wired.serials[1], sdk="virtual", roi=SMALL) as camera:
        yield camera


def test_cameras_are_primed_and_print_the_lines_of_the_readme(
    wired: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "llpyspin"):
        primary = PrimaryCamera(device=0, dummy=True)
        assert caplog.messages == [
            "setting framerate to 30 fps",
            "setting exposure to 1500 us",
            "setting binsize to 1 pixel(s)",
            "setting the ROI parameters to (y=0, x=0, height=1080, width=1440).",
        ]
        caplog.clear()
        secondary = SecondaryCamera(serial_number=int(wired.serials[1]), dummy=True, color=False)
        assert caplog.messages == [
            "setting binsize to 1 pixel(s)",
            "setting the ROI parameters to (y=0, x=0, height=1080, width=1440).",
        ]
        caplog.clear()
        assert (primary.primed, primary.triggered, primary.nickname) == (True, False, "primary-camera")
        assert (secondary.primed, secondary.triggered, secondary.nickname) == (
            True,
            False,
            "secondary-camera",
        )
        assert (secondary.framerate, secondary.exposure) == (None, None)
        secondary.framerate = 60
        secondary.exposure = 3000
        assert caplog.messages == [
            "framerate is set by the primary camera",
            "exposure is set by the primary camera",
        ]
        assert (secondary.framerate, secondary.exposure, secondary.nodes["ExposureTime"]) == (
            None,
            None,
            1500,
        )
        caplog.clear()
        primary.prime()
        secondary.prime()
        assert caplog.messages == ["camera is already primed"] * 2
        caplog.clear()
        primary.stop()
        secondary.stop()
        assert caplog.messages == ["stopping video acquisition"]
        caplog.clear()
        assert primary.stop().shape == secondary.stop().shape == (0,)
        primary.trigger()
        assert caplog.messages == [
            "stopping video acquisition",
            "video acquisition is already stopped",
            "video acquisition is already stopped",
            "camera is not primed",
        ]
        assert not primary.primed
        assert not secondary.primed
    for camera in (primary, secondary):
        camera.release()
        camera.release()
        assert not camera.isOpened()
        with pytest.raises(CameraClosedError):
            camera.prime()


def test_priming_without_a_path_keeps_the_primed_recording(
    primary: PrimaryCamera, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "llpyspin")
    primary.prime("a.mkv")
    primary.prime()
    assert caplog.messages[-1] == "camera is already primed for a.mkv"
    primary.trigger()
    primary.prime()
    run_until(primary, 5)
    frames = len(primary.stop())
    assert frames >= 5
    assert [row.state for row in read_sidecar(tmp_path / "a.csv")] == ["written"] * frames


def inverted(frames: FrameBuffer) -> np.ndarray:
    return 255 - frames[-1]


@pytest.mark.slow
def test_older_recording_stays_if_a_second_writer_cannot_begin(
    primary: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    primary.process(inverted, record="both")
    primary.prime("a.raw", codec="raw", overwrite=True)
    primary.trigger()
    run_until(primary, 5)
    frames = len(primary.stop())
    (tmp_path / "a_returned.raw").unlink()
    (tmp_path / "a_returned.raw").mkdir()  # so that the file of what the function returns cannot be made
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    with pytest.raises(LlpyspinError):
        primary.prime("a.raw", codec="raw", overwrite=True)
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before
    assert numbers(tmp_path / "a.raw") == list(range(frames))
    assert check(tmp_path / "a.raw").ok
    (tmp_path / "a_returned.raw").rmdir()
    primary.prime("a.raw", codec="raw", overwrite=True)
    primary.trigger()
    run_until(primary, 3)
    primary.stop()
    assert {path.name for path in tmp_path.iterdir()} == set(before)
    assert (tmp_path / "a.raw").stat().st_ino != before["a.raw"]


def test_a_video_that_another_camera_is_recording_is_not_overwritten(
    primary: PrimaryCamera, secondary: SecondaryCamera, tmp_path: pathlib.Path
) -> None:
    primary.prime("a.mkv")
    with pytest.raises(FileExistsError, match=r"another recording is writing .*a\.csv"):
        secondary.prime("a.mkv", overwrite=True)
    primary.trigger()
    run_until(primary, 5)
    frames = len(primary.stop())
    assert numbers(tmp_path / "a.mkv") == list(range(frames))


def test_a_camera_can_be_opened_without_being_primed(wired: World, caplog: pytest.LogCaptureFixture) -> None:
    with PrimaryCamera(wired.serials[0], sdk="virtual", primed=False) as camera:
        assert not camera.primed
        with caplog.at_level(logging.INFO, "llpyspin"):
            assert camera.read() == (False, None)  # at once: no frame can come
        assert caplog.messages[-1] == "camera is not primed"
        camera.exposure = 2000
        camera.prime()
        assert camera.primed


@pytest.mark.slow
def test_a_secondary_needs_no_primary(
    wired: World, primary: PrimaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with SecondaryCamera(wired.serials[1], sdk="virtual", roi=SMALL, primary=None, exposure=700) as secondary:
        assert secondary.leader is None
        assert secondary.nodes["ExposureTime"] == 700
        secondary.prime("box.raw", FAST, codec="raw")
        primary.trigger()  # the trigger box, of which the secondary knows nothing
        run_until(secondary, 10)
        primary.stop()
        frames = len(secondary.stop())
        assert frames >= 10
        assert numbers("box.raw") == list(range(frames))
        account = Session.read("box.json").account
        assert account is not None
        assert account.adds_up, account.reasons
        assert account.triggers == frames
        secondary.prime()
        primary.prime()
        primary.trigger()
        run_until(secondary, 3)
        started = time.monotonic()
        secondary.stop()  # pulses still come
        assert time.monotonic() - started < 5
    (said,) = warnings(caplog)
    assert said.startswith("secondary-camera is stopped while pulses are still coming: ")


def test_rate_too_high_for_a_secondary_is_refused_before_the_trigger(
    wired: World, primary: PrimaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with SecondaryCamera(wired.serials[1], sdk="virtual", exposure=15_000) as slow:
        (said,) = warnings(caplog)
        assert said.startswith("secondary-camera cannot follow 100 fps: with its exposure of 15000 us")
        with pytest.raises(SettingRangeError, match="fps is the maximum"):
            slow.prime("a.raw", codec="raw")
        assert not slow.primed
        with pytest.raises(SettingRangeError, match="cannot follow 500 fps"):
            slow.prime("a.raw", primary_camera_framerate=500)
        primary.stop()
        primary.framerate = 30
        primary.prime()
        slow.prime("a.raw", codec="raw")
        primary.stop()
        primary.framerate = FAST
        primary.prime()
        with pytest.raises(SettingRangeError, match="cannot follow 100 fps"):
            primary.trigger()
        assert not primary.triggered
        assert primary.count_of_frames() == 0


# -- what fails meanwhile ---------------------------------------------------------------------------------


def test_a_camera_that_is_unplugged_ends_the_recording_with_all_that_came(
    wired: World, primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    primary.prime("first.mkv")
    secondary.prime("second.raw", codec="raw")
    primary.trigger()
    run_until(primary, 10)
    fault(wired.serials[0], "unplug")
    with pytest.raises(CameraLostError, match=wired.serials[0]):
        while True:
            assert primary.read()[0]
    with pytest.raises(CameraLostError, match=wired.serials[0]):
        primary.stop()
    assert not primary.primed
    assert numbers("first.mkv") == list(range(len(read_sidecar("first.csv"))))
    session = Session.read("first.json")
    assert [event.kind for event in session.events] == ["lost"]
    frames = len(secondary.stop())
    assert numbers("second.raw") == list(range(frames))
    fault(wired.serials[0], "plug")
    assert primary.open()
    assert primary.primed


def test_camera_lost_while_primed_leaves_an_account_without_files(
    wired: World, primary: PrimaryCamera
) -> None:
    primary.prime("first.mkv")
    fault(wired.serials[0], "unplug")
    with pytest.raises(CameraLostError, match=wired.serials[0]):
        while True:
            primary.read()
    with pytest.raises(CameraLostError, match=wired.serials[0]):
        primary.stop()
    session = Session.read("first.json")
    assert [camera.files for camera in session.cameras] == [()]
    assert check("first.json").ok
    assert not repair("first.json").done
    fault(wired.serials[0], "plug")


@pytest.mark.slow
def test_a_camera_whose_sdk_hangs_does_not_hang_stop(wired: World, primary: PrimaryCamera) -> None:
    primary.prime("first.raw", codec="raw")
    primary.trigger()
    run_until(primary, 10)
    fault(wired.serials[0], "hang", where="get_next")
    while primary.read(timeout=0.5)[0]:
        pass
    started = time.monotonic()
    with pytest.raises(CameraHungError):
        primary.stop()
    assert time.monotonic() - started < 15
    seen = numbers("first.raw")
    assert seen == list(range(len(seen)))
    assert len(seen) >= 10
    assert Session.read("first.json").state == "complete"


def test_a_killed_camera_process_is_told_and_its_file_is_in_order(primary: PrimaryCamera) -> None:
    primary.prime("first.mkv")
    primary.trigger()
    run_until(primary, 20)
    os.kill(primary._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        primary.stop()
    seen = numbers("first.mkv")
    assert seen == list(range(len(seen)))
    assert len(seen) >= 20
    assert not primary.primed
    primary.release()


def test_a_killed_writer_is_told_and_the_camera_can_be_used_again(primary: PrimaryCamera) -> None:
    primary.prime("first.mkv")
    primary.trigger()
    run_until(primary, 20)
    assert primary.recording is not None
    os.kill(primary.recording.pid, signal.SIGKILL)
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        primary.stop()
    assert not primary.primed
    seen = numbers("first.mkv")
    assert seen == list(range(len(seen)))
    primary.prime("again.raw", codec="raw")
    primary.trigger()
    run_until(primary, 3)
    assert len(primary.stop()) >= 3


def test_a_fork_of_the_program_does_not_touch_the_recording(primary: PrimaryCamera) -> None:
    primary.prime("first.raw", codec="raw")
    primary.trigger()
    run_until(primary, 5)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs does not hang the tests
        try:
            primary.stop()
        except CameraProcessError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run_until(primary, 20)
    frames = len(primary.stop())
    assert numbers("first.raw") == list(range(frames))
    assert Session.read("first.json").events == ()


RECORD = """
import os, sys, time
from llpyspin import PrimaryCamera
cam = PrimaryCamera({serial!r}, sdk="virtual", framerate=100, roi=(0, 0, 64, 320))
cam.prime("a.mkv")
cam.trigger()
while cam.count_of_frames() < 30:
    cam.read()
print(cam._process.pid, cam.recording.pid, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["", "del cam", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_program_that_ends_without_stop_leaves_a_file_in_order(wired: World, end: str) -> None:
    done = wired.run(RECORD.format(serial=wired.serials[0], end=end))
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    assert all(map(gone, pids))
    seen = numbers("a.mkv")
    assert seen == list(range(len(seen)))
    assert len(seen) >= 30
    assert len(read_sidecar("a.csv")) == len(seen)
    if end in ("", "sys.exit(3)"):
        assert done.stderr == ""
        assert Session.read("a.json").state == "complete"


def test_a_killed_program_leaves_a_file_in_order_and_no_process(wired: World) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD.format(serial=wired.serials[0], end="time.sleep(60)")],
        env=wired.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    process.kill()
    process.wait(10)
    process.stdout.close()
    assert all(map(gone, pids))
    seen = numbers("a.mkv")
    assert seen == list(range(len(seen)))
    assert len(seen) >= 30
    assert [row.frame for row in read_sidecar("a.csv")] == seen


@pytest.mark.slow
def test_ctrl_c_in_ipython_does_not_reach_the_recording(wired: World) -> None:
    opening = f"cam = PrimaryCamera({wired.serials[0]!r}, sdk='virtual')"
    with ipython(wired.environment) as shell:
        for line, answer in [
            ("from llpyspin import PrimaryCamera", ""),
            (opening, "INFO : setting framerate to 30 fps"),
            ("cam.exposure = 1000", "SettingLockedError: acquisition lock is engaged"),
            ("cam.prime('a.mkv')", r"INFO : recording to .*a\.mkv with h264"),
            ("cam.trigger()", ""),
        ]:
            assert re.search(answer, shell.line(line))
        shell.interrupt("while True: ok, image = cam.read()", 0.7)
        said = shell.line("print('frames', len(cam.stop()) > 10)")
        counts = re.search(
            r"INFO : stopping video acquisition.*INFO : a\.mkv: (\d+) of (\d+) frames written.*frames True",
            said,
            re.DOTALL,
        )
        assert counts is not None, said
        assert counts[1] == counts[2]
    seen = numbers("a.mkv")
    assert seen == list(range(len(seen)))


def test_a_secondary_that_got_none_of_the_pulses_asks_whether_it_is_wired(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = world.serials
    with (
        PrimaryCamera(first, sdk="virtual", framerate=FAST, roi=SMALL) as primary,
        SecondaryCamera(second, sdk="virtual", roi=SMALL) as secondary,
    ):
        secondary.prime("side.raw")
        primary.trigger()
        run_until(primary, 10)
        given = len(primary.stop())
        caplog.clear()
        assert len(secondary.stop()) == 0
    lost, why = warnings(caplog)
    assert lost.startswith(f"side.raw: 0 of {given} frames written, {given} lost (sensor {given})")
    assert "its input line had 0 pulses" in why
    assert "Check the wire" in why
