"""The thread that encodes pictures into files and writes their rows; it ends the recording at a full disk."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, RecordingError, RecordingExistsError
from llpyspin.frames import decode
from llpyspin.recording.writing.handover import Kind
from llpyspin.recording.writing.ledger import lost_in_writer
from llpyspin.recording.writing.places import LEAST_FREE, disk_free
from llpyspin.recording.writing.segments import Segments
from llpyspin.recording.writing.spill import SpillFull
from llpyspin.system.priorities import stand_back

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from llpyspin.frames import Layout
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.rows import Row
    from llpyspin.recording.writing.handover import Handover, Held, Item
    from llpyspin.recording.writing.places import Places
    from llpyspin.recording.writing.spill import Spill

__all__ = ["Writer"]

FLUSH_S = 0.02
"""A kill loses what came since the last flush, besides what the container holds back."""
STANDS_BACK = 5
"""A third of the weight that a thread has by default: encoding can wait, taking frames cannot."""
IDLE_S = 1.0  # one wait for a frame, when all is flushed
RATE_S = 1.0  # over which the rate is taken
LOOK_S = 0.25  # between looks at a disk that has much room
MOST_ERRORS = 100  # that nobody foresaw, in one recording


class Writer:
    """Encodes what it is handed, in a thread of its own, until the end of the recording.

    Parameters
    ----------
    spec : WriterSpec
    places : Places
    handover : Handover
    spill : callable
        Gives the present spill, or None.
    finished : callable
        Called by the thread at its very end.

    Attributes
    ----------
    opened : Future
        Done once the first file is open, or with the error why it is not.
    done : Event
        Set when all files are closed.
    error : LlpyspinError or None
        Why frames are not written.
    taken : int
        Frames that were handed over and are done with.
    """

    def __init__(
        self,
        spec: WriterSpec,
        places: Places,
        handover: Handover,
        *,
        spill: Callable[[], Spill | None],
        finished: Callable[[], None],
    ) -> None:
        self._spec = spec
        self._places = places
        self._handover = handover
        self._spill_of = spill
        self._finished = finished
        self._unsafe: deque[tuple[int, int, list[int]]] = deque()  # file, picture, slots
        self._layout: Layout | None = None
        self._hurry = False
        self._flush_at = 0.0
        self._bytes = 0
        self._look_at = 0.0
        self._unlooked = 0  # bytes that may still be written before that
        self._marks: deque[tuple[float, int]] = deque(maxlen=2)
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self.segments = Segments(spec, places)
        self.opened: Future[None] = Future()
        self.done = threading.Event()
        self.error: LlpyspinError | None = None
        self.rate = 0.0
        self.taken = 0
        self.spill_file = ""

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """Encode nothing more: frames that wait stay in, or go to, the spill file."""
        self._hurry = True

    # -- the thread

    def _run(self) -> None:
        stand_back(STANDS_BACK)  # and with it the threads that the encoder starts
        try:
            self.segments.open()
        except BaseException as error:  # noqa: BLE001 - outermost line of the thread: the one who waits raises it
            self.opened.set_exception(_known(error))
            self.done.set()
            return
        self.opened.set_result(None)
        try:
            for _ in range(MOST_ERRORS):
                if self._encode():
                    break
        finally:
            self._end()

    def _end(self) -> None:
        """Close the files; whatever fails, waiting for the thread ends."""
        try:
            self._close()
            self._finished()
        except Exception as error:  # noqa: BLE001 - outermost line of the thread
            self.error = self.error or _known(error)
        finally:
            self.done.set()

    def _encode(self) -> bool:
        """Encode to the end; False if something unforeseen happened, after which the account must go on."""
        try:
            self._encode_all()
        except Exception as error:  # noqa: BLE001 - the files must be closed whatever it was
            self._fail(_known(error), broken=True)
            return False
        return True

    def _encode_all(self) -> None:
        handover = self._handover
        ledger = self.segments.ledger
        while True:
            wait = max(0.0, self._flush_at - time.monotonic()) if ledger.waiting else IDLE_S
            item = handover.get(wait)
            if item is not None:
                self._take(item)
                if item.kind is Kind.END:
                    return
                del item
            if time.monotonic() >= self._flush_at:
                self._flush()

    def _take(self, item: Item) -> None:
        """Do one thing.  What cannot be written is lost, and the account goes on."""
        if item.kind is Kind.FRAME:
            assert item.frame is not None
            try:
                self._frame(item.rows, item.frame)
            finally:
                self._handover.done(item.frame)
                self.taken += 1
        elif item.kind is Kind.SPILLED:
            assert item.slots is not None
            self._spilled(item.slots)
            self.taken += 1
        elif item.kind is Kind.STOP:
            assert item.error is not None
            self._fail(item.error, broken=False)
        else:
            self._rows(item.rows)

    def _frame(self, rows: list[Row], frame: Held) -> None:
        if self._hurry and not self.segments.failed:
            self._leave(rows, frame)
        else:
            self._picture(rows, frame.data, frame.layout)

    def _leave(self, rows: list[Row], frame: Held) -> None:
        """Put a frame into the spill file when there is no time to encode it."""
        spill = self._spill_of()
        if spill is not None:
            try:
                spill.put(rows, frame.data)
            except SpillFull as full:
                self.error = self.error or RecordingError(f"frames were dropped at the end: {full}")
        self._rows([lost_in_writer(row) for row in rows])

    def _spilled(self, slots: list[int]) -> None:
        spill = self._spill_of()
        assert spill is not None
        if self.segments.failed or self._hurry:
            self._rows([lost_in_writer(row) for row in spill.skip(slots)])
            return
        try:
            rows, pixels = spill.get(slots)
        except RecordingError as error:
            self._fail(error, broken=False)
            return
        number = self._picture(rows, pixels, spill.layout)
        if number is not None:
            self._unsafe.append((len(self.segments.files), number, slots))

    def _picture(self, rows: list[Row], data: memoryview, layout: Layout) -> int | None:
        """Write a frame, and what was lost before it; its number in the file, None if it was not written."""
        segments = self.segments
        if len(rows) > 1:
            self._rows(rows[:-1])
        row = rows[-1]
        if segments.failed:
            segments.lose([row])
            return None
        try:
            image = decode(data, layout, color=self._spec.color)
            if layout is not self._layout:
                self._see(image, layout)
            return segments.picture(row, image)
        except Exception as error:  # noqa: BLE001 - libraries raise what they like; the account goes on
            self._fail(_known(error), broken=True)
            segments.lose([row])
            return None

    def _rows(self, rows: list[Row]) -> None:
        for row in rows:
            try:
                self.segments.gap(row)
            except Exception as error:  # noqa: BLE001 - as above: only blank pictures can fail
                self._fail(_known(error), broken=True)
                self.segments.gap(row)
            if self.segments.ledger.crowded:
                self._flush()

    def _see(self, image: np.ndarray[tuple[int, ...], np.dtype[np.generic]], layout: Layout) -> None:
        """Refuse frames that are not what the file was opened for."""
        picture = self._spec.picture
        if image.shape != picture.shape or image.dtype != picture.dtype:
            raise RecordingError(
                f"the camera gives {layout.width} x {layout.height} {layout.pixel_format}; the recording was "
                f"begun for {picture}"
            )
        self._layout = layout

    # -- keeping it safe

    def _flush(self) -> None:
        """Have pictures safe, then their rows; notice a disk that fills up."""
        now = time.monotonic()
        self._flush_at = now + FLUSH_S
        segments = self.segments
        if not segments.failed:
            try:
                self._free(segments.flush())
            except Exception as error:  # noqa: BLE001 - as above
                self._fail(_known(error), broken=True)
            self._look(now)
        else:
            segments.flush()

    def _look(self, now: float) -> None:
        """How fast it goes, and whether there is room for more."""
        marks, segments = self._marks, self.segments
        if not marks or now - marks[-1][0] >= RATE_S:
            marks.append((now, segments.pictures))
        since, before = marks[0]
        self.rate = (segments.pictures - before) / (now - since) if now > since else 0.0
        grown, self._bytes = segments.bytes - self._bytes, segments.bytes
        self._unlooked -= grown
        if now < self._look_at and self._unlooked > 0:
            return
        if gone := segments.vanished:
            self._fail(_deleted(gone), broken=False)
            return
        free = disk_free(self._places.folder)
        self._look_at, self._unlooked = now + LOOK_S, (free - LEAST_FREE) // 8
        if free < LEAST_FREE + 2 * grown and not segments.failed:
            self._fail(
                RecordingError(
                    f"the disk of {self._places.folder} is full ({free / 2**20:.0f} MiB left): the recording "
                    "ended there. Its files are in order"
                ),
                broken=False,
            )

    def _free(self, safe: int | None) -> None:
        """Slots of the spill whose frames are safe in the video can be used again."""
        unsafe = self._unsafe
        if not unsafe:
            return
        spill = self._spill_of()
        assert spill is not None
        present = len(self.segments.files)
        while unsafe and (safe is None or unsafe[0][0] < present or unsafe[0][1] < safe):
            spill.free(unsafe.popleft()[2])

    def _fail(self, error: LlpyspinError, *, broken: bool) -> None:
        if self.segments.failed:
            return
        self.error = self.error or error
        self._handover.refused = True
        self.segments.fail(broken=broken)
        self._free(self.segments.safe)

    def _close(self) -> None:
        segments = self.segments
        if gone := segments.vanished:
            self.error = self.error or _deleted(gone)
        try:
            segments.close()
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(_known(error), broken=True)
            segments.ledger.end()
        else:
            self._free(None)
        self.error = self.error or segments.ledger.error
        segments.discard_if_empty()
        spill = self._spill_of()
        try:
            if spill is not None and spill.close():
                self.spill_file = str(spill.path)
        except RecordingError as error:
            self.error = self.error or error


def _deleted(path: str) -> RecordingError:
    return RecordingError(f"{path} was deleted during the recording, so the recording ended there")


def _known(error: BaseException) -> LlpyspinError:
    """An error of this package, whatever it was."""
    if isinstance(error, LlpyspinError):
        return error
    if isinstance(error, FileExistsError):
        return RecordingExistsError(str(error))
    if isinstance(error, OSError):
        where = f"{os.fspath(error.filename)!s}: " if error.filename is not None else ""
        return RecordingError(f"{where}{error.strerror or error}")
    return RecordingError(f"{type(error).__name__} while recording: {error}")
