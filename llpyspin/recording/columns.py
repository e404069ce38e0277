"""Rows of sidecars as numpy columns; and a quick summary of a sidecar for the account."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.rows import COLUMNS, LOST, PLACES, STATES, Row, row_of
from llpyspin.recording.sidecar import lines_of_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import numpy.typing as npt

__all__ = ["ROW_DTYPE", "Digest", "columns_of", "digest"]

ROW_DTYPE = np.dtype(
    [
        ("frame", np.int64),
        ("trigger", np.int64),
        ("state", "U10"),
        ("where", "U9"),
        ("frame_id", np.int64),
        ("camera_timestamp_ns", np.int64),
        ("host_timestamp_ns", np.int64),
        ("exposure_us", np.float64),
        ("gain_db", np.float64),
        ("line_status", np.int64),
        ("seconds", np.float64),
        ("utc", "datetime64[us]"),
        ("part", np.int64),
    ]
)
"""Columns of a recording: those of the sidecar, and the number of the segment.  Where a cell of the sidecar
is empty, whole numbers are -1, times NaT and other numbers NaN."""

_ABSENT_OF_KIND: dict[str, Any] = {"f": np.nan, "U": "", "i": -1, "M": np.datetime64("NaT", "us")}


def columns_of(rows: Iterable[Row], part: int = 0) -> npt.NDArray[np.void]:
    """Rows as a structured array of :data:`ROW_DTYPE`, shape ``(n,)``."""
    rows = list(rows)
    columns = np.zeros(len(rows), ROW_DTYPE)
    columns["part"] = part
    for at, name in enumerate(COLUMNS):
        absent = _ABSENT_OF_KIND[ROW_DTYPE[name].kind]
        values: list[Any] = [row[at] for row in rows]
        if name == "utc":  # numpy takes whole numbers for units of the type, but not beside NaT
            values = [None if value is None else _moment(value) for value in values]
        columns[name] = [absent if value is None else value for value in values]
    columns["seconds"] /= 1e9
    return columns


def _moment(us: Any) -> np.datetime64:
    return np.datetime64(us, "us")


@dataclass
class Digest:
    """What the account needs of one sidecar.

    Attributes
    ----------
    rows : int
        One for each trigger.
    written, incomplete, blanks : int
    lost : dict
        By place.
    first, last : Row or None
        The first and last row.
    first_frame, last_frame : Row or None
        The first and last row of a frame that came.
    sample : list of Row
        Every ``step``-th row by its trigger.
    """

    rows: int = 0
    written: int = 0
    incomplete: int = 0
    blanks: int = 0
    lost: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    first: Row | None = None
    last: Row | None = None
    first_frame: Row | None = None
    last_frame: Row | None = None
    sample: list[Row] = field(default_factory=list)


def digest(path: str | os.PathLike[str], step: int = 1) -> Digest:
    """Go through a sidecar without looking closely at each row.

    Raises
    ------
    RecordingError
        It is not a sidecar.
    ValueError
        A line that was looked at is damaged.
    """
    lines = lines_of_file(Path(path))
    result = Digest(rows=len(lines))
    text = "\n".join(lines)
    result.written, result.incomplete = (text.count(f",{state},,") for state in STATES[:2])
    for place in PLACES:
        result.lost[place] = text.count(f",{LOST},{place},")
    if result.lost and LOST in text:
        result.blanks = sum(f",{LOST}," in line and not line.startswith(",") for line in lines)
    if lines:
        result.first, result.last = row_of(lines[0]), row_of(lines[-1])
        result.first_frame = _first_frame(lines)
        result.last_frame = _first_frame(reversed(lines))
        skip = -result.first.trigger % step
        result.sample = [row_of(line) for line in lines[skip::step]]
    return result


def _first_frame(lines: Iterable[str]) -> Row | None:
    for line in lines:
        if f",{LOST}," not in line:
            return row_of(line)
    return None
