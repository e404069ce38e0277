"""Exports of several recordings: finished ones are recognised, unfinished ones leave nothing."""

from __future__ import annotations

import os
import platform
import shutil
from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import ArgumentError, ArgumentTypeError, OutputExistsError, RecordingError
from llpyspin.export import export, exporter, unfinished
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.session import Session
from llpyspin.system.locks import FolderLock
from tests.unit.export.sessions import contents, session_in

if TYPE_CHECKING:
    from pathlib import Path


def once(path: Path, out: Path | None = None, **changes: object) -> exporter.ExportReport:
    options = {"to": "csv", "link": False, "quality": None, "calibration": None, **changes}
    return exporter.export_once(str(path), out=None if out is None else str(out), **options)


def test_finished_export_is_recognised(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["....", ".s.."])
    first = once(session)
    before = contents(tmp_path)
    again = once(session)
    assert (first.new, again.new) == (True, False)
    assert again.path == first.path
    assert again.files == first.files
    assert contents(tmp_path) == before


def test_export_that_somebody_else_finishes_meanwhile_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_in(tmp_path, ["...."])
    write = exporter._write

    def late(*arguments: object) -> object:
        monkeypatch.setattr(exporter, "_write", write)
        once(session)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(exporter, "_write", late)
    assert not once(session).new
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("change", ["file", "account", "recording", "options"])
def test_export_that_is_another_one_is_not_taken_for_finished(tmp_path: Path, change: str) -> None:
    session = session_in(tmp_path, ["...."])
    report = export(session, "mp4")
    quality = None
    if change == "file":
        (report.path / "camera0.mp4").unlink()
    elif change == "account":
        Session.read(session / "session.json").replace(state="recording").save(session / "session.json")
        os.truncate(session / "camera0.csv", (session / "camera0.csv").stat().st_size - 60)
        repair(session)
    elif change == "recording":
        shutil.rmtree(session)
        session_in(tmp_path, [".s.."])
    else:
        quality = 30
    with pytest.raises(OutputExistsError, match="mouse_mp4 exists"):
        once(session, to="mp4", quality=quality)


def test_several_exports_go_to_one_folder(tmp_path: Path) -> None:
    (tmp_path / "day1").mkdir()
    sessions = [session_in(tmp_path / "day1", ["...."]), session_in(tmp_path, ["...."])]
    sessions[1] = sessions[1].rename(tmp_path / "rat")
    (tmp_path / "out").mkdir()
    report = export([*sessions, tmp_path / "nowhere"], "csv", out=tmp_path / "out", workers=2)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mouse_csv", "rat_csv"]
    assert list(report.results) == [str(path) for path in sessions]
    assert isinstance(report.failures[str(tmp_path / "nowhere")], RecordingError)
    assert not report.ok


@pytest.mark.parametrize(("host", "removed"), [(platform.node(), True), ("another-computer", False)])
def test_folder_that_a_killed_program_left_is_removed(tmp_path: Path, host: str, removed: bool) -> None:
    left = tmp_path / f".mouse_csv.{host}-123456.part"
    left.mkdir()
    (left / "half.csv").write_text("x")
    once(session_in(tmp_path, ["...."]))
    assert left.exists() != removed


def test_folder_that_is_being_written_stays(tmp_path: Path) -> None:
    left = tmp_path / f"{unfinished._prefix(tmp_path / 'mouse_csv')}123456.part"
    left.mkdir()
    lock = FolderLock(left)
    assert lock.take()
    once(session_in(tmp_path, ["...."]))
    assert left.exists()
    lock.release()


def test_wrong_options_are_refused_before_any_work(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["...."])
    with pytest.raises(ArgumentError, match="no videos with a quality"):
        export([session], "csv", quality=3)
    with pytest.raises(ArgumentTypeError, match="for several recordings"):
        export(session, "csv", workers=2)  # type: ignore[call-overload]
