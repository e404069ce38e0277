"""Pictures of a calibration board with known poses, as a camera would take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from llpyspin.display.boards.boardkind import CHARUCO, Board, board_of
from llpyspin.display.boards.cornerfinding import charuco_of
from llpyspin.recording.sinks import Picture, choose, open_sink
from tests.unit.recordings import SERIALS, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOARD = board_of("charuco_7x5")
PIXELS = 80  # of a square of the flat board that is laid into the picture
GROUND = 128


@dataclass(frozen=True)
class Pose:
    """Where the board is: its middle in the picture (0 to 1), its width there, and its tilts in radians."""

    x: float = 0.5
    y: float = 0.5
    width: float = 0.5
    over: float = 0.0
    sideways: float = 0.0
    turn: float = 0.0


def flat(board: Board) -> Any:
    """The board as it is printed, without a margin."""
    size = (board.columns * PIXELS, board.rows * PIXELS)
    if board.kind == CHARUCO:
        return charuco_of(cv2, board).generateImage(size, marginSize=0)
    rows, columns = np.indices((board.rows, board.columns))
    squares = np.where((rows + columns) % 2, 255, 0).astype(np.uint8)
    return np.kron(squares, np.ones((PIXELS, PIXELS), np.uint8))


def projection(board: Board, pose: Pose, size: tuple[int, int]) -> Any:
    """From the board, in squares, to the pixels of a picture: a 3 x 3 matrix."""
    width, height = size
    focal = 1.2 * width
    lens = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    distance = focal * board.columns / (pose.width * width)
    rotation = cv2.Rodrigues(np.array([pose.over, pose.sideways, 0.0]))[0]
    rotation = rotation @ cv2.Rodrigues(np.array([0.0, 0.0, pose.turn]))[0]
    middle = np.array([(pose.x - 0.5) * width, (pose.y - 0.5) * height, focal]) * distance / focal
    centre = np.array([board.columns / 2, board.rows / 2, 0.0])
    return lens @ np.column_stack([rotation[:, 0], rotation[:, 1], middle - rotation @ centre])


def corners(board: Board, pose: Pose, size: tuple[int, int]) -> Any:
    """Where the inner corners are in the picture, (n, 2)."""
    columns = board.columns - 1
    numbers = np.arange(board.corners)
    places = np.column_stack([numbers % columns + 1, numbers // columns + 1, np.ones(board.corners)])
    found = projection(board, pose, size) @ places.T
    return (found[:2] / found[2]).T


def picture(board: Board, pose: Pose | None, size: tuple[int, int] = (640, 480), noise: float = 2.0) -> Any:
    """A gray picture of the board, (height, width) of uint8; None: without the board."""
    width, height = size
    image = np.full((height, width), GROUND, np.uint8)
    if pose is not None:
        shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # pixels have their middles at whole numbers
        scaled = projection(board, pose, size) @ np.diag([1 / PIXELS, 1 / PIXELS, 1]) @ shift
        image = cv2.warpPerspective(
            flat(board),
            scaled,
            size,
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=GROUND,
        )
    image = cv2.GaussianBlur(image, (3, 3), 0.6)
    grain = np.random.default_rng(7).normal(0, noise, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def waving(count: int, *, shift: float = 0.0) -> Sequence[Pose]:
    """Poses that cover the picture with different tilts, as a person would move the board."""
    poses = []
    for number in range(count):
        across, down = number % 4, number // 4 % 4
        poses.append(
            Pose(
                x=0.2 + 0.2 * across + shift,
                y=0.2 + 0.2 * down,
                width=0.42,
                over=0.45 * np.cos(number * np.pi / 4),
                sideways=0.45 * np.sin(number * np.pi / 4),
                turn=0.1 * (number % 3 - 1),
            )
        )
    return poses


def board_session(folder: Path, board: Board, cameras: Sequence[Sequence[Pose | None]]) -> Path:
    """A recorded session of cameras that see the board at these poses, one a trigger, at 100 Hz."""
    size = Picture(height=360, width=480, rate=100.0)
    folder.mkdir()
    session = record(folder, ["." * len(poses) for poses in cameras], picture=size)
    for serial, camera, poses in zip(SERIALS, session.cameras, cameras, strict=False):
        path = folder / camera.files[0].video
        tags = {"llpyspin_virtual": "yes", "llpyspin_serial": serial}
        sink = open_sink(path, size, choose("raw", size, ".raw"), tags=tags, overwrite=True)
        for pose in poses:
            sink.write(picture(board, pose, (size.width, size.height)))
        sink.close()
    wires = tuple(f"{SERIALS[0]}:Line1 -> {serial}:Line3" for serial in SERIALS[1 : len(cameras)])
    session.replace(wiring=wires).save(folder / "session.json")
    return folder
