"""The process that looks for a board: which frames it looks at, and what it says of them."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.display.boards import boardservice
from llpyspin.display.boards.boardservice import BoardService, BoardSpec, DrawnPictures, found_of
from llpyspin.display.boards.criteria import Criteria
from llpyspin.frames import FrameWriter, Layout
from tests.boardpictures import BOARD, Pose, corners, picture

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT = 480, 360
LAYOUT = Layout("Mono8", WIDTH, HEIGHT, WIDTH, WIDTH * HEIGHT)
POSES = (Pose(width=0.6), Pose(x=0.45, y=0.55, width=0.6, over=0.3))


class Camera:
    """Publishes pictures of the board as a camera process does."""

    def __init__(self) -> None:
        self.frames = FrameWriter(name="board")
        self.frames.begin(LAYOUT, 8, lent=False)

    def show(self, pose: Pose | None) -> int:
        """Publish a frame; gives its index."""
        offset, memory = self.frames.claim()
        np.frombuffer(memory, np.uint8)[:] = picture(BOARD, pose, (WIDTH, HEIGHT)).ravel()
        number = self.frames.published
        self.frames.publish(
            offset,
            frame_id=number,
            camera_timestamp_ns=number * 10_000_000,
            host_timestamp_ns=time.monotonic_ns(),
        )
        return number


@pytest.fixture
def cameras() -> Iterator[tuple[Camera, Camera]]:
    both = Camera(), Camera()
    yield both
    for camera in both:
        camera.frames.close()


@pytest.fixture
def service() -> Iterator[BoardService]:
    made = BoardService()
    assert made.do_open(BoardSpec(("top", "side"), BOARD, Criteria())) == ""
    yield made
    made.do_close()


def test_board_is_looked_for_in_the_frames_that_are_named(
    service: BoardService, cameras: tuple[Camera, Camera]
) -> None:
    for pose in POSES:
        for camera in cameras:
            camera.show(pose)
    named = [("top", cameras[0].frames.address, 0), ("side", cameras[1].frames.address, 1)]
    rows, closed = service.do_look(named)
    assert not closed
    found = dict(found_of(row) for row in rows)
    for name, pose in zip(("top", "side"), POSES, strict=True):
        truth = corners(BOARD, pose, (WIDTH, HEIGHT))[found[name].ids]
        assert np.linalg.norm(found[name].points - truth, axis=1).max() < 0.7
        assert found[name].size == (WIDTH, HEIGHT)


def test_frames_and_cameras_that_are_gone_are_left_out(
    service: BoardService, cameras: tuple[Camera, Camera]
) -> None:
    top, side = cameras
    top.show(POSES[0])
    side.show(POSES[0])
    assert len(service.do_look([("top", top.frames.address, 0), ("side", side.frames.address, 5)])[0]) == 1
    service.do_look([("top", top.frames.address, 0)])
    side.frames.close()
    rows, _ = service.do_look([("top", top.frames.address, 0), ("side", side.frames.address, 0)])
    assert [row[0] for row in rows] == ["top"]
    assert service.do_look([])[0] == []


def test_causes_come_from_the_last_pictures(service: BoardService, cameras: tuple[Camera, Camera]) -> None:
    assert service.do_diagnose() == []
    service.do_look([("top", cameras[0].frames.address, cameras[0].show(None))])
    assert service.do_diagnose()[0].startswith("the board is not in the picture")


def test_window_that_cannot_be_had_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    service = BoardService()
    assert "there is no display here" in service.do_open(
        BoardSpec(("top",), BOARD, Criteria(), "calibration")
    )
    service.do_close()


def test_window_gets_the_newest_picture_and_never_a_queue() -> None:
    drawn = DrawnPictures()
    for level in (1, 2, 3):
        drawn.put(np.full((4, 4), level, np.uint8), f"picture {level}")
    newest = drawn.newest()
    assert newest is not None
    assert newest[0, 0] == 3
    assert (drawn.shown, drawn.skipped, drawn.line()) == (1, 2, "picture 3")
    assert drawn.newest() is None


class ClosedWindow:
    """A window that its user has closed."""

    def __init__(self, pictures: DrawnPictures, spec: BoardSpec) -> None:
        self.pictures, self.over = pictures, True
        self.opened: Future[None] = Future()
        self.opened.set_result(None)

    def stop(self, seconds: float) -> None:
        """It is gone already."""


def test_window_that_was_closed_is_noted_with_the_next_look(
    cameras: tuple[Camera, Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boardservice, "Showing", ClosedWindow)
    service = BoardService()
    assert service.do_open(BoardSpec(("top",), BOARD, Criteria(), "calibration")) == ""
    rows, closed = service.do_look([("top", cameras[0].frames.address, cameras[0].show(POSES[0]))])
    assert closed
    assert len(rows) == 1
    service.do_close()
