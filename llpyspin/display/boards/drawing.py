"""The window of a calibration take: where the board is, and which parts of each picture lack it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.display.boards.criteria import GRID
from llpyspin.display.tiling import shape_of
from llpyspin.display.window import to_bgr8
from llpyspin.tables.ascii import in_ascii

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from llpyspin.display.boards.cornerfinding import Found
    from llpyspin.display.boards.coverage import Coverage
    from llpyspin.display.boards.enough import CameraCoverage, TakeVerdict

    Image = npt.NDArray[np.uint8]

__all__ = ["Scene", "draw_scene"]

WIDTH, HEIGHT = 960, 720
_BANNER, _BAR, _GAP, _BORDER = 96, 24, 4, 5
GREEN, RED, AMBER, WHITE, GREY = (60, 170, 40), (50, 50, 210), (20, 130, 200), (255, 255, 255), (70, 70, 70)
_MISSING_LINES = 2


class Scene(NamedTuple):
    """What is drawn: the newest pictures, what was found and seen so far, and why nothing is found."""

    pictures: Mapping[str, Image]
    found: Mapping[str, Found]
    coverage: Coverage
    causes: Sequence[str] = ()


def draw_scene(cv2: Any, scene: Scene) -> Image:
    """One picture of 960 x 720 pixels, (height, width, 3) in BGR order."""
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cameras, verdict = scene.coverage.cameras(), scene.coverage.verdict()
    seen = [each.name for each in cameras if _sees(scene, each.name)]
    _banner(cv2, canvas, verdict, scene.causes, f"{len(seen)} / {len(cameras)}")
    rows, columns = shape_of(len(cameras))
    tall, wide = (HEIGHT - _BANNER) // rows, WIDTH // columns
    for number, camera in enumerate(cameras):
        top, left = _BANNER + number // columns * tall, number % columns * wide
        cell = canvas[top : top + tall - _GAP, left : left + wide - _GAP]
        _cell(cv2, cell, scene, camera)
    return canvas


def _sees(scene: Scene, name: str) -> bool:
    return name in scene.found and scene.found[name].useful


def _banner(cv2: Any, canvas: Image, verdict: TakeVerdict, causes: Sequence[str], count: str) -> None:
    """Large enough to be read from the other side of a room."""
    canvas[: _BANNER - _GAP] = GREEN if verdict.enough else RED if causes else AMBER
    if verdict.enough:
        _write(cv2, canvas, "ENOUGH", (16, 66), 2.0, 4)
    else:
        lines = (causes or verdict.missing)[:_MISSING_LINES]
        for number, text in enumerate(lines):
            _write(cv2, canvas, _cut(cv2, text, 0.7, WIDTH - 240), (16, 38 + 34 * number), 0.7, 2)
    _write(cv2, canvas, count, (WIDTH - 205, 58), 1.8, 4)
    _write(cv2, canvas, "see the board", (WIDTH - 205, 84), 0.6, 1)


def _cell(cv2: Any, cell: Image, scene: Scene, camera: CameraCoverage) -> None:
    area = cell[_BORDER : -_BAR - _BORDER, _BORDER:-_BORDER]
    picture = scene.pictures.get(camera.name)
    if picture is not None:
        scale = min(area.shape[0] / picture.shape[0], area.shape[1] / picture.shape[1])
        size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
        small = to_bgr8(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        _shade(small, camera.fields)
        _dots(cv2, small, scene.found.get(camera.name), scale)
        top, left = (area.shape[0] - size[1]) // 2, (area.shape[1] - size[0]) // 2
        area[top : top + size[1], left : left + size[0]] = small
    cv2.rectangle(
        cell,
        (2, 2),
        (cell.shape[1] - 3, cell.shape[0] - _BAR - 3),
        GREEN if _sees(scene, camera.name) else GREY,
        _BORDER,
    )
    _label(cv2, cell, scene, camera)


def _shade(small: Image, fields: Sequence[Sequence[int]]) -> None:
    """Fields without corners are red, the others have a thin green line."""
    height, width = small.shape[:2]
    for y, row in enumerate(fields):
        for x, count in enumerate(row):
            top, low = y * height // GRID, (y + 1) * height // GRID
            left, right = x * width // GRID, (x + 1) * width // GRID
            part = small[top:low, left:right]
            if count:
                part[0, :] = part[:, 0] = GREEN
            else:
                part[:] = (0.65 * part + 0.35 * np.array(RED)).astype(np.uint8)


def _dots(cv2: Any, small: Image, found: Found | None, scale: float) -> None:
    for x, y in () if found is None else found.points * scale:
        cv2.circle(small, (round(x), round(y)), 4, (0, 255, 0), -1, cv2.LINE_AA)


def _label(cv2: Any, cell: Image, scene: Scene, camera: CameraCoverage) -> None:
    criteria = scene.coverage.criteria
    text = (
        f"{camera.name}: {camera.views}/{criteria.views} views, {camera.share:.0%} covered, "
        f"{camera.tilts}/{criteria.tilts} tilts"
    )
    text = _cut(cv2, text, 0.5, cell.shape[1] - 16)
    _write(cv2, cell, text, (8, cell.shape[0] - 8), 0.5, 1)


def _write(cv2: Any, canvas: Image, text: str, place: tuple[int, int], scale: float, thick: int) -> None:
    cv2.putText(canvas, in_ascii(text), place, cv2.FONT_HERSHEY_SIMPLEX, scale, WHITE, thick, cv2.LINE_AA)


def _cut(cv2: Any, text: str, scale: float, width: int) -> str:
    """As much of a text as fits, with dots where that is not all."""
    short = text
    while short and cv2.getTextSize(short, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)[0][0] > width:
        short = short[:-4].rstrip() + "..." if len(short) > 4 else ""
    return short
