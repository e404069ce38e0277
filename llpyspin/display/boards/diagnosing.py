"""Why no camera sees the board: what the pictures say about light, markers and pattern."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.boards.boardkind import CHARUCO
from llpyspin.display.boards.cornerfinding import Finder, dictionary_of, opencv_with_boards

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board

    Gray = npt.NDArray[np.uint8]

__all__ = ["why_not_found"]

DARK, BRIGHT = 60, 250
"""Gray levels: of the brightest parts of a picture that is too dark, and of a picture that is white."""
LEAST_MARKERS = 4
OTHERS = (
    "4X4_50",
    "4X4_1000",
    "5X5_100",
    "5X5_1000",
    "6X6_1000",
    "7X7_1000",
    "ARUCO_ORIGINAL",
    "APRILTAG_36H11",
)


def why_not_found(board: Board, pictures: Mapping[str, Gray]) -> list[str]:
    """Likely causes, the most certain first."""
    causes = _light(pictures)
    if board.kind == CHARUCO:
        cv2 = opencv_with_boards()
        causes += _of_this_dictionary(cv2, board, pictures) or _of_others(cv2, board, pictures)
    if causes:
        return causes
    return [
        "the board is not in the picture, too far away, out of focus or moved too fast for the exposure time",
        _as_given(board),
    ]


def _as_given(board: Board) -> str:
    if board.kind == CHARUCO:
        return (
            f"the board is no {board.columns} x {board.rows} with {board.dictionary} "
            "(board=, dictionary=), or was printed by OpenCV before 4.6 (legacy=True)"
        )
    return (
        f"the board does not have {board.columns} x {board.rows} squares, or a part of it is hidden: "
        "a chessboard must be seen as a whole"
    )


def _light(pictures: Mapping[str, Gray]) -> list[str]:
    dark = [name for name, each in pictures.items() if np.percentile(each[::4, ::4], 98) < DARK]
    white = [name for name, each in pictures.items() if np.percentile(each[::4, ::4], 50) >= BRIGHT]
    causes = []
    if dark:
        causes.append(f"too dark: {', '.join(dark)}. Add light, or raise the exposure time or gain")
    if white:
        causes.append(f"too bright: {', '.join(white)}. Lower the exposure time or gain")
    return causes


def _markers(cv2: Any, dictionary: str, picture: Gray) -> int:
    detector = cv2.aruco.ArucoDetector(dictionary_of(cv2, dictionary))
    ids = detector.detectMarkers(picture)[1]
    return 0 if ids is None else len(ids)


def _of_this_dictionary(cv2: Any, board: Board, pictures: Mapping[str, Gray]) -> list[str]:
    """Its markers are there, but do not make this board."""
    seen = [each for each in pictures.values() if _markers(cv2, board.dictionary, each) >= LEAST_MARKERS]
    if not seen:
        return []
    other = Finder(dataclasses.replace(board, legacy=not board.legacy))
    if any(other.find(each).useful for each in seen):
        what = (
            "a newer pattern than that of OpenCV before 4.6"
            if board.legacy
            else "the pattern of OpenCV before 4.6"
        )
        return [f"the board has {what}. Set legacy={not board.legacy}"]
    return [
        f"markers of {board.dictionary} are seen, but they are not those of a board of {board.columns} x "
        f"{board.rows} squares. Check the numbers of squares: first along the width, then along the height"
    ]


def _of_others(cv2: Any, board: Board, pictures: Mapping[str, Gray]) -> list[str]:
    for other in OTHERS:
        name = f"DICT_{other}"
        if name == board.dictionary or not hasattr(cv2.aruco, name):
            continue
        if any(_markers(cv2, name, each) >= LEAST_MARKERS for each in pictures.values()):
            return [f"the board has markers of {name}, not of {board.dictionary}. Set dictionary"]
    return []
