"""Finds the corners of a calibration board in pictures, by OpenCV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.display.boards.boardkind import CHARUCO, LEAST_CORNERS
from llpyspin.errors import ArgumentError, MissingExtraError
from llpyspin.extras import opencv

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board

__all__ = ["Finder", "Found", "charuco_of", "dictionary_of", "nothing_found", "opencv_with_boards", "to_gray"]

_MOST_PIXELS = 2_500_000
"""Larger pictures are halved before the board is looked for."""
_LEAST_HALF, _MOST_HALF = 2, 11  # pixels from a corner within which its place is refined
_CHESSBOARD_STEP = 3  # a chessboard is first looked for in a picture so much smaller


class Found(NamedTuple):
    """The corners of the board in one picture.

    Attributes
    ----------
    ids : ndarray of int
        (n,): numbers of the inner corners, along the rows, from 0.
    points : ndarray of float
        (n, 2): x and y in pixels; the middle of the first pixel is (0, 0).
    size : tuple of int
        Width and height of the picture.
    """

    ids: npt.NDArray[np.int64]
    points: npt.NDArray[np.float64]
    size: tuple[int, int]

    @property
    def useful(self) -> bool:
        """Whether calibration programs use this picture."""
        return len(self.ids) >= LEAST_CORNERS


def nothing_found(size: tuple[int, int]) -> Found:
    """A picture without the board."""
    return Found(np.empty(0, np.int64), np.empty((0, 2)), size)


def opencv_with_boards() -> Any:
    """OpenCV, where it can find boards.

    Raises
    ------
    MissingExtraError
        It is not installed, or too old.
    """
    cv2 = opencv("finding a calibration board needs")
    if not hasattr(getattr(cv2, "aruco", None), "CharucoDetector"):
        raise MissingExtraError(
            f"finding a calibration board needs OpenCV 4.9 or newer, and {cv2.__version__} is installed: "
            "pip install --upgrade 'llpyspin[display]'"
        )
    return cv2


def dictionary_of(cv2: Any, name: str) -> Any:
    """A dictionary of markers.

    Raises
    ------
    ArgumentError
        OpenCV has none of this name.
    """
    number = getattr(cv2.aruco, name, None)
    if not isinstance(number, int) or not name.startswith("DICT_"):
        known = sorted({each.upper() for each in dir(cv2.aruco) if each.startswith("DICT_")})
        raise ArgumentError(f"OpenCV has no dictionary {name}. It has {', '.join(known)}")
    return cv2.aruco.getPredefinedDictionary(number)


def charuco_of(cv2: Any, board: Board, *, legacy: bool | None = None) -> Any:
    """OpenCV's own object of a ChArUco board; ``legacy`` instead of the board's."""
    made = cv2.aruco.CharucoBoard(
        (board.columns, board.rows), board.square_mm, board.marker_mm, dictionary_of(cv2, board.dictionary)
    )
    if board.legacy if legacy is None else legacy:
        made.setLegacyPattern(True)
    return made


def to_gray(image: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Any frame as (height, width) of uint8; 16 bit is scaled by its brightest pixels."""
    if image.ndim == 3:
        image = image.mean(axis=2, dtype=np.float32).astype(image.dtype)
    if image.dtype != np.uint8:
        brightest = max(1.0, float(np.percentile(image[::8, ::8], 99.5)))
        image = np.clip(image.astype(np.float32) * (255.0 / brightest), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(image)


class Finder:
    """Finds one board.

    Raises
    ------
    MissingExtraError
        OpenCV is missing or too old.
    ArgumentError
        OpenCV has no such dictionary, or refuses the board.
    """

    def __init__(self, board: Board) -> None:
        self._cv2 = cv2 = opencv_with_boards()
        self._board = board
        self._detector: Any = None
        if board.kind == CHARUCO:
            try:
                self._detector = cv2.aruco.CharucoDetector(charuco_of(cv2, board))
            except cv2.error as error:
                raise ArgumentError(f"OpenCV refuses the board {board}: {error}") from error

    def find(self, gray: npt.NDArray[np.uint8]) -> Found:
        """The corners in a picture of (height, width), uint8; none where the board is not seen."""
        size = (gray.shape[1], gray.shape[0])
        factor = 1
        while gray.size > _MOST_PIXELS:
            gray = self._cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=self._cv2.INTER_AREA)
            factor *= 2
        ids, points = self._charuco(gray) if self._detector is not None else self._chessboard(gray)
        if not len(ids):
            return nothing_found(size)
        # the middle of a larger pixel is not that of the first one in it
        points = (points.astype(np.float64).reshape(-1, 2) + 0.5) * factor - 0.5
        return Found(np.asarray(ids, np.int64).ravel(), points, size)

    def _charuco(self, gray: npt.NDArray[np.uint8]) -> tuple[Any, Any]:
        corners, ids, _, _ = self._detector.detectBoard(gray)
        if ids is None or corners is None:
            return (), ()
        gap = (1 - self._board.marker_mm / self._board.square_mm) / 2
        # OpenCV 4.9 gives corners that are half a pixel too far to the right and too low
        return ids, self._refined(gray, np.ravel(ids), corners, gap)

    def _chessboard(self, gray: npt.NDArray[np.uint8]) -> tuple[Any, Any]:
        """A small picture says quickly that there is no board; the corners come from the large one."""
        cv2, size = self._cv2, (self._board.columns - 1, self._board.rows - 1)
        flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
        step = _CHESSBOARD_STEP if min(gray.shape) >= 200 * _CHESSBOARD_STEP else 1
        small = gray
        if step > 1:
            small = cv2.resize(gray, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
        found, corners = cv2.findChessboardCorners(small, size, flags=flags)
        if not found and step > 1:
            found, corners = cv2.findChessboardCorners(gray, size, flags=flags)
            step = 1
        if not found:
            return (), ()
        ids = np.arange(self._board.corners)
        return ids, self._refined(gray, ids, (corners + 0.5) * step - 0.5, 1 / 3)

    def _refined(
        self, gray: npt.NDArray[np.uint8], ids: npt.NDArray[Any], corners: Any, gap: float
    ) -> npt.NDArray[Any]:
        """Corners to a part of a pixel; nothing else is nearer to them than ``gap`` of a square."""
        points = np.array(corners, np.float32).reshape(-1, 1, 2)
        neighbours = (np.diff(ids) == 1) & (ids[1:] % (self._board.columns - 1) > 0)
        if not neighbours.any():
            return points
        square = np.linalg.norm(np.diff(points[:, 0], axis=0)[neighbours], axis=1).min()
        half = int(np.clip(gap * square, _LEAST_HALF, _MOST_HALF))
        end = (self._cv2.TERM_CRITERIA_EPS + self._cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
        refined: npt.NDArray[Any] = self._cv2.cornerSubPix(gray, points, (half, half), (-1, -1), end)
        return refined
