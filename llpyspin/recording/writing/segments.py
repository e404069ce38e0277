"""The files of a recording being written: the current one, when the next begins, blank pictures."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.recording.ahead import Ahead
from llpyspin.recording.blank import blank
from llpyspin.recording.origintags import origin_tags
from llpyspin.recording.rows import Row
from llpyspin.recording.sessiontime import in_utc
from llpyspin.recording.sidecar import SidecarWriter
from llpyspin.recording.sinks import choose, open_sink
from llpyspin.recording.sinks.encoders import INDEXED
from llpyspin.recording.status import RecordedFile
from llpyspin.recording.writing.ledger import Ledger, lost_in_writer

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.sinks import Choice, Sink
    from llpyspin.recording.writing.places import Places

__all__ = ["Segments"]

_Described = tuple[tuple[RecordedFile, ...], int, "tuple[int, int] | None"]
"""All files, and of the last one its frames and triggers; replaced as a whole, for those who look."""

S_NS = 1_000_000_000
MOST_UNSAFE = 200_000
"""Pictures of a format that is safe only once its file is closed; their rows wait in memory until then."""
MOST_INDEXED = 2_000_000
"""Pictures of a file whose index is in memory until it is closed: 114 bytes each."""


class Segments:
    """Writes pictures and rows, one file after another.  For one thread; others may look.

    Attributes
    ----------
    ledger : Ledger
    failed : bool
        Whether no more pictures are written.
    pictures : int
        Written so far, in all files.
    bytes : int
        Of all videos, at the last flush.
    safe : int
        Pictures of the present file that outlive this process.
    """

    def __init__(self, spec: WriterSpec, places: Places) -> None:
        self._spec = spec
        self._places = places
        self._part = spec.part
        self._sink: Sink | None = None
        self._closed_bytes = 0
        self._segment: int | None = None
        self._began_ns: int | None = None
        self._blank: npt.NDArray[Any] | None = None
        self._choice: Choice | None = None
        self._described: _Described = ((), 0, None)
        self.ledger = Ledger()
        self.failed = False
        self.pictures = self.bytes = self.safe = 0
        self.name = ""
        self.notes: tuple[str, ...] = ()

    # -- files

    @property
    def files(self) -> tuple[RecordedFile, ...]:
        """All so far, the last one as it was at the last flush."""
        files, frames, triggers = self._described
        if not files:
            return ()
        first, last = triggers or (None, None)
        present = dataclasses.replace(files[-1], frames=frames, first_trigger=first, last_trigger=last)
        return (*files[:-1], present)

    def open(self) -> None:
        """Find an encoder and begin the first file.

        Raises
        ------
        RecordingError
            Whatever can be known now.
        """
        spec, places = self._spec, self._places
        options = spec.options
        places.check_folders()
        places.suffix = options.suffix_of(f"{places.name}{places.suffix or ''}")
        self._choice = choice = choose(
            options.codec, spec.picture, places.suffix, quality=options.quality, options=options.options
        )
        places.suffix = choice.suffix
        self.notes = choice.notes
        segments = options.segment_seconds is not None or options.segment_bytes is not None
        places.check_free(spec.part, segments=segments, overwrite=options.overwrite)
        places.check_room(choice.codec, spec.picture)
        # Only with blanks the first trigger has a picture for certain.
        known = options.fill and not spec.hold and not self._joining
        self._begin(spec.next_trigger if known else None, overwrite=options.overwrite)

    def _begin(self, first_trigger: int | None, *, overwrite: bool) -> None:
        spec, choice, part = self._spec, self._choice, self._part
        assert choice is not None
        video, sidecar = self._places.video(part), self._places.sidecar(part)
        self._sink = open_sink(
            video,
            spec.picture,
            choice,
            quality=spec.options.quality,
            options=spec.options.options,
            tags=self._tags(first_trigger),
            overwrite=overwrite,
        )
        try:
            writer = SidecarWriter(sidecar, overwrite=overwrite)
        except BaseException:
            self._sink.close()
            self._sink = None
            video.unlink(missing_ok=True)
            raise
        self.ledger.begin(writer, Ahead(self._places.ahead(part)))
        self.name = self._sink.name
        self._segment = self._began_ns = None
        self.safe = 0
        self._described = ((*self.files, RecordedFile(str(video), str(sidecar), part)), 0, None)

    def _tags(self, first_trigger: int | None) -> dict[str, str]:
        spec = self._spec
        return origin_tags(
            spec.serial,
            nickname=spec.nickname,
            virtual=spec.virtual,
            replay_of=spec.replay_of,
            returned=spec.returned,
            session=spec.session,
            started_utc=in_utc(spec.started),
            part=self._part,
            first_trigger=first_trigger,
        )

    # -- pictures and rows

    def picture(self, row: Row, image: npt.NDArray[Any]) -> int:
        """Write a picture that has this row; its number in the present file.

        Raises
        ------
        RecordingError
            It is not written, and its row is not accounted for.
        """
        if self._sink is None:
            raise RecordingError("the file is closed")
        if self._due(row):
            self._roll(row.trigger)
        sink = self._sink
        frame = sink.frames
        row = Row(frame, *row[1:])
        slot = self.ledger.announce(row)
        sink.write(image)
        self.ledger.add(row, slot)
        self.pictures += 1
        return frame

    def gap(self, row: Row) -> None:
        """Account for a trigger without a frame, with a blank picture where that was asked for."""
        if self._spec.options.fill and not self.failed and not self._joining:
            if self._blank is None:
                self._blank = blank(self._spec.picture)
            self.picture(row, self._blank)
        else:
            self.ledger.add(row)

    @property
    def vanished(self) -> str:
        """The file of the present segment that was deleted; empty: both are there."""
        if self._sink is None or not self.files:
            return ""
        present = self.files[-1]
        return next((path for path in (present.path, present.sidecar) if not os.path.lexists(path)), "")

    @property
    def _joining(self) -> bool:
        """Whether the camera joins a recording that goes on: its file begins with its first frame."""
        return self._spec.anchor is not None and not self.pictures

    def lose(self, rows: list[Row]) -> None:
        """Account for frames that were read and are not written, and those lost before them."""
        for row in rows:
            self.gap(lost_in_writer(row))

    def flush(self) -> int:
        """Have all that can be had safe, first pictures, then rows; how many pictures of this file are."""
        sink = self._sink
        if sink is not None:
            self.safe = sink.flush()
        self.ledger.settle(self.safe)
        self._describe()
        return self.safe

    def fail(self, *, broken: bool) -> None:
        """End the present file as well as can be; from now on there are rows only, in its sidecar.

        Parameters
        ----------
        broken : bool
            Whether the sink has failed to write: then not all of its pictures may be there.
        """
        self.failed = True
        sink, self._sink = self._sink, None
        if sink is None:
            return
        self.safe = sink.frames
        try:
            sink.close()
            if broken:
                self.safe = sink.flush()
        except (RecordingError, OSError, ValueError):
            self.safe = sink.flush()
        self._closed_bytes += sink.bytes
        self.ledger.settle(self.safe)
        self.ledger.condemn()
        self._describe(self.safe)

    def close(self) -> None:
        """End the present file in order.

        Raises
        ------
        RecordingError
            It cannot be ended in order; it is ended as well as can be.
        """
        sink = self._sink
        if sink is not None:
            self.safe = sink.frames
            sink.close()
            self._sink = None
            self._closed_bytes += sink.bytes
            self.ledger.settle(self.safe)
            self._describe(self.safe)
        else:
            self.ledger.settle(0)
            self._describe()
        self.ledger.end()

    def discard_if_empty(self) -> None:
        """Remove the file that was begun when nothing came at all: neither a picture nor a row."""
        if len(self.files) == 1 and self.ledger.triggers == 0 and self.pictures == 0:
            self._places.remove(self.files[0].part)
            self._described = ((), 0, None)

    # -- when the next file begins

    def _due(self, row: Row) -> bool:
        """Whether the picture with this row begins the next file."""
        options, sink = self._spec.options, self._sink
        assert sink is not None
        due = False
        if options.segment_seconds is not None:
            due = self._due_by_time(row, options.segment_seconds)
        if options.segment_bytes is not None and sink.frames and not due:
            due = sink.bytes >= options.segment_bytes
        indexed = self._places.suffix in INDEXED and sink.frames >= MOST_INDEXED
        return due or indexed or sink.frames - self.safe >= MOST_UNSAFE

    def _due_by_time(self, row: Row, seconds: float) -> bool:
        """By the number of the trigger where its period is known, so that a rig's cameras do it alike."""
        period = self._spec.period_ns
        if period is not None:
            segment = row.trigger // max(1, round(seconds * S_NS / period))
            before, self._segment = self._segment, segment
            return before is not None and segment > before
        now = row.host_timestamp_ns
        if now is None:
            return False
        if self._began_ns is None:
            self._began_ns = now
        return now - self._began_ns >= seconds * S_NS

    def _roll(self, first_trigger: int) -> None:
        """End the present file and begin the next."""
        segment = self._segment
        self.close()
        self._part = self._places.free_part(self._part + 1)
        self._begin(first_trigger, overwrite=False)
        self._segment = segment

    def _describe(self, frames: int | None = None) -> None:
        """Update the status of the present file."""
        files, known, _ = self._described
        sink = self._sink
        self.bytes = self._closed_bytes + (0 if sink is None else sink.bytes)
        if frames is None:
            frames = known if sink is None else sink.frames
        self._described = (files, frames, self.ledger.file_triggers)
