"""Rigs of virtual cameras: recorded, read, refused; every picture is of the trigger that it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CameraClosedError,
    CameraInUseError,
    CameraNotFoundError,
    RecordingError,
    RigConfigError,
    RigError,
    SettingRangeError,
)
from llpyspin.primary import PrimaryCamera
from llpyspin.recording import Session, check, load
from llpyspin.recording.sinks import open_video
from llpyspin.rig import Rig
from llpyspin.rig.run import RigRun
from llpyspin.virtual import fault, read_stamp
from tests.process.rig_worlds import FAST, ROI, account_of, apart_us, make_rig, missing, proven, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator


WORLD = wired(3)


@pytest.fixture(scope="module")
def module_rig() -> Iterator[Rig]:
    """Three cameras at 100 fps, opened once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_VIRTUAL", WORLD)
        with make_rig(3) as rig:
            yield rig


@pytest.fixture
def rig(module_rig: Rig) -> Iterator[Rig]:
    """The rig of three; its world is the one that faults go to, if the test enters no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_VIRTUAL", WORLD)
        yield module_rig
        patch.setenv("LLPYSPIN_VIRTUAL", WORLD)
        if module_rig.primed:
            module_rig.stop()
        for serial in ("20000001", "20000002", "20000003"):
            fault(serial, "mend")


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras in a world of their own."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


# -- recording


@pytest.mark.slow
@pytest.mark.parametrize("step", ["arm_all", "start_recorders", "_open_session"])
def test_an_older_session_is_kept_when_the_new_one_does_not_begin(
    rig: Rig, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = tmp_path / "s"
    proven(rig.record(0.2, folder, progress=False), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    original = getattr(RigRun, step)

    def fails(*arguments: Any, **more: Any) -> None:
        original(*arguments, **more)
        raise RecordingError("this fails")

    with monkeypatch.context() as patch:
        patch.setattr(RigRun, step, fails)
        with pytest.raises(RecordingError, match="this fails"):
            rig.prime(folder, overwrite=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    proven(rig.record(0.2, folder, overwrite=True, progress=False), folder)
    assert not (folder / ".older").exists()


def test_every_picture_shows_the_trigger_of_its_number(rig: Rig, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    session = proven(rig.record(0.5, folder, progress=False, metadata={"subject": "m1", "n": 2}), folder)
    assert session.account is not None
    triggers = session.account.triggers
    assert triggers is not None
    assert triggers > 20
    tree = json.loads((folder / "session.json").read_text())
    assert tree["metadata"] == session.metadata == {"subject": "m1", "n": 2}
    assert (tree["folder"], tree["host"], tree["user"]) == (str(folder), session.host, session.user)
    assert apart_us(folder) < 1000
    assert session.virtual
    assert session.state == "complete"
    with load(folder) as loaded:
        for name in "abc":
            stamps = [read_stamp(picture).frame for picture in loaded[name].frames]
            assert stamps == list(range(triggers))
        last = loaded.health()[-3:]
        assert (sorted(last["camera"]), list(last["frames"]), list(last["backlog"])) == (
            ["a", "b", "c"],
            [triggers] * 3,
            [0] * 3,
        )
        assert (last["disk_free"] > 0).all()
    for camera in session.cameras:
        with open_video(folder / camera.files[0].video) as video:
            tags = video.tags
        assert tags["llpyspin_session"] == session.id == tree["id"]
        assert tags["llpyspin_started_utc"] == session.started_utc
        assert tags["llpyspin_first_trigger"] == "0"
        assert camera.tally is not None
        assert (camera.armed["temperature_c"], camera.tally.temperature_c) == (41.5, 41.5)
    assert session.account.spread is not None
    assert session.account.spread.most_us < 2000
    for name in "abc":
        for suffix in ("mkv", "csv", "yaml"):
            assert (folder / f"{name}.{suffix}").exists()
    assert session.wiring == ("20000001:Line1 -> 20000002:Line3", "20000001:Line1 -> 20000003:Line3")
    assert rig.session is session
    assert rig.folder == str(folder)


def test_lost_frames_are_named_by_trigger_and_stand_as_blanks(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.prime(tmp_path, **FAST)
    fault("20000001", "lose", at=[4])
    fault("20000002", "lose", at=[3, 7, 8])
    fault("20000002", "incomplete", at=[10])
    fault("20000003", "miss", at=[5, 6])
    rig.trigger()
    wait_for(rig, 20)
    session = proven(rig.stop(), tmp_path)
    assert missing(tmp_path, "a") == {"transport": [4]}
    assert missing(tmp_path, "b") == {"transport": [3, 7, 8], "incomplete": [10]}
    assert missing(tmp_path, "c") == {"sensor": [5, 6]}
    assert account_of(session, "b").blanks == 3
    with load(tmp_path) as loaded:
        for name in "abc":
            assert list(loaded[name].triggers) == list(range(len(loaded[name].frames)))


def test_without_fill_no_blank_stands_for_a_lost_frame(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.prime(tmp_path, fill=False, **FAST)
    fault("20000002", "lose", at=[3])
    rig.trigger()
    wait_for(rig, 8)
    session = proven(rig.stop(), tmp_path)
    assert account_of(session, "b").blanks == 0
    with load(tmp_path) as loaded:
        assert 3 not in loaded["b"].triggers


def test_camera_without_a_frame_at_the_trigger_begins_with_the_others(
    rig: Rig, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.prime(tmp_path, pre_trigger=0.5, **FAST)
    stint = rig._members["b"].stint
    assert stint is not None
    wait_for(rig, 5)
    look = stint.follower.first_at_or_after
    answers = [None, None]

    def late(first: int) -> Any:
        return answers.pop() if answers else look(first)

    monkeypatch.setattr(stint.follower, "first_at_or_after", late)
    rig.trigger()
    wait_for(rig, 30)
    proven(rig.stop(), tmp_path)


def test_a_pre_trigger_begins_all_files_with_the_same_trigger(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.prime(tmp_path, pre_trigger=0.2, **FAST)
    assert rig.primed
    assert not rig.triggered
    deadline = Deadline(20)
    while rig.status().triggers < 40:
        assert not deadline.passed
        time.sleep(0.01)
    rig.trigger()
    wait_for(rig, rig.status().triggers + 30)
    session = proven(rig.stop(), tmp_path)
    [came] = [event.trigger for event in session.events if "trigger() came" in event.text]
    assert came is not None
    assert came - 21 <= session.first_trigger <= came - 19  # 0.2 s at 100 fps
    for name in "abc":
        assert account_of(session, name).first_trigger == session.first_trigger
        assert account_of(session, name).all_lost == 0
    with load(tmp_path) as loaded:
        first = {read_stamp(loaded[name].frames[0]).frame for name in "abc"}
    assert first == {session.first_trigger}
    assert apart_us(tmp_path) < 1000


def test_a_rig_is_primed_again_and_again(rig: Rig, tmp_path: pathlib.Path) -> None:
    for number in range(3):
        folder = tmp_path / str(number)
        rig.prime(folder, **FAST)
        rig.trigger()
        wait_for(rig, 5)
        proven(rig.stop(), folder)


def test_stopping_before_the_trigger_leaves_nothing(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.prime(tmp_path / "s", **FAST)
    assert rig.stop() is None
    assert not rig.primed
    assert not (tmp_path / "s").exists()


# -- refused


@pytest.mark.slow
def test_rig_lists_all_cameras_that_fail_to_open_and_closes_the_rest(other: None) -> None:
    named = {"a": "20000001", "x": "99999991", "b": "20000002", "y": "99999992"}
    with PrimaryCamera("20000002", sdk="virtual", primed=False), pytest.raises(RigError) as caught:
        Rig(named, sdk="virtual")
    failures = caught.value.failures
    assert {name: type(error) for name, error in failures.items()} == {
        "x": CameraNotFoundError,
        "b": CameraInUseError,
        "y": CameraNotFoundError,
    }
    for serial in ("99999991", "20000002", "99999992"):
        assert serial in str(caught.value)
    PrimaryCamera("20000001", sdk="virtual", primed=False).release()


def test_one_camera_under_two_names_is_refused(other: None) -> None:
    with pytest.raises(RigError, match=r"(a and b|b and a) are both camera 20000001"):
        Rig({"a": "20000001", "b": 0}, sdk="virtual")


def test_a_setting_that_a_camera_refuses_is_told_with_its_limits(other: None) -> None:
    with pytest.raises(RigError) as caught:
        Rig([{"serial": "20000001", "gain": 1000}, "20000002"], sdk="virtual")
    assert isinstance(caught.value.failures["20000001"], SettingRangeError)


def test_rate_too_high_for_a_secondary_is_refused_before_the_start(
    other: None, tmp_path: pathlib.Path
) -> None:
    slow = [{"serial": "20000001", "roi": ROI, "exposure": 1000}, {"serial": "20000002", "exposure": 20000}]
    folder = tmp_path / "s"
    with Rig(slow, framerate=100, sdk="virtual") as rig:
        with pytest.raises(RigError, match=r"20000002 follows at most .* Hz, not 100 Hz.*20000 us"):
            rig.prime(folder)
        assert not rig.primed
        assert not folder.exists()
        rig["20000001"].framerate = 30
        proven(rig.record(0.2, folder, progress=False, **FAST), folder)


def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(rig: Rig, tmp_path: pathlib.Path) -> None:
    (tmp_path / "notes.txt").touch()
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (FileExistsError, {"out": tmp_path}),
        (RigError, {"out": tmp_path / "s", "codec": "no-such-codec"}),
        (RigConfigError, {"out": tmp_path / "s", "codek": "raw"}),
        (RigConfigError, {"out": tmp_path / "s", "on_failure": "panic"}),
        (SettingRangeError, {"out": tmp_path / "s", "overflow": "burst"}),
        (SettingRangeError, {"out": tmp_path / "s", "pre_trigger": -1}),
        (SettingRangeError, {"out": tmp_path / "s", "metadata": {"when": time}}),
        (RecordingError, {"metadata": {"subject": "m1"}}),
        (SettingRangeError, {"out": tmp_path / "s", "pre_trigger": float("nan")}),
        (RigError, {"out": tmp_path / "s", "pre_trigger": 3600}),
        (RecordingError, {"codec": "raw"}),
    ]
    for kind, arguments in wrong:
        with pytest.raises(kind):
            rig.prime(**arguments)
        assert not rig.primed
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["notes.txt"]
    for seconds in (0, -1, float("nan"), float("inf"), "3", True):
        with pytest.raises(SettingRangeError):
            rig.record(seconds, tmp_path / "s")  # type: ignore[arg-type]


def test_settings_are_locked_while_a_rig_is_primed(rig: Rig) -> None:
    rig.prime()
    with pytest.raises(Exception, match="acquisition lock is engaged"):
        rig["b"].gain = 3
    with pytest.raises(RecordingError, match="already primed"):
        rig.prime()
    assert rig.stop() is None
    rig["b"].gain = 0


def test_a_closed_rig_says_so(other: None) -> None:
    rig = Rig(["20000001"], sdk="virtual")
    rig.close()
    rig.close()
    assert repr(rig) == "<Rig of no cameras, closed>"
    with pytest.raises(CameraClosedError):
        rig.prime()
    with pytest.raises(CameraClosedError):
        rig.read()
    with pytest.raises(CameraClosedError):
        rig["20000001"]


# -- reading


def test_read_returns_frames_of_one_trigger_and_none_for_a_lost_one(rig: Rig) -> None:
    rig["a"].framerate = 20
    rig.prime()
    fault("20000002", "lose", at=[3])
    rig.trigger()
    seen = []
    for _ in range(6):
        images = rig.read(backlog=50)
        seen.append(rig.trigger_number)
        stamps = {name: read_stamp(image).frame for name, image in images.items() if image is not None}
        assert stamps == dict.fromkeys("ac" if rig.trigger_number == 3 else "abc", rig.trigger_number)
        assert [info is not None for info in rig.frame_info.values()] == [
            image is not None for image in images.values()
        ]
    assert seen == list(range(6))
    assert rig.stop() is None
    rig["a"].framerate = 100


def test_read_goes_on_without_a_camera_that_stalls(rig: Rig) -> None:
    rig["a"].framerate = 20
    rig.prime()
    rig.trigger()
    assert all(image is not None for image in rig.read().values())
    fault("20000003", "stall", seconds=30)
    deadline = Deadline(20)
    while rig.read(timeout=0.3)["c"] is not None:
        assert not deadline.passed
    started = time.monotonic()
    for _ in range(10):
        images = rig.read(timeout=10)
        assert images["a"] is not None
        assert images["b"] is not None
    assert time.monotonic() - started < 10
    fault("20000003", "mend")
    rig.stop()
    rig["a"].framerate = 100


def test_read_before_the_trigger_gives_nothing_in_time(rig: Rig) -> None:
    rig.prime()
    assert rig.read(timeout=0.1) == {"a": None, "b": None, "c": None}
    with pytest.raises(SettingRangeError):
        rig.read(backlog=0)
    rig.stop()
    with pytest.raises(CameraClosedError, match="not primed"):
        rig.read()


def test_the_status_is_data(rig: Rig, tmp_path: pathlib.Path) -> None:
    assert rig.status().state == "open"
    rig.prime(tmp_path, **FAST)
    assert rig.status().state == "primed"
    rig.trigger()
    wait_for(rig, 20)
    status = rig.status()
    assert status.state == "recording"
    assert status.folder == str(tmp_path)
    assert list(status.cameras) == ["a", "b", "c"]
    camera = status.cameras["b"]
    assert (camera.serial, camera.role, camera.state) == ("20000002", "secondary", "recording")
    assert camera.disk_free
    assert camera.all_lost == 0
    rig.stop()
    assert rig.status().state == "open"


# -- other triggers, other rigs


def test_a_rig_without_a_primary_follows_an_external_trigger(other: None, tmp_path: pathlib.Path) -> None:
    with PrimaryCamera("20000001", sdk="virtual", roi=ROI, framerate=50, primed=False) as box:
        outside = [{"serial": "20000002", "name": "b", "roi": ROI}]
        with Rig(outside, trigger="external", framerate=50, sdk="virtual") as rig:
            assert rig.primary is None
            box.prime()
            rig.prime(tmp_path, **FAST)
            rig.trigger()
            box.trigger()
            wait_for(rig, 20)
            pulses = len(box.stop())
            session = proven(rig.stop(), tmp_path)
            with pytest.raises(RecordingError, match="external trigger"):
                rig.check_wiring()
    assert account_of(session, "b").written == pulses


@pytest.mark.slow
def test_pulses_that_go_on_when_a_rig_is_stopped_are_not_missing_frames(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(3))
    outside = [
        {"serial": "20000002", "name": "b", "roi": ROI},
        {"serial": "20000003", "name": "c", "roi": ROI},
    ]
    with PrimaryCamera("20000001", sdk="virtual", roi=ROI, framerate=50, primed=False) as box:
        with Rig(outside, trigger="external", sdk="virtual") as rig:
            box.prime()
            rig.prime(tmp_path, **FAST)
            rig.trigger()
            box.trigger()
            wait_for(rig, 10)
            session = proven(rig.stop(), tmp_path)
            box.stop()
    assert account_of(session, "b").written == account_of(session, "c").written == session.triggers
    assert [event.kind for event in session.events] == ["stopped"]


@pytest.mark.slow
def test_two_rigs_in_one_program_record_at_the_same_time(
    rig: Rig, other: None, tmp_path: pathlib.Path
) -> None:
    with make_rig(2) as second:
        rigs = {"one": rig, "two": second}
        for name, each in rigs.items():
            each.prime(tmp_path / name, **FAST)
        for each in rigs.values():
            each.trigger()
        for each in rigs.values():
            wait_for(each, 20)
        for name, each in rigs.items():
            proven(each.stop(), tmp_path / name)


@pytest.mark.slow
def test_two_programs_record_with_a_rig_each_at_the_same_time(tmp_path: pathlib.Path) -> None:
    running = []
    for name in ("one", "two"):
        running.append(record_in_background(tmp_path / name, "--seconds", "1", world=wired(2)))
    for name, process in zip(("one", "two"), running, strict=True):
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert "The account adds up" in output
        assert check(tmp_path / name).ok


@pytest.mark.slow
def test_gige_cameras_are_synchronised_by_their_clocks_without_wires(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    config = json.loads(wired(2, wires=False))
    for camera in config["cameras"]:
        camera["model"] = "BFS-PGE-16S2M"
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    with make_rig(2, framerate=20, sync="ptp") as rig:
        session = proven(rig.record(1, tmp_path / "s", progress=False, **FAST), tmp_path / "s")
        with pytest.raises(RecordingError, match="no wires"):
            rig.check_wiring()
    assert session.sync == "ptp"
    assert session.triggers
    assert account_of(session, "a").written == account_of(session, "b").written == session.triggers


# -- wiring


def test_check_wiring_says_which_secondary_sees_the_pulses(rig: Rig) -> None:
    report = rig.check_wiring()
    assert report.ok, str(report)
    assert [(wire.name, wire.given, wire.seen) for wire in report.wires] == [("b", 5, 5), ("c", 5, 5)]
    assert not rig.primed


def test_check_wiring_names_the_likely_cause_where_nothing_arrives(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2, wires=False))
    with make_rig(2) as unwired:
        report = unwired.check_wiring()
        assert not report.ok
        text = str(report)
        for word in ("0 of 5 pulses", "Line3", "cable", "pull-up", "Line2 (3.3 V)", "another line"):
            assert word in text


# -- the command


def record_in_background(folder: pathlib.Path, *arguments: str, world: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "llpyspin", "record", "--virtual", "--framerate", "20"),
            *("--out", str(folder), "--codec", "raw", *arguments),
        ],
        env={**os.environ, "LLPYSPIN_VIRTUAL": world},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_recording_in_order_with_the_account(
    number: signal.Signals, status: int, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "s"
    process = record_in_background(folder, world=wired(2))
    deadline = Deadline(60)
    while not (folder / "20000002.csv").exists() or (folder / "20000002.csv").read_text().count("\n") < 10:
        assert not deadline.passed
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert "The account adds up" in output
    assert "Traceback" not in errors
    assert Session.read(folder / "session.json").state == "complete"
    assert check(folder).ok


def test_the_command_reads_a_rig_from_its_file(tmp_path: pathlib.Path) -> None:
    config = tmp_path / "rig.yaml"
    config.write_text(
        "sdk: virtual\nframerate: 50\ncameras:\n"
        "  - {serial: 20000001, name: top, roi: [0, 0, 270, 360]}\n"
        "  - {serial: 20000002, name: side, roi: [0, 0, 270, 360]}\n"
        "record: {codec: raw}\n"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "llpyspin", "record", "--config", config, "--seconds", "0.5"),
            *("--out", tmp_path / "s", "--quiet"),
        ],
        env={**os.environ, "LLPYSPIN_VIRTUAL": wired(2)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert sorted(path.name for path in (tmp_path / "s").glob("*.raw")) == ["side.raw", "top.raw"]


@pytest.mark.slow
def test_the_command_makes_as_many_virtual_cameras_as_are_wanted(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLPYSPIN_VIRTUAL", raising=False)
    command = [sys.executable, "-m", "llpyspin", "record", "--virtual", "--codec", "raw", "--seconds", "0.3"]
    done = subprocess.run(
        [*command, "--cameras", "3", "--framerate", "10", "--out", tmp_path / "s"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 virtual cameras" in done.stdout
    again = subprocess.run(
        [*command, "--cameras", "20000001", "--out", tmp_path / "s"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.returncode == 1
    assert "20000001" in again.stderr  # no such camera without that world
    assert "Traceback" not in again.stderr


def test_a_recording_by_hand_in_a_thread_is_like_any_other(rig: Rig, tmp_path: pathlib.Path) -> None:
    found: list[Session] = []
    thread = threading.Thread(
        target=lambda: found.append(rig.record(0.3, tmp_path / "s", progress=False, **FAST))
    )
    thread.start()
    thread.join(60)
    proven(found[0], tmp_path / "s")


def wait_for(rig: Rig, triggers: int) -> None:
    """Until all cameras have seen so many triggers; without a camera's frames lost at the end."""
    deadline = Deadline(30)
    while rig.status().triggers < triggers:
        assert not deadline.passed, rig.status()
        time.sleep(0.01)
