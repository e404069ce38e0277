"""Makes the rows of a killed recording agree with the pictures that are there: pure rules, no files.

Rows are handed to the system after their pictures.  So a kill leaves pictures without rows at the end of a
video, at most a few; rows without pictures are left where the system itself went down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.recording.rows import LOST, WRITTEN, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Reconciled", "covered", "reconcile", "superseded", "take_out", "to_the_end"]


@dataclass
class Reconciled:
    """Rows of one file that agree with it.

    Attributes
    ----------
    rows : list of Row
    added : int
        Rows for pictures that had none.
    lost : int
        Rows whose pictures are not there: they say so now.
    unaccounted : int
        Pictures at the end without a row, whose triggers the next file has.
    """

    rows: list[Row] = field(default_factory=list)
    added: int = 0
    lost: int = 0
    unaccounted: int = 0


def reconcile(
    rows: Sequence[Row],
    pictures: int,
    *,
    begin: int,
    end: int | None = None,
    known: Mapping[int, Row] | None = None,
) -> Reconciled:
    """Rows of a file that has so many pictures.

    Parameters
    ----------
    rows : sequence of Row
        What its sidecar says.
    pictures : int
        How many there are.
    begin : int
        The trigger of its first row, where it has none.
    end : int, optional
        The trigger after its last possible one: the next file begins with it, or there was none.
    known : mapping of int to Row, optional
        Rows of triggers that are known from elsewhere, for pictures whose row was not written.
    """
    result = Reconciled()
    frames = 0
    for row in rows:
        if row.frame is not None and row.frame >= pictures:
            row = row._replace(frame=None) if row.state == LOST else _lost(row)
            result.lost += 1
        result.rows.append(row)
        frames += row.frame is not None
    trigger = rows[-1].trigger + 1 if rows else begin
    while frames < pictures:
        if end is not None and trigger >= end:
            result.unaccounted = pictures - frames
            break
        row = (known or {}).get(trigger) or Row(None, trigger, WRITTEN)
        if row.state != LOST:
            row = row._replace(frame=frames)
            frames += 1
            result.added += 1
        result.rows.append(row)
        trigger += 1
    return result


def to_the_end(rows: Sequence[Row], *, begin: int, end: int) -> list[Row]:
    """Rows for the triggers up to, and not including, ``end``: nothing of them was written."""
    first = rows[-1].trigger + 1 if rows else begin
    return [Row(None, trigger, LOST, "writer") for trigger in range(first, end)]


def covered(segments: Iterable[Iterable[Row]]) -> set[int]:
    """Triggers of which there is a picture of a frame."""
    return {row.trigger for rows in segments for row in rows if row.state != LOST and row.frame is not None}


def superseded(rows: Iterable[Row], elsewhere: set[int]) -> list[Row]:
    """The rows without those of lost frames that another file has, after all."""
    return [row for row in rows if not (_empty(row) and row.trigger in elsewhere)]


def take_out(segments: Sequence[Sequence[Row]], first: int, last: int) -> tuple[list[list[Row]], list[Row]]:
    """Make room for a file of frames that were recovered.

    Parameters
    ----------
    segments : sequence of sequence of Row
        All files of a camera.
    first, last : int
        The triggers of the first and the last of these frames.

    Returns
    -------
    segments : list of list of Row
        Without the rows of lost frames at the end of the file before and at the beginning of the file after,
        which is where they are after a kill.
    taken : list of Row
        Those rows.
    """
    kept: list[list[Row]] = []
    taken: list[Row] = []
    for segment in segments:
        rows = list(segment)
        start, stop = 0, len(rows)
        if any(row.trigger < first for row in rows if not _empty(row)):
            while _empty(rows[stop - 1]) and rows[stop - 1].trigger >= first:
                stop -= 1
        else:
            while start < stop and _empty(rows[start]) and rows[start].trigger <= last:
                start += 1
        taken += rows[:start] + rows[stop:]
        kept.append(rows[start:stop])
    return kept, sorted(taken, key=lambda row: row.trigger)


def _empty(row: Row) -> bool:
    return row.state == LOST and row.frame is None


def _lost(row: Row) -> Row:
    return row._replace(frame=None, state=LOST, where="writer")
