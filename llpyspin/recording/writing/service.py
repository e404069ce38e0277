"""The requests that a writer process answers, one method each."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, RecordingError, SettingRangeError
from llpyspin.frames import FrameReader
from llpyspin.frames.buffers import kept, seconds_kept
from llpyspin.frames.gaps import earlier_id, first_of_stream
from llpyspin.processes.messages import WAIT_S
from llpyspin.processes.serving import FileRequests
from llpyspin.recording.numbering import Anchor, Numbering, numbered_by
from llpyspin.recording.rows import CALLBACK
from llpyspin.recording.sessiontime import Elapsed, SessionTimes
from llpyspin.recording.status import Opened, WriterResult, WriterStatus
from llpyspin.recording.writing.encoder import Writer
from llpyspin.recording.writing.handover import Handover, Item, Kind
from llpyspin.recording.writing.intake import Intake
from llpyspin.recording.writing.places import Places, disk_free
from llpyspin.recording.writing.spill import Spill

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo, Layout
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.status import State

__all__ = ["WriterService"]

OPEN_S = 50.0  # for trying encoders
CLOSE_S = 5.0  # for what is still to be encoded when the recording is closed without waiting for it
END_S = 20.0  # for ending the files after that
STUCK_S = 60.0  # without one picture written: then nobody waits for the end any longer


class WriterService(FileRequests):
    """One recording of one camera; ``do_*`` are requests, called by the request thread, one at a time."""

    def __init__(self) -> None:
        self._spec: WriterSpec | None = None
        self._places: Places | None = None
        self._writer: Writer | None = None
        self._reader: FrameReader | None = None
        self._intake: Intake | None = None
        self._handover = Handover()
        self._finishing = False
        self._first_trigger = 0
        self._status = WriterStatus()

    @property
    def serial(self) -> str:
        return "" if self._spec is None else self._spec.serial

    # -- requests

    def do_open(self, spec: WriterSpec) -> Opened:
        """Open the files and attach to the frames; unless it is to hold, read from now on."""
        self._spec = spec
        self._places = places = Places(spec.path, spec.options.spill_folder)
        reader = FrameReader(spec.address, since=None if spec.hold else spec.since)
        try:
            self._check_buffers(reader, spec)
            self._writer = writer = Writer(
                spec, places, self._handover, spill=self._spill, finished=self._let_go
            )
            writer.start()
            writer.opened.result(OPEN_S)
        except FutureTimeoutError as error:
            reader.close()
            raise RecordingError(
                f"camera {spec.serial}: the encoder did not start within {OPEN_S:.0f} s"
            ) from error
        except BaseException:
            reader.close()
            raise
        if spec.hold:
            reader.close()  # a reader that does not read would keep old memory
        else:
            self._begin(spec, reader)
        segments = writer.segments
        return Opened(segments.files, segments.name, segments.notes)

    def do_begin(self, trigger: int, index: int, rows_from: int) -> None:
        """Begin with the frame of this index and trigger number, and the rows with trigger ``rows_from``."""
        spec = dataclasses.replace(self.spec, elapsed=Elapsed(rows_from))
        if not spec.hold or self._intake is not None or self._finishing:
            raise RecordingError(f"camera {spec.serial}: this recording has already started")
        reader = FrameReader(spec.address, since=index)
        first = reader.journal(index)
        if first is None and index == reader.newest + 1:  # the next frame to come
            expected = _id_of(trigger, spec, None if spec.since is None else reader.journal(spec.since))
            self._begin(dataclasses.replace(spec, next_trigger=trigger, first_id=expected), reader)
            return
        if first is None:
            reader.close()
            raise RecordingError(f"camera {spec.serial}: nothing is known of frame {index} (any more)")
        numbers = numbered_by(first, trigger, rows_from, spec.period_ns, spec.first_id)
        self._begin(dataclasses.replace(spec, next_trigger=rows_from, **numbers), reader)

    def do_follow(self, address: str) -> None:
        """Go on with the frames of another process, once those of the present one are read."""
        if self._intake is None:  # it holds; what it begins with later is there
            self._spec = dataclasses.replace(self.spec, address=address)
        else:
            self._intake.follow(address)

    def do_halt(self, error: LlpyspinError) -> None:
        """Write nothing more of what is to come."""
        if self._intake is not None:
            self._intake.halt(error)

    def do_status(self) -> WriterStatus:
        return self._look()

    def do_end_with(self, trigger: int) -> None:
        """Leave out frames of later triggers than this one, which is still to come."""
        if self._intake is not None:
            self._intake.end_with(trigger)

    def do_finish(
        self, published: int | None, last_trigger: int | None, end_lost_in: str = "transport"
    ) -> None:
        self._finish(published, last_trigger, end_lost_in)

    def do_wait(self, seconds: float) -> bool:
        """Whether it is done, within so many seconds, and 0.25 s at most."""
        return self.writer.done.wait(min(seconds, WAIT_S))

    def do_leave(self, seconds: float) -> bool:
        """Finish, unless that was requested already; whether it is done, as for :meth:`do_wait`."""
        if not self._is_open:
            return True
        self._finish(None, None)
        return self.do_wait(seconds)

    def do_result(self) -> WriterResult:
        writer = self.writer
        if not writer.done.is_set():
            raise RecordingError(f"camera {self.serial}: the recording is not finished")
        ledger = writer.segments.ledger
        return WriterResult(self._look(), ledger.first, ledger.last)

    def do_close(self) -> WriterResult | None:
        """Finish what can be finished in a few seconds; frames that were not encoded then stay in a file."""
        if not self._is_open:
            return None
        self._finish(None, None)
        writer = self.writer
        if not writer.done.wait(CLOSE_S):
            writer.hurry()
            if not writer.done.wait(END_S):
                raise RecordingError(f"camera {self.serial}: the encoder does not respond")
        return self.do_result()

    def leave(self) -> None:
        """The parent is gone: record to the end what there is, as long as it goes on."""
        if not self._is_open:
            return
        self._finish(None, None)
        writer = self.writer
        pictures, deadline = -1, Deadline(STUCK_S)
        while not deadline.passed and not writer.done.wait(1.0):
            if writer.segments.ledger.triggers != pictures:
                pictures, deadline = writer.segments.ledger.triggers, Deadline(STUCK_S)

    # -- internals

    @property
    def spec(self) -> WriterSpec:
        if self._spec is None:
            raise RecordingError("the writer process has nothing to record")
        return self._spec

    @property
    def _is_open(self) -> bool:
        opened = None if self._writer is None else self._writer.opened
        return opened is not None and opened.done() and opened.exception() is None

    @property
    def writer(self) -> Writer:
        if self._writer is None:
            raise RecordingError("the writer process has nothing to record")
        return self._writer

    def _spill(self) -> Spill | None:
        return None if self._intake is None else self._intake.spill

    def _let_go(self) -> None:
        """No frame is needed any more."""
        if self._intake is not None:
            self._intake.close()
        elif self._reader is not None:
            self._reader.close()

    @staticmethod
    def _check_buffers(reader: FrameReader, spec: WriterSpec) -> None:
        """Refuse a pre-trigger where the camera got fewer buffers than it was to have."""
        buffers, rate = reader.buffers, spec.picture.rate
        room = kept(buffers, reader.reserve)
        if buffers and spec.held > room:
            raise SettingRangeError(
                f"camera {spec.serial}: pre_trigger of {spec.held / rate:.4g} s at {rate:.4g} fps is "
                f"{spec.held} frames, and {room} of its {buffers} buffers can keep frames for that: up to "
                f"{seconds_kept(buffers, rate, reader.reserve):.2f} s",
                setting="pre_trigger",
                value=spec.held / rate,
            )

    def _begin(self, spec: WriterSpec, reader: FrameReader) -> None:
        numbering = Numbering(
            first_id=spec.first_id,
            period_ns=spec.period_ns,
            next_trigger=spec.next_trigger,
            anchor=_anchor_of(spec),
            unread=CALLBACK if spec.returned else "ring",
            times=SessionTimes(
                spec.elapsed,
                zero_ns=spec.zero_ns,
                period_ns=spec.period_ns,
                wall_offset_ns=spec.wall_offset_ns,
            ),
        )
        self._reader = reader
        self._first_trigger = spec.next_trigger
        self._intake = Intake(
            reader,
            numbering,
            self._handover,
            overflow=spec.options.overflow,
            rate=spec.picture.rate,
            held=spec.held,
            returned=spec.returned,
            new_spill=self._new_spill,
        )
        self._intake.start()

    def _new_spill(self, layout: Layout) -> Spill:
        spec, places = self.spec, self._places
        assert places is not None
        about = {
            "video": os.path.basename(places.video(spec.part)),
            "picture": dataclasses.asdict(spec.picture),
            "color": spec.color,
            "serial": spec.serial,
            "nickname": spec.nickname,
            "virtual": spec.virtual,
            "replay_of": spec.replay_of,
            "returned": spec.returned,
            "session": spec.session,
            "started": spec.started,
            "part": spec.part,
            "first_trigger": self._first_trigger,
        }
        return Spill(places.spill(spec.part), layout, about, overwrite=spec.options.overwrite)

    def _finish(
        self, published: int | None, last_trigger: int | None, end_lost_in: str = "transport"
    ) -> None:
        if self._finishing:
            return
        self._finishing = True
        if self._intake is not None:
            self._intake.finish(published, last_trigger, end_lost_in)
            return
        numbering = Numbering(
            first_id=self.spec.first_id,
            period_ns=self.spec.period_ns,
            next_trigger=self.spec.next_trigger,
            anchor=_anchor_of(self.spec),
        )
        self._handover.put(Item(Kind.END, numbering.end(last_trigger, end_lost_in)))

    def _look(self) -> WriterStatus:
        """The status now; once it is done, what it was then."""
        if self._status.done:
            return self._status
        writer, intake = self.writer, self._intake
        state = self._state(writer, intake)  # first: what is done does not change any more
        segments, spill = writer.segments, self._spill()
        ledger = segments.ledger
        spilled = 0 if spill is None else spill.waiting
        waiting = 0 if intake is None else intake.unread + intake.frames - intake.dropped - writer.taken
        self._status = WriterStatus(
            state=state,
            triggers=ledger.triggers,
            written=ledger.written,
            incomplete=ledger.incomplete,
            lost=dict(ledger.lost),
            blanks=ledger.blanks,
            frames=0 if intake is None else intake.frames,
            backlog=0 if state == "done" else max(0, waiting),
            spilled=spilled,
            spilled_bytes=0 if spill is None else spilled * spill.slot_bytes,
            rate=writer.rate,
            bytes=segments.bytes,
            disk_free=_free_of(self._places),
            stream_ended="" if intake is None else intake.stream_ended,
            error=writer.error or ledger.error,
            notes=self._notes(),
            doubts=() if intake is None else tuple(intake.doubts),
            files=segments.files,
            spill_file=writer.spill_file,
        )
        return self._status

    @staticmethod
    def _state(writer: Writer, intake: Intake | None) -> State:
        if writer.done.is_set():
            return "done"
        if intake is None:
            return "holding"
        return "finishing" if intake.over else "recording"

    def _notes(self) -> tuple[str, ...]:
        notes = [] if self._intake is None else [*self._intake.notes]
        forgotten = self.writer.segments.ledger.forgotten
        if forgotten:
            notes.append(f"{forgotten} rows could not be written to the sidecar")
        if self.writer.spill_file:
            notes.append(f"frames that were not encoded are in {self.writer.spill_file}")
        return tuple(notes)


def _free_of(places: Places | None) -> int:
    try:
        return 0 if places is None else disk_free(places.folder)
    except OSError:
        return 0  # the disk itself has gone


def _anchor_of(spec: WriterSpec) -> Anchor | None:
    """It comes as a plain tuple."""
    return None if spec.anchor is None else Anchor(*spec.anchor)


def _id_of(trigger: int, spec: WriterSpec, first: FrameInfo | None) -> int:
    """The camera's number of the frame of a trigger, if it exposes with each; ids of GigE begin anew.

    ``first``: the first frame of the stream, if there is one.
    """
    begun = spec.first_id if first is None else first_of_stream(spec.first_id, first)
    return earlier_id(begun, -trigger, spec.first_id)
