"""Whether a calibration take is enough, and what is missing, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.display.boards.criteria import GRID
from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.display.boards.criteria import Criteria

__all__ = ["CameraCoverage", "PairCoverage", "TakeVerdict", "places", "verdict_of"]

_ROWS, _COLUMNS = ("upper", "", "lower"), ("left", "", "right")
_MIDDLE = GRID // 2
_MOST_PLACES = 3


@named
@dataclass(frozen=True)
class CameraCoverage:
    """What one camera saw of the board.

    Attributes
    ----------
    name : str
    looks, seen : int
        Pictures in which the board was looked for, and in which it was seen.
    views : int
        Different ones of these.
    fields : tuple of tuples of int
        Corners in each of 5 x 5 fields of the picture, row by row.
    tilts : int
        Directions in which the board was tilted, of 8.
    """

    name: str
    looks: int = 0
    seen: int = 0
    views: int = 0
    fields: tuple[tuple[int, ...], ...] = ((0,) * GRID,) * GRID
    tilts: int = 0

    @property
    def covered(self) -> int:
        """Fields in which corners were seen."""
        return sum(count > 0 for row in self.fields for count in row)

    @property
    def share(self) -> float:
        """The same as a part of all fields."""
        return self.covered / GRID**2


@named
@dataclass(frozen=True)
class PairCoverage:
    """What two cameras saw of the board at the same triggers.

    Attributes
    ----------
    first, second : str
    views : int
    corners : int
        Corners that both saw, over all views.
    """

    first: str
    second: str
    views: int = 0
    corners: int = 0


@named
@dataclass(frozen=True)
class TakeVerdict:
    """Whether a take is enough.

    Attributes
    ----------
    enough : bool
    missing : tuple of str
        What is missing, one sentence each; the most important first.
    """

    enough: bool
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "Enough for a calibration" if self.enough else "Not enough yet: " + "; ".join(self.missing)


def verdict_of(
    cameras: Sequence[CameraCoverage], pairs: Sequence[PairCoverage], criteria: Criteria
) -> TakeVerdict:
    """Judge by the criteria."""
    missing = [
        *_links_missing([camera.name for camera in cameras], pairs, criteria.shared),
        *(text for camera in cameras if (text := _camera_missing(camera, criteria))),
    ]
    return TakeVerdict(not missing, tuple(missing))


def _camera_missing(camera: CameraCoverage, criteria: Criteria) -> str:
    if not camera.seen:
        return f"{camera.name} has not seen the board"
    parts = []
    if camera.covered < criteria.fields:
        parts.append(f"show the board {_and(places(camera)[:_MOST_PLACES])} ({camera.share:.0%} covered)")
    if camera.tilts < criteria.tilts:
        parts.append(f"tilt it in other directions ({camera.tilts} of {criteria.tilts})")
    if camera.views < criteria.views:
        parts.append(f"{camera.views} of {criteria.views} views")
    return f"{camera.name}: {', '.join(parts)}" if parts else ""


def places(camera: CameraCoverage) -> list[str]:
    """Parts of the picture that lack corners, in words, the largest first."""
    lacking: dict[str, int] = {}
    for y, row in enumerate(camera.fields):
        for x, count in enumerate(row):
            if not count:
                place = _place(y, x)
                lacking[place] = lacking.get(place, 0) + 1
    return sorted(lacking, key=lambda place: -lacking[place])


def _place(y: int, x: int) -> str:
    row, column = (_ROWS[_side(y)], _COLUMNS[_side(x)])
    if row and column:
        return f"{row} {column}"
    return column or {"upper": "top", "lower": "bottom"}.get(row, "middle")


def _side(at: int) -> int:
    return 1 + (at > _MIDDLE) - (at < _MIDDLE)


def _links_missing(names: Sequence[str], pairs: Sequence[PairCoverage], needed: int) -> list[str]:
    """How to join groups of cameras: of each two groups the nearest pair.  What lacks most comes first."""
    groups = _groups(names, [pair for pair in pairs if pair.corners >= needed])
    missing: list[PairCoverage] = []
    while len(groups) > 1:
        between = [pair for pair in pairs if _group(groups, pair.first) is not _group(groups, pair.second)]
        best = max(between, key=lambda pair: pair.corners)
        missing.append(best)
        one, other = _group(groups, best.first), _group(groups, best.second)
        groups = [group for group in groups if group is not one and group is not other] + [one | other]
    return [
        f"show the board to {pair.first} and {pair.second} at once "
        f"({pair.corners} of {needed} shared corners)"
        for pair in sorted(missing, key=lambda pair: pair.corners)
    ]


def _groups(names: Sequence[str], links: Sequence[PairCoverage]) -> list[set[str]]:
    groups = [{name} for name in names]
    for link in links:
        one, other = _group(groups, link.first), _group(groups, link.second)
        if one is not other:
            groups = [group for group in groups if group is not one and group is not other] + [one | other]
    return groups


def _group(groups: Sequence[set[str]], name: str) -> set[str]:
    return next(group for group in groups if name in group)


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
