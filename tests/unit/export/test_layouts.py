"""Folders as other programs want them: names, numbers and tables."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.errors import RecordingError
from llpyspin.export import export
from llpyspin.export.calibration import read_calibration
from llpyspin.export.foranipose import CAMERA_REGEX
from llpyspin.export.work import plain
from llpyspin.recording.session import Session
from tests.unit.export.sessions import numbers_by_opencv, session_in

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = """
[cam_{number}]
name = "{name}"
size = [64, 48]
matrix = [[50.0, 0.0, 32.0], [0.0, 50.0, 24.0], [0.0, 0.0, 1.0]]
distortions = [0.1, 0.0, 0.0, 0.0, 0.0]
rotation = [0.0, 1.5707963267948966, 0.0]
translation = [{number}.0, 2.0, 3.0]
"""


def calibration_in(folder: Path, *names: str) -> Path:
    """A calibration of cameras with these names."""
    path = folder / "calibration.toml"
    path.write_text("".join(CAMERA.format(number=n, name=name) for n, name in enumerate(names)))
    return path


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return session_in(tmp_path, ["." * 8, "..t....."], fill=True, suffix=".mkv", codec="h264")


def test_caliscope_gets_numbered_videos_and_the_time_of_each_frame(session: Path) -> None:
    folder = export(session, "caliscope").path
    assert [len(numbers_by_opencv(folder / f"cam_{n}.mp4")) for n in (0, 1)] == [8, 8]
    with (folder / "timestamps.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["cam_id", "frame_time"]
    for camera in "01":
        times = np.array([float(time) for number, time in rows if number == camera])
        assert len(times) == 8
        assert np.abs(np.diff(times) - 0.01).max() < 1e-4


def test_anipose_finds_the_camera_in_the_name_of_the_video(session: Path, tmp_path: Path) -> None:
    calibration = calibration_in(tmp_path, "camera0", "camera1")
    folder = export(session, "anipose", calibration=calibration).path
    names = sorted(path.stem for path in (folder / "mouse" / "videos-raw").iterdir())
    assert [re.search(CAMERA_REGEX, name)[1] for name in names] == ["camera0", "camera1"]  # type: ignore[index]
    assert {re.sub(CAMERA_REGEX, "", name) for name in names} == {"mouse"}
    copied = folder / "mouse" / "calibration" / "calibration.toml"
    assert list(read_calibration(copied)) == ["camera0", "camera1"]
    config = (folder / "config.toml").read_text()
    assert 'video_extension = "mp4"' in config
    assert f"cam_regex = '{CAMERA_REGEX}'" in config


def test_links_for_anipose_all_have_one_suffix_or_it_is_said(session: Path, tmp_path: Path) -> None:
    report = export(session, "anipose", link=True)
    assert 'video_extension = "mkv"' in (report.path / "config.toml").read_text()
    (tmp_path / "x").mkdir()
    other = session_in(tmp_path / "x", ["..", ".t"], suffix=".mkv", codec="h264")
    assert any("there are mkv, mp4" in note for note in export(other, "anipose", link=True).notes)


def test_sleap_gets_a_folder_for_each_camera(session: Path, tmp_path: Path) -> None:
    folder = export(session, "sleap", calibration=calibration_in(tmp_path, "camera1", "camera0")).path
    for name in ("camera0", "camera1"):
        assert [path.name for path in (folder / name).iterdir()] == [f"{name}-mouse.mp4"]
    assert (folder / "calibration.toml").exists()


def test_dlc_gets_videos_without_other_tables_beside_them(session: Path) -> None:
    folder = export(session, "dlc").path
    assert sorted(path.name for path in folder.iterdir()) == [
        "export.json",
        "frames",
        "mouse_camera0.mp4",
        "mouse_camera1.mp4",
    ]


def test_names_of_cameras_become_words_that_differ(session: Path) -> None:
    about = Session.read(session / "session.json")
    names = ["top left", "top+left"]
    cameras = [each.replace(name=name) for each, name in zip(about.cameras, names, strict=True)]
    about.replace(cameras=tuple(cameras)).save(session / "session.json")
    report = export(session, "dlc")
    assert [video.file for video in report.videos] == ["mouse_top-left.mp4", "mouse_top-left-1.mp4"]
    assert plain("...") == "camera"


def test_calibration_of_other_cameras_is_refused(session: Path, tmp_path: Path) -> None:
    calibration = calibration_in(tmp_path, "left", "camera1")
    for to in ("anipose", "sleap"):
        with pytest.raises(RecordingError, match=r"has no camera camera0\. It has left, camera1"):
            export(session, to, calibration=calibration)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calibration.toml", "mouse"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cam_0 = 3",
        "[cam_0]\nname = 'a'",
        "[cam_0",
        CAMERA.format(number=0, name="a").replace("[50.0, 0.0, 32.0], ", ""),
        CAMERA.format(number=0, name="a").replace("1.5707963267948966, ", ""),
    ],
)
def test_file_that_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(RecordingError, match=r"c\.toml (is not a calibration|has no camera)"):
        read_calibration(path)
