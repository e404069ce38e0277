"""Compares one camera's videos with their sidecars, picture by picture."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import LlpyspinError
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.blank import is_blank
from llpyspin.recording.checking.linelevels import without_levels
from llpyspin.recording.checking.offences import Offences
from llpyspin.recording.checking.pixelnumbers import PixelNumbers, began_anew
from llpyspin.recording.foreign import exists
from llpyspin.recording.origintags import strangers
from llpyspin.recording.rows import LOST, WRITTEN, Row
from llpyspin.recording.session import KILLED, RECORDING
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import numpy.typing as npt

    from llpyspin.recording.session import CameraRecord, FileRecord, Session
    from llpyspin.recording.sinks import VideoReader

    Progress = Callable[[str, int, int], None]

__all__ = ["Inspection", "inspect", "inspect_rows"]

JOINED = ("late", "rejoined", KILLED)
"""Kinds of events after which cameras may have been armed while triggers came; a kill forgets them."""

PATIENCE_S = 10.0
"""For pictures of one file that cannot be read, together: some libraries try again for a minute."""


@dataclass
class Inspection:
    """What was found at one camera.

    Attributes
    ----------
    pictures : dict of str to int
        How many pictures could be decoded, by video.
    stamped : int
        Pictures of a virtual camera whose number was compared with the sidecar.
    findings : list of str
        What is wrong.
    notes : list of str
        What else there is to know.
    """

    pictures: dict[str, int] = field(default_factory=dict)
    stamped: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Segment(NamedTuple):
    file: FileRecord
    rows: list[Row]
    followed: bool = False
    """Whether another file tells of the trigger after its last row."""


def inspect(
    camera: CameraRecord, session: Session, folder: Path, progress: Progress | None = None
) -> Inspection:
    """Decode and count every picture of a camera, and compare with the sidecars.

    Parameters
    ----------
    progress : callable, optional
        Called with (video, pictures done, pictures there should be), a few times a second at most.
    """
    result = Inspection()
    segments = []
    for file in camera.files:
        try:
            segments.append(_Segment(file, read_sidecar(folder / file.sidecar)))
        except (OSError, LlpyspinError) as error:
            result.findings.append(f"the sidecar {file.sidecar} cannot be read: {error}")
    segments.sort(key=lambda segment: segment.rows[0].trigger if segment.rows else -1)
    result.findings += inspect_rows([(one.file.sidecar, one.rows) for one in segments])
    numbers = PixelNumbers(
        camera.serial,
        camera.virtual,
        session.first_trigger,
        joined=session.state == RECORDING or any(event.kind in JOINED for event in session.events),
        returned=bool(camera.callback or camera.replay_of),
        late=camera.tally is not None and camera.tally.late > 0,
    )
    rows = [row for segment in segments for row in segment.rows]
    result.findings += without_levels(session, rows)
    numbers.expect(rows)
    for segment in _with_followed(segments):
        _inspect_video(segment, folder, numbers, result, progress, (camera.serial, session.id))
    result.findings += numbers.offences.sentences()
    result.notes += numbers.notes
    result.stamped = numbers.compared
    return result


def _with_followed(segments: Sequence[_Segment]) -> list[_Segment]:
    there = {row.trigger for segment in segments for row in segment.rows}
    newest = max((segment.file.part for segment in segments if segment.rows), default=0)
    return [
        segment._replace(
            followed=segment.rows[-1].trigger + 1 in there if segment.rows else segment.file.part < newest
        )
        for segment in segments
    ]


# -- rows among themselves


def inspect_rows(segments: Sequence[tuple[str, Sequence[Row]]]) -> list[str]:
    """Faults in the rows of a camera; each segment is (name of the sidecar, rows)."""
    offences = Offences()
    last: Row | None = None
    last_known: tuple[str, Row] | None = None
    for name, rows in segments:
        frame = gone = 0
        _inspect_times(name, rows, offences)
        for row in rows:
            if last is not None and row.trigger != last.trigger + 1:
                offences.add("steps", f"{name}: after trigger {last.trigger} comes {row.trigger}")
            last = row
            if row.frame is not None:
                if not frame <= row.frame <= frame + gone:
                    offences.add(
                        "picture numbers",
                        f"{name}: trigger {row.trigger} has picture {row.frame}, the next one is {frame}",
                    )
                frame, gone = row.frame + 1, 0
            elif row.state == LOST and row.where == "writer":
                gone += 1  # its picture may have been in a part of the video that is damaged
            elif row.state == WRITTEN:
                offences.add("such rows", f"{name}: trigger {row.trigger} is written, but has no picture")
            if row.frame_id is not None and row.camera_timestamp_ns is not None:
                if last_known is not None and not _later(*last_known, name, row):
                    before = last_known[1].trigger
                    offences.add("such rows", f"{name}: trigger {row.trigger} was taken before {before}")
                last_known = name, row
    return offences.sentences()


def _inspect_times(name: str, rows: Sequence[Row], offences: Offences) -> None:
    """Whether ``seconds`` of a sidecar follow from its camera's timestamps: all count from one moment."""
    zero: int | None = None
    for row in rows:
        if row.since_ns is None or row.camera_timestamp_ns is None:
            continue
        began = row.camera_timestamp_ns - row.since_ns
        if zero is not None and began != zero:
            text = f"{name}: trigger {row.trigger}: seconds and camera_timestamp_ns do not agree"
            offences.add("such rows", f"{text}; they are {(began - zero) / 1e9:+g} s off the rows before")
        else:
            zero = began


def _later(before_in: str, before: Row, after_in: str, after: Row) -> bool:
    """Whether one frame was taken after another; clocks that began anew say nothing.

    A camera that comes back in another file has a new clock, and its ids may be above those of before. Then
    the host's clock decides.
    """
    if before_in != after_in:
        times = before.host_timestamp_ns, after.host_timestamp_ns
    elif began_anew(before, after):
        return True
    else:
        times = before.camera_timestamp_ns, after.camera_timestamp_ns
    return times[0] is None or times[1] is None or times[1] > times[0]


# -- pictures and rows


def _inspect_video(
    segment: _Segment,
    folder: Path,
    numbers: PixelNumbers,
    result: Inspection,
    progress: Progress | None,
    origin: tuple[str, str],
) -> None:
    """``origin``: the serial number of the camera, and the session's id."""
    name = segment.file.video
    rows = {row.frame: row for row in segment.rows if row.frame is not None}
    offences = Offences()
    there: Sequence[int] = ()
    try:
        with open_video(folder / name) as video:
            there = video.numbers
            numbers.begin(name, video.tags)
            first = None if 0 not in rows else rows[0].trigger
            result.findings += [f"{name}: {text}" for text in strangers(video.tags, *origin, first)]
            if video.unproven:
                result.findings.append(_unproven(name, there, video.unproven))
            result.pictures[name] = _inspect_pictures(name, rows, video, numbers, offences, progress)
    except (OSError, LlpyspinError) as error:
        result.pictures[name] = 0
        if rows or not exists(folder / name):
            result.findings.append(f"{name} cannot be read from picture 0 on: {error}")
        else:  # its writer was killed before the first picture
            result.notes.append(
                f"{name} has no picture, as its sidecar says, and no reader makes a video of it"
            )
    _compare_numbers(segment, rows, there, result)
    result.findings += offences.sentences()


def _inspect_pictures(
    name: str,
    rows: Mapping[int, Row],
    video: VideoReader,
    numbers: PixelNumbers,
    offences: Offences,
    progress: Progress | None,
) -> int:
    """Decode each picture of a video; return how many could be decoded."""
    count, failing_s = 0, 0.0
    for number in video.numbers:
        row = rows.get(number)
        began = time.monotonic()
        try:
            image = video[number]
        except (OSError, LlpyspinError) as error:
            failing_s += time.monotonic() - began
            if failing_s > PATIENCE_S:
                offences.add("such ends", f"{name} cannot be read from picture {number} on: {error}")
                break
            trigger = "" if row is None else f", of trigger {row.trigger}"
            reason = str(error).rpartition(f"picture {number} ")[2]
            offences.add("such pictures", f"{name}: picture {number}{trigger}, {reason}")
            continue
        if row is not None:
            _inspect_picture(name, row, image, numbers, offences)
        count += 1
        if progress is not None:
            progress(name, count, len(rows))
    return count


def _compare_numbers(
    segment: _Segment, rows: Mapping[int, Row], there: Sequence[int], result: Inspection
) -> None:
    """Whether the video has the pictures of its sidecar, and no others."""
    name, unassigned = segment.file.video, segment.file.unassigned
    has: Collection[int] = there if isinstance(there, range) else frozenset(there)
    missing = [row.trigger for number, row in sorted(rows.items()) if number not in has]
    more = sum(number not in rows for number in there)
    if missing and not any(number in has for number in rows if number > min(set(rows).difference(has))):
        result.findings.append(
            f"{name} has {len(there)} pictures, its sidecar has {len(rows)}: from trigger {missing[0]} "
            "on they are not there"
        )
    elif missing:
        result.findings.append(
            f"{name} is damaged: {len(missing)} of the {len(rows)} pictures in its sidecar are not there, "
            f"the first one of trigger {missing[0]}"
        )
    elif more and segment.followed:
        # A writer that was killed leaves pictures without rows; the one that went on may have them too.
        result.notes.append(
            f"{name} has {counted(more, 'picture')} at its end without a row: the next file has the triggers "
            "from there on, but nothing proves which of them these are"
        )
    elif more and more == unassigned:
        result.notes.append(
            f"{name} has {counted(more, 'picture')} at its end without a row: nothing proves which triggers "
            "they belong to"
        )
    elif more or unassigned:
        result.findings.append(f"{name} has {len(there)} pictures, its sidecar has {len(rows)}")


def _unproven(name: str, there: Sequence[int], unproven: int) -> str:
    after = f"after picture {there[-1]}" if there else "at its beginning"
    pictures = counted(unproven, "picture")
    return f"{name} is damaged {after}: nothing proves the numbers of {pictures}, which belong to no trigger"


def _inspect_picture(
    name: str, row: Row, image: npt.NDArray[Any], numbers: PixelNumbers, offences: Offences
) -> None:
    if row.blank:
        if not is_blank(image):
            offences.add(
                "such pictures",
                f"{name}: picture {row.frame} stands for the lost trigger {row.trigger}, but is not blank",
            )
    elif row.state == WRITTEN:
        numbers.compare(row, image)
