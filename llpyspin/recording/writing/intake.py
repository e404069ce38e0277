"""The thread that reads every frame in order, applies the rules of numbering, and passes it to the encoder.

It never waits on purpose. Frames for which the encoder is too slow go to disk, are dropped, or end the
recording, as the user chose.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.errors import FrameTimeoutError, LlpyspinError, RecordingError, TooManyHeldError
from llpyspin.frames import EVERY, FrameReader, StreamEnded
from llpyspin.frames.buffers import encoder_buffers, kept
from llpyspin.recording.numbering import place_of
from llpyspin.recording.rows import CALLBACK, LOST
from llpyspin.recording.writing.handover import Copied, Item, Kind
from llpyspin.recording.writing.ledger import lost_in_writer
from llpyspin.recording.writing.spill import Spill, SpillFull

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.frames import FrameInfo, Layout
    from llpyspin.recording.numbering import Numbering
    from llpyspin.recording.rows import Row
    from llpyspin.recording.writing.handover import Handover, Held

__all__ = ["Intake"]

SLICE_S = 0.2  # one wait for a frame, when none comes
LATE_S = 2.0  # how long frames that were announced as published are waited for
SHARE = 3
"""Of the buffers that may lie unread before it counts as full, besides what is held for the encoder."""
SPILL_SHARE = 6  # of the buffers that may lie unread where frames can go to disk: that takes time as well
SEVERAL = 4
"""While the encoder has enough to do, so many frames are read together: to be woken for each of them costs
more than to read it, and takes that from the encoder."""
REST_S = 0.02  # at most, for several frames to come together
MOST_LOOSE = 500_000
"""Items without pixels that may wait: then the encoder has been stuck for the better part of an hour."""


class Intake:
    """Reads frames in a thread of its own.

    Parameters
    ----------
    reader : FrameReader
        At the first frame wanted.
    numbering : Numbering
    handover : Handover
    overflow : {"spill", "drop", "stop"}
    rate : float
        Frames a second, roughly.
    held : int
        Frames of a pre-trigger, which lie unread at the beginning.
    returned : bool
        Whether a callback gives the frames: another process may then take the place of the one that does.
    new_spill : callable
        Makes the spill for frames of a layout.

    Attributes
    ----------
    frames : int
        Read so far.
    dropped : int
        Of those, not handed over to be encoded.
    stream_ended : str
        Why the stream ended by itself, or "".
    spill : Spill or None
    notes : list of str
    """

    def __init__(
        self,
        reader: FrameReader,
        numbering: Numbering,
        handover: Handover,
        *,
        overflow: str,
        rate: float,
        held: int = 0,
        returned: bool,
        new_spill: Callable[[Layout], Spill],
    ) -> None:
        self._reader = reader
        self._numbering = numbering
        self._handover = handover
        self._overflow = overflow
        self._rate = rate
        self._behind = held > 0  # by frames that are safe in memory: it was armed with room for them
        self._returned = returned
        self._readers = [reader]
        self._successors: deque[str] = deque()
        self._changed = threading.Condition()
        self._lost_where = "writer"
        self._new_spill = new_spill
        self._next = reader.position
        self._layout: Layout | None = None
        self._most = 1
        self._published: int | None = None
        self._last_trigger: int | None = None
        self._end_lost_in = "transport"
        self._final_trigger: int | None = None
        self._late: Deadline | None = None
        self._stopped = False
        self._finishing = False
        self._over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self.frames = self.dropped = 0
        self.stream_ended = ""
        self.spill: Spill | None = None
        self.notes: list[str] = []

    def start(self) -> None:
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether all frames were read."""
        return self._over

    @property
    def doubts(self) -> list[str]:
        """Where the numbers of triggers are not certain."""
        return list(self._numbering.doubts)

    @property
    def unread(self) -> int:
        """Frames published and still to be read."""
        limit = self._reader.newest + 1
        if self._published is not None:
            limit = min(limit, self._published)
        return 0 if self._over else max(0, limit - self._next)

    def follow(self, address: str) -> None:
        """Go on with the frames of another process, once those of the present one are read."""
        with self._changed:
            self._successors.append(address)
            self._changed.notify_all()

    def halt(self, error: LlpyspinError) -> None:
        """Hand over no frame more: those to come are lost at the callback."""
        self._lost_where = CALLBACK
        self._stop(error)

    def close(self) -> None:
        """No frame is needed any more."""
        for reader in self._readers:
            reader.close()

    def end_with(self, trigger: int) -> None:
        """Read no frame of a later trigger than this one, which is still to come; :meth:`finish` follows."""
        self._final_trigger = trigger

    def finish(self, published: int | None, last_trigger: int | None, end_lost_in: str = "transport") -> None:
        """Read no frame of index ``published`` or above, then account for triggers up to ``last_trigger``.

        Those after the last frame were lost in ``end_lost_in``.
        """
        newest = self._reader.newest
        with self._lock:
            if self._finishing:
                return
            self._published = newest + 1 if published is None else published
            self._last_trigger = last_trigger
            self._end_lost_in = end_lost_in
            self._finishing = True
            if self._over:
                self._end()
        with self._changed:
            self._changed.notify_all()
        if self._published <= newest + 1:
            self._reader.interrupt()  # once it has read what is there

    # -- the thread

    def _run(self) -> None:
        try:
            if not self._read_all():
                self._account_for_lapped_end()
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the recording must end in order
            self._stop(RecordingError(f"reading frames failed: {type(error).__name__}: {error}"))
        with self._lock:
            self._over = True
            if self._finishing:
                self._end()

    def _end(self) -> None:
        where = self._lost_where if self._stopped else self._end_lost_in
        if self._returned and not self._stopped and self._published is not None:
            where = CALLBACK if self._reader.position < self._published else where
        self._handover.put(Item(Kind.END, self._numbering.end(self._last_trigger, where)))

    def _read_all(self) -> bool:
        """Whether the frame of the final trigger was among them."""
        while self._published is None or self._next < self._published:
            self._rest()
            got = self._wait()
            if got is None:
                return False
            frame, info = got
            index = info.index
            if self._published is not None and index >= self._published:
                frame.release()
                return False
            lapped = self._lapped(index) if index > self._next else ()
            rows = self._numbering.frame(info, lapped)
            final, trigger = self._final_trigger, rows[-1].trigger
            if final is not None and trigger > final:
                frame.release()
                self._handover.put(Item(Kind.LOST, [row for row in rows if row.trigger <= final]))
                return True
            self._next = index + 1
            self.frames += 1
            self._hand_over(rows, frame)
            if trigger == final:
                return True
            if self._stopped and len(self._handover) > MOST_LOOSE:
                return False
            del frame, got
        return False

    def _rest(self) -> None:
        """Where there is nothing to read and enough to encode, have several frames come together."""
        if self._handover.held > 1 and not self._reader.unread and not self._finishing:
            self._handover.wait_until_fewer(2, min(REST_S, SEVERAL / self._rate))

    def _wait(self) -> tuple[Held, FrameInfo] | None:
        """The next frame; None if there is none any more."""
        reader = self._reader
        while True:
            try:
                try:
                    frame = reader.next(SLICE_S, backlog=EVERY)
                    return frame, frame.info
                except TooManyHeldError:  # by others: a copy does not take anything away from them
                    data, info, layout = reader.copy_next(SLICE_S, backlog=EVERY)
                    return Copied(data, layout), info
            except FrameTimeoutError:
                if self._published is not None and self._nothing_more(self._published):
                    return None
            except StreamEnded as error:
                successor = None if reader.interrupted or not self._returned else self._successor()
                if successor is not None:
                    reader = self._reader = successor
                    continue
                if not reader.interrupted:
                    self.stream_ended = str(error)
                return None
            except LlpyspinError as error:
                if not reader.interrupted:
                    self.stream_ended = str(error)
                return None

    def _successor(self) -> FrameReader | None:
        """A reader of the process that takes over, when it is there; None: the recording is to end."""
        with self._changed:
            while not self._successors:
                if self._finishing:
                    return None
                self._changed.wait(MOST_S)
            address = self._successors.popleft()
        self._account_for_lapped_end()
        try:
            try:
                reader = FrameReader(address, since=self._next)
            except ValueError:  # it has not come as far as the one that died
                reader = FrameReader(address)
        except StreamEnded:  # it has died as well, and another one follows
            return self._successor()
        self._readers.append(reader)
        return reader

    def _nothing_more(self, published: int) -> bool:
        self._late = self._late or Deadline(LATE_S)
        return self._reader.position >= published or self._late.passed

    def _lapped(self, index: int) -> Sequence[FrameInfo | None]:
        return [self._reader.journal(passed) for passed in range(self._next, index)]

    def _account_for_lapped_end(self) -> None:
        """Frames that were published and overwritten, with none after them that could be read."""
        limit = self._reader.newest + 1
        if self._published is not None:
            limit = min(limit, self._published)
        known = list(self._lapped(limit)) if limit > self._next else []
        while known and known[-1] is None:
            known.pop()
        if known and known[-1] is not None:
            rows = self._numbering.frame(known[-1], known[:-1])
            rows[-1] = rows[-1]._replace(state=LOST, where=place_of(known[-1]))
            self._next = known[-1].index + 1
            self._handover.put(Item(Kind.LOST, rows))

    # -- what becomes of a frame

    def _hand_over(self, rows: list[Row], frame: Held) -> None:
        handover = self._handover
        if frame.layout is not self._layout:
            self._see_layout(frame.layout)
        if handover.refused or self._stopped:
            self._lose(rows, frame)
        elif self.spill is not None and self.spill.waiting:
            self._put_aside(self.spill, rows, frame)  # after the ones that are there
        elif handover.held < self._most or self._wait_for_room():
            handover.put(Item(Kind.FRAME, rows, frame))
        elif self._overflow == "spill":
            if self.spill is None:
                self.spill = self._new_spill(frame.layout)
            self._put_aside(self.spill, rows, frame)
        else:
            if self._overflow == "stop":
                self._stop(
                    RecordingError(
                        "the encoder could not keep up: the recording ended before trigger "
                        f"{rows[-1].trigger}. Its files are in order up to there. Choose a faster codec, a "
                        "lower frame rate, or overflow='spill'"
                    )
                )
            self._lose(rows, frame)

    def _wait_for_room(self) -> bool:
        """Wait for the encoder as long as the buffers allow it, for several frames at once."""
        most, handover = self._most, self._handover
        handover.wait_until_fewer(max(most - SEVERAL + 1, most // 2 + 1), self._patience())
        return handover.held < most

    def _patience(self) -> float:
        """Seconds for which frames can lie unread before one is overwritten."""
        buffers, unread = self._reader.buffers, self._reader.unread
        limit = buffers // (SPILL_SHARE if self._overflow == "spill" else SHARE)
        self._behind = self._behind and still_behind(unread, limit)
        if self._behind:
            limit = kept(buffers, self._reader.reserve)
        return max(0.0, (limit - unread) / self._rate)

    def _put_aside(self, spill: Spill, rows: list[Row], frame: Held) -> None:
        try:
            slots = spill.put(rows, frame.data)
        except SpillFull as full:
            note = f"frames were dropped because the spill file could not take them: {full}"
            if note not in self.notes and len(self.notes) < 10:
                self.notes.append(note)
            self._lose(rows, frame)
            return
        frame.release()
        self._handover.put(Item(Kind.SPILLED, [], None, slots))

    def _lose(self, rows: list[Row], frame: Held) -> None:
        frame.release()
        self.dropped += 1
        self._handover.put(Item(Kind.LOST, [lost_in_writer(row, self._lost_where) for row in rows]))
        if len(self._handover) > MOST_LOOSE + (0 if self.spill is None else self.spill.waiting):
            self._stop(RecordingError("the encoder does not respond. Frames are lost"))

    def _stop(self, error: LlpyspinError) -> None:
        if not self._stopped:
            self._stopped = True
            self._handover.put(Item(Kind.STOP, [], error=error))

    def _see_layout(self, layout: Layout) -> None:
        """Frames of another kind in mid-recording cannot go into the same file."""
        known = self._layout
        self._layout = layout
        if known is None:
            self._most = encoder_buffers(self._reader.buffers)
        elif _kind(known) != _kind(layout):
            self._stop(
                RecordingError(
                    f"the frames changed from {_shown(known)} to {_shown(layout)} in mid-recording"
                )
            )


def still_behind(unread: int, limit: int) -> bool:
    """Whether a recording still has frames of its pre-trigger to catch up with.

    That ends well below the limit which counts from then on. At the limit no time would be left for the next
    frame: it would be lost though it is safe in memory.
    """
    return unread > limit // 2


def _kind(layout: Layout) -> tuple[Any, ...]:
    return layout.pixel_format, layout.width, layout.height, layout.payload


def _shown(layout: Layout) -> str:
    return f"{layout.width} x {layout.height} {layout.pixel_format}"
