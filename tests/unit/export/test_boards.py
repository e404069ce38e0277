"""Recordings of a calibration board as calibration programs want them: folders, names and boards."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.display.boards.boardkind import board_of
from llpyspin.errors import ArgumentError, LlpyspinError
from llpyspin.export import TARGETS, export
from llpyspin.export.boardfiles import BOARD_TARGETS, caliscope_targets, why_not_read
from llpyspin.export.foranipose import CAMERA_REGEX
from llpyspin.recording.tree import to_tree
from tests.unit.export.sessions import numbers_by_opencv, session_in

if TYPE_CHECKING:
    import pathlib
    from pathlib import Path

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has none")
BOARD = board_of("charuco_7x5", square_mm=20, marker_mm=14)
CHESS = board_of("chessboard_10x7", square_mm=12.5)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return session_in(tmp_path, ["." * 8, "..t....."], fill=True, suffix=".mkv", codec="h264")


def toml(path: pathlib.Path) -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return read


def test_caliscope_gets_a_workspace_with_videos_for_both_steps(session: Path) -> None:
    folder = export(session, "caliscope", board=BOARD).path / "calibration"
    for step in ("extrinsic", "intrinsic"):
        assert sorted(each.name for each in (folder / step).glob("*.mp4")) == ["cam_0.mp4", "cam_1.mp4"]
        assert [len(numbers_by_opencv(folder / step / f"cam_{n}.mp4")) for n in (0, 1)] == [8, 8]
    one, two = (folder / step / "cam_0.mp4" for step in ("extrinsic", "intrinsic"))
    assert one.samefile(two), "no second copy"
    with (folder / "extrinsic" / "timestamps.csv").open(newline="") as file:
        assert next(csv.reader(file)) == ["cam_id", "frame_time"]
    charuco = toml(folder / "targets" / "intrinsic_charuco.toml")
    assert (charuco["columns"], charuco["rows"], charuco["dictionary"]) == (7, 5, "DICT_5X5_100")
    assert charuco["square_size_override_cm"] == pytest.approx(2.0)
    assert charuco["aruco_scale"] == pytest.approx(0.7)
    assert toml(folder / "targets" / "config.toml")["extrinsic_charuco_same_as_intrinsic"] is True


def test_caliscope_uses_a_chessboard_for_lenses_only(session: Path) -> None:
    report = export(session, "caliscope", board=CHESS)
    folder = report.path / "calibration"
    assert not (folder / "extrinsic").exists()
    assert len(list((folder / "intrinsic").glob("cam_*.mp4"))) == 2
    inner = toml(folder / "targets" / "chessboard.toml")
    assert inner == {"rows": 6, "columns": 9, "square_size_cm": 1.25}
    assert any("for lenses only" in note for note in report.notes)


def test_anipose_gets_the_videos_in_its_calibration_folder(session: Path) -> None:
    folder = export(session, "anipose", board=BOARD).path
    videos = sorted((folder / "mouse" / "calibration").iterdir())
    assert [re.search(CAMERA_REGEX, each.stem)[1] for each in videos] == ["camera0", "camera1"]  # type: ignore[index]
    assert not (folder / "mouse" / "videos-raw").exists()
    config = toml(folder / "config.toml")
    assert config["calibration"] == {
        "board_type": "charuco",
        "board_size": [7, 5],
        "board_marker_bits": 5,
        "board_marker_dict_number": 100,
        "board_marker_length": 14,
        "board_square_side_length": 20,
    }
    assert (config["nesting"], config["video_extension"]) == (1, videos[0].suffix[1:])


def test_anipose_counts_the_inner_corners_of_a_chessboard(session: Path) -> None:
    config = toml(export(session, "anipose", board=CHESS).path / "config.toml")["calibration"]
    assert (config["board_type"], config["board_size"]) == ("checkerboard", [9, 6])


def test_sleap_anipose_finds_one_video_in_each_view(session: Path) -> None:
    folder = export(session, "sleap", board=BOARD).path
    views = sorted(each for each in folder.iterdir() if each.is_dir())
    assert [each.name for each in views] == ["camera0", "camera1"]
    assert [len(list(view.glob("*/*calibration.mp4"))) for view in views] == [1, 1]
    assert toml(folder / "board.toml") == {
        "board_x": 7,
        "board_y": 5,
        "square_length": 20,
        "marker_length": 14,
        "marker_bits": 5,
        "dict_size": 100,
    }


def test_folder_of_a_take_is_exported_with_its_board(session: Path, tmp_path: Path) -> None:
    take = tmp_path / "calib"
    take.mkdir()
    session.rename(take / "recording")
    (take / "calibration.json").write_text(json.dumps({"board": to_tree(BOARD)}))
    folder = export(take, "anipose", out=tmp_path / "out").path
    assert toml(folder / "config.toml")["calibration"]["board_square_side_length"] == 20


@pytest.mark.parametrize("board", [None, {"kind": "charuco"}, {"kind": "ball", "columns": 3, "rows": 9}, 3])
def test_take_with_a_damaged_board_is_refused(board: Any, session: Path, tmp_path: Path) -> None:
    session.rename(tmp_path / "recording")
    (tmp_path / "calibration.json").write_text(json.dumps({"board": board}))
    with pytest.raises(LlpyspinError):
        export(tmp_path, "anipose", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_boards_that_a_program_cannot_read_are_refused(session: Path) -> None:
    legacy = board_of("charuco_7x6", legacy=True)
    tags = board_of("charuco_7x5", dictionary="DICT_APRILTAG_36H11")
    for to in ("anipose", "sleap"):
        with pytest.raises(ArgumentError, match=r"pattern of OpenCV before 4\.6"):
            export(session, to, board=legacy)
        with pytest.raises(ArgumentError, match="cannot read markers of DICT_APRILTAG_36H11"):
            export(session, to, board=tags)
    assert caliscope_targets(legacy)["intrinsic_charuco.toml"]["legacy_pattern"] is True
    assert not why_not_read(board_of("charuco_7x5", legacy=True), "anipose"), "the same pattern as a new one"


@pytest.mark.parametrize("to", sorted(set(TARGETS) - set(BOARD_TARGETS)))
def test_other_targets_take_no_board(to: str, session: Path) -> None:
    with pytest.raises(ArgumentError, match=f"an export to {to} takes no board"):
        export(session, to, board=BOARD)
