"""What was seen of a calibration board so far: by each camera, and by cameras at the same trigger."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.display.boards.criteria import GRID, Criteria
from llpyspin.display.boards.enough import CameraCoverage, PairCoverage, TakeVerdict, verdict_of
from llpyspin.display.boards.tilting import tilt_sector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.display.boards.cornerfinding import Found

__all__ = ["Coverage"]

MOVED = 0.02
"""Of the width of the picture: a board that moved less is the same view once more."""


@dataclass
class _Camera:
    """What one camera saw."""

    looks: int = 0
    seen: int = 0
    views: int = 0
    fields: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((GRID, GRID), np.int64))
    tilts: set[int] = field(default_factory=set)
    last: Found | None = None

    def moved(self, found: Found) -> bool:
        """Whether the board is somewhere else than in the last view that counted."""
        last = self.last
        if last is None:
            return True
        _, old, new = np.intersect1d(last.ids, found.ids, return_indices=True)
        if not len(old):
            return True
        step = np.linalg.norm(last.points[old] - found.points[new], axis=1).mean()
        return bool(step >= MOVED * found.size[0])

    def count(self, found: Found, sector: int | None) -> None:
        """Take in a view that is new."""
        self.views += 1
        self.last = found
        x, y = np.clip((found.points / np.array(found.size) * GRID).astype(int), 0, GRID - 1).T
        np.add.at(self.fields, (y, x), 1)
        if sector is not None:
            self.tilts.add(sector)


class Coverage:
    """Counts what was seen.

    Only views that differ count: a board that is held still is one view.

    Parameters
    ----------
    names : sequence of str
        The cameras.
    board : Board
    criteria : Criteria

    Attributes
    ----------
    together : Counter
        Looks by the number of cameras that saw the board.
    """

    def __init__(self, names: Sequence[str], board: Board, criteria: Criteria | None = None) -> None:
        self.board = board
        self.criteria = criteria or Criteria()
        self.together: Counter[int] = Counter()
        self._cameras = {name: _Camera() for name in names}
        self._pairs = {pair: [0, 0] for pair in itertools.combinations(names, 2)}

    @property
    def looks(self) -> int:
        """Triggers that were looked at."""
        return sum(self.together.values())

    @property
    def seen(self) -> int:
        """Of these, those at which any camera saw the board."""
        return self.looks - self.together[0]

    def add(self, found: Mapping[str, Found]) -> None:
        """Count what the cameras that have a picture found at one trigger."""
        useful = {name: each for name, each in found.items() if each.useful}
        self.together[len(useful)] += 1
        for name in found:
            self._cameras[name].looks += 1
        fresh = {name for name, each in useful.items() if self._cameras[name].moved(each)}
        for name, each in useful.items():
            self._cameras[name].seen += 1
            if name in fresh:
                self._cameras[name].count(each, tilt_sector(self.board, each))
        for pair, counts in self._pairs.items():
            if fresh & set(pair) and all(name in useful for name in pair):
                shared = np.intersect1d(useful[pair[0]].ids, useful[pair[1]].ids)
                counts[0] += 1
                counts[1] += len(shared)

    def cameras(self) -> tuple[CameraCoverage, ...]:
        """What each camera saw."""
        return tuple(
            CameraCoverage(
                name=name,
                looks=each.looks,
                seen=each.seen,
                views=each.views,
                fields=tuple(tuple(int(count) for count in row) for row in each.fields),
                tilts=len(each.tilts),
            )
            for name, each in self._cameras.items()
        )

    def pairs(self) -> tuple[PairCoverage, ...]:
        """What cameras saw together."""
        return tuple(PairCoverage(*pair, *counts) for pair, counts in self._pairs.items())

    def verdict(self) -> TakeVerdict:
        """Whether it is enough, and what is missing."""
        return verdict_of(self.cameras(), self.pairs(), self.criteria)
