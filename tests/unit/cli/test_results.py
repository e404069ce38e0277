"""What commands print: results on standard output, messages on standard error, errors in a few lines."""

from __future__ import annotations

import io
import json
import logging
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import cli
from llpyspin.cli.fitting import check_fit
from llpyspin.cli.results import Output, only_what_can_be_shown
from llpyspin.device import FoundCamera
from llpyspin.errors import CameraError, RigConfigError
from llpyspin.recording.account.account import Account
from llpyspin.rig import load_config

if TYPE_CHECKING:
    from pathlib import Path

CAMERAS = [FoundCamera("12345678", "Blackfly S BFS-U3-16S2M", "USB3", None)]


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> list[FoundCamera]:
    found = list(CAMERAS)
    monkeypatch.setattr("llpyspin.camera.which.list_cameras", lambda sdk: found)
    monkeypatch.setattr("llpyspin.cli.rigging.list_cameras", lambda sdk: found)
    return found


def test_list_has_headings(cameras: list[FoundCamera], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    told = capsys.readouterr()
    heading, line, row = told.out.splitlines()
    assert heading.split("  ")[0:2] == ["index", "serial"]
    assert heading.endswith("in use")
    assert set(line) == {"-"}
    assert row.split() == ["0", "12345678", "Blackfly", "S", "BFS-U3-16S2M", "USB3", "?"]
    assert told.err == ""


def test_list_as_json_is_nothing_but_json(
    cameras: list[FoundCamera], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["list", "--json", "-v"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["serial"] == "12345678"
    cameras.clear()
    assert cli.main(["list", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_result_as_json_has_no_nan_and_no_set(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.json = True
    output.result("never shown", {"nan": math.nan, "set": {2, 1}, "account": Account()})
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert told["nan"] is None
    assert told["set"] == [1, 2]
    assert told["account"]["cameras"] == []


def test_error_is_one_line_and_its_traceback_is_there_when_wanted(
    cameras: list[FoundCamera], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(sdk: str | None) -> list[FoundCamera]:
        error = CameraError("the camera said no")
        error.remote_traceback = "Traceback of the camera process"
        raise error

    monkeypatch.setattr("llpyspin.camera.which.list_cameras", refuse)
    assert cli.main(["list"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "llpyspin: the camera said no\n")
    for call in (["list", "-v"], ["-v", "list"], ["list", "-vv"]):
        assert cli.main(call) == 1
        told = capsys.readouterr()
        assert "Traceback of the camera process" in told.err
        assert "in refuse" in told.err
        assert told.err.endswith("llpyspin: the camera said no\n")
    monkeypatch.setenv("LLPYSPIN_TRACEBACK", "1")
    assert cli.main(["list"]) == 1
    assert "in refuse" in capsys.readouterr().err


def test_fault_of_the_program_is_named_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(sdk: str | None) -> list[FoundCamera]:
        raise KeyError("serial")

    monkeypatch.setattr("llpyspin.camera.which.list_cameras", broken)
    assert cli.main(["list"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "llpyspin: KeyError: 'serial'",
        "This is a fault of llpyspin. Set LLPYSPIN_TRACEBACK=1 to see where, and report it",
    ]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["WARNING"]),
        (["-q"], ["WARNING"]),
        (["-v"], ["INFO", "WARNING"]),
        (["-vv"], ["DEBUG", "INFO", "WARNING"]),
    ],
)
def test_log_lines_are_shown_as_asked_for(
    options: list[str],
    shown: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def noisy(sdk: str | None) -> list[FoundCamera]:
        logger = logging.getLogger("llpyspin")
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logger.log(level, "a line")
        logger.warning("in the account", extra={"in_account": True})
        return CAMERAS

    monkeypatch.setattr("llpyspin.camera.which.list_cameras", noisy)
    before = logging.getLogger("llpyspin").level
    assert cli.main(["list", *options]) == 0
    assert capsys.readouterr().err.splitlines() == [f"{level} : a line" for level in shown]
    assert logging.getLogger("llpyspin").level == before
    assert not logging.getLogger("llpyspin").handlers


def test_characters_that_a_stream_has_not_got_become_the_nearest() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    only_what_can_be_shown(stream)
    print("+0.1 ± 7.5 ppm → a … ▀", file=stream, flush=True)
    assert raw.getvalue() == b"+0.1 +- 7.5 ppm -> a ... ?\n"
    utf = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    only_what_can_be_shown(utf)
    print("± \udcff", file=utf, flush=True)
    assert utf.buffer.getvalue() == "± ?\n".encode()  # type: ignore[attr-defined]


def test_reader_that_goes_early_ends_a_command_quietly(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "llpyspin", "record", "--help"],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_more_cameras_than_are_connected_are_refused(
    cameras: list[FoundCamera], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "--cameras", "99", "--seconds", "1"]) == 1
    told = capsys.readouterr().err
    assert "--cameras asks for 99 cameras, but only 1 are connected: 12345678" in told
    assert told.count("\n") == 1


def test_more_cameras_than_memory_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LLPYSPIN_VIRTUAL", raising=False)
    monkeypatch.setattr("llpyspin.cli.fitting.spare_memory", lambda: 1 << 30)
    assert cli.main(["record", "--virtual", "--cameras", "99"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("llpyspin: 99 cameras with full frames take about ")
    assert "this machine can spare 1 GiB. Use at most 3 cameras" in told
    assert "LLPYSPIN_VIRTUAL" not in os.environ


def test_more_cameras_than_processors_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("llpyspin.cli.fitting.spare_memory", lambda: None)
    monkeypatch.setattr("llpyspin.cli.fitting.processors", lambda: 2)
    check_fit(4, Output())
    assert not caplog.records
    check_fit(5, Output())
    assert "5 cameras share 2 processors: expect lost frames" in caplog.text


def test_too_little_memory_is_a_warning_where_frames_may_be_small(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("llpyspin.cli.fitting.spare_memory", lambda: 1 << 20)
    check_fit(1, Output())
    assert "1 camera with full frames takes about" in caplog.text
    assert "can spare 1 MiB" in caplog.text
    with pytest.raises(RigConfigError, match="Close other programs"):
        check_fit(1, Output(), full_frames=True)


@pytest.mark.parametrize(
    ("cameras_option", "said"),
    [
        ("0", "a rig needs at least one camera, not 0"),
        (",", "a rig needs at least one camera"),
        ("12345678,12345678", "12345678"),
    ],
)
def test_cameras_that_make_no_rig_are_refused(
    cameras_option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "--virtual", "--cameras", cameras_option]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_folder_that_is_taken_is_refused_before_a_camera_is_opened(
    cameras: list[FoundCamera], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("llpyspin.rig.Rig.from_config", lambda config: pytest.fail("it was opened"))
    (tmp_path / "a.mkv").touch()
    assert cli.main(["record", "--out", str(tmp_path)]) == 1
    assert f"{tmp_path} is not empty (a.mkv)" in capsys.readouterr().err


def test_init_writes_a_file_that_record_can_use(
    cameras: list[FoundCamera], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two words.yaml"
    assert cli.main(["init", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out == f"{path}: 12345678\n"
    assert told.err == f"To record: llpyspin record --config '{path}' --seconds 10\n"
    assert [camera.device for camera in load_config(path).cameras] == ["12345678"]
    assert cli.main(["init", str(path)]) == 1
    assert f"{path} already exists. Choose another name" in capsys.readouterr().err
    assert cli.main(["init", str(path), "--overwrite", "--json", "-q"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"file": str(path), "cameras": ["12345678"]}
    assert told.err == ""


def test_init_refuses_a_name_that_is_too_long(
    cameras: list[FoundCamera], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tmp_path / ("x" * 300))]) == 1
    assert "cannot be written: File name too long" in capsys.readouterr().err


def test_init_and_view_without_a_camera_write_nothing(
    cameras: list[FoundCamera],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cameras.clear()
    monkeypatch.setattr("llpyspin.cli.liveall.list_cameras", lambda sdk: cameras)
    assert cli.main(["init", str(tmp_path / "rig.yaml")]) == 1
    assert capsys.readouterr().err.startswith("llpyspin: no camera is connected")
    assert not list(tmp_path.iterdir())
    assert cli.main(["view"]) == 1
    assert capsys.readouterr().err.startswith("llpyspin: no camera is connected")


@pytest.mark.parametrize(
    ("line", "status", "kind"),
    [
        (["record", "--json", "--cameras", "99999999"], 1, "RigError"),
        (["check", "--json", "/nowhere"], 1, "RecordingError"),
        (["record", "--json", "--seconds", "-1"], 2, "UsageError"),
        (["list", "--jsn", "--json"], 2, "UsageError"),
    ],
)
def test_error_as_json_is_an_object_with_type_and_message(
    line: list[str],
    status: int,
    kind: str,
    cameras: list[FoundCamera],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(line) == status
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert error["type"] == kind
    assert error["message"] in told.err
    assert error["message"]


def test_error_after_a_result_prints_no_second_json(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.json = True
    output.result("", {"folder": "here"})
    output.fail(CameraError("lost"))
    assert json.loads(capsys.readouterr().out) == {"folder": "here"}


def test_words_about_a_recording_go_to_its_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("llpyspin.cli.rigging.record_rig", lambda request, _: asked.append(request.words()))
    line = ["record", "--subject", "m42", "--notes", "", "--metadata", "weight_g=24.1"]
    cli.main([*line, "--metadata", "day=3", "--metadata", "url=a=b", "--metadata", "code=1_0"])
    assert asked == [{"weight_g": 24.1, "day": 3, "url": "a=b", "code": "1_0", "subject": "m42", "notes": ""}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--metadata", "weight"], "'weight' is not NAME=VALUE"),
        (["--metadata", "=3"], "'=3' is not NAME=VALUE"),
        (["--metadata", "a=1", "--metadata", "a=2"], "--metadata has a twice"),
    ],
)
def test_wrong_metadata_is_refused(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["record", *given]) == 2
    assert said in capsys.readouterr().err
