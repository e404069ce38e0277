"""NWB files of an export, read by pynwb."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.export import export
from llpyspin.export.material import material_of
from llpyspin.export.nwbabout import NO_AGE, doubts, session_words, subject_words
from llpyspin.export.nwbdevices import rotation_matrix
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from tests.unit.export.sessions import add_segment, session_in
from tests.unit.export.test_layouts import calibration_in
from tests.unit.sink_pictures import GRAY, smooth, write_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pynwb = pytest.importorskip("pynwb")


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = session_in(tmp_path, ["." * 8, "..t.i.s."], fill=True)
    rows = [
        row._replace(line_status=n % 4) if n < 6 else row
        for n, row in enumerate(read_sidecar(path / "camera0.csv"))
    ]
    write_sidecar(path / "camera0.csv", rows, overwrite=True)
    return path


def read(path: Path) -> Iterator[Any]:
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        yield io.read()


def changed(session: Path, **changes: Any) -> None:
    Session.read(session / "session.json").replace(**changes).save(session / "session.json")


def test_each_frame_has_one_time_and_blanks_have_that_of_their_trigger(session: Path) -> None:
    report = export(session, "nwb")
    for file in read(report.path / "mouse.nwb"):
        assert file.session_description.startswith("VIRTUAL CAMERAS")
        one, other = (file.acquisition[name] for name in ("camera0", "camera1"))
        assert list(one.external_file) == ["camera0.mp4"]
        assert list(one.starting_frame) == [0]
        times = np.asarray(other.timestamps)
        assert len(times) == 8
        assert (np.diff(times) > 0).all()
        assert times[0] >= 0
        assert np.abs(times - np.asarray(one.timestamps)).max() < 1e-4
        assert list(other.control) == [0, 0, 2, 0, 1, 0, 2, 0]
        assert "blank" in other.control_description[2]
        assert other.device.serial_number == "87654321"
        assert "virtual camera" in other.device.description
        assert list(file.acquisition["camera1_trigger"].data) == list(range(8))


def test_what_cameras_sent_with_frames_are_time_series(session: Path) -> None:
    for file in read(export(session, "nwb").path / "mouse.nwb"):
        lines = file.acquisition["camera0_line_status"]
        assert list(lines.data) == [0, 1, 2, 3, 0, 1]
        assert list(lines.timestamps) == list(file.acquisition["camera0"].timestamps)[:6]
        assert lines.description.endswith("1 is high. They are those at the end of the exposure.")
        assert list(file.acquisition["camera1_frame_id"].data) == [0, 1, 3, 4, 5, 6]
        assert "camera1_line_status" not in file.acquisition
        table = file.acquisition["cameras"].to_dataframe()
        assert list(table["lost"]) == ["0", "2"]
        assert "synchronisation" in file.acquisition


def test_line_status_of_the_beginning_of_a_frame_says_so(session: Path) -> None:
    first, second = Session.read(session / "session.json").cameras
    changed(session, cameras=(first.replace(armed={"line_status": "LineStatusAll"}), second))
    for file in read(export(session, "nwb").path / "mouse.nwb"):
        lines = file.acquisition["camera0_line_status"]
        assert lines.description.endswith("They are those at the beginning of the frame.")


def test_links_name_the_segments_of_the_recording(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4], suffix=".mp4", codec="h264")
    add_segment(session, "...", 5, suffix=".mp4", codec="h264")
    for name, count in (("camera0", 4), ("camera0_001", 3)):
        (session / f"{name}.mp4").unlink()
        write_here(session / f"{name}.mp4", GRAY, smooth(GRAY, count), "h264", options={"pix_fmt": "yuv420p"})
    report = export(session, "nwb", link=True)
    assert [video.how for video in report.videos] == ["linked"]
    for file in read(report.path / "mouse.nwb"):
        series = file.acquisition["camera0"]
        assert list(series.external_file) == ["../mouse/camera0.mp4", "../mouse/camera0_001.mp4"]
        assert list(series.starting_frame) == [0, 4]
        assert len(series.timestamps) == 7
        assert list(file.acquisition["camera0_trigger"].data) == [0, 1, 2, 3, 5, 6, 7]


def test_cameras_are_calibrated_where_there_is_a_calibration(session: Path, tmp_path: Path) -> None:
    pytest.importorskip("ndx_pose")
    report = export(session, "nwb", calibration=calibration_in(tmp_path, "camera0", "camera1"))
    for file in read(report.path / "mouse.nwb"):
        device = file.acquisition["camera1"].device
        assert type(device).__name__ == "CalibratedCamera"
        assert np.allclose(device.rotation_matrix, [[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
        assert list(device.translation_vector) == [1, 2, 3]
    with pytest.raises(RecordingError, match="has no camera camera0"):
        export(session, "nwb", calibration=calibration_in(tmp_path, "left"), out=tmp_path / "other")


@pytest.mark.parametrize("vector", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.9)])
def test_rotation_is_that_of_opencv(vector: tuple[float, float, float]) -> None:
    import cv2

    assert np.allclose(rotation_matrix(vector), cv2.Rodrigues(np.array(vector))[0])


def test_metadata_becomes_subject_and_session(session: Path) -> None:
    changed(
        session,
        metadata={
            "subject": "m/17",
            "sex": "male",
            "species": "Mus musculus",
            "weight_g": 24.1,
            "date_of_birth": "2026-01-02",
            "experimenter": ["Doe, Jane"],
            "keywords": "arena",
            "notes": "calm",
        },
    )
    for file in read(export(session, "nwb").path / "mouse.nwb"):
        subject = file.subject
        assert (subject.subject_id, subject.sex, subject.weight) == ("m-17", "M", "24.1 g")
        assert subject.date_of_birth.year == 2026
        assert subject.age is None
        assert list(file.experimenter) == ["Doe, Jane"]
        assert list(file.keywords) == ["arena"]
        assert file.notes.startswith("calm")


@pytest.mark.parametrize("subject", [None, "m17", {"subject_id": "m17", "age": "P90D"}])
def test_subject_is_never_made_up(session: Path, subject: Any) -> None:
    changed(session, metadata={} if subject is None else {"subject": subject})
    words = subject_words(material_of(session))
    assert words["subject_id"] == ("unknown" if subject is None else "m17")
    assert words["age"] == ("P90D" if isinstance(subject, dict) else NO_AGE)
    assert words["sex"] == "U"
    (said, *others) = doubts(words)
    assert "species, sex" in said
    assert not others
    assert "virtual cameras" in session_words(material_of(session))["keywords"]


def test_words_that_archives_refuse_are_noted(session: Path) -> None:
    about = {"subject": "m17", "species": "Mus musculus", "sex": "x", "age": "3 months"}
    changed(session, metadata=about)
    notes = export(session, "nwb").notes
    assert any("'3 months' is not as NWB wants it" in note for note in notes)
    assert any("sex 'x' is not one of M, F, O, U" in note for note in notes)


def test_settings_are_a_table_of_plain_values(session: Path) -> None:
    about = Session.read(session / "session.json")
    settings = {"gain": 3.5, "nodes": {"Gamma": {"on": True}}, "roi": [0, 0, 48, 64]}
    first = about.cameras[0].replace(settings=settings, name="../a:b")
    about.replace(cameras=(first, about.cameras[1]), name="../x").save(session / "session.json")
    report = export(session, "nwb")
    assert sorted(report.files) == ["camera0.mp4", "camera1.mp4", "export.json", "session.nwb"]
    for file in read(report.path / "session.nwb"):
        table = file.acquisition["settings"].to_dataframe()
        found = dict(zip(table["setting"], table["value"], strict=True))
        assert found["settings.gain"] == "3.5"
        assert found["settings.nodes.Gamma.on"] == "true"
        assert found["settings.roi"] == "[0, 0, 48, 64]"


def test_frames_before_the_session_began_have_no_negative_time(session: Path) -> None:
    before = Session.read(session / "session.json")
    first = datetime.fromisoformat(before.started_utc) + timedelta(days=20_000)
    changed(session, started=first.isoformat())
    for file in read(export(session, "nwb").path / "mouse.nwb"):
        assert file.acquisition["camera0"].timestamps[0] < 1e-5
        assert (np.diff(file.acquisition["camera0"].timestamps) > 0).all()


def test_recording_without_a_date_is_refused(session: Path, tmp_path: Path) -> None:
    (session / "session.json").unlink()
    with pytest.raises(RecordingError, match="nothing says when camera0 was recorded"):
        export(session / "camera0.raw", "nwb", out=tmp_path / "out")


def test_missing_package_is_named(session: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pynwb", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'llpyspin\[nwb\]'"):
        export(session, "nwb")
    assert [path.name for path in tmp_path.iterdir()] == ["mouse"]
