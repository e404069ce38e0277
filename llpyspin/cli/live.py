"""Frames of one stream before the user's eyes: in a window, in the terminal, or as lines of figures."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from rich.color import Color
from rich.console import Console, Group
from rich.live import Live
from rich.style import Style
from rich.text import Text

from llpyspin.display.caption import Figures
from llpyspin.display.window import has_screen, open_window, to_bgr8
from llpyspin.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.display.caption import Line
    from llpyspin.streaming import VideoStream

__all__ = ["LineView", "TerminalView", "choose_view", "half_blocks", "view_frames"]

_SHOWN_HZ = 10.0  # pictures a second in the terminal; the figures count every frame


class View(Protocol):
    """Shows frames; ``show`` gives False when the user has had enough."""

    def show(self, image: npt.NDArray[Any], figures: Line) -> bool: ...

    def close(self) -> None: ...


class LineView:
    """A line of figures once a second, for logs and pipes."""

    def __init__(self, console: Console, title: str, end: str = "") -> None:
        self._console = console
        self._next = 0.0
        console.print(f"{title}. {end}" if end else title, highlight=False, soft_wrap=True)

    def show(self, image: npt.NDArray[Any], figures: Line) -> bool:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1.0
            height, width = image.shape[:2]
            self._console.print(
                f"{figures.line()} | {width} x {height} {image.dtype}", highlight=False, soft_wrap=True
            )
        return True

    def close(self) -> None:
        pass


class TerminalView:
    """The picture in half blocks, two pixels a character, with the figures below."""

    def __init__(self, console: Console, title: str, end: str = "") -> None:
        self._console = console
        self._title = Text.assemble((title, "bold"), (f"  {end}" if end else "", "dim"))
        self._next = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, image: npt.NDArray[Any], figures: Line) -> bool:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1 / _SHOWN_HZ
            rows = max(4, min(30, self._console.height - 5))
            columns = max(8, min(100, self._console.width - 1))
            picture = half_blocks(image, columns, rows)
            self._live.update(Group(self._title, picture, Text(figures.line())), refresh=True)
        return True

    def close(self) -> None:
        self._live.stop()


def half_blocks(image: npt.NDArray[Any], columns: int, rows: int) -> Text:
    """A frame as text, upper pixel in the foreground colour and lower in the background colour."""
    height, width = image.shape[:2]
    columns = max(1, min(columns, round(2 * rows * width / height)))
    rows = max(1, min(rows, round(columns * height / width / 2)))
    y = (np.arange(2 * rows) * height // (2 * rows))[:, None]
    x = np.arange(columns) * width // columns
    small = to_bgr8(image[y, x]) & 0xF8  # 32 levels a channel: few enough colours to keep their styles
    pairs = np.concatenate([small[0::2], small[1::2]], axis=2).tolist()
    text = Text(no_wrap=True)
    for line in pairs:
        for pair in line:
            text.append("▀", _block_style(*pair))
        text.append("\n")
    return text


@functools.lru_cache(maxsize=1 << 16)
def _block_style(b: int, g: int, r: int, b2: int, g2: int, r2: int) -> Style:
    return Style.from_color(Color.from_rgb(r, g, b), Color.from_rgb(r2, g2, b2))


def choose_view(console: Console, title: str, window: bool | None = None, *, notes: bool = True) -> View:
    """A window where there is a display, else the terminal, else lines.

    Parameters
    ----------
    window : bool, optional
        True insists on a window, False refuses one.
    notes : bool
        Whether to say how it is ended.

    Raises
    ------
    MissingExtraError
        A window was asked for and cannot be had.
    """
    if window or (window is None and has_screen()):
        try:
            return _window(title, notes)
        except MissingExtraError:
            if window:
                raise
    kind = TerminalView if _draws_blocks(console) else LineView
    return kind(console, title, "Ctrl-C ends" if notes else "")


def _window(title: str, notes: bool) -> View:
    shown = open_window(title)
    if notes:
        Console(stderr=True).print("q or Escape in the window ends, Ctrl-C here too")
    return shown


def _draws_blocks(console: Console) -> bool:
    """Whether a picture of coloured blocks can be seen there: not without colours, nor without UTF-8."""
    coloured = console.color_system is not None and not console.no_color
    return console.is_terminal and coloured and console.encoding.startswith("utf")


def view_frames(cap: VideoStream, shown: View, *, seconds: float | None, frames: int | None) -> Figures:
    """Read and show until the time or the number of frames is over, the user ends it, or Ctrl-C."""
    figures = Figures()
    end = None if seconds is None else time.monotonic() + seconds
    try:
        for image in cap:
            info = cap.frame_info
            assert info is not None
            figures.count(info.host_timestamp_ns, info.missed)
            if not shown.show(image, figures):
                break
            if (end is not None and time.monotonic() >= end) or figures.frames == frames:
                break
    except KeyboardInterrupt:
        pass  # the usual way to end a preview
    finally:
        shown.close()
    return figures
