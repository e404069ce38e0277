"""Frames of one stream before the user's eyes: in a window, in the terminal, or as lines of figures."""

from __future__ import annotations

import functools
import os
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from rich.color import Color
from rich.console import Console, Group
from rich.live import Live
from rich.style import Style
from rich.text import Text

from llpyspin.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.streaming import VideoStream

__all__ = ["Figures", "LineView", "TerminalView", "WindowView", "choose_view", "view"]

_SHOWN_HZ = 10.0  # pictures a second in the terminal; the figures count every frame
_ESCAPE, _Q = 27, ord("q")
_WINDOW_WIDTH, _WINDOW_HEIGHT, _NARROWEST, _BAR = 960, 720, 480, 32  # pixels of the screen


@dataclass
class Figures:
    """Rate, lost frames and latency of what has been read so far.

    Latency is from the moment at which the SDK handed the frame to the camera process until the frame was
    in hand here, both on the host's monotonic clock.
    """

    frames: int = 0
    missed: int = 0
    first_ns: int = 0
    last_ns: int = 0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    arrivals_ns: deque[int] = field(default_factory=lambda: deque(maxlen=64))

    def count(self, host_timestamp_ns: int, missed: int) -> None:
        """Take note of a frame that is in hand now."""
        now = time.monotonic_ns()
        self.first_ns = self.first_ns or host_timestamp_ns
        self.last_ns = host_timestamp_ns
        self.missed += missed if self.frames else 0
        self.frames += 1
        self.arrivals_ns.append(host_timestamp_ns)
        self.latencies_ms.append((now - host_timestamp_ns) / 1e6)

    @property
    def rate(self) -> float:
        """Frames per second lately."""
        if len(self.arrivals_ns) < 2:
            return 0.0
        return (len(self.arrivals_ns) - 1) * 1e9 / max(1, self.arrivals_ns[-1] - self.arrivals_ns[0])

    def line(self) -> str:
        latency = self.latencies_ms[-1] if self.latencies_ms else 0.0
        return (
            f"frame {self.frames:6d} | {self.rate:6.1f} fps | {self.missed} missed | latency {latency:.2f} ms"
        )

    def summary(self) -> str:
        """One line at the end, over everything."""
        if not self.frames:
            return "no frame arrived"
        seconds = (self.last_ns - self.first_ns) / 1e9
        rate = (self.frames - 1) / seconds if seconds else 0.0
        middle, high = np.percentile(list(self.latencies_ms), [50, 99])
        return (
            f"{self.frames} frames in {seconds:.1f} s: {rate:.1f} fps, {self.missed} missed, "
            f"latency {middle:.2f} ms (median), {high:.2f} ms (99 %)"
        )


class View(Protocol):
    """Shows frames; ``show`` gives False when the user has had enough."""

    def show(self, image: npt.NDArray[Any], figures: Figures) -> bool: ...

    def close(self) -> None: ...


class LineView:
    """A line of figures once a second, for logs and pipes."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._next = 0.0
        console.print(title, highlight=False)

    def show(self, image: npt.NDArray[Any], figures: Figures) -> bool:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1.0
            height, width = image.shape[:2]
            self._console.print(f"{figures.line()} | {width} x {height} {image.dtype}", highlight=False)
        return True

    def close(self) -> None:
        pass


class TerminalView:
    """The picture in half blocks, two pixels a character, with the figures below."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._next = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, image: npt.NDArray[Any], figures: Figures) -> bool:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1 / _SHOWN_HZ
            rows = max(4, min(30, self._console.height - 5))
            columns = max(8, min(100, self._console.width - 1))
            picture = half_blocks(image, columns, rows)
            heading = Text(self._title, style="bold")
            self._live.update(Group(heading, picture, Text(figures.line())), refresh=True)
        return True

    def close(self) -> None:
        self._live.stop()


class WindowView:
    """An OpenCV window with the figures in a bar below the picture; q or Esc ends."""

    def __init__(self, title: str) -> None:
        import cv2  # the extra "display"

        self._cv2 = cv2
        self._title = title
        self._size = (0, 0)
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    def show(self, image: npt.NDArray[Any], figures: Figures) -> bool:
        cv2 = self._cv2
        height, width = image.shape[:2]
        scale = min(1.0, _WINDOW_WIDTH / width, _WINDOW_HEIGHT / height)
        size = (max(_NARROWEST, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(
            to_bgr8(image), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
        )
        shown = cv2.copyMakeBorder(picture, 0, _BAR, 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        place = (10, shown.shape[0] - 10)
        cv2.putText(
            shown, figures.line(), place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA
        )
        if size != self._size:  # also when the camera's region changes
            self._size = size
            cv2.resizeWindow(self._title, shown.shape[1], shown.shape[0])
        cv2.imshow(self._title, shown)
        key = cv2.waitKey(1) & 0xFF
        return key not in (_ESCAPE, _Q) and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1

    def close(self) -> None:
        self._cv2.destroyWindow(self._title)


def to_bgr8(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Any frame as (height, width, 3) uint8; 16 bit is scaled by its own maximum."""
    if image.dtype != np.uint8:
        image = (image.astype(np.float32) * (255.0 / max(1, int(image.max())))).astype(np.uint8)
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    return image


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


def choose_view(console: Console, title: str, window: bool | None = None) -> View:
    """A window where there is a display, else the terminal, else lines.

    Parameters
    ----------
    window : bool, optional
        True insists on a window, False refuses one.

    Raises
    ------
    MissingExtraError
        A window was asked for and cannot be had.
    """
    screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if window or (window is None and screen):
        try:
            if not screen:
                raise MissingExtraError(
                    "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
                )
            return WindowView(title)
        except Exception as error:
            # OpenCV's headless build raises its own cv2.error for want of a window system.
            if window or not (isinstance(error, ImportError) or type(error).__module__.startswith("cv2")):
                raise MissingExtraError(
                    f"cannot open a window: {error}. A window needs a display and OpenCV: "
                    "pip install 'llpyspin[display]'"
                ) from error
    if console.is_terminal:
        return TerminalView(console, title)
    return LineView(console, title)


def view(cap: VideoStream, shown: View, *, seconds: float | None, frames: int | None) -> Figures:
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
