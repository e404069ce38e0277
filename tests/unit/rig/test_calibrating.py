"""A calibration take without cameras: its tables, what is shown of it, and what is refused."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from llpyspin.deadlines import Turn
from llpyspin.display.boards.boardkind import board_of
from llpyspin.display.boards.cornerfinding import Found, nothing_found
from llpyspin.display.boards.coverage import Coverage
from llpyspin.display.boards.criteria import Criteria
from llpyspin.errors import ArgumentError, LlpyspinError, RecordingError, RecordingExistsError
from llpyspin.recording.session import Session
from llpyspin.rig import CameraConfig, RigConfig
from llpyspin.rig.calibrating import takerun
from llpyspin.rig.calibrating.boardwatch import NOTHING_S, Unseen, newest_trigger
from llpyspin.rig.calibrating.calibrationtake import CalibrationTake
from llpyspin.rig.calibrating.feedback import feedback, html_of, text_of
from llpyspin.rig.calibrating.glance import Glance
from llpyspin.rig.calibrating.takefiles import CORNERS_FILE, LOOKS_FILE, TakeFiles, read_corners
from llpyspin.rig.calibrating.takerun import request_of
from llpyspin.rig.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOARD = board_of("charuco_7x5")
SIZE = (640, 480)


def found(count: int, shift: float = 0.0) -> Found:
    ids = np.arange(count)
    points = np.column_stack([40.0 + ids % 6 * 30 + shift, 40.0 + ids // 6 * 30])
    return Found(ids, points, SIZE) if count else nothing_found(SIZE)


def glance_of(*looks: dict[str, Found], criteria: Criteria | None = None, **more: Any) -> Glance:
    coverage = Coverage(["top", "side"], BOARD, criteria)
    for look in looks:
        coverage.add(look)
    return Glance.of(coverage, len(looks) - 1, looks[-1] if looks else None, **more)


EASY = Criteria(views=1, cover=0.04, tilts=0, shared=1)


# -- tables -----------------------------------------------------------------------------------------------


def test_tables_have_each_look_and_each_corner(tmp_path: Path) -> None:
    files = TakeFiles(tmp_path, ["top", "side"])
    files.keep(7, {"top": found(9), "side": found(0)})
    files.keep(12, {"side": found(24, shift=0.25)})
    assert (tmp_path / LOOKS_FILE).read_text() == "trigger,top,side\n7,9,0\n12,,24\n"
    corners = read_corners(tmp_path)
    files.close()
    assert {camera: list(triggers) for camera, triggers in corners.items()} == {"top": [7], "side": [12]}
    ids, points = corners["side"][12]
    assert ids.tolist() == list(range(24))
    assert np.allclose(points, found(24, shift=0.25).points, atol=1e-3)


@pytest.mark.parametrize("text", ["", "trigger,camera,corner,x,y\n1,top,a,2,3\n", "a,b\n1,2\n"])
def test_damaged_table_of_corners_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / CORNERS_FILE
    if text:
        path.write_text(text)
    with pytest.raises(RecordingError, match=str(path)):
        read_corners(tmp_path)


# -- how it goes ------------------------------------------------------------------------------------------


def test_causes_are_asked_for_after_a_time_without_the_board() -> None:
    unseen = Unseen(0.0)
    asked = [now for now in range(100) if unseen.is_long(seen=now == 30, now=float(now))]
    assert asked == [20, 50, 70, 90]
    assert NOTHING_S == 20


class Follower:
    """Knows frames up to a trigger, but for some."""

    def __init__(self, after: int, lacking: int | None = None) -> None:
        self.after, self.lacking = after, lacking

    def catch_up(self) -> int:
        return self.after

    def frame(self, trigger: int) -> Any:
        known = trigger < self.after and trigger != self.lacking
        return type("Info", (), {"index": trigger + 1000}) if known else None


class Stint:
    def __init__(self, follower: Follower) -> None:
        self.follower = follower


class OneCamera:
    def __init__(self, stint: Stint | None, failure: Exception | None = None) -> None:
        self.stint, self.failure, self.camera = stint, failure, self


def test_newest_trigger_is_one_that_prompt_cameras_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "llpyspin.rig.calibrating.boardwatch.acquisition_of",
        lambda camera: type("At", (), {"address": "here"}),
    )

    def newest(*cameras: OneCamera) -> Any:
        return newest_trigger(dict(zip("abcd", cameras, strict=False)), 100.0)  # type: ignore[arg-type]

    prompt, late = OneCamera(Stint(Follower(200))), OneCamera(Stint(Follower(20)))
    slower = OneCamera(Stint(Follower(190)))
    lost = OneCamera(Stint(Follower(5)), OSError("gone"))
    assert newest(prompt, slower) == (189, [("a", "here", 1189), ("b", "here", 1189)])
    assert newest(prompt, late, lost, OneCamera(None)) == (199, [("a", "here", 1199)])
    assert newest(prompt, OneCamera(Stint(Follower(200, lacking=199)))) == (199, [("a", "here", 1199)])
    assert newest(lost) is None


def test_terminal_shows_maps_and_what_is_missing() -> None:
    file = io.StringIO()
    glance = glance_of({"top": found(24), "side": found(0)})
    Console(file=file, width=100).print(text_of(glance, "3 of 60 s"))
    shown = file.getvalue()
    assert "not enough yet, 1 of 2 cameras see the board" in shown
    assert "top: 24 corners" in shown and "side: no board" in shown
    assert "side has not seen the board" in shown
    assert shown.count("###") == sum(camera.covered for camera in glance.cameras)
    assert shown.count(" . ") >= 50 - shown.count("###")


def test_causes_stand_in_the_place_of_what_is_missing() -> None:
    file = io.StringIO()
    Console(file=file, width=100).print(text_of(glance_of({"top": found(0)}, causes=("too dark: top",)), ""))
    assert "the board is not found: too dark: top" in file.getvalue()
    assert "has not seen" not in file.getvalue()


def test_notebook_shows_names_as_text_only() -> None:
    coverage = Coverage(["<b>top"], BOARD)
    html = html_of(Glance.of(coverage), "a & b")
    assert "<b>top" not in html.replace("<b>&lt;b&gt;top", "")
    assert "a &amp; b" in html
    assert html.count("inline-block") == 25


def test_log_gets_a_line_when_something_is_complete() -> None:
    file = io.StringIO()
    glances = iter([glance_of(criteria=EASY)] * 2)
    last = glance_of({"top": found(24), "side": found(24)}, criteria=EASY)
    seen = threading.Event()

    def look() -> tuple[Glance, str]:
        glance = next(glances, last)
        if glance is last:
            seen.set()
        return glance, "recording"

    with feedback(look, console=Console(file=file, force_terminal=False, width=400)):
        assert seen.wait(20)
    lines = file.getvalue().splitlines()
    assert lines[0].startswith("calibration: not enough yet, 0 of 2 cameras see the board | top 0/1 views")
    assert lines[-1].startswith("calibration: ENOUGH, 2 of 2 cameras see the board")


def test_terminal_rings_once_for_a_part_and_three_times_at_the_end() -> None:
    file = io.StringIO()
    half = glance_of({"top": found(24), "side": found(0)}, criteria=EASY)
    whole = glance_of({"top": found(24), "side": found(24)}, criteria=EASY)
    glances = iter([glance_of(criteria=EASY), half])
    assert [len(each.verdict.missing) for each in (half, whole)] == [2, 0]
    shown = threading.Event()

    def look() -> tuple[Glance, str]:
        glance = next(glances, whole)
        if glance is whole:
            shown.set()
        return glance, ""

    with feedback(look, console=Console(file=file, force_terminal=True, width=100, color_system=None)):
        assert shown.wait(20)
    assert Counter(file.getvalue())["\a"] == 4


# -- what is asked for ------------------------------------------------------------------------------------


def ask(out: Any = "calib", board: Any = "charuco_7x5", **more: Any) -> Any:
    usual: dict[str, Any] = {"seconds": 5, "until_enough": True, "window": False, "progress": False}
    usual.update({"exports": ("anipose",), "options": {}, "criteria": None, **more})
    return request_of(out, board, usual.pop("sizes", {}), **usual)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"board": "charuco"}, "there is no board"),
        ({"exports": ("nwb",)}, "an export to nwb takes no board. Exports to caliscope, anipose, sleap do"),
        ({"seconds": -1}, "-1"),
        ({"sizes": {"dictionary": "DICT_9X9_50"}}, "no dictionary DICT_9X9_50"),
    ],
)
def test_take_that_cannot_be_is_refused_before_a_camera_is_touched(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(LlpyspinError, match=said):
        ask(**wrong)


class NoRig:
    """A rig whose cameras cannot be primed."""

    names = ("top", "side")

    def __init__(self, look: Callable[[], object] = int) -> None:
        self._look = look

    def prime(self, out: Any = None, **options: Any) -> None:
        self._look()
        raise RecordingError("a camera is missing")


def runs() -> Runs:
    """Those of a rig without cameras."""
    return Runs({}, RigConfig((CameraConfig("1"),)), Turn())


class NoWatch:
    def __init__(self, *given: Any, **more: Any) -> None:
        self.ended = ""

    def end(self) -> None:
        pass


def test_folder_is_removed_when_nothing_was_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takerun, "BoardWatch", NoWatch)
    with pytest.raises(RecordingError, match="a camera is missing"):
        takerun.record_take(NoRig(), runs(), ask(tmp_path / "calib"))  # type: ignore[arg-type]
    assert not (tmp_path / "calib").exists()


def test_pages_cannot_begin_a_run_during_a_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takerun, "BoardWatch", NoWatch)
    attended, of_rig = [], runs()
    rig = NoRig(lambda: attended.append(of_rig.attended))
    with pytest.raises(RecordingError, match="a camera is missing"):
        takerun.record_take(rig, of_rig, ask(tmp_path / "calib"))  # type: ignore[arg-type]
    assert (attended, of_rig.attended) == ([True], False)


@pytest.mark.parametrize("name", ["file", "full"])
def test_folder_that_is_not_free_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(RecordingExistsError, match=name):
        takerun.record_take(NoRig(), runs(), ask(tmp_path / name))  # type: ignore[arg-type]
    assert (tmp_path / "full" / "notes.txt").read_text() == "mine"


# -- the result -------------------------------------------------------------------------------------------


def test_take_says_what_was_seen_in_words_and_in_a_file(tmp_path: Path) -> None:
    glance = glance_of({"top": found(24), "side": found(24)}, criteria=EASY)
    take = CalibrationTake(
        tmp_path, Session(), BOARD, glance, {"anipose": tmp_path / "anipose"}, ("no export to sleap: …",)
    )
    take.save()
    assert take.enough
    text = str(take)
    assert text.startswith("Enough for a calibration.\nBoard: charuco_7x5, squares of 30 mm")
    assert "top and side: 1 common views, 24 shared corners" in text
    assert text.endswith("no export to sleap: …")
    kept = json.loads((tmp_path / "calibration.json").read_text())
    assert (kept["enough"], kept["board"]["columns"], kept["exports"]) == (True, 7, {"anipose": "anipose"})
    assert kept["pairs"] == [{"first": "top", "second": "side", "views": 1, "corners": 24}]
    assert kept["looks_by_cameras_that_saw_the_board"] == {"2": 1}


def test_export_that_fails_is_a_problem_and_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, to: str, **more: Any) -> None:
        raise ArgumentError("the disk is full")

    monkeypatch.setattr(takerun, "export", fail)
    old = board_of("charuco_7x6", legacy=True)
    take = CalibrationTake(tmp_path, Session(), old, glance_of())
    done = takerun._exported(take, ("caliscope", "anipose"))
    assert done.exports == {}
    assert done.problems == (
        "no export to caliscope: the disk is full",
        "no export to anipose: aniposelib cannot read a board with the pattern of OpenCV before 4.6. "
        "Print a new one",
    )
