"""Encodes the frames that were left in a spill file, into a segment of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import RecordingError
from llpyspin.frames import decode
from llpyspin.recording.mending.reconciling import MOST_LOST, lost_rows, take_out
from llpyspin.recording.origintags import origin_tags
from llpyspin.recording.rows import LOST, Row
from llpyspin.recording.sessiontime import in_utc
from llpyspin.recording.sinks import Picture, choose, open_sink, open_video
from llpyspin.recording.writing.spill import about_of, read_spill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from llpyspin.recording.writing.spill import SpillContents

__all__ = ["SpillPlan", "encode", "plan", "rows_of_spill"]


class SpillPlan(NamedTuple):
    """What is to become of a spill file.

    Attributes
    ----------
    segments : list of list of Row
        Of the files that are there, without what moves to the new one.
    rows : list of Row
        Of the new file, in order; empty: nothing in the spill file is new.
    frames : int
        How many pictures it will have.
    misplaced : int
        Frames of triggers that lie between two pictures of a file, where none can be put in any more.
    """

    segments: list[list[Row]]
    rows: list[Row]
    frames: int
    misplaced: int


def rows_of_spill(path: Path) -> dict[int, Row]:
    """All rows in a spill file, by trigger: of its frames, and of those lost before them."""
    return {row.trigger: row for rows, _ in read_spill(path).frames for row in rows}


def plan(segments: Sequence[Sequence[Row]], spilled: Mapping[int, Row]) -> SpillPlan:
    """Which frames of a spill file are in no file yet, and where they belong.  Pure.

    Parameters
    ----------
    segments : sequence of sequence of Row
        Of all files of the camera, in the order of their triggers.
    spilled : mapping of int to Row
        See :func:`rows_of_spill`.
    """
    there = {row.trigger for rows in segments for row in rows if row.frame is not None}
    inside = _inside(segments)
    missing = {trigger: row for trigger, row in spilled.items() if row.state != LOST and trigger not in there}
    new = {trigger: row for trigger, row in missing.items() if trigger not in inside}
    misplaced = len(missing) - len(new)
    if not new:
        return SpillPlan([list(rows) for rows in segments], [], 0, misplaced)
    kept, taken = take_out(segments, min(new), max(new))
    known = {row.trigger: row for row in taken} | {
        trigger: row for trigger, row in spilled.items() if row.state == LOST or trigger in new
    }
    concerned = [*new, *(row.trigger for row in taken)]
    rows: list[Row] = []
    frames = 0
    for lost in lost_rows(min(concerned), max(concerned) + 1, most=MOST_LOST + len(concerned)):
        trigger = lost.trigger
        row = known.get(trigger) or lost
        if trigger in new:
            row = row._replace(frame=frames)
            frames += 1
        rows.append(row)
    return SpillPlan(kept, rows, frames, misplaced)


def _inside(segments: Sequence[Sequence[Row]]) -> set[int]:
    """Triggers lost between two pictures of the same file, where no picture can be put in any more."""
    inside: set[int] = set()
    for rows in segments:
        at = [number for number, row in enumerate(rows) if row.frame is not None]
        if at:
            inside |= {row.trigger for row in rows[at[0] : at[-1]]}
    return inside


def encode(
    spill: Path,
    video: Path,
    rows: Sequence[Row],
    options: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Write the frames of a spill file that ``rows`` name into a new video.

    The video appears under its name when it is complete and counted.

    Raises
    ------
    RecordingError
        It cannot be written; the spill file is as it was.
    """
    contents = read_spill(spill)
    wanted = {row.trigger: row.frame for row in rows if row.frame is not None}
    part = video.with_name(f".{video.stem}.{os.getpid()}.part{video.suffix}")
    try:
        written = _encode(spill, contents, part, wanted, options, progress)
        with open_video(part) as made:
            if written != len(wanted) or len(made) != written:
                raise RecordingError(f"{spill}: {len(made)} of {len(wanted)} frames could be encoded")
        os.replace(part, video)
    finally:
        part.unlink(missing_ok=True)


def _encode(
    spill: Path,
    contents: SpillContents,
    path: Path,
    wanted: Mapping[int, int],
    options: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None,
) -> int:
    about = about_of(spill)
    quality, more = options.get("quality"), options.get("options")
    try:
        picture = Picture(**about["picture"])
        float(quality or 0), dict(more or {}), str(options.get("codec"))
    except (TypeError, ValueError) as error:
        raise RecordingError(f"what the recording says of its pictures is damaged: {error}") from error
    sink = open_sink(
        path,
        picture,
        choose(options.get("codec"), picture, path.suffix, quality=quality, options=more),
        quality=quality,
        options=more,
        tags=_tags(about),
        overwrite=True,
    )
    try:
        for rows, data in contents.frames:
            if rows[-1].trigger not in wanted:
                continue
            sink.write(decode(data, contents.layout, color=about["color"]))
            if progress is not None:
                progress(path.name, sink.frames, len(wanted))
    finally:
        sink.close()
    return sink.frames


def _tags(about: Mapping[str, Any]) -> dict[str, str]:
    tags = origin_tags(
        about["serial"],
        nickname=about["nickname"],
        virtual=about["virtual"],
        replay_of=str(about.get("replay_of", "")),
        returned=bool(about.get("returned")),
        session=str(about.get("session", "")),
        started_utc=in_utc(str(about.get("started", ""))),
    )
    return {**tags, "llpyspin_recovered": "yes"}
