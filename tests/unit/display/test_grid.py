"""Several cameras in one picture: where each is, what is written below it, and cameras that go away."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

from llpyspin.display.gridshowing import CellSpec, GridPictures, GridSpec
from llpyspin.display.showing import Showing
from llpyspin.display.tiling import HEIGHT, WIDTH, Grid, shape_of
from llpyspin.errors import SettingRangeError
from llpyspin.frames import FrameFlags, FrameInfo, FrameWriter, Layout, StreamEnded

WAIT_S = 10.0
LAYOUT = Layout("Mono8", 64, 48, 64, 64 * 48)


def info(index: int, missed: int = 0) -> FrameInfo:
    return FrameInfo(index, index, 0, index * 10_000_000, FrameFlags.NONE, missed, 1500.0, 0.0, -1)


@pytest.mark.parametrize(
    ("cameras", "shape"), [(1, (1, 1)), (2, (1, 2)), (3, (2, 2)), (4, (2, 2)), (5, (2, 3)), (12, (3, 4))]
)
def test_cells_are_as_square_as_they_can_be(cameras: int, shape: tuple[int, int]) -> None:
    assert shape_of(cameras) == shape


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(48, 64), (1080, 1440), (100, 2000), (2000, 100), (48, 64, 3)])
def test_each_camera_has_its_place(dtype: Any, size: tuple[int, ...]) -> None:
    grid = Grid(["a", "b", "c"])
    top = np.iinfo(dtype).max
    grid.put(1, np.full(size, top, dtype), info(0))
    picture = grid.picture()
    assert picture.shape == (HEIGHT, WIDTH, 3)
    middle = picture[HEIGHT // 4, 3 * WIDTH // 4]
    assert (middle == 255).all()  # top right
    assert (picture[HEIGHT // 4, WIDTH // 4] == 0).all()
    assert (picture[3 * HEIGHT // 4, 3 * WIDTH // 4] == 0).all()


def test_line_names_each_camera_with_its_rate_or_its_end() -> None:
    grid = Grid(["top", "side", "back"])
    for index in range(3):
        grid.put(0, np.zeros((48, 64), np.uint8), info(index, missed=1))
    grid.end(2, "lost")
    assert grid.line() == "top: 100.0 fps | side: waiting for frames | back: lost"
    assert grid.skipped == 2
    assert not grid.over


class NotedWindow:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.drawn = threading.Condition()

    def draw(self, image: Any, figures: Any) -> None:
        with self.drawn:
            self.lines.append(figures.line())
            self.drawn.notify_all()

    def wait(self, seconds: float) -> bool:
        return True

    def close(self) -> None:
        pass

    def has(self, text: str) -> None:
        with self.drawn:
            assert self.drawn.wait_for(lambda: any(text in line for line in self.lines), WAIT_S), self.lines


def publish(writer: FrameWriter, index: int) -> None:
    offset, slot = writer.claim()
    slot[:] = bytes([index]) * len(slot)
    writer.publish(offset, frame_id=index, camera_timestamp_ns=index, host_timestamp_ns=10_000_000 * index)


def test_window_shows_all_cameras_until_the_last_is_released() -> None:
    with ExitStack() as stack:
        writers = [stack.enter_context(FrameWriter(name=name)) for name in ("1", "2")]
        for writer in writers:
            writer.begin(LAYOUT, 8, lent=False)
        cells = tuple(
            CellSpec(name, writer.address) for name, writer in zip(("top", "side"), writers, strict=True)
        )
        spec, window = GridSpec(cells, "both", rate=200.0), NotedWindow()
        showing = Showing(spec.pictures(), spec, lambda title: window)  # type: ignore[arg-type,return-value]
        showing.opened.result(WAIT_S)
        for index in range(3):
            publish(writers[0], index)
        window.has("side: waiting for frames")
        publish(writers[1], 0)
        publish(writers[1], 1)
        writers[0].close()
        window.has("top: released | side: ")
        assert not showing.over
        writers[1].close()
        showing._thread.join(WAIT_S)
        assert showing.status.ended == "the camera was released"
        assert showing.status.shown >= 2


def test_grid_of_frames_that_are_not_there_is_refused() -> None:
    with FrameWriter(name="1") as writer:
        writer.begin(LAYOUT, 8, lent=False)
        with pytest.raises(StreamEnded):
            GridPictures((CellSpec("top", writer.address), CellSpec("side", f"{writer.address}x")))


def test_grid_refuses_a_rate_that_is_none() -> None:
    with pytest.raises(SettingRangeError, match="rate must be"):
        GridSpec((CellSpec("top", "nowhere"),), "title", rate=0)
