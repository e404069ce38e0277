"""The new folder of an export: whole or not there, and never in the place of another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import ArgumentError, OutputExistsError, RecordingError
from llpyspin.export import TARGETS, export, exporter
from llpyspin.recording.health.healthfile import HealthFile
from llpyspin.recording.health.samples import Sample
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import SidecarWriter
from tests.unit.export.sessions import contents, session_in
from tests.unit.recordings import EPOCH

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["folder", "file", "broken link"])
def test_what_exists_is_never_replaced(tmp_path: Path, kind: str) -> None:
    session = session_in(tmp_path, ["..."])
    place = tmp_path / "there"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to("nowhere")
    with pytest.raises(OutputExistsError, match="there exists"):
        export(session, "csv", out=place)
    assert place.is_symlink() or list(place.parent.iterdir())
    assert not place.is_file() or place.read_text() == "mine"


def test_folder_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_in(tmp_path, ["..."])
    place = tmp_path / "mouse_csv"
    target = TARGETS["csv"]

    def write(work: Any) -> None:
        target.write(work)
        place.mkdir()

    monkeypatch.setitem(TARGETS, "csv", target._replace(write=write))
    with pytest.raises(OutputExistsError, match="exists now"):
        export(session, "csv")
    assert not list(place.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mouse", "mouse_csv"]


@pytest.mark.parametrize(
    "error", [RecordingError("no"), OSError(28, "No space left on device"), KeyboardInterrupt()]
)
def test_export_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    session = session_in(tmp_path, ["..."])

    def write(work: Any) -> None:
        (work.folder / "half").write_text("x")
        raise error

    monkeypatch.setitem(TARGETS, "csv", TARGETS["csv"]._replace(write=write))
    with pytest.raises((RecordingError, KeyboardInterrupt)):
        export(session, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mouse"]


def test_new_folder_may_not_lie_inside_the_recording(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..."])
    before = contents(session)
    with pytest.raises(RecordingError, match="lies inside the recording"):
        export(session, "csv", out=session / "csv")
    with pytest.raises(RecordingError, match="is not a folder"):
        export(session, "csv", out=tmp_path / "no" / "csv")
    assert contents(session) == before


def test_single_recording_is_exported_beside_its_video(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..."])
    (session / "session.json").rename(session / "camera0.json")
    report = export(session / "camera0.raw", "csv", out=tmp_path / "tables")
    assert (report.path / "frames" / "camera0.csv").exists()
    assert export(session / "camera0.raw", "csv").path.parent == session


def test_tables_have_the_health_of_the_recording(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..."])
    assert "health.csv" not in export(session, "csv", out=tmp_path / "without").files
    HealthFile(session / "session.health.csv", 0).add([Sample(EPOCH, "camera0", 3, 0, 0, None)])
    report = export(session, "csv", out=tmp_path / "with")
    assert "health.csv" in report.files
    copied = (report.path / "health.csv").read_bytes()
    assert copied == (session / "session.health.csv").read_bytes()


def test_names_of_a_damaged_recording_lead_nowhere_else(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..", ".."])
    about = Session.read(session / "session.json")
    names = ["../../out", ".hidden"]
    cameras = [each.replace(name=name) for each, name in zip(about.cameras, names, strict=True)]
    about.replace(name="../mouse", cameras=tuple(cameras)).save(session / "session.json")
    for to in ("mp4", "csv", "anipose"):
        report = export(session, to)
        assert report.path == tmp_path / f"mouse_{to}"
        assert all((report.path / file).resolve().is_relative_to(report.path) for file in report.files)
        assert {video.camera for video in report.videos} <= {"camera0", "camera1"}
    assert len(list(tmp_path.iterdir())) == 4


def test_recording_that_goes_on_is_refused(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["..."], state="recording")
    with SidecarWriter(session / "camera0.csv", overwrite=True):
        with pytest.raises(RecordingError, match="still being recorded"):
            export(session, "csv")


def test_killed_recording_is_exported_as_far_as_it_is_whole(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 6, "." * 4], state="recording")
    report = export(session, "mp4")
    assert report.triggers == 6
    assert [video.blanks for video in report.videos] == [0, 2]
    assert any("killed" in note and "llpyspin repair" in note for note in report.notes)


def test_recording_without_pictures_is_refused(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["ss"])
    with pytest.raises(RecordingError, match="no pictures"):
        export(session, "csv")


def test_export_says_what_it_is_of(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4], first=7)
    report = export(session, "mp4")
    about = json.loads((report.path / exporter.ABOUT).read_text())
    assert about["recording"] == "mouse"
    assert about["virtual"] is True
    assert about["first_trigger"] == 7
    assert about["videos"][0]["how"] == "encoded"
    assert about["cameras"][0]["serial"] == "12345678"
    assert set(report.files) == {"camera0.csv", "camera0.mp4", "export.json"}
    assert "virtual cameras" in str(report)


@pytest.mark.parametrize(
    ("to", "more", "said"),
    [
        ("mp5", {}, "Did you mean 'mp4'"),
        ("hologram", {}, "There are mp4, nwb, caliscope, anipose, sleap, dlc, csv"),
        ("csv", {"link": True}, "no videos that can be linked"),
        ("csv", {"quality": 3}, "no videos with a quality"),
        ("mp4", {"quality": 52}, r"from 0 \(lossless\) to 51, not 52"),
        ("mp4", {"calibration": "a.toml"}, "Exports to nwb, anipose, sleap do"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_read(
    to: str, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        export("there is no such recording", to, **more)
