"""What a person meets at the prompt and in the shell: sentences that say which camera, and what to do."""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin import cli
from llpyspin.deadlines import Deadline
from llpyspin.errors import RigConfigError, RigError
from llpyspin.primary import PrimaryCamera
from llpyspin.recording.sinks import Picture, choose
from llpyspin.rig import Rig
from llpyspin.virtual import fault
from tests.process.commands import command
from tests.process.rig_worlds import cameras, wired

if TYPE_CHECKING:
    import contextlib
    import pathlib
    import subprocess


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


def recording(*arguments: str) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    return command("record", "--virtual", *arguments)


def wait_until(holds: object, what: str) -> None:
    assert callable(holds)
    deadline = Deadline(30)
    while not holds():
        assert not deadline.passed, what
        time.sleep(0.005)


def test_a_rate_that_the_exposure_does_not_allow_is_refused_by_a_rig() -> None:
    with pytest.raises(
        RigError, match=r"framerate 200 Hz refused: 49\.\d+ Hz|framerate 200 Hz refused: 50 Hz"
    ):
        Rig(cameras(1), framerate=200, exposure=20_000, sdk="virtual").close()


def test_a_primary_says_when_it_will_run_slower_than_it_is_set_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with PrimaryCamera("20000001", framerate=200, exposure=20_000, sdk="virtual") as primary:
        assert "set to 200 fps, but will run at 50 fps: an exposure of 20000 us allows no more" in caplog.text
        caplog.clear()
        primary.stop()
        primary.framerate = 40
        primary.prime()
    assert "allows no more" not in caplog.text


def test_an_exposure_that_is_no_number_is_said_to_be_none() -> None:
    with pytest.raises(
        RigConfigError, match=r"exposure must be a positive number of us, .* not 'long'"
    ) as error:
        Rig([{"serial": "20000001", "exposure": "long"}], sdk="virtual").close()
    assert [mistake.path for mistake in error.value.mistakes] == ["cameras[0].exposure"]


def test_a_rig_that_is_opened_says_one_line_a_camera_and_which(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "llpyspin"), Rig(cameras(2), framerate=100, sdk="virtual"):
        lines = sorted(record.getMessage() for record in caplog.records)
    assert len(lines) == 2
    assert lines[0].startswith("a: primary camera 20000001 (")
    assert lines[0].endswith("100 fps, 1500 us exposure")
    assert lines[1].startswith("b: secondary camera 20000002 (")


def test_what_is_wrong_with_several_cameras_alike_is_said_once() -> None:
    text = str(
        RigError("no:", {"a": ValueError("too slow"), "b": ValueError("too slow"), "c": ValueError("x")})
    )
    assert text == "no:\n  a, b: too slow\n  c: x"


def test_misspelt_option_is_answered_with_the_right_one() -> None:
    with pytest.raises(RigConfigError, match="'codc' is not known; did you mean 'codec'"):
        Rig(cameras(1), sdk="virtual", record={"codc": "raw"})
    with pytest.raises(Exception, match="no codec 'h263'; did you mean 'h265'"):
        choose("h263", Picture(height=96, width=128, rate=30))


def test_a_quality_that_no_encoder_takes_is_not_put_down_to_the_encoders() -> None:
    with pytest.raises(Exception, match="the quality of libx264 is its quantiser, a whole number") as error:
        choose("h264", Picture(height=96, width=128, rate=30), quality=99)
    assert "nvenc" not in str(error.value)


def test_without_an_sdk_the_command_tells_of_virtual_cameras(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PySpin", None)
    assert cli.main(["record", "--sdk", "pyspin"]) == 1
    assert capsys.readouterr().err.endswith("Without a camera: --virtual\n")


def test_a_check_of_what_is_no_recording_is_answered_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    assert cli.main(["check", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_ctrl_c_while_cameras_are_opened_is_not_answered_with_a_traceback(tmp_path: pathlib.Path) -> None:
    with recording("--out", str(tmp_path / "s")) as running:
        process = psutil.Process(running.pid)
        wait_until(process.children, "no camera process")  # it is opening cameras now
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=40)
    assert running.returncode == 130
    assert (output, errors) == ("", "llpyspin: interrupted\n")


def test_ctrl_c_twice_breaks_off_and_says_how_to_complete_what_there_is(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    with recording("--out", str(folder), "--codec", "raw", "--quiet") as running:
        rows = folder / "20000002.csv"
        wait_until(lambda: rows.exists() and rows.stat().st_size > 500, "nothing was recorded")
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=40)
    assert running.returncode == 130
    state = json.loads((folder / "session.json").read_text())["state"]
    said = f"Interrupted: {folder} has no account yet. To complete it: llpyspin repair {folder}\n"
    assert (state, errors) in [("recording", said), ("complete", "")]  # the second one may come too late


@pytest.mark.slow
def test_command_prints_what_is_missing_from_a_rig_once(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Rig(cameras(2), framerate=100, sdk="virtual") as rig:
        fault("20000002", "lose", at=[3, 4])
        with caplog.at_level(logging.INFO, "llpyspin"):
            rig.record(0.3, tmp_path / "s", codec="raw", progress=False)
    assert f"triggers to {tmp_path / 's'}" in caplog.text
    warning = next(record for record in caplog.records if record.levelno == logging.WARNING)
    assert warning.getMessage().startswith("FRAMES ARE MISSING: b has no whole picture of 2 of ")

    lossy = {**json.loads(wired(2)), "faults": [{"serial": "20000002", "kind": "lose", "at": [3, 4]}]}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(lossy))
    with recording("--out", str(tmp_path / "t"), "--codec", "raw", "--quiet", "--seconds", "0.3") as running:
        output, errors = running.communicate(timeout=40)
    assert output.count("FRAMES ARE MISSING: 20000002 has no whole picture of 2 of ") == 1
    assert not errors


def test_the_status_of_a_rig_is_printed_a_line_a_camera() -> None:
    with Rig(cameras(2), framerate=100, sdk="virtual") as rig:
        lines = str(rig.status()).splitlines()
    assert lines[0] == "open, 0.0 s, 0 triggers"
    assert [line.split(":")[0] for line in lines[1:]] == ["  a", "  b"]


def test_a_recording_that_is_broken_off_is_not_taken_for_the_one_before(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    with Rig({"top": "20000001"}, sdk="virtual", roi=(0, 0, 64, 64)) as rig:
        rig.record(0.1, tmp_path / "first", progress=False, codec="raw")
        assert rig.session is not None
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr("llpyspin.rig.runs.end_run", broken_off)
            rig.record(0.1, tmp_path / "second", progress=False, codec="raw")
        assert rig.session is None
    assert f"interrupted: {tmp_path / 'second'} has no account yet" in caplog.text


def test_a_rig_writes_videos_of_the_sdk_that_drives_its_cameras(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLPYSPIN_SDK", raising=False)  # which would be another one by default
    with Rig({"top": "20000001"}, sdk="virtual", roi=(0, 0, 64, 64)) as rig:
        session = rig.record(0.1, tmp_path / "s", progress=False, codec="spinvideo")
    assert session.account is not None
    assert session.account.camera("top").written > 0


def test_secondary_without_a_wire_is_reported_live_and_in_the_account(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2, wires=False))
    monkeypatch.setattr("llpyspin.rig.silence.SILENT_S", 0.1)
    with Rig(cameras(2), framerate=100, sdk="virtual") as rig:
        rig.prime(tmp_path / "s", codec="raw")
        rig.trigger()
        wait_until(lambda: "Check the wire" in caplog.text, "nobody was told")
        session = rig.stop()
    assert "b has no frame yet, but a has. Check the wire" in caplog.text
    assert session is not None
    assert session.account is not None
    account = session.account.camera("b")
    assert account.lost["sensor"] == account.triggers > 0
    (reason,) = session.account.reasons
    assert reason.startswith("b: its input line had 0 pulses")
    assert "Check the wire: check_wiring()" in reason
