"""A window with a picture and a line of figures."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import MissingExtraError
from llpyspin.extras import opencv_with_windows
from llpyspin.system.doors import is_open

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.display.caption import Line

__all__ = ["WindowView", "has_screen", "open_window", "to_bgr8"]

_ESCAPE, _Q = 27, ord("q")
_WIDTH, _HEIGHT, _NARROWEST, _BAR = 960, 720, 480, 32  # pixels of the screen
ANSWER_S = 2.0


def has_screen() -> bool:
    """Whether the environment names a display."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(title: str) -> WindowView:
    """A window.  All use of it is for the thread that opened it.

    Raises
    ------
    MissingExtraError
        There is no display here, or OpenCV is missing or has no windows.
    """
    if not has_screen():
        raise MissingExtraError(
            "cannot open a window: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
        )
    if not _answers():
        raise MissingExtraError(
            f"cannot open a window: there is no answer from the display {os.environ['DISPLAY']} (DISPLAY)"
        )
    try:
        return WindowView(title)
    except ImportError as error:
        raise MissingExtraError(
            f"cannot open a window: {error}. A window needs OpenCV: pip install 'llpyspin[display]'"
        ) from error
    except Exception as error:
        if not type(error).__module__.startswith("cv2"):
            raise
        raise MissingExtraError(
            "cannot open a window: the OpenCV that is installed has none, as its headless build: pip "
            f"uninstall opencv-python-headless, and pip install opencv-python. It said: {_brief(error)}"
        ) from error


class WindowView:
    """An OpenCV window with the figures in a bar below the picture; q or Esc ends."""

    def __init__(self, title: str) -> None:
        self._cv2 = cv2 = opencv_with_windows()
        self._title = title
        self._size = (0, 0)
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    def show(self, image: npt.NDArray[Any], figures: Line) -> bool:
        """Show a frame at once; False when the user has had enough."""
        self.draw(image, figures)
        return self.wait(0.001)

    def draw(self, image: npt.NDArray[Any], figures: Line) -> None:
        """Have a frame shown with the next :meth:`wait`.

        Parameters
        ----------
        image : ndarray
            (height, width) or (height, width, 3) in BGR order, uint8 or uint16.  Not kept.
        figures
            Has the line to show below.
        """
        cv2 = self._cv2
        height, width = image.shape[:2]
        scale = min(1.0, _WIDTH / width, _HEIGHT / height)
        size = (max(_NARROWEST, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
        shown = cv2.copyMakeBorder(to_bgr8(small), 0, _BAR, 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        place = (10, shown.shape[0] - 10)
        cv2.putText(
            shown, figures.line(), place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA
        )
        if size != self._size:  # also when the camera's region changes
            self._size = size
            cv2.resizeWindow(self._title, shown.shape[1], shown.shape[0])
        cv2.imshow(self._title, shown)

    def wait(self, seconds: float) -> bool:
        """Let the window live for so long; False once its user has closed it or has pressed q or Esc."""
        cv2 = self._cv2
        key = cv2.waitKey(max(1, round(seconds * 1000))) & 0xFF
        if key in (_ESCAPE, _Q):
            return False
        try:
            return bool(cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1)
        except cv2.error:  # with Qt, of a closed window
            return False

    def close(self) -> None:
        """Take the window away; also one that its user has closed."""
        try:
            self._cv2.destroyWindow(self._title)
        except self._cv2.error:
            pass  # likewise


def to_bgr8(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Any frame as (height, width, 3) uint8; 16 bit is scaled by its own maximum."""
    if image.dtype != np.uint8:
        image = (image.astype(np.float32) * (255.0 / max(1, int(image.max())))).astype(np.uint8)
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    return image


def _answers() -> bool:
    """Whether the X server of this machine that DISPLAY names is there; True where another one is named.

    The library for windows aborts the process, with a page of text, where there is none.
    """
    named = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", os.environ.get("DISPLAY", ""))
    if named is None or os.environ.get("WAYLAND_DISPLAY"):
        return True
    return is_open(f"/tmp/.X11-unix/X{named[1]}", ANSWER_S)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
