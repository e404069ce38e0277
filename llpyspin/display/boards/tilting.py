"""How a board is tilted towards a camera, from its corners in one picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.boards.criteria import SECTORS

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.display.boards.cornerfinding import Found

__all__ = ["corner_places", "tilt_sector"]

LEAST_TILT = 0.05
"""Change of scale across the board below which it counts as facing the camera, as Caliscope has it."""
_FLAT = 1e-4
"""Of singular values: corners that are nearly on one line say nothing."""


def corner_places(board: Board, ids: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Where corners are on the board, (n, 2): its middle is (0, 0), its longer side is 1 long."""
    columns, rows = board.columns, board.rows
    places = np.column_stack([ids % (columns - 1) + 1.0, ids // (columns - 1) + 1.0])
    return (places - np.array([columns, rows]) / 2) / max(columns, rows)


def tilt_sector(board: Board, found: Found) -> int | None:
    """In which of 8 directions the board leans away; None where it faces the camera, or nobody can say."""
    if len(found.ids) < 4:
        return None
    image = (found.points - np.array(found.size) / 2) / max(found.size)
    plane = _homography(corner_places(board, found.ids), image)
    if plane is None:
        return None
    lean = plane[2, :2]
    if np.hypot(*lean) < LEAST_TILT:
        return None
    turned = plane[:2, :2] - np.outer(plane[:2, 2], lean)
    if abs(np.linalg.det(turned)) < 1e-12:
        return None
    along = np.linalg.solve(turned.T, lean)
    angle = math.atan2(along[1], along[0]) % (2 * math.pi)
    return min(SECTORS - 1, int(angle / (2 * math.pi) * SECTORS))


def _homography(plane: npt.NDArray[Any], image: npt.NDArray[Any]) -> npt.NDArray[np.float64] | None:
    """From the board to the picture by the direct linear transformation; None where they do not say."""
    (x, y), (u, v) = plane.T, image.T
    spread = np.linalg.svd(plane - plane.mean(axis=0), compute_uv=False)
    if spread[-1] < _FLAT * spread[0]:
        return None
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate(
        [
            np.column_stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u]),
            np.column_stack([zero, zero, zero, x, y, one, -v * x, -v * y, -v]),
        ]
    )
    solution = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    if abs(solution[2, 2]) < 1e-9:
        return None
    found: npt.NDArray[np.float64] = solution / solution[2, 2]
    return found
