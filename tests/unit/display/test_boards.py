"""Calibration boards: their names, their corners in pictures, and what is known of a take."""

from __future__ import annotations

import dataclasses
import re
import sys
import types
import zlib

import cv2
import numpy as np
import pytest

from llpyspin.display.boards.boardkind import Board, board_of
from llpyspin.display.boards.boardprint import POINT_MM, flat_picture, pdf_of
from llpyspin.display.boards.cornerfinding import Finder, Found, nothing_found, to_gray
from llpyspin.display.boards.coverage import Coverage
from llpyspin.display.boards.criteria import SOURCES, Criteria
from llpyspin.display.boards.diagnosing import why_not_found
from llpyspin.display.boards.drawing import AMBER, GREEN, GREY, RED, Scene, draw_scene
from llpyspin.display.boards.enough import CameraCoverage, PairCoverage, places, verdict_of
from llpyspin.display.boards.tilting import tilt_sector
from llpyspin.errors import ArgumentError, LlpyspinError, MissingExtraError
from tests.boardpictures import BOARD, Pose, corners, picture, waving

LARGE = Pose(width=0.7)
TILTED = Pose(x=0.45, y=0.55, width=0.6, over=0.4, sideways=-0.3, turn=0.2)


# -- names ------------------------------------------------------------------------------------------------


def test_name_of_a_board_gives_its_squares_and_usual_sizes() -> None:
    assert board_of("charuco_7x5") == Board("charuco", 7, 5, 30.0, 22.5, "DICT_5X5_100")
    assert board_of("Chessboard_10x7", square_mm=12) == Board("chessboard", 10, 7, 12)
    assert board_of("charuco_7x5", dictionary="4x4_50").dictionary == "DICT_4X4_50"
    assert (BOARD.corners, BOARD.markers, BOARD.marker_bits) == (24, 17, (5, 100))


@pytest.mark.parametrize(
    ("name", "sizes", "said"),
    [
        ("7x5", {}, "A board is called charuco_7x5 or chessboard_10x7"),
        ("charuco_3x3", {}, "has 4 inner corners, and calibration programs need 8"),
        ("charuco_99x5", {}, "columns must be a number of squares from 2 to 50, not 99"),
        ("charuco_7x5", {"square_mm": -1}, "square_mm must be a length in mm above 0"),
        ("charuco_7x5", {"marker_mm": 30}, "marker_mm must be smaller than square_mm (30), not 30"),
        ("charuco_7x5", {"marker_mm": float("nan")}, "marker_mm must be a length in mm"),
        ("charuco_20x20", {"dictionary": "DICT_5X5_100"}, "needs 200 markers, and DICT_5X5_100 has 100"),
        ("charuco_7x5", {"dictionary": "a b"}, "a dictionary is a name like DICT_5X5_100"),
        ("chessboard_10x7", {"dictionary": "DICT_4X4_50"}, "a chessboard has no markers"),
        ("chessboard_10x7", {"legacy": True}, "Leave out legacy"),
        (BOARD, {"square_mm": 20}, "the board has its own square_mm"),
    ],
)
def test_board_that_cannot_be_is_refused(name: str | Board, sizes: dict[str, object], said: str) -> None:
    with pytest.raises(LlpyspinError, match=re.escape(said)):
        board_of(name, **sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"views": 0}, {"cover": 1.5}, {"tilts": 9}, {"shared": True}])
def test_criteria_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(LlpyspinError, match=next(iter(wrong))):
        Criteria(**wrong)  # type: ignore[arg-type]


def test_each_criterion_names_its_source() -> None:
    assert {each.name for each in dataclasses.fields(Criteria)} <= set(SOURCES)


# -- corners in pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["charuco_7x5", "charuco_8x6", "chessboard_10x7"])
@pytest.mark.parametrize("pose", [LARGE, TILTED], ids=["facing", "tilted"])
@pytest.mark.parametrize("size", [(640, 480), (2448, 2048)], ids=["small", "large"])
def test_corners_are_found_where_they_are(name: str, pose: Pose, size: tuple[int, int]) -> None:
    board = board_of(name)
    found = Finder(board).find(picture(board, pose, size))
    assert found.size == size
    assert len(found.ids) == board.corners
    truth = corners(board, pose, size)[found.ids]
    assert np.linalg.norm(found.points - truth, axis=1).max() < 0.7


def test_board_that_is_cut_off_gives_the_corners_that_are_seen() -> None:
    pose = Pose(x=0.15, width=0.6)
    found = Finder(BOARD).find(picture(BOARD, pose))
    assert 0 < len(found.ids) < BOARD.corners
    truth = corners(BOARD, pose, (640, 480))[found.ids]
    assert np.linalg.norm(found.points - truth, axis=1).max() < 0.7


@pytest.mark.parametrize("name", ["charuco_7x5", "chessboard_10x7"])
def test_picture_without_a_board_has_no_corners(name: str) -> None:
    found = Finder(board_of(name)).find(picture(BOARD, None))
    assert (len(found.ids), found.points.shape, found.useful) == (0, (0, 2), False)


def test_frames_in_colour_and_of_16_bit_show_the_board_too() -> None:
    gray = picture(BOARD, LARGE)
    for image in (np.repeat(gray[:, :, None], 3, axis=2), gray.astype(np.uint16) * 9):
        assert len(Finder(BOARD).find(to_gray(image)).ids) == BOARD.corners


def test_old_opencv_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    old = types.ModuleType("cv2")
    old.__version__ = "4.6.0"  # type: ignore[attr-defined]
    old.aruco = types.SimpleNamespace()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cv2", old)
    with pytest.raises(MissingExtraError, match=r"OpenCV 4\.9 or newer, and 4\.6\.0 is installed: pip"):
        Finder(BOARD)


def test_unknown_dictionary_is_refused_with_those_there_are() -> None:
    with pytest.raises(ArgumentError, match=r"no dictionary DICT_9X9_50\. It has .*DICT_5X5_100"):
        Finder(board_of("charuco_7x5", dictionary="DICT_9X9_50"))


# -- what was seen ----------------------------------------------------------------------------------------


def seen(pose: Pose | None, size: tuple[int, int] = (640, 480)) -> Found:
    """What is found of the board, without OpenCV."""
    if pose is None:
        return nothing_found(size)
    points = corners(BOARD, pose, size)
    inside = ((points >= 0) & (points < np.array(size))).all(axis=1)
    return Found(np.flatnonzero(inside), points[inside], size)


def test_board_that_is_held_still_is_one_view() -> None:
    coverage = Coverage(["top"], BOARD)
    for shift in (0.0, 0.001, 0.002, 0.1):
        coverage.add({"top": seen(Pose(x=0.5 + shift))})
    (camera,) = coverage.cameras()
    assert (camera.looks, camera.seen, camera.views) == (4, 4, 2)


def test_few_corners_do_not_count_as_seen() -> None:
    few = seen(LARGE)
    coverage = Coverage(["top"], BOARD)
    coverage.add({"top": Found(few.ids[:7], few.points[:7], few.size)})
    (camera,) = coverage.cameras()
    assert (camera.looks, camera.seen, camera.covered) == (1, 0, 0)
    assert coverage.together == {0: 1}


def test_fields_of_the_picture_that_had_corners_are_covered() -> None:
    coverage = Coverage(["top"], BOARD)
    coverage.add({"top": seen(Pose(x=0.2, y=0.2, width=0.3))})
    (camera,) = coverage.cameras()
    assert camera.fields[0][0] > 0
    assert all(camera.fields[y][x] == 0 for y in range(2, 5) for x in range(5))
    assert "upper left" not in places(camera)
    assert {"lower left", "lower right", "upper right"} == set(places(camera)[:3])


def test_corners_are_shared_only_at_the_same_trigger() -> None:
    coverage = Coverage(["top", "side"], BOARD)
    coverage.add({"top": seen(LARGE), "side": seen(None)})
    coverage.add({"top": seen(None), "side": seen(LARGE)})
    coverage.add({"top": seen(TILTED)})
    assert [(pair.views, pair.corners) for pair in coverage.pairs()] == [(0, 0)]
    coverage.add({"top": seen(TILTED), "side": seen(TILTED)})
    assert [(pair.views, pair.corners) for pair in coverage.pairs()] == [(1, 24)]
    assert coverage.together == {1: 3, 2: 1}


def test_common_view_counts_once_while_nothing_moves() -> None:
    coverage = Coverage(["top", "side"], BOARD)
    for _ in range(3):
        coverage.add({"top": seen(LARGE), "side": seen(TILTED)})
    assert [(pair.views, pair.corners) for pair in coverage.pairs()] == [(1, 24)]


def test_direction_of_a_tilt_does_not_depend_on_how_the_board_is_turned() -> None:
    upright = [tilt_sector(BOARD, seen(Pose(sideways=0.5, over=0.2, turn=turn))) for turn in (0, 1, 3)]
    assert len(set(upright)) == 1
    other = tilt_sector(BOARD, seen(Pose(sideways=-0.5, over=-0.2)))
    assert {upright[0], other} == {upright[0], (upright[0] or 0) + 4 - 8 * ((upright[0] or 0) >= 4)}


def test_board_that_faces_the_camera_has_no_tilt() -> None:
    assert tilt_sector(BOARD, seen(Pose(turn=0.4))) is None


def test_corners_on_one_line_tell_no_tilt() -> None:
    row = np.arange(6)
    assert tilt_sector(BOARD, Found(row, np.column_stack([row * 10.0, row * 3.0]), (640, 480))) is None


def test_waving_for_long_is_enough() -> None:
    coverage = Coverage(["top", "side"], BOARD)
    for one, other in zip(waving(40), waving(40, shift=0.1), strict=True):
        assert not coverage.verdict().enough
        coverage.add({"top": seen(one), "side": seen(other)})
        if coverage.verdict().enough:
            break
    assert coverage.verdict() == (verdict := coverage.verdict())
    assert verdict.enough, str(verdict)
    assert str(verdict) == "Enough for a calibration"
    assert coverage.looks >= 30


# -- the verdict ------------------------------------------------------------------------------------------


FULL = ((1,) * 5,) * 5


def done(*names: str) -> list[CameraCoverage]:
    return [CameraCoverage(name, 40, 40, 40, FULL, 8) for name in names]


def test_links_need_not_join_each_two_cameras() -> None:
    pairs = [PairCoverage("a", "b", 9, 200), PairCoverage("b", "c", 9, 200), PairCoverage("a", "c")]
    assert verdict_of(done("a", "b", "c"), pairs, Criteria()).enough


def test_missing_links_are_named_by_the_pair_that_is_nearest() -> None:
    names = ("a", "b", "c", "d")
    pairs = [
        PairCoverage("a", "b", 9, 250),
        PairCoverage("a", "c"),
        PairCoverage("a", "d", 1, 10),
        PairCoverage("b", "c", 3, 60),
        PairCoverage("b", "d"),
        PairCoverage("c", "d"),
    ]
    missing = verdict_of(done(*names), pairs, Criteria()).missing
    assert missing == (
        "show the board to a and d at once (10 of 200 shared corners)",
        "show the board to b and c at once (60 of 200 shared corners)",
    )


def test_camera_says_what_it_lacks_in_words() -> None:
    lower = ((1,) * 5,) * 3 + ((0,) * 5,) * 2
    camera = CameraCoverage("top", 50, 20, 12, lower, 1)
    verdict = verdict_of([camera, CameraCoverage("side")], [PairCoverage("top", "side", 9, 300)], Criteria())
    assert verdict.missing == (
        "top: show the board lower left, lower right and bottom (60% covered), "
        "tilt it in other directions (1 of 4), 12 of 30 views",
        "side has not seen the board",
    )
    assert str(verdict).startswith("Not enough yet: top: show the board lower left")


# -- why it is not found ----------------------------------------------------------------------------------


def test_board_of_an_older_opencv_is_recognised() -> None:
    old, new = board_of("charuco_8x6", legacy=True), board_of("charuco_8x6")
    shown = {"top": picture(old, LARGE)}
    assert not Finder(new).find(shown["top"]).useful
    assert Finder(old).find(shown["top"]).useful
    assert why_not_found(new, shown) == ["the board has the pattern of OpenCV before 4.6. Set legacy=True"]
    (cause,) = why_not_found(old, {"top": picture(new, LARGE)})
    assert cause.endswith("Set legacy=False")


def test_markers_of_another_dictionary_are_recognised() -> None:
    (cause,) = why_not_found(board_of("charuco_7x5", dictionary="4X4_50"), {"top": picture(BOARD, LARGE)})
    assert cause == "the board has markers of DICT_5X5_100, not of DICT_4X4_50. Set dictionary"


def test_squares_in_the_wrong_order_are_recognised() -> None:
    (cause,) = why_not_found(board_of("charuco_5x7"), {"top": picture(BOARD, LARGE)})
    assert "not those of a board of 5 x 7 squares" in cause


@pytest.mark.parametrize(("level", "said"), [(9, "too dark: side"), (255, "too bright: side")])
def test_light_that_is_wrong_is_named_with_its_camera(level: int, said: str) -> None:
    shown = {"top": picture(BOARD, None), "side": np.full((480, 640), level, np.uint8)}
    causes = why_not_found(BOARD, shown)
    assert [cause for cause in causes if cause.startswith(said)]
    assert not [cause for cause in causes if "top" in cause]


def test_empty_pictures_give_the_usual_causes() -> None:
    assert len(why_not_found(BOARD, {"top": picture(BOARD, None)})) == 2
    assert (
        "must be seen as a whole"
        in why_not_found(board_of("chessboard_10x7"), {"a": picture(BOARD, None)})[1]
    )


# -- the window -------------------------------------------------------------------------------------------


def scene_of(*poses: Pose | None, criteria: Criteria | None = None) -> Scene:
    names = [f"camera{number}" for number in range(len(poses))]
    shown = {name: picture(BOARD, pose) for name, pose in zip(names, poses, strict=True)}
    found = {name: seen(pose) for name, pose in zip(names, poses, strict=True)}
    coverage = Coverage(names, BOARD, criteria)
    coverage.add(found)
    return Scene(shown, found, coverage)


def colour(image: np.ndarray, y: int, x: int) -> tuple[int, ...]:
    return tuple(int(value) for value in image[y, x])


def test_window_frames_cameras_that_see_the_board_in_green() -> None:
    drawn = draw_scene(cv2, scene_of(LARGE, None))
    assert drawn.shape == (720, 960, 3)
    assert (colour(drawn, 400, 2), colour(drawn, 400, 482)) == (GREEN, GREY)
    assert colour(drawn, 4, 4) == AMBER


def test_window_is_red_with_the_causes_when_the_board_is_not_found() -> None:
    drawn = draw_scene(cv2, scene_of(None)._replace(causes=("too dark: camera0",)))
    assert colour(drawn, 4, 4) == RED
    assert not np.array_equal(drawn, draw_scene(cv2, scene_of(None)._replace(causes=("too bright",))))


def test_window_shades_what_lacks_the_board() -> None:
    drawn = draw_scene(cv2, scene_of(Pose(x=0.25, y=0.25, width=0.3)))
    low, high = drawn[600, 700].astype(int), drawn[200, 250].astype(int)
    assert low[2] > low[1] + 20, "red"
    assert abs(high[2] - high[1]) < 20, "gray"


def test_window_is_green_when_it_is_enough() -> None:
    small = Criteria(views=1, cover=0.0, tilts=0, shared=1)
    assert colour(draw_scene(cv2, scene_of(LARGE, TILTED, criteria=small)), 4, 4) == GREEN


def test_window_draws_any_number_of_cameras_and_long_names() -> None:
    for count in (1, 5, 9):
        assert draw_scene(cv2, scene_of(*[LARGE] * count)).shape == (720, 960, 3)
    long = Coverage(["camera of the left wall " * 5], BOARD)
    assert draw_scene(cv2, Scene({}, {}, long)).shape == (720, 960, 3)


# -- on paper ---------------------------------------------------------------------------------------------


def test_printed_board_has_its_true_size() -> None:
    board = board_of("charuco_7x5", square_mm=12.5)
    file = pdf_of(board)
    wide, _, _, high, left, low = re.search(
        rb"q ([\d.]+) (0) (0) ([\d.]+) ([\d.]+) ([\d.]+) cm", file
    ).groups()  # type: ignore[union-attr]
    assert float(wide) * POINT_MM == pytest.approx(7 * 12.5, abs=0.001)
    assert float(high) * POINT_MM == pytest.approx(5 * 12.5, abs=0.001)
    page = re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", file)
    assert page is not None
    assert float(page[1]) == pytest.approx(float(wide) + 2 * float(left), abs=0.01)
    assert float(page[2]) == pytest.approx(float(high) + 2 * float(low), abs=0.01)


@pytest.mark.parametrize("name", ["charuco_7x5", "chessboard_10x7"])
def test_board_in_the_printed_file_is_found(name: str) -> None:
    board = board_of(name)
    file = pdf_of(board)
    size = re.search(rb"/Width (\d+) /Height (\d+) .*?/Length (\d+) >>\nstream\n", file)
    assert size is not None
    data = zlib.decompress(file[size.end() : size.end() + int(size[3])])
    shown = np.frombuffer(data, np.uint8).reshape(int(size[2]), int(size[1]))
    assert np.array_equal(shown, flat_picture(board))
    framed = cv2.copyMakeBorder(cv2.resize(shown, None, fx=0.25, fy=0.25), 40, 40, 40, 40, 0, value=255)
    assert len(Finder(board).find(framed).ids) == board.corners


def test_table_of_the_printed_file_points_at_its_objects() -> None:
    file = pdf_of(BOARD)
    table = int(re.search(rb"startxref\n(\d+)\n", file)[1])  # type: ignore[index]
    assert file[table : table + 4] == b"xref"
    places = [int(each) for each in re.findall(rb"(\d{10}) 00000 n ", file)]
    assert [file[place : place + 7] for place in places] == [f"{n} 0 obj".encode() for n in range(1, 7)]
