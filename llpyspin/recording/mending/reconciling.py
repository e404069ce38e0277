"""Makes rows of an interrupted recording agree with the pictures that exist: rules, no files.

Rows are handed to the system after their pictures.  So a kill leaves at most a few pictures without rows at
the end of a video. Rows without pictures are left only if the system itself went down.

A picture gets a trigger only where the write-ahead file says which one it has.  Counting on from the last row
proves nothing: a frame may have been lost before the picture.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.ahead import Announced
from llpyspin.recording.rows import LOST, Row
from llpyspin.recording.writing.ledger import lost_in_writer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

MOST_LOST = 1_000_000
"""Triggers without a row, one after the other, that are believed where nothing else speaks for them."""

__all__ = [
    "Cut",
    "Reconciled",
    "covered",
    "gaps",
    "lost_rows",
    "reconcile",
    "reconcile_all",
    "superseded",
    "take_out",
    "to_the_end",
]


@dataclass
class Reconciled:
    """Rows of one file that agree with it.

    Attributes
    ----------
    rows : list of Row
        One for each trigger, in order.
    added : int
        Pictures that had no row and have one now.
    lost : int
        Rows whose pictures are not there: they say so now.
    elsewhere : int
        Pictures at the end without a row, whose triggers another file has.
    unassigned : int
        Pictures at the end of which nothing proves the triggers: they have no row.
    """

    rows: list[Row] = field(default_factory=list)
    added: int = 0
    lost: int = 0
    elsewhere: int = 0
    unassigned: int = 0

    @property
    def clear(self) -> bool:
        """Whether each picture so far has a row of its own."""
        return not self.elsewhere and not self.unassigned


@dataclass
class Cut:
    """One file of a camera as it was left.

    Attributes
    ----------
    rows : list of Row
        What its sidecar says.
    pictures : sequence of int, or None
        The numbers of those that its video has, in order; None: nobody knows, and its rows stay as they are.
    announced : Announced
        What its write-ahead file says.
    """

    rows: list[Row]
    pictures: Sequence[int] | None
    announced: Announced = field(default_factory=Announced)


def reconcile_all(files: Sequence[Cut], *, begin: int, end: int | None = None) -> Iterator[Reconciled]:
    """The files of a camera in the order of their triggers, one after the other.

    Parameters
    ----------
    begin : int
        The first trigger of the recording.
    end : int, optional
        The trigger after the last one, where that is known.
    """
    rows: list[Sequence[Row]] = [one.rows for one in files]
    accounted: set[int] = set()
    for number, one in enumerate(files):
        later = covered(rows[number + 1 :])
        others = {row.trigger for each in (*rows[:number], *rows[number + 1 :]) for row in each}
        result = Reconciled(superseded(one.rows, accounted))
        if one.pictures is not None:
            result = reconcile(
                superseded(one.rows, accounted | later),
                one.pictures,
                begin=begin,
                end=min(later, default=end),
                elsewhere=covered(rows[:number]) | later,
                others=others,
                announced=one.announced,
            )
        rows[number] = result.rows
        accounted |= {row.trigger for row in result.rows}
        yield result


def reconcile(
    rows: Sequence[Row],
    pictures: Sequence[int],
    *,
    begin: int,
    end: int | None = None,
    elsewhere: Collection[int] = (),
    others: Collection[int] = (),
    announced: Announced | None = None,
) -> Reconciled:
    """Rows of a file that has these pictures.

    Parameters
    ----------
    rows : sequence of Row
        What its sidecar says.
    pictures : sequence of int
        Their numbers, in order; damage in the middle of a file leaves some out.
    begin : int
        The first trigger that it can have.
    end : int, optional
        The trigger after its last possible one: the next file begins with it, or there was none.
    elsewhere : collection of int
        Triggers of which other files have pictures.
    others : collection of int
        Triggers of which other files have rows.
    announced : Announced, optional
        What the write-ahead file says.
    """
    announced = announced or Announced()
    result = Reconciled()
    there: Collection[int] = pictures if isinstance(pictures, range) else frozenset(pictures)
    for row in rows:
        if row.frame is not None and row.frame not in there:
            row = row._replace(frame=None) if row.state == LOST else _lost(row)
            result.lost += 1
        result.rows.append(row)
    proven = _proven(result, pictures, begin, end, elsewhere, announced)
    result.added = len(proven)
    known = {row.trigger: row for row in proven}
    if result.clear:
        known |= _known_lost(announced, there, known, others)
    result.rows = _merged(result.rows, known, begin, end)
    return result


def _proven(
    result: Reconciled,
    pictures: Sequence[int],
    begin: int,
    end: int | None,
    elsewhere: Collection[int],
    announced: Announced,
) -> list[Row]:
    """Rows of the pictures beyond the rows, as far as the write-ahead file says what they are."""
    known = {row.trigger: row for row in result.rows}
    with_picture = [row for row in result.rows if row.frame is not None]
    after = with_picture[-1].trigger if with_picture else begin - 1
    told = max((row.frame for row in with_picture if row.frame is not None), default=-1)
    rows: list[Row] = []
    for number in pictures[bisect.bisect_right(pictures, told) :]:
        row = announced.pictures.get(number)
        if _of_another_file(row, after, end, elsewhere):
            result.elsewhere += 1
        elif (
            result.elsewhere
            or result.unassigned
            or row is None
            or row.trigger <= after
            or (row.trigger in known and not _never_written(known[row.trigger]))
        ):
            result.unassigned += 1
        else:
            rows.append(row)
            after = row.trigger
    return rows


def _of_another_file(row: Row | None, after: int, end: int | None, elsewhere: Collection[int]) -> bool:
    """Whether a picture beyond the rows has a trigger of another file, or one past the recording."""
    if row is None:
        return end in elsewhere and after + 1 == end  # other files have all triggers from here on
    return row.trigger in elsewhere or (end is not None and row.trigger >= end)


def _known_lost(
    announced: Announced, there: Collection[int], known: Collection[int], others: Collection[int]
) -> dict[int, Row]:
    """Rows of frames that came to the writer, or were lost before it, and are in no file."""
    unwritten = [
        lost_in_writer(row)._replace(frame=None) for n, row in announced.pictures.items() if n not in there
    ]
    return {
        row.trigger: row
        for row in (*unwritten, *announced.lost.values())
        if row.trigger not in known and row.trigger not in others
    }


def _merged(rows: Sequence[Row], known: dict[int, Row], begin: int, end: int | None) -> list[Row]:
    """The rows with those that are known now, and with lost ones for triggers between them."""
    last = rows[-1].trigger if rows else None
    made = [known[row.trigger] if _never_written(row) and row.trigger in known else row for row in rows]
    first = begin if last is None else last + 1
    beyond = sorted(trigger for trigger in known if first <= trigger and (end is None or trigger < end))
    if beyond:
        first = beyond[0] if last is None else first
        made += [known.get(row.trigger, row) for row in lost_rows(first, beyond[-1] + 1)]
    return made


def _never_written(row: Row) -> bool:
    return _empty(row) and row.where == "writer"


def gaps(files: Sequence[Sequence[Row]], parts: Sequence[int], begin: int) -> list[tuple[int, int]]:
    """Files that end before the next one begins: frames of the triggers between were in memory only.

    Parameters
    ----------
    files : sequence of sequence of Row
        All rows of each file of a camera, in any order.
    parts : sequence of int
        The numbers of these files.
    begin : int
        The first trigger of the recording.

    Returns
    -------
    list of (int, int)
        Which file, and the trigger with which the next one begins.  Before the first row, it is the file
        whose writer was killed before it wrote a row. Without such a file, nothing is said of these triggers.
    """
    order = sorted((at for at, rows in enumerate(files) if rows), key=lambda at: files[at][0].trigger)
    if not order:
        return []
    first = files[order[0]][0].trigger
    empty = [at for at, rows in enumerate(files) if not rows and parts[at] < parts[order[0]]]
    found = [(max(empty, key=lambda at: parts[at]), first)] if empty and begin < first else []
    for before, after in itertools.pairwise(order):
        if files[before][-1].trigger + 1 < files[after][0].trigger:
            found.append((before, files[after][0].trigger))
    return found


def to_the_end(rows: Sequence[Row], *, begin: int, end: int, most: int | None = None) -> list[Row]:
    """Rows for the triggers up to, and not including, ``end``: nothing of them was written."""
    return lost_rows(rows[-1].trigger + 1 if rows else begin, end, most=most)


def lost_rows(first: int, end: int, *, most: int | None = None) -> list[Row]:
    """Rows of triggers of which nothing was written; ``most`` of them, by default :data:`MOST_LOST`.

    Raises
    ------
    RecordingError
        There would be more, because a number somewhere is damaged.
    """
    most = MOST_LOST if most is None else most
    if end - first > most:
        raise RecordingError(
            f"triggers {first} to {end - 1} have no row. These are more than {most}, so a number in a "
            "sidecar or in the JSON file is probably damaged"
        )
    return [Row(None, trigger, LOST, "writer") for trigger in range(first, end)]


def covered(segments: Iterable[Iterable[Row]]) -> set[int]:
    """Triggers that have a picture of a frame."""
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
        Without the rows of lost frames at the end of the file before and at the beginning of the file after.
        There they are after a kill.
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
