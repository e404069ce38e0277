"""What the shell says to a wrong call: one line, with what to do."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin import cli
from llpyspin.errors import RecordingError
from llpyspin.recording.tree import write_json
from llpyspin.rig.folder import SessionFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("view --virtual --frames 0", "argument --frames: 0 is not a whole number from 1"),
        ("view --virtual --frames -1", "argument --frames"),
        ("view --virtual --frames 1.5", "argument --frames: 1.5 is not a whole number from 1"),
        ("record --virtual --seconds 0", "argument --seconds: 0 is not a positive number"),
        ("record --virtual --seconds inf", "argument --seconds: inf is not a positive number"),
        ("record --virtual --second", "--second"),
        ("recrod", "recrod"),
        ("", "COMMAND"),
    ],
)
def test_a_wrong_call_is_answered_with_one_line(
    call: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(call.split())
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert "--help" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read the rig's configuration {path}: No such file or directory"),
        ("cameras: [", "{path} is not YAML: line 1, column 11: expected the node content"),
        ("", "{path} is empty; a rig's file has at least cameras: and a list of them"),
    ],
)
def test_a_rigs_file_that_is_none_is_answered_with_one_line(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rig.yaml"
    if text is not None:
        path.write_text(text)
    assert cli.main(["record", "--virtual", "--config", str(path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("llpyspin: " + said.format(path=path))
    assert told.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_named_once() -> None:
    with pytest.raises(RecordingError, match=r"/proc/session: No such file or directory$") as refused:
        SessionFolder("/proc/session", overwrite=False)
    assert str(refused.value).count("/proc/session") == 1


def test_ctrl_c_while_the_command_is_still_being_imported_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parser", interrupted)
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err == "llpyspin: interrupted\n"


def test_importing_the_package_imports_what_is_asked_for_only() -> None:
    program = (
        "import sys, llpyspin, llpyspin.cli\n"
        "print('numpy' in sys.modules, 'rich' in sys.modules)\n"
        "print(llpyspin.VideoStream.__module__, llpyspin.errors.__name__, hasattr(llpyspin, 'nonsense'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "False False\nllpyspin.streaming llpyspin.errors False\n", done.stderr


def test_a_recording_that_cannot_be_written_to_is_answered_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("llpyspin.recording.tree.open", refuse, raising=False)
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(RecordingError, match=r"session\.json cannot be written: Read-only file system$"):
        write_json(tmp_path / "session.json", {})
    monkeypatch.setattr("llpyspin.cli.checking.repair", refuse)
    assert cli.main(["repair", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "llpyspin: [Errno 30] Read-only file system\n"


def test_where_no_camera_is_found_the_doctor_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("listing", "recording"):
        monkeypatch.setattr(f"llpyspin.cli.{module}.list_cameras", lambda sdk: [])
    assert cli.main(["list", "--sdk", "rotpy"]) == 1
    assert cli.main(["record", "--sdk", "rotpy", "--seconds", "1"]) == 1
    told = capsys.readouterr()
    assert "llpyspin doctor" in told.out
    assert told.err.startswith("llpyspin: no camera is connected. To find the cause: llpyspin doctor")
