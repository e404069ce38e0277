"""The requests that the process that looks for a board answers, one method each."""

from __future__ import annotations

import threading
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.boards.cornerfinding import Finder, Found, opencv_with_boards, to_gray
from llpyspin.display.boards.coverage import Coverage
from llpyspin.display.boards.diagnosing import why_not_found
from llpyspin.display.boards.drawing import Scene, draw_scene
from llpyspin.display.showing import Showing
from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.frames import FrameGone, FrameReader, decode
from llpyspin.processes.serving import Requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.display.boards.criteria import Criteria

__all__ = ["BoardService", "BoardSpec", "FoundRow", "found_of"]

OPEN_S = 20.0
CLOSE_S = 2.0
CONNECT_S = 1.0
PATIENCE_S = 0.1
FoundRow = tuple[str, "list[int]", "list[list[float]]", "tuple[int, int]"]
"""What was found in the picture of one camera: its name, ids, points, size."""


@dataclass(frozen=True)
class BoardSpec:
    """What to look for.

    Attributes
    ----------
    names : tuple of str
        The cameras.
    board : Board
    criteria : Criteria
    title : str
        Of the window; "": no window.
    rate : float
        Pictures a second that the window shows at most.
    """

    names: tuple[str, ...]
    board: Board
    criteria: Criteria
    title: str = ""
    rate: float = 30.0

    @property
    def address(self) -> str:
        """Frames come from several cameras, by name."""
        return ""

    @property
    def camera(self) -> str:
        """For messages."""
        return ", ".join(self.names)

    def pictures(self) -> DrawnPictures:
        """What is shown; made in the process that has the window."""
        return DrawnPictures()


class DrawnPictures:
    """The newest drawn picture, for a window in another thread."""

    def __init__(self) -> None:
        self.shown = self.skipped = 0
        self.figures = self
        self._newest: npt.NDArray[Any] | None = None
        self._text = ""
        self._fresh = threading.Condition()

    def put(self, picture: npt.NDArray[Any], text: str) -> None:
        """Show this one next; what was not shown is skipped."""
        with self._fresh:
            self.skipped += self._newest is not None
            self._newest, self._text = picture, text
            self._fresh.notify()

    def line(self) -> str:
        """Below the picture."""
        return self._text

    def prepare(self) -> None:
        """There is nothing to do."""

    def newest(self) -> npt.NDArray[Any] | None:
        with self._fresh:
            if self._newest is None:
                self._fresh.wait(PATIENCE_S)
            picture, self._newest = self._newest, None
        self.shown += picture is not None
        return picture

    def interrupt(self) -> None:
        with self._fresh:
            self._fresh.notify()

    def close(self) -> None:
        """There is nothing to close."""


class BoardService(Requests):
    """Looks for the board in frames that are named, draws them, and says what it found."""

    serial = ""

    def __init__(self) -> None:
        self._readers: dict[str, FrameReader] = {}
        self._showing: Showing | None = None
        self._drawn = DrawnPictures()
        self._pictures: dict[str, npt.NDArray[np.uint8]] = {}
        self._causes: list[str] = []

    def do_open(self, spec: BoardSpec) -> str:
        """Begin; gives why there is no window where one was wanted."""
        self._cv2 = opencv_with_boards()
        self._cv2.setNumThreads(1)
        self._finder, self._board = Finder(spec.board), spec.board
        self._coverage = Coverage(spec.names, spec.board, spec.criteria)
        if not spec.title:
            return ""
        self._showing = showing = Showing(self._drawn, spec)
        try:
            showing.opened.result(OPEN_S)
        except MissingExtraError as error:
            self._showing = None
            return str(error)
        except FutureTimeoutError:
            self._showing = None
            return f"the display did not answer within {OPEN_S:.0f} s"
        return ""

    def do_look(self, frames: Sequence[tuple[str, str, int]]) -> tuple[list[FoundRow], bool]:
        """Look for the board in frames of one trigger, each by camera, address and index.

        Gives what was found for each camera that still has the frame, and whether the window was closed.
        """
        self._forget({address for _, address, _ in frames})
        self._pictures = {
            name: picture
            for name, address, index in frames
            if (picture := self._take(address, index)) is not None
        }
        found = {name: self._finder.find(picture) for name, picture in self._pictures.items()}
        if found:
            self._coverage.add(found)
        if any(each.useful for each in found.values()):
            self._causes = []
        if self._showing is not None and found:
            scene = Scene(self._pictures, found, self._coverage, self._causes)
            self._drawn.put(draw_scene(self._cv2, scene), "q or Esc ends the take")
        rows = [(name, each.ids.tolist(), each.points.tolist(), each.size) for name, each in found.items()]
        return rows, self._showing is not None and self._showing.over

    def do_diagnose(self) -> list[str]:
        """Likely causes why the board is not in the last pictures."""
        self._causes = why_not_found(self._board, self._pictures) if self._pictures else []
        return self._causes

    def do_close(self) -> None:
        if self._showing is not None:
            self._showing.stop(CLOSE_S)
        self._forget(set())

    def _take(self, address: str, index: int) -> npt.NDArray[np.uint8] | None:
        """A copy, so that no frame is held while the board is looked for; None where it is gone."""
        try:
            reader = self._readers.get(address)
            if reader is None:
                reader = self._readers[address] = FrameReader(address, timeout_s=CONNECT_S)
                reader.stand_aside()
            with reader.at(index) as frame:
                return to_gray(decode(frame.data, frame.layout).copy())
        except FrameGone:
            return None
        except LlpyspinError:  # the camera is gone; the rig looks after its cameras
            self._forget(set(self._readers) - {address})
            return None

    def _forget(self, kept: set[str]) -> None:
        for address in set(self._readers) - kept:
            self._readers.pop(address).close()


def found_of(row: FoundRow) -> tuple[str, Found]:
    """What :meth:`BoardService.do_look` said of one camera."""
    name, ids, points, (width, height) = row
    return name, Found(np.array(ids, np.int64), np.array(points, float).reshape(-1, 2), (width, height))
