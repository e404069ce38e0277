"""What the command ``llpyspin view`` shows."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from llpyspin.cli.live import LineView, TerminalView, choose_view, half_blocks, view_frames
from llpyspin.display.caption import Figures
from llpyspin.display.window import to_bgr8
from llpyspin.errors import MissingExtraError
from llpyspin.frames import FrameFlags, FrameInfo

if TYPE_CHECKING:
    from collections.abc import Iterator


def console(terminal: bool = False) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=terminal, color_system="truecolor", width=80, height=24), file


class Stream:
    """Frames without a camera: enough of a VideoStream for a view."""

    def __init__(self, frames: int, missed: int = 0) -> None:
        self.frames, self.missed = frames, missed
        self.frame_info: FrameInfo | None = None

    def __iter__(self) -> Iterator[Any]:
        for index in range(self.frames):
            now = time.monotonic_ns()
            self.frame_info = FrameInfo(index, index, now, now, FrameFlags.NONE, self.missed, 1.0, 0.0, -1)
            yield np.full((48, 64), 200, np.uint8)


def test_figures_count_rate_and_missed_frames_after_the_first() -> None:
    figures = Figures()
    for number in range(11):
        figures.count(10**9 + number * 10**7, missed=5 if number in (0, 3) else 0)
    assert figures.frames == 11
    assert figures.missed == 5
    assert figures.rate == pytest.approx(100)
    assert figures.summary().startswith("11 frames in 0.1 s: 100.0 fps, 5 missed")


def test_figures_without_a_frame_say_so() -> None:
    assert Figures().summary() == "no frame arrived"
    assert "0.0 fps" in Figures().line()


@pytest.mark.parametrize("shape", [(1080, 1440), (1080, 1440, 3), (4, 32), (2048, 16)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_picture_fits_into_the_characters_it_is_given(shape: tuple[int, ...], dtype: Any) -> None:
    lines = half_blocks(np.zeros(shape, dtype), columns=80, rows=20).plain.splitlines()
    assert 1 <= len(lines) <= 20
    assert all(1 <= len(line) <= 80 for line in lines)


def test_half_blocks_have_the_colours_of_their_two_pixels() -> None:
    image = np.zeros((2, 1, 3), np.uint8)
    image[0, 0] = (8, 16, 248)  # blue, green, red
    style = half_blocks(image, 1, 1).spans[0].style
    assert style.color.triplet == (248, 16, 8)
    assert style.bgcolor.triplet == (0, 0, 0)


def test_sixteen_bit_frames_are_scaled_to_what_they_hold() -> None:
    image = np.array([[0, 1000], [2000, 4000]], np.uint16)
    assert to_bgr8(image)[..., 0].tolist() == [[0, 63], [127, 255]]


def test_a_pipe_gets_lines_and_a_terminal_gets_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    piped, said = console()
    assert isinstance(choose_view(piped, "camera 1"), LineView)
    assert said.getvalue() == "camera 1. Ctrl-C ends\n"
    shown, screen = console(terminal=True)
    chosen = choose_view(shown, "camera 1")
    assert isinstance(chosen, TerminalView)
    figures = view_frames(Stream(3), chosen, seconds=None, frames=None)  # type: ignore[arg-type]
    assert figures.frames == 3
    assert "▀" in screen.getvalue()
    assert "camera 1" in screen.getvalue()


def test_a_window_that_cannot_be_had_is_refused_by_name_of_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(MissingExtraError, match="display"):
        choose_view(console()[0], "camera 1", window=True)


def test_a_view_ends_after_its_frames_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = LineView(console()[0], "camera 1")
    closed: list[bool] = []
    monkeypatch.setattr(shown, "close", lambda: closed.append(True))
    assert view_frames(Stream(100), shown, seconds=None, frames=7).frames == 7  # type: ignore[arg-type]
    assert closed == [True]
