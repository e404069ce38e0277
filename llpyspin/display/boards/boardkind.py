"""What a calibration board is: its squares, its markers, and their sizes."""

from __future__ import annotations

import math
import numbers
import re
from dataclasses import dataclass
from typing import Any

from llpyspin.errors import ArgumentError, SettingRangeError
from llpyspin.naming.known import did_you_mean, named
from llpyspin.naming.nearest import nearest_words

__all__ = ["CHARUCO", "CHESSBOARD", "DICTIONARY", "LEAST_CORNERS", "Board", "board_of", "is_board"]

CHARUCO, CHESSBOARD = "charuco", "chessboard"
DICTIONARY = "DICT_5X5_100"
LEAST_CORNERS = 8
"""Fewer corners in a picture are not used: aniposelib 0.8 leaves such pictures out."""
MOST_SQUARES = 50
SQUARE_MM = 30.0
MARKER = 0.75
"""Side of a marker by default, in squares."""
_NAME = re.compile(rf"({CHARUCO}|{CHESSBOARD})_(\d+)x(\d+)", re.IGNORECASE)
_MARKERS = re.compile(r"DICT_([4-7])X\1_(50|100|250|1000)")
_DICTIONARIES = tuple(f"DICT_{bits}X{bits}_{count}" for bits in range(4, 8) for count in (50, 100, 250, 1000))


@named
@dataclass(frozen=True)
class Board:
    """A calibration board.

    Attributes
    ----------
    kind : str
        "charuco" or "chessboard".
    columns, rows : int
        Squares along the width and the height.
    square_mm : float
        Side of a square, as measured on the printed board.
    marker_mm : float
        Side of a marker; 0 for a chessboard.
    dictionary : str
        Of the markers, as OpenCV calls it; "" for a chessboard.
    legacy : bool
        The pattern of boards that were printed by OpenCV before 4.6, with an even number of rows.

    Raises
    ------
    ArgumentError, SettingRangeError
        There is no such board.
    """

    kind: str
    columns: int
    rows: int
    square_mm: float = SQUARE_MM
    marker_mm: float = 0.0
    dictionary: str = ""
    legacy: bool = False

    def __post_init__(self) -> None:
        if self.kind not in (CHARUCO, CHESSBOARD):
            raise ArgumentError(f"a board is {CHARUCO} or {CHESSBOARD}, not {self.kind!r}")
        for name in ("columns", "rows"):
            _check_count(name, getattr(self, name))
        _check_length("square_mm", self.square_mm)
        if self.corners < LEAST_CORNERS:
            raise SettingRangeError(
                f"a board of {self.columns} x {self.rows} squares has {self.corners} inner corners, and "
                f"calibration programs need {LEAST_CORNERS} in a picture. Use a board with more squares"
            )
        if self.kind == CHARUCO:
            self._check_markers()

    def _check_markers(self) -> None:
        _check_length("marker_mm", self.marker_mm)
        if not isinstance(self.dictionary, str) or not re.fullmatch(r"DICT_\w+", self.dictionary):
            raise ArgumentError(f"a dictionary is a name like {DICTIONARY}, not {self.dictionary!r}")
        if not self.marker_mm < self.square_mm:
            raise SettingRangeError(
                f"marker_mm must be smaller than square_mm ({self.square_mm:g}), not {self.marker_mm:g}",
                setting="marker_mm",
                value=self.marker_mm,
            )
        known = _MARKERS.fullmatch(self.dictionary)
        alike = [name for name in _DICTIONARIES if name[:9] == self.dictionary[:9]]
        if not known and alike:  # of others OpenCV knows more than this module
            near = did_you_mean(self.dictionary, alike, f"There are {', '.join(alike)}")
            raise ArgumentError(f"there is no dictionary {self.dictionary!r}. {near}")
        if known and self.markers > int(known[2]):
            raise SettingRangeError(
                f"a board of {self.columns} x {self.rows} squares needs {self.markers} markers, and "
                f"{self.dictionary} has {known[2]}. Use a larger dictionary",
                setting="dictionary",
                value=self.dictionary,
            )

    @property
    def corners(self) -> int:
        """Inner corners, which are what is found in pictures."""
        return (self.columns - 1) * (self.rows - 1)

    @property
    def markers(self) -> int:
        """Markers on it; 0 for a chessboard."""
        return self.columns * self.rows // 2 if self.kind == CHARUCO else 0

    @property
    def marker_bits(self) -> tuple[int, int] | None:
        """Bits along the side of a marker and size of the dictionary; None for one without these numbers."""
        known = _MARKERS.fullmatch(self.dictionary)
        return (int(known[1]), int(known[2])) if known else None

    @property
    def name(self) -> str:
        """As in ``charuco_7x5``."""
        return f"{self.kind}_{self.columns}x{self.rows}"

    def __str__(self) -> str:
        text = f"{self.name}, squares of {self.square_mm:g} mm"
        if self.kind == CHARUCO:
            text += f", markers of {self.marker_mm:g} mm, {self.dictionary}"
        return text + (", pattern of OpenCV before 4.6" if self.legacy else "")


def board_of(
    board: str | Board,
    *,
    square_mm: float | None = None,
    marker_mm: float | None = None,
    dictionary: str | None = None,
    legacy: bool = False,
) -> Board:
    """The board of a name like ``charuco_7x5``, with its sizes.

    Raises
    ------
    ArgumentError, SettingRangeError
        There is no such board.
    """
    given = {"square_mm": square_mm, "marker_mm": marker_mm, "dictionary": dictionary}
    named = [name for name, value in given.items() if value is not None] + (["legacy"] if legacy else [])
    if isinstance(board, Board):
        if named:
            raise ArgumentError(f"the board has its own {', '.join(named)}. Leave out {', '.join(named)}")
        return board
    found = _NAME.fullmatch(board) if isinstance(board, str) else None
    if found is None:
        near = _nearest(board) if isinstance(board, str) else ""
        raise ArgumentError(
            f"there is no board {board!r}. A board is called charuco_7x5 or chessboard_10x7: its kind, and "
            f"its squares along the width and the height{near}"
        )
    kind, columns, rows = found[1].lower(), int(found[2]), int(found[3])
    square = SQUARE_MM if square_mm is None else square_mm
    if kind == CHESSBOARD:
        if extra := [name for name in named if name != "square_mm"]:
            raise ArgumentError(f"a chessboard has no markers. Leave out {', '.join(extra)}")
        return Board(kind, columns, rows, square)
    _check_length("square_mm", square)
    return Board(
        *(kind, columns, rows, square),
        marker_mm=MARKER * square if marker_mm is None else marker_mm,
        dictionary=_dictionary(DICTIONARY if dictionary is None else dictionary),
        legacy=bool(legacy),
    )


def is_board(name: object) -> bool:
    """Whether this is the name of a board."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _nearest(board: str) -> str:
    """The board whose kind was mistyped: ``chruco_7x5``, ``checkerboard-7x5``."""
    found = re.fullmatch(r"([A-Za-z]+)\W?_?(\d+) ?[xX] ?(\d+)", board.strip())
    if found is None:
        return ""
    kinds = {"checkerboard": CHESSBOARD, "chess": CHESSBOARD, CHARUCO: CHARUCO, CHESSBOARD: CHESSBOARD}
    near = nearest_words(found[1], kinds)
    return f". Did you mean {kinds[near[0]]}_{found[2]}x{found[3]}?" if near else ""


def _dictionary(name: Any) -> str:
    """The name as OpenCV has it; ``5x5_100`` is enough."""
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"a dictionary is a name like {DICTIONARY}, not {name!r}")
    upper = name.upper()
    return upper if upper.startswith("DICT_") else f"DICT_{upper}"


def _check_count(name: str, value: Any) -> None:
    if not (type(value) is int and 2 <= value <= MOST_SQUARES):
        raise SettingRangeError(
            f"{name} must be a number of squares from 2 to {MOST_SQUARES}, not {value!r}",
            setting=name,
            value=value,
        )


def _check_length(name: str, value: Any) -> None:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and 0 < value <= 10_000):
        raise SettingRangeError(
            f"{name} must be a length in mm above 0 and up to 10000, not {value!r}", setting=name, value=value
        )
