"""All recordings in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import RecordingError
from llpyspin.export import export
from llpyspin.recording import recordings_in
from tests.unit.export.sessions import add_segment, session_in
from tests.unit.recording.test_collect import single_in

if TYPE_CHECKING:
    from pathlib import Path


def test_sessions_and_single_recordings_are_found(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden", "single"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "table.csv").write_text("frame,trigger\n")
    sessions = [session_in(tmp_path / name, ["...."]) for name in ("a", "b")]
    session_in(tmp_path / ".hidden", ["...."])
    export(sessions[0], "csv")
    single = single_in(tmp_path / "single").with_suffix(".json")
    assert recordings_in(tmp_path) == [*sessions, single]
    assert recordings_in(sessions[0]) == sessions[:1]


def test_killed_recording_is_found_once(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["...."])
    add_segment(session, "....", 4, suffix=".raw", codec="raw")
    (session / "session.json").unlink()
    assert recordings_in(tmp_path) == [session / "camera0.csv"]


def test_recording_that_cannot_be_read_is_found_too(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["...."])
    (session / "session.json").unlink()
    (session / "camera0.raw").unlink()
    assert recordings_in(tmp_path) == [session / "camera0.csv"]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "session.json").write_text("{")
    assert damaged in recordings_in(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_folder_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecordingError, match=f"{name} cannot be read"):
        recordings_in(tmp_path / name)
