"""The repair of one camera's files."""

from __future__ import annotations

import contextlib
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.recording.blank import is_blank
from llpyspin.recording.finding import spills_of
from llpyspin.recording.reconciling import covered, reconcile, superseded, to_the_end
from llpyspin.recording.rows import LOST
from llpyspin.recording.session import CameraRecord, FileRecord
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from llpyspin.recording.sinks import mend, open_video
from llpyspin.recording.spill import read_spill
from llpyspin.recording.unspilling import encode, plan, rows_of_spill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from llpyspin.recording.finding import Found
    from llpyspin.recording.inspecting import Progress
    from llpyspin.recording.rows import Row

__all__ = ["CameraRepair"]

_PART = re.compile(r"(.+)_(\d{3,})")


@dataclass
class _Segment:
    file: FileRecord
    rows: list[Row]
    saved: list[Row] | None
    """Rows that the sidecar on disk has; None: there is no whole one."""
    pictures: int | None = None
    """In the video; None: it is not there or cannot be read, and its rows are left as they are."""


class CameraRepair:
    """Mends the files of one camera, step by step; rows are written by :meth:`save`.

    Attributes
    ----------
    record : CameraRecord
        With new files.
    done, left : list of str
        What was done, and what could not be.
    """

    def __init__(
        self, record: CameraRecord, found: Found, *, killed: bool, dry_run: bool, progress: Progress | None
    ) -> None:
        self.record = record
        self.done: list[str] = []
        self.left: list[str] = []
        self.label = record.name or record.serial or found.path.stem
        self._found = found
        self._folder = found.folder
        self._killed = killed
        self._fill = found.session.fill
        self._dry_run = dry_run
        self._progress = progress
        self._spills: list[Path] = []
        self._segments: list[_Segment] = []
        if killed:  # a file may have been named before it was begun
            there = tuple(file for file in record.files if self._exists(file))
            self.record = record.replace(files=there)
        for file in self.record.files:
            rows = self._read(file)
            if rows is not None:
                self._segments.append(_Segment(file, list(rows), rows))
        self._sort()

    def _read(self, file: FileRecord) -> list[Row] | None:
        path = self._folder / file.sidecar
        try:
            return read_sidecar(path) if path.exists() else []
        except LlpyspinError as error:
            self.left.append(str(error))
            return None

    def _exists(self, file: FileRecord) -> bool:
        return (self._folder / file.sidecar).exists() or (self._folder / file.video).exists()

    def _sort(self) -> None:
        self._segments.sort(key=lambda one: (one.rows[0].trigger if one.rows else 1 << 62, one.file.part))

    # -- the steps

    def mend(self) -> None:
        """Give each video its index and end, and count its pictures."""
        for segment in self._segments:
            video = self._folder / segment.file.video
            if not video.exists():
                self.left.append(f"{video.name} is not there")
                continue
            segment.pictures = self._count(segment, video)

    def _count(self, segment: _Segment, video: Path) -> int | None:
        empty = all(row.frame is None for row in segment.rows)
        try:
            if not self._dry_run:
                mended = mend(video)
                if mended.changed:
                    self.done.append(f"{video.name}: {mended.what}")
                return mended.frames
            if self._killed:
                self.done.append(f"{video.name}: gets an index and an end, if it has none")
            with open_video(video) as reader:
                return len(reader)
        except MissingExtraError:
            raise
        except LlpyspinError as error:
            if empty:
                return 0  # it was killed before the first picture
            self.left.append(f"{video.name}: {error}")
            return None

    def reconcile(self, begin: int, end: int | None) -> None:
        """Make the rows of each file agree with its pictures; ``end`` is the trigger after the last one."""
        known = self._known()
        there = covered(one.rows for one in self._segments)
        for number, segment in enumerate(self._segments):
            if segment.pictures is None:
                continue
            segment.rows = superseded(segment.rows, there)
            following = min(covered(one.rows for one in self._segments[number + 1 :]), default=end)
            result = reconcile(segment.rows, segment.pictures, begin=begin, end=following, known=known)
            name = segment.file.sidecar
            if result.added:
                own = len(segment.rows)
                result.rows[own:] = [self._marked(segment.file, row) for row in result.rows[own:]]
                text = (
                    f"{name}: {_count(result.added, 'picture')} at the end had no row; taken as consecutive"
                )
                self.done.append(text)
            if result.lost:
                text = f"{name}: {_count(result.lost, 'row')} told of pictures that are not in the video"
                self.done.append(f"{text}; marked as lost by the writer")
            segment.rows = result.rows
            there |= covered([result.rows])
            begin = segment.rows[-1].trigger + 1 if segment.rows else begin

    def _known(self) -> dict[int, Row]:
        """Rows that the spill files have."""
        known: dict[int, Row] = {}
        for spill in spills_of(self._found, self.record):
            with contextlib.suppress(LlpyspinError):  # it is told of when its frames are to be encoded
                known |= rows_of_spill(spill)
        return known

    def _marked(self, file: FileRecord, row: Row) -> Row:
        """The row of a picture that had none, as a lost one if it is a blank picture."""
        if not self._fill or row.frame is None:
            return row
        with open_video(self._folder / file.video) as video:
            blank = is_blank(video[row.frame])
        return row._replace(state=LOST, where="transport") if blank else row

    def unspill(self, spill: Path, options: Mapping[str, Any]) -> None:
        """Encode the frames of a spill file that are in no video, into a new segment."""
        try:
            spilled = rows_of_spill(spill)
        except LlpyspinError as error:
            self.left.append(str(error))
            return
        made = plan([one.rows for one in self._segments], spilled)
        if made.misplaced:
            self.left.append(
                f"{spill.name}: {_count(made.misplaced, 'frame')} would belong between pictures of a video"
            )
        else:
            self._spills.append(spill)
        if not made.frames and not made.misplaced:
            self.done.append(f"{spill.name}: all of its frames are in the video; removed")
        if not made.frames:
            return
        file = self._new_file(read_spill(spill).about)
        if not self._dry_run:
            try:
                encode(spill, self._folder / file.video, made.rows, options, self._progress)
            except (LlpyspinError, OSError) as error:
                self.left.append(f"{spill.name}: {error}")
                self._spills = [each for each in self._spills if each != spill]
                return
        self.done.append(
            f"{spill.name}: {_count(made.frames, 'frame')} that had not been encoded "
            f"{'is' if made.frames == 1 else 'are'} in {file.video}"
        )
        for segment, rows in zip(self._segments, made.segments, strict=True):
            segment.rows = rows
        self._segments.append(_Segment(file, made.rows, None, made.frames))
        self.record = self.record.replace(files=(*self.record.files, file))
        self._sort()

    def _new_file(self, about: Mapping[str, Any]) -> FileRecord:
        """A segment whose names are free."""
        stem, dot, suffix = str(about["video"]).rpartition(".")
        match = _PART.fullmatch(stem) if about["part"] else None
        base = match[1] if match else stem
        part = max([one.file.part for one in self._segments], default=0) + 1
        while True:
            file = FileRecord(f"{base}_{part:03d}{dot}{suffix}", f"{base}_{part:03d}.csv", part)
            if not any((self._folder / name).exists() for name in (file.video, file.sidecar)):
                return file
            part += 1

    @property
    def first_trigger(self) -> int | None:
        """The first trigger that is accounted for."""
        return min((one.rows[0].trigger for one in self._segments if one.rows), default=None)

    def next_trigger(self, begin: int) -> int:
        """The trigger after the last one that is accounted for."""
        return max([begin, *(one.rows[-1].trigger + 1 for one in self._segments if one.rows)])

    def close_gaps(self) -> None:
        """Account for triggers between one file and the next: their frames were in memory only."""
        known = [segment for segment in self._segments if segment.rows]
        for before, after in itertools.pairwise(known):
            self._lose(before, after.rows[0].trigger)

    def complete(self, begin: int, end: int) -> None:
        """Account for what is missing up to the trigger ``end``."""
        if self._segments:
            last = max(self._segments, key=lambda one: one.rows[-1].trigger if one.rows else -1)
            self._lose(last, end, begin)

    def _lose(self, segment: _Segment, end: int, begin: int = 0) -> None:
        """Lost rows at the end of a file, up to the trigger ``end``."""
        rows = to_the_end(segment.rows, begin=begin, end=end)
        if not rows:
            return
        segment.rows += rows
        text = f"nothing was written of {_count(len(rows), 'trigger')} from {rows[0].trigger} on"
        self.done.append(f"{segment.file.sidecar}: {text}; marked as lost")

    # -- the end

    def save(self) -> None:
        """Write the sidecars that are to change; a new one first, so that no row is ever nowhere."""
        changed = [one for one in self._segments if one.rows != one.saved]
        for segment in sorted(changed, key=lambda one: one.saved is not None):
            write_sidecar(self._folder / segment.file.sidecar, segment.rows, overwrite=True)
            segment.saved = segment.rows

    def tidy(self) -> None:
        """Remove spill files whose frames are all in videos."""
        for spill in self._spills:
            spill.unlink(missing_ok=True)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
