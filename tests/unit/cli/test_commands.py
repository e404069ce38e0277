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
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("llpyspin.cli.program.run", interrupted)
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err == "llpyspin: interrupted\n"


def test_importing_the_package_imports_what_is_asked_for_only() -> None:
    program = (
        "import sys, llpyspin, llpyspin.cli\n"
        "print([name for name in ('numpy', 'rich', 'click') if name in sys.modules])\n"
        "print(llpyspin.VideoStream.__module__, llpyspin.errors.__name__, hasattr(llpyspin, 'nonsense'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "[]\nllpyspin.streaming llpyspin.errors False\n", done.stderr


def test_a_recording_that_cannot_be_written_to_is_answered_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("llpyspin.recording.wholefile.open", refuse, raising=False)
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(RecordingError, match=r"session\.json cannot be written: Read-only file system$"):
        write_json(tmp_path / "session.json", {})
    monkeypatch.setattr("llpyspin.recording.mending.repair.repair", refuse)
    assert cli.main(["repair", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "llpyspin: [Errno 30] Read-only file system\n"


def test_where_no_camera_is_found_the_doctor_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("camera.which", "cli.rigging"):
        monkeypatch.setattr(f"llpyspin.{module}.list_cameras", lambda sdk: [])
    assert cli.main(["list", "--sdk", "rotpy"]) == 1
    assert cli.main(["record", "--sdk", "rotpy", "--seconds", "1"]) == 1
    told = capsys.readouterr()
    assert "llpyspin doctor" in told.out
    assert told.err.startswith("llpyspin: no camera is connected. To find the cause: llpyspin doctor")
