"""The newest pictures of several cameras in one, each in a cell with its name and its figures."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.caption import PreviewFigures
from llpyspin.display.shrinking import shrunk
from llpyspin.display.window import to_bgr8

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo

    Image = npt.NDArray[Any]

__all__ = ["Grid", "shape_of"]

WIDTH, HEIGHT = 960, 720  # pixels for all cells together
_GAP = 2
_BAR = 18  # pixels of a cell below its picture, for the label


def shape_of(count: int) -> tuple[int, int]:
    """(rows, columns) of cells for so many cameras."""
    columns = max(1, math.ceil(math.sqrt(count)))
    return max(1, -(-count // columns)), columns


class Grid:
    """Cells in the order of the names.

    Parameters
    ----------
    names : sequence of str
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.shown = 0
        self.skipped = 0
        self._rows, self._columns = shape_of(len(self.names))
        self._size = (HEIGHT // self._rows - _GAP, WIDTH // self._columns - _GAP)
        self._cells: list[Image | None] = [None] * len(self.names)
        self._figures = [PreviewFigures() for _ in self.names]
        self._ended = [""] * len(self.names)

    def put(self, number: int, image: Image, info: FrameInfo) -> None:
        """A frame of camera ``number``; the image is not kept."""
        height, width = self._size
        self.skipped += info.missed if self._cells[number] is not None else 0
        self._figures[number].count(info)
        self._cells[number] = to_bgr8(shrunk(image, height - _BAR, width))

    def end(self, number: int, why: str) -> None:
        """No more frames come from camera ``number``."""
        self._ended[number] = why

    @property
    def over(self) -> bool:
        """Whether no camera gives frames any more."""
        return all(self._ended)

    def picture(self) -> npt.NDArray[np.uint8]:
        """All cells, (height, width, 3) in BGR order; black where no frame came yet."""
        height, width = self._size
        canvas = np.zeros((self._rows * (height + _GAP), self._columns * (width + _GAP), 3), np.uint8)
        for number, image in enumerate(self._cells):
            y = number // self._columns * (height + _GAP)
            x = number % self._columns * (width + _GAP)
            if image is not None:
                tall, wide = image.shape[:2]
                top, left = y + (height - _BAR - tall) // 2, x + (width - wide) // 2
                canvas[top : top + tall, left : left + wide] = image
            _label(canvas, self.label(number), x, y + height)
        self.shown += 1
        return canvas

    def label(self, number: int) -> str:
        """Name and figures of one camera."""
        figures = self._figures[number]
        state = self._ended[number] or (f"{figures.rate:.1f} fps" if figures.rate else "waiting for frames")
        return f"{self.names[number]}: {state}"

    def line(self) -> str:
        """All of them, for a line below the picture."""
        return " | ".join(self.label(number) for number in range(len(self.names)))


def _label(canvas: Image, text: str, x: int, y: int) -> None:
    """Write below a picture, where OpenCV is there: a window has it, and a terminal has the line."""
    cv2: Any = sys.modules.get("cv2")
    if cv2 is not None:
        cv2.putText(
            canvas, text, (x + 6, y - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA
        )
