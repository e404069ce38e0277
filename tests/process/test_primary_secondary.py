"""Primary and secondary cameras on wired virtual cameras: priming, recording, mistakes, failures."""

from __future__ import annotations

import itertools
import json
import logging
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    CameraLostError,
    CameraProcessError,
    RecordingError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import fault, read_stamp

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

SMALL = (0, 0, 64, 320)  # small pictures: the machine that runs the tests has other work
FAST = 100.0


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


def run_until(camera: PrimaryCamera | SecondaryCamera, frames: int) -> None:
    """Wait until so many frames have come."""
    deadline = Deadline(20)
    while camera.count_of_frames() < frames:
        assert not deadline.passed
        time.sleep(0.005)


def numbers(path: str | pathlib.Path) -> list[int]:
    """The frame numbers in the pixels of a video."""
    video = open_video(path)
    try:
        return [read_stamp(image).frame for image in video]
    finally:
        video.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def gone(pid: int) -> bool:
    deadline = Deadline(15)
    while not deadline.passed:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


# -- as in the README of parallel-pyspin ------------------------------------------------------------------


def test_cameras_are_primed_when_they_are_open_and_say_what_the_readme_says(
    wired: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "llpyspin"):
        primary = PrimaryCamera(device=0, dummy=True)
        assert caplog.messages == [
            "setting framerate to 30 fps",
            "setting exposure to 1500 us",
            "setting binsize to 1 pixel(s)",
            "setting the ROI parameters to (0, 0, 1080, 1440).",
        ]
        caplog.clear()
        secondary = SecondaryCamera(serial_number=int(wired.serials[1]), dummy=True, color=False)
        assert caplog.messages == [
            "setting binsize to 1 pixel(s)",
            "setting the ROI parameters to (0, 0, 1080, 1440).",
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


def test_settings_are_locked_while_a_camera_is_primed(primary: PrimaryCamera, tmp_path: pathlib.Path) -> None:
    primary.save_settings(tmp_path / "settings.yaml")
    attempts: list[Callable[[], object]] = [
        lambda: setattr(primary, "exposure", 1000),
        lambda: setattr(primary, "binsize", 2),
        lambda: primary.nodes.__setitem__("Gain", 3.0),
        lambda: primary.nodes.execute("TriggerSoftware"),
        lambda: primary.load_settings(tmp_path / "settings.yaml"),
    ]
    for attempt in attempts:
        with pytest.raises(SettingLockedError, match=r"acquisition lock is engaged.*stop\(\)"):
            attempt()
    assert primary.exposure == 1500
    primary.stop()
    primary.exposure = 1000
    primary.nodes["Gain"] = 3.0
    primary.prime()
    assert (primary.exposure, primary.nodes["Gain"]) == (1000, pytest.approx(3.0, abs=0.01))


def test_what_a_primed_camera_is_set_to_is_told_without_asking_it(
    primary: PrimaryCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(primary._process, "request", None)  # whoever asks now fails
    assert primary.framerate == pytest.approx(FAST, rel=1e-5)
    assert (primary.exposure, primary.binsize, tuple(primary.roi)) == (1500, 1, SMALL)
    monkeypatch.undo()


def test_a_camera_can_be_opened_without_being_primed(wired: World, caplog: pytest.LogCaptureFixture) -> None:
    with PrimaryCamera(wired.serials[0], sdk="virtual", primed=False) as camera:
        assert not camera.primed
        with caplog.at_level(logging.INFO, "llpyspin"):
            assert camera.read() == (False, None)  # at once: no frame can come
        assert caplog.messages[-1] == "camera is not primed"
        camera.exposure = 2000
        camera.prime()
        assert camera.primed


def test_both_cameras_expose_with_each_pulse_and_can_be_looked_at(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    primary.trigger()
    assert primary.triggered
    for camera in (primary, secondary):
        ok, image = camera.read()
        assert ok
        assert image is not None
        assert image.shape == (64, 320)
    assert secondary.triggered
    run_until(primary, 20)
    first, second = primary.stop(), secondary.stop()
    assert not primary.triggered
    assert first.dtype == np.float64
    assert first[0] == 0.0
    assert len(first) >= 20
    assert np.allclose(np.diff(first), 10.0, atol=0.001)
    assert np.allclose(first, second, atol=0.01)


def test_a_camera_is_triggered_as_often_as_it_is_primed(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    for _ in range(3):
        primary.prime()
        secondary.prime()
        primary.trigger()
        run_until(primary, 3)
        assert len(primary.stop()) == len(secondary.stop()) >= 3


# -- recording --------------------------------------------------------------------------------------------


def test_picture_n_of_both_recordings_is_trigger_n(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    secondary.prime("second.mkv")
    primary.prime("first.mkv")
    primary.trigger()
    run_until(primary, 30)
    stamps = {"first": primary.stop(), "second": secondary.stop()}
    for name, camera in (("first", primary), ("second", secondary)):
        seen = numbers(f"{name}.mkv")
        assert seen == list(range(len(seen)))
        assert len(seen) == len(stamps[name]) >= 30
        rows = read_sidecar(f"{name}.csv")
        assert [(row.frame, row.trigger, row.state) for row in rows] == [(n, n, "written") for n in seen]
        session = Session.read(f"{name}.json")
        assert session.state == "complete"
        assert session.virtual
        assert session.account is not None
        assert session.account.adds_up, session.account.reasons
        (record,) = session.cameras
        assert (record.serial, record.role) == (camera.info.serial, camera.kind)
        assert record.settings["nodes"]["ExposureTime"] == 1500
        assert session.versions["sdk"].startswith("virtual")
        assert camera.recording is None
    assert len(stamps["first"]) == len(stamps["second"])
    assert warnings(caplog) == []
    assert Session.read("first.json").triggers == len(stamps["first"])


def test_what_is_lost_is_named_and_a_blank_picture_stands_for_it_where_asked(
    wired: World, primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    primary.prime("first.raw", codec="raw")
    secondary.prime("second.raw", codec="raw", fill=True)
    fault(wired.serials[0], "lose", at=[3, 4])
    fault(wired.serials[1], "miss", at=[5])
    primary.trigger()
    run_until(secondary, 20)
    stamps = primary.stop()
    filled = secondary.stop()
    assert not np.isnan(stamps).any()
    assert np.flatnonzero(np.isnan(filled)).tolist() == [5]
    assert stamps[2:5].tolist() == pytest.approx([20, 50, 60], abs=0.01)
    lost = {
        name: [row for row in read_sidecar(f"{name}.csv") if row.state == "lost"]
        for name in ("first", "second")
    }
    assert [(row.trigger, row.where, row.frame) for row in lost["first"]] == [
        (3, "transport", None),
        (4, "transport", None),
    ]
    assert [(row.trigger, row.where, row.frame) for row in lost["second"]] == [(5, "sensor", 5)]
    said = warnings(caplog)
    assert len(said) == 2
    assert "2 lost (transport 2); first.csv tells which" in said[0]
    assert "1 lost (sensor 1)" in said[1]
    for name in lost:
        account = Session.read(f"{name}.json").account
        assert account is not None
        assert account.adds_up, account.reasons


def test_errors_that_can_be_known_come_before_the_trigger_and_change_nothing(
    primary: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "there.mkv").write_text("precious")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        primary.prime("there.mkv")
    with pytest.raises(RecordingError, match="no folder"):
        primary.prime("nowhere/a.mkv")
    with pytest.raises(SettingRangeError):
        primary.prime("a.mkv", overflow="hope")
    assert primary.primed
    with pytest.raises(RecordingError):
        primary.prime("a.mkv", codec="no such codec")
    assert not primary.primed
    assert [path.name for path in tmp_path.iterdir()] == ["there.mkv"]
    primary.prime("b.raw", codec="raw")
    primary.trigger()
    with pytest.raises(RecordingError, match=r"is running: stop\(\) it first.*b\.raw"):
        primary.prime("c.raw", codec="raw")
    run_until(primary, 3)
    assert len(primary.stop()) == len(numbers("b.raw"))


def test_a_recording_that_was_not_triggered_leaves_no_file(
    primary: PrimaryCamera, secondary: SecondaryCamera, tmp_path: pathlib.Path
) -> None:
    primary.prime("a.raw", codec="raw")
    primary.prime("b.raw", codec="raw")
    secondary.prime("c.raw", codec="raw")
    assert primary.recording is not None
    assert primary.stop().shape == (0,)
    secondary.release()
    assert list(tmp_path.iterdir()) == []


def test_segments_go_on_where_the_one_before_ends(primary: PrimaryCamera) -> None:
    primary.prime("a.raw", codec="raw", segment_seconds=0.1)
    primary.trigger()
    run_until(primary, 25)
    stamps = primary.stop()
    session = Session.read("a.json")
    (record,) = session.cameras
    assert [file.video for file in record.files][:3] == ["a.raw", "a_001.raw", "a_002.raw"]
    seen = [number for file in record.files for number in numbers(file.video)]
    assert seen == list(range(len(stamps)))


def test_a_pre_trigger_begins_both_files_with_the_same_trigger(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    secondary.prime("second.raw", codec="raw", pre_trigger=0.2)
    primary.prime("first.raw", codec="raw", pre_trigger=0.2)
    assert not primary.triggered
    run_until(secondary, 40)
    before = primary.count_of_frames()
    primary.trigger()
    assert primary.triggered
    run_until(primary, before + 10)
    first, second = primary.stop(), secondary.stop()
    seen = numbers("first.raw")
    assert seen == numbers("second.raw") == list(range(seen[0], seen[0] + len(first)))
    assert len(first) == len(second)
    assert before - 21 <= seen[0] <= before + 5
    for name in ("first", "second"):
        rows = read_sidecar(f"{name}.csv")
        assert [row.trigger for row in rows] == seen
        account = Session.read(f"{name}.json").account
        assert account is not None
        assert account.adds_up, account.reasons


def test_a_pre_trigger_longer_than_memory_is_refused_with_the_limit(primary: PrimaryCamera) -> None:
    with pytest.raises(SettingRangeError, match=r"pre_trigger of 3600 s.*the most that can be kept"):
        primary.prime("a.raw", pre_trigger=3600)


# -- the wrong order --------------------------------------------------------------------------------------


def test_a_secondary_that_is_primed_too_late_accounts_for_what_it_missed(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    primary.prime("first.raw", codec="raw")
    primary.trigger()
    run_until(primary, 10)
    secondary.prime("second.raw", codec="raw")
    (said,) = warnings(caplog)
    assert said.startswith(
        "secondary-camera was primed after primary-camera was triggered: the frames of its first"
    )
    run_until(secondary, 10)
    triggers = len(primary.stop())
    frames = len(secondary.stop())
    rows = read_sidecar("second.csv")
    assert [row.trigger for row in rows] == list(range(triggers))
    assert [row.state for row in rows] == ["lost"] * (triggers - frames) + ["written"] * frames
    assert triggers - frames >= 10
    # What is the same trigger was exposed at the same time.
    times = {row.trigger: row.host_timestamp_ns for row in read_sidecar("first.csv")}
    late = [abs(row.host_timestamp_ns - times[row.trigger]) for row in rows if row.state == "written"]
    assert np.median(late) < 5e6


def test_a_secondary_that_is_stopped_first_says_what_will_be_missing(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    secondary.prime("second.raw", codec="raw")
    primary.trigger()
    run_until(secondary, 10)
    started = time.monotonic()
    frames = len(secondary.stop())
    assert time.monotonic() - started < 5
    (said,) = warnings(caplog)
    assert said == (
        "secondary-camera is stopped before primary-camera: the frames of all later triggers are missing"
    )
    assert len(primary.stop()) > frames >= 10
    assert numbers("second.raw") == list(range(frames))
    session = Session.read("second.json")
    assert [event.kind for event in session.events] == ["stopped"]


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
    assert said.startswith("secondary-camera is stopped while pulses still come: ")


def test_a_rate_that_a_secondary_cannot_follow_is_refused_before_the_trigger(
    wired: World, primary: PrimaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    with SecondaryCamera(wired.serials[1], sdk="virtual", exposure=15_000) as slow:
        (said,) = warnings(caplog)
        assert said.startswith("secondary-camera cannot follow 100 fps: with its exposure of 15000 us")
        with pytest.raises(SettingRangeError, match="fps are the most"):
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


def test_a_stop_that_is_interrupted_anywhere_can_be_repeated(primary: PrimaryCamera) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for trial in range(6):
            primary.prime(f"{trial}.raw", codec="raw")
            primary.trigger()
            run_until(primary, 5)
            signal.setitimer(signal.ITIMER_REAL, 0.002 + 0.03 * trial)
            try:
                stamps = primary.stop()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                stamps = primary.stop()
            seen = numbers(f"{trial}.raw")
            assert seen == list(range(len(seen)))
            assert len(seen) == len(stamps) or not len(stamps)
            assert Session.read(f"{trial}.json").state == "complete"
            assert not primary.primed
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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


def test_ctrl_c_in_ipython_does_not_reach_the_recording(wired: World) -> None:
    pexpect: Any = pytest.importorskip("pexpect")
    shell = pexpect.spawn(
        sys.executable,
        [
            "-m",
            "IPython",
            "--simple-prompt",
            "--no-banner",
            "--colors=NoColor",
            "--HistoryManager.enabled=False",
        ],
        env={**wired.environment, "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    prompts = itertools.count(1)
    try:
        for line, answer in [
            ("from llpyspin import PrimaryCamera", ""),
            (
                f"cam = PrimaryCamera({wired.serials[0]!r}, sdk='virtual')",
                r"INFO : setting framerate to 30 fps",
            ),
            ("cam.exposure = 1000", "SettingLockedError: acquisition lock is engaged"),
            ("cam.prime('a.mkv')", r"INFO : recording to .*a\.mkv with h264"),
            ("cam.trigger()", ""),
        ]:
            shell.expect(rf"In \[{next(prompts)}\]: ")
            shell.sendline(line)
            if answer:
                shell.expect(answer)
        shell.expect(rf"In \[{next(prompts)}\]: ")
        shell.sendline("while True: ok, image = cam.read()")
        shell.expect(pexpect.TIMEOUT, timeout=0.7)
        shell.sendintr()
        shell.expect("KeyboardInterrupt")
        shell.expect(rf"In \[{next(prompts)}\]: ")
        shell.sendline("print('frames', len(cam.stop()) > 10)")
        shell.expect("INFO : stopping video acquisition")
        shell.expect(r"INFO : a\.mkv: (\d+) of (\d+) frames written")
        assert shell.match[1] == shell.match[2]
        shell.expect("frames True")
        shell.expect(rf"In \[{next(prompts)}\]: ")
        shell.sendline("exit()")
        shell.expect(pexpect.EOF)
    finally:
        shell.close(force=True)
    seen = numbers("a.mkv")
    assert seen == list(range(len(seen)))
