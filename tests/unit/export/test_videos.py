"""Videos of an export: one picture for each trigger, in each camera the same."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import RecordingError
from llpyspin.export import export, videojobs
from llpyspin.recording.session import FileRecord, Session
from llpyspin.recording.sinks import Picture, open_sink, open_video
from tests.unit.export.sessions import (
    BLANK,
    add_segment,
    contents,
    numbers_by_opencv,
    numbers_in,
    session_in,
)
from tests.unit.recordings import SERIALS, rows_of, write_video
from tests.unit.sink_pictures import write_here

if TYPE_CHECKING:
    from pathlib import Path

LOSSY = ["." * 12, "..tt.s.i.r.."]
LOSSY_NUMBERS = [0, 1, BLANK, BLANK, 4, BLANK, 5, 6, 7, BLANK, 9, 10]


@pytest.mark.parametrize("fill", [True, False])
@pytest.mark.parametrize(
    ("suffix", "codec"), [(".raw", "raw"), (".mkv", "h264"), (".avi", "mjpeg"), (".tif", "tiff")]
)
def test_frame_n_is_trigger_n_of_each_camera(tmp_path: Path, suffix: str, codec: str, fill: bool) -> None:
    session = session_in(tmp_path, LOSSY, suffix=suffix, codec=codec, fill=fill)
    before = contents(session)
    report = export(session, "mp4")
    assert report.path == tmp_path / "mouse_mp4"
    assert [(video.frames, video.blanks) for video in report.videos] == [(12, 0), (12, 4)]
    assert numbers_in(report.path / "camera0.mp4") == list(range(12))
    assert numbers_by_opencv(report.path / "camera1.mp4") == LOSSY_NUMBERS
    assert sum(video.compared for video in report.videos) == 20
    assert contents(session) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mouse", "mouse_mp4"]


@pytest.mark.parametrize("to", ["mp4", "dlc"])
def test_segments_are_joined(tmp_path: Path, to: str) -> None:
    session = session_in(tmp_path, ["." * 5, "." * 9], suffix=".mkv", codec="h264")
    add_segment(session, "....", 5, suffix=".mkv", codec="h264")
    report = export(session, to)
    first, second = report.videos
    assert first.how == second.how == ("copied" if to == "dlc" else "encoded")
    assert numbers_by_opencv(report.path / first.file) == list(range(9))
    assert numbers_by_opencv(report.path / second.file) == list(range(9))


def test_triggers_between_segments_are_blank(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 3, "." * 9], suffix=".mkv", codec="h264")
    add_segment(session, "....", 5, suffix=".mkv", codec="h264")
    report = export(session, "dlc")
    assert [video.how for video in report.videos] == ["encoded", "copied"]
    assert numbers_in(report.path / "mouse_camera0.mp4") == [0, 1, 2, BLANK, BLANK, 5, 6, 7, 8]


def test_compressed_pictures_are_copied_as_they_are(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 6], suffix=".mkv", codec="h264")
    report = export(session, "anipose")
    with (
        open_video(session / "camera0.mkv") as recorded,
        open_video(report.path / report.videos[0].file) as copy,
    ):
        assert all(np.array_equal(*pair) for pair in zip(recorded, copy, strict=True))
        assert copy.rate == recorded.rate
        assert copy.tags["llpyspin_virtual"] == "yes"
        assert copy.tags["title"] == "mouse, virtual camera camera0"


def test_links_lead_to_the_files_of_the_recording(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 6, "..t..."], suffix=".mkv", codec="h264")
    report = export(session, "dlc", link=True)
    assert [video.how for video in report.videos] == ["linked", "encoded"]
    linked = report.path / "mouse_camera0.mkv"
    assert not linked.readlink().is_absolute()
    assert linked.resolve() == (session / "camera0.mkv").resolve()
    assert numbers_in(linked) == list(range(6))
    assert any("camera1" in note and "encoded" in note for note in report.notes)


def test_pictures_without_a_row_are_left_out(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4], suffix=".mkv", codec="h264")
    write_video(session / "camera0.mkv", rows_of("." * 6), SERIALS[0], codec="h264")
    report = export(session, "dlc", link=True)
    assert report.videos[0].how == "copied"
    assert numbers_in(report.path / "mouse_camera0.mp4") == [0, 1, 2, 3]


def test_pictures_that_damage_took_are_blank_and_counted(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 8, "." * 8])
    write_video(session / "camera1.raw", rows_of("." * 5), SERIALS[1])
    report = export(session, "mp4")
    assert numbers_in(report.path / "camera1.mp4") == [0, 1, 2, 3, 4, BLANK, BLANK, BLANK]
    assert report.videos[1].unreadable == 3
    assert "3 could not be read" in str(report)


def test_camera_whose_video_is_gone_is_left_out(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4, "." * 4])
    (session / "camera1.raw").unlink()
    report = export(session, "mp4")
    assert [video.camera for video in report.videos] == ["camera0"]
    assert any("camera1 has no pictures" in note for note in report.notes)


@pytest.mark.parametrize(
    "picture",
    [
        Picture(48, 64, bits=12),
        Picture(48, 64, color=True),
        Picture(49, 65),
        Picture(49, 65, color=True),
    ],
    ids=str,
)
def test_deep_coloured_and_odd_pictures_come_back(tmp_path: Path, picture: Picture) -> None:
    session = session_in(tmp_path, ["." * 6])
    slope = np.linspace(0, (1 << picture.bits) - 1, picture.width)
    image = np.zeros(picture.shape, picture.dtype)
    image[:] = slope.astype(picture.dtype)[:, None] if picture.color else slope.astype(picture.dtype)
    (session / "camera0.raw").unlink()
    write_here(session / "camera0.raw", picture, [image] * 6, "raw")
    _say(session, virtual=False)
    report = export(session, "mp4", quality=4)
    with open_video(report.path / "camera0.mp4") as video:
        assert len(video) == 6
        wanted = (image >> (picture.bits - 8)).astype(int)
        assert all(np.abs(found.astype(int) - wanted).max() <= 4 for found in video)


def _say(session: Path, **changes: Any) -> None:
    """Change what the session says of its first camera."""
    about = Session.read(session / "session.json")
    first, *others = about.cameras
    about.replace(cameras=(first.replace(**changes), *others)).save(session / "session.json")


def test_pictures_of_two_sizes_are_refused(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 3])
    add_segment(session, "...", 3, suffix=".raw", codec="raw")
    (session / "camera0_001.raw").unlink()
    write_here(session / "camera0_001.raw", Picture(24, 64), [np.zeros((24, 64), np.uint8)] * 3, "raw")
    with pytest.raises(RecordingError, match=r"trigger 3 has the shape \(24, 64\), the first one \(48, 64\)"):
        export(session, "mp4")
    assert not (tmp_path / "mouse_mp4").exists()


@pytest.mark.parametrize("virtual", [True, False])
def test_export_that_lost_or_changed_a_picture_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, virtual: bool
) -> None:
    session = session_in(tmp_path, ["." * 6])
    _say(session, virtual=virtual)
    monkeypatch.setattr(videojobs, "open_sink", _forgetful)
    with pytest.raises(RecordingError, match="5 pictures, and 6 were written"):
        export(session, "mp4")
    monkeypatch.setattr(videojobs, "open_sink", _negative)
    with pytest.raises(RecordingError, match="differs from the recorded one"):
        export(session, "mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["mouse"]


def _forgetful(*arguments: Any, **more: Any) -> Any:
    """A sink that loses its first picture."""
    sink = open_sink(*arguments, **more)
    write, seen = sink.write, []

    def later(image: Any) -> None:
        if seen:
            write(image)
        seen.append(image)

    sink.write = later
    return sink


def _negative(*arguments: Any, **more: Any) -> Any:
    """A sink that writes other pictures than it gets."""
    sink = open_sink(*arguments, **more)
    write = sink.write
    sink.write = lambda image: write(255 - image)
    return sink


def test_video_with_the_pictures_of_another_camera_is_refused(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4])
    write_video(session / "camera0.raw", rows_of("." * 4), SERIALS[2])
    with pytest.raises(RecordingError, match=r"camera0.mp4 is not what was recorded.*See llpyspin check"):
        export(session, "mp4")


def test_results_of_a_callback_are_a_camera_of_their_own(tmp_path: Path) -> None:
    session = session_in(tmp_path, ["." * 4])
    write_video(session / "camera0_returned.raw", rows_of("." * 4), SERIALS[0])
    (session / "camera0_returned.csv").write_bytes((session / "camera0.csv").read_bytes())
    about = Session.read(session / "session.json")
    files = (FileRecord("camera0_returned.raw", "camera0_returned.csv"),)
    second = dataclasses.replace(about.cameras[0], callback="blur", files=files)
    about.replace(cameras=(*about.cameras, second)).save(session / "session.json")
    assert [video.camera for video in export(session, "mp4").videos] == ["camera0", "camera0_returned"]
    report = export(session, "sleap")
    assert [video.camera for video in report.videos] == ["camera0"]
    assert any("camera0_returned has results of a callback" in note for note in report.notes)
