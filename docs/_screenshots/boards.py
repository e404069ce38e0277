"""The window of a calibration take, with boards that are drawn into pictures of virtual cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from llpyspin.display.boards.boardkind import board_of
from llpyspin.display.boards.boardprint import flat_picture
from llpyspin.display.boards.cornerfinding import Finder, nothing_found
from llpyspin.display.boards.coverage import Coverage
from llpyspin.display.boards.drawing import Scene, draw_scene
from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    import pathlib

BOARD = board_of("charuco_7x5")
NAMES = ("top", "left", "front", "side")
SHOWN = {
    "top": [(x, y, 0.5) for y in (0.3, 0.5) for x in (0.25, 0.4, 0.55, 0.7)],
    "left": [(x, y, 0.45) for y in (0.35, 0.6) for x in (0.3, 0.45, 0.6, 0.75)],
    "front": [(x, 0.65, 0.4) for x in (0.25, 0.45, 0.6)],
    "side": [],
}
"""Where each camera saw the board, in parts of the picture, and how wide it was."""


def with_board(picture: Any, place: tuple[float, float, float], turn: float) -> Any:
    """A picture with the board in it, tilted and in the light of the place."""
    height, width = picture.shape
    x, y, wide = place
    half = np.array([wide, wide * BOARD.rows / BOARD.columns]) * width / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners[:, 1] *= 1 + 0.25 * np.sin(turn) * np.sign(corners[:, 0])
    angle = np.array([[np.cos(turn / 20), -np.sin(turn / 20)], [np.sin(turn / 20), np.cos(turn / 20)]])
    corners = corners @ angle.T + [x * width, y * height]
    flat = cv2.copyMakeBorder(flat_picture(BOARD, 80), 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=255)
    source = np.array([[0, 0], [flat.shape[1], 0], [flat.shape[1], flat.shape[0]], [0, flat.shape[0]]])
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), corners.astype(np.float32))
    laid = cv2.warpPerspective(flat, matrix, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full_like(flat, 255), matrix, (width, height)) > 127
    return np.where(mask, (30 + 0.75 * laid).astype(np.uint8), picture)


def calibration(path: pathlib.Path) -> None:
    """Four cameras, some time after the beginning."""
    with VideoStream(0, sdk="virtual", roi=(0, 0, 720, 960)) as cap:
        empty = cap.read()[1]
    finder, coverage = Finder(BOARD), Coverage(NAMES, BOARD)
    for look in range(8):
        places = {name: each[look] for name, each in SHOWN.items() if look < len(each)}
        pictures = {name: with_board(empty, place, look) for name, place in places.items()}
        found = {name: finder.find(picture) for name, picture in pictures.items()}
        absent = [name for name in NAMES if name not in places]
        coverage.add({**found, **{name: nothing_found((960, 720)) for name in absent}})
    pictures.update(dict.fromkeys(absent, empty))
    cv2.imwrite(
        str(path), draw_scene(cv2, Scene(pictures, found, coverage)), [cv2.IMWRITE_PNG_COMPRESSION, 9]
    )
