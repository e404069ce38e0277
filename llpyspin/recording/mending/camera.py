"""The repair of one camera's files."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, MissingExtraError, RecordingError
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.ahead import ahead_of, read_ahead
from llpyspin.recording.files import was_begun
from llpyspin.recording.foreign import check_inside, exists
from llpyspin.recording.mending.reconciling import MOST_LOST, Cut, gaps, reconcile_all, to_the_end
from llpyspin.recording.mending.unspilling import encode, plan, rows_of_spill
from llpyspin.recording.names import segment_name, segment_of
from llpyspin.recording.session import CameraRecord, FileRecord
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from llpyspin.recording.sinks import NoPictures, mend
from llpyspin.recording.writing.spill import about_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from llpyspin.recording.checking.videos import Progress
    from llpyspin.recording.locating import Found
    from llpyspin.recording.mending.reconciling import Reconciled
    from llpyspin.recording.rows import Row

__all__ = ["CameraRepair"]


@dataclass
class _Segment:
    file: FileRecord
    rows: list[Row]
    saved: list[Row] | None
    """Rows that the sidecar on disk has; None: there is no whole one."""
    pictures: Sequence[int] | None = None
    """Their numbers in the video; None: it is not there or cannot be read, and its rows stay as they are."""


class CameraRepair:
    """Mends the files of one camera, step by step; rows are written by :meth:`save`.

    Attributes
    ----------
    record : CameraRecord
        With new files.
    done, left : list of str
        What was done, and what could not be.
    most_rows : int
        Of any camera of the recording: more triggers than that, and some, are not believed to be lost.
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
        self._dry_run = dry_run
        self._progress = progress
        self.most_rows = 0
        self._spills: list[Path] = []
        self._aheads: list[Path] = []
        self._segments: list[_Segment] = []
        self._unread = False  # a file that is there: so nobody knows which triggers it accounts for
        self._absent: tuple[FileRecord, ...] = ()
        if killed:  # a file may have been named before it was begun
            self._absent = tuple(file for file in record.files if not was_begun(file, self._folder))
            there = tuple(file for file in record.files if file not in self._absent)
            self.record = record.replace(files=there)
        for file in self.record.files:
            rows = self._read(file)
            if rows is not None:
                self._segments.append(_Segment(file, list(rows), rows))
        self._sort()

    def _read(self, file: FileRecord) -> list[Row] | None:
        path = self._folder / file.sidecar
        try:
            check_inside(path, self._folder)
            check_inside(self._folder / file.video, self._folder)
            return read_sidecar(path) if exists(path) else []
        except (OSError, LlpyspinError) as error:
            self.left.append(str(error))
            self._unread = True
            return None

    def _sort(self) -> None:
        self._segments.sort(key=lambda one: (one.rows[0].trigger if one.rows else 1 << 62, one.file.part))

    @property
    def whole_record(self) -> CameraRecord:
        """With files that are not there too, for another repair, when they may be."""
        return self.record.replace(files=(*self.record.files, *self._absent))

    # -- the steps

    def mend(self) -> None:
        """Give each video its index and end, and count its pictures."""
        for segment in self._segments:
            video = self._folder / segment.file.video
            if not exists(video):
                self.left.append(f"{video.name} is not there")
                self._unread = True
                continue
            segment.pictures = self._count(segment, video)

    def _count(self, segment: _Segment, video: Path) -> Sequence[int] | None:
        try:
            mended = mend(video, dry_run=self._dry_run)
        except MissingExtraError:
            raise
        except LlpyspinError as error:
            if isinstance(error, NoPictures) and all(row.frame is None for row in segment.rows):
                return range(0)  # it was killed before the first picture
            self.left.append(f"{video.name}: {error}")
            self._unread = True
            return None
        if mended.changed:
            self.done.append(f"{video.name}: {mended.what}")
        return mended.numbers

    def reconcile(self, begin: int, end: int | None) -> None:
        """Make the rows of each file agree with its pictures; ``end`` is the trigger after the last one."""
        announced = [read_ahead(self._ahead(segment)) for segment in self._segments]
        cuts = [
            Cut(segment.rows, segment.pictures, each)
            for segment, each in zip(self._segments, announced, strict=True)
        ]
        results = list(reconcile_all(cuts, begin=begin, end=end))
        for segment, result in zip(self._segments, results, strict=True):
            if segment.pictures is not None:
                self._tell(segment, result)
            segment.rows = result.rows
        self._sort()

    def _ahead(self, segment: _Segment) -> Path:
        return ahead_of(self._folder / segment.file.sidecar)

    def _tell(self, segment: _Segment, result: Reconciled) -> None:
        """Say what became of the rows of a file, and keep in mind what is to be said in the JSON file."""
        file = segment.file
        if result.added:
            text = f"{file.sidecar}: {counted(result.added, 'picture')} at the end had no row"
            self.done.append(f"{text}; {file.video} has the triggers that {ahead_of(file.sidecar)} says")
        if result.lost:
            text = f"{file.sidecar}: {counted(result.lost, 'row')} had no picture in the video"
            self.done.append(f"{text}; marked as lost by the writer")
        if result.unassigned != file.unassigned:
            text = f"{file.video}: {counted(result.unassigned, 'picture')} at the end without a row"
            self.done.append(f"{text}; no frame id or timestamp proves their triggers, so they get none")
            segment.file = dataclasses.replace(file, unassigned=result.unassigned)
            files = tuple(segment.file if each == file else each for each in self.record.files)
            self.record = self.record.replace(files=files)

    def unspill(self, spill: Path, options: Mapping[str, Any]) -> None:
        """Encode the frames of a spill file that are in no video, into a new segment."""
        try:
            about, spilled = about_of(spill), rows_of_spill(spill)
        except LlpyspinError as error:
            self.left.append(str(error))
            return
        try:
            made = plan([one.rows for one in self._segments], spilled)
        except LlpyspinError as error:
            self.left.append(f"{spill.name}: {error}")
            return
        if made.misplaced:
            self.left.append(
                f"{spill.name}: {counted(made.misplaced, 'frame')} would belong between pictures of a video"
            )
        else:
            self._spills.append(spill)
        if not made.frames and not made.misplaced:
            self.done.append(f"{spill.name}: all of its frames are in the video; removed")
        if not made.frames:
            return
        file = self._new_file(about)
        if not self._dry_run:
            try:
                encode(spill, self._folder / file.video, made.rows, options, self._progress)
            except (LlpyspinError, OSError) as error:
                self.left.append(f"{spill.name}: {error}")
                self._spills = [each for each in self._spills if each != spill]
                return
        self.done.append(
            f"{spill.name}: {counted(made.frames, 'frame')} that had not been encoded "
            f"{'is' if made.frames == 1 else 'are'} in {file.video}"
        )
        for segment, rows in zip(self._segments, made.segments, strict=True):
            segment.rows = rows
        self._segments.append(_Segment(file, made.rows, None, range(made.frames)))
        self.record = self.record.replace(files=(*self.record.files, file))
        self._sort()

    def _new_file(self, about: Mapping[str, Any]) -> FileRecord:
        """A segment whose names are free."""
        stem, dot, suffix = str(about["video"]).rpartition(".")
        whole = segment_of(stem) if about["part"] else None
        base = stem if whole is None else whole[0]
        part = max([one.file.part for one in self._segments], default=0) + 1
        while True:
            name = segment_name(base, part)
            file = FileRecord(f"{name}{dot}{suffix}", f"{name}.csv", part)
            if not any(os.path.lexists(self._folder / name) for name in (file.video, file.sidecar)):
                return file
            part += 1

    @property
    def first_trigger(self) -> int | None:
        """The first trigger that is accounted for."""
        return min((one.rows[0].trigger for one in self._segments if one.rows), default=None)

    def next_trigger(self, begin: int) -> int:
        """The trigger after the last one that is accounted for."""
        return max([begin, *(one.rows[-1].trigger + 1 for one in self._segments if one.rows)])

    def close_gaps(self, begin: int) -> None:
        """Account for triggers between one file and the next: their frames were in memory only."""
        if self._unread:
            return
        rows = [segment.rows for segment in self._segments]
        for at, first in gaps(rows, [segment.file.part for segment in self._segments], begin):
            self._lose(self._segments[at], first, begin)

    def complete(self, begin: int, end: int) -> None:
        """Account for what is missing up to the trigger ``end``."""
        if self._segments and not self._unread:
            last = max(self._segments, key=lambda one: one.rows[-1].trigger if one.rows else -1)
            self._lose(last, end, begin)

    def _lose(self, segment: _Segment, end: int, begin: int = 0) -> None:
        """Lost rows at the end of a file, up to the trigger ``end``."""
        try:
            rows = to_the_end(segment.rows, begin=begin, end=end, most=MOST_LOST + self.most_rows)
        except LlpyspinError as error:
            self.left.append(f"{segment.file.sidecar}: {error}")
            return
        if not rows:
            return
        segment.rows += rows
        text = f"nothing was written of {counted(len(rows), 'trigger')} from {rows[0].trigger} on"
        self.done.append(f"{segment.file.sidecar}: {text}; marked as lost")

    @property
    def rows(self) -> int:
        """In all of its sidecars."""
        return sum(len(segment.rows) for segment in self._segments)

    def note_aheads(self) -> None:
        """Note which write-ahead files are not needed any more."""
        if self.left:
            return
        for segment in self._segments:
            path = self._ahead(segment)
            if exists(path):
                self._aheads.append(path)
                self.done.append(f"{path.name}: the rows in it are not needed any more; removed")

    # -- the end

    def save(self) -> None:
        """Write the sidecars that are to change; a new one first, so that no row is ever nowhere.

        Raises
        ------
        RecordingError
            One cannot be written; it is as it was.
        """
        changed = [one for one in self._segments if one.rows != one.saved]
        for segment in sorted(changed, key=lambda one: one.saved is not None):
            path = self._folder / segment.file.sidecar
            try:
                write_sidecar(path, segment.rows, overwrite=True)
            except OSError as error:
                raise RecordingError(
                    f"{path} cannot be written: {error.strerror or error}. Repair it again when it can be"
                ) from error
            segment.saved = segment.rows

    def tidy(self) -> None:
        """Remove spill files whose frames are all in videos, and write-ahead files."""
        for path in (*self._spills, *self._aheads):
            path.unlink(missing_ok=True)
