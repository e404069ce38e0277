"""The tables of a calibration take: what was found in which picture, written while it is found."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.display.boards.cornerfinding import Found

    Corners = dict[str, dict[int, Any]]

__all__ = ["CORNERS_FILE", "LOOKS_FILE", "TakeFiles", "read_corners"]

LOOKS_FILE, CORNERS_FILE = "looks.csv", "corners.csv"
CORNER_COLUMNS = ("trigger", "camera", "corner", "x", "y")


class TakeFiles:
    """Two tables that grow with each look; a program that is killed leaves whole rows.

    ``looks.csv`` has a row for each trigger that was looked at, with the number of corners for each camera.
    ``corners.csv`` has a row for each corner.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._names = list(names)
        # one line a write: what was found so far is there whenever somebody looks
        self._looks = (folder / LOOKS_FILE).open("x", encoding="utf-8", newline="", buffering=1)
        self._corners = (folder / CORNERS_FILE).open("x", encoding="utf-8", newline="")
        csv.writer(self._looks, lineterminator="\n").writerow(("trigger", *names))
        csv.writer(self._corners, lineterminator="\n").writerow(CORNER_COLUMNS)

    def keep(self, trigger: int, found: Mapping[str, Found]) -> None:
        """Write what was found at one trigger; a camera without a picture has an empty cell."""
        counts = [len(found[name].ids) if name in found else "" for name in self._names]
        csv.writer(self._looks, lineterminator="\n").writerow((trigger, *counts))
        rows = csv.writer(self._corners, lineterminator="\n")
        for name, each in found.items():
            for corner, (x, y) in zip(each.ids, each.points, strict=True):
                rows.writerow((trigger, name, int(corner), f"{x:.3f}", f"{y:.3f}"))
        self._corners.flush()

    def close(self) -> None:
        """No more comes."""
        self._looks.close()
        self._corners.close()


def read_corners(folder: Path) -> Corners:
    """What ``corners.csv`` has: for each camera and trigger the numbers of the corners, and x and y.

    Raises
    ------
    RecordingError
        The file is missing or damaged.
    """
    path = folder / CORNERS_FILE
    lists: dict[tuple[str, int], list[tuple[int, float, float]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = row["camera"], int(row["trigger"])
                lists.setdefault(key, []).append((int(row["corner"]), float(row["x"]), float(row["y"])))
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise RecordingError(f"{path} is damaged: {error!r}") from error
    corners: Corners = {}
    for (camera, trigger), found in lists.items():
        table: npt.NDArray[Any] = np.array(found)
        corners.setdefault(camera, {})[trigger] = table[:, 0].astype(np.int64), table[:, 1:]
    return corners
