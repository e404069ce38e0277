"""The frames of one camera or one callback: the object that owns all state of reading."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import ArgumentTypeError, RequestTimeoutError
from llpyspin.frames import decode
from llpyspin.reading.cursor import Cursors, Ended, Taken
from llpyspin.reading.jobs import Jobs
from llpyspin.reading.limits import ATTACH_S, Limits
from llpyspin.reading.place import Place
from llpyspin.reading.threads import in_thread, until_done

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo, FrameReader
    from llpyspin.reading.change import Change
    from llpyspin.reading.cursor import Cursor
    from llpyspin.reading.jobs import Job
    from llpyspin.reading.source import Source

    _Read = tuple[bool, npt.NDArray[Any] | None]

__all__ = ["Attendant", "FrameStream"]

TURN_S = 5.0  # for another thread that reaches back or closes
_NO_FRAME: _Read = (False, None)


class Attendant(Protocol):
    """Something that reads the stream and has to stop when it is closed."""

    def end(self) -> None:
        """Stop; whoever waits for a frame gets none.  Any thread calls it, and it does not wait."""


class FrameStream:
    """All ways of taking frames from one source; each has a place of its own among them.

    Parameters
    ----------
    source : Source
    limits : Limits, optional

    Attributes
    ----------
    info : FrameInfo or None
        Of the frame that was read last.
    """

    def __init__(self, source: Source, limits: Limits | None = None) -> None:
        self.source = source
        self.limits = Limits() if limits is None else limits
        self.info: FrameInfo | None = None
        self._turn = Turn()
        self._place = Place(source, self.limits)  # of read() and all that share its place
        self._grabbed: Frame | None = None
        self._shape: tuple[int, ...] = ()
        self._dtype: np.dtype[Any] | None = None
        self._reaching = Turn()
        self._behind: FrameReader | None = None
        """Reaches back; it is never waited with, so that a ``read()`` under way is in nobody's way."""
        self._attendants: weakref.WeakSet[Attendant] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._cursors = Cursors()
        self._jobs: Jobs | None = None

    # -- beginning and end --------------------------------------------------------------------------------

    @property
    def reader(self) -> FrameReader | None:
        """The reader of ``read()``; None on a closed stream."""
        return self._place.reader

    @property
    def ended(self) -> bool:
        """Whether this program has closed the stream."""
        return self._place.is_released(self._place.reader)

    def attach(self, *, aside: bool = False) -> None:
        """Have a place for ``read()``, from the next frame on; ``aside``: it does not read yet."""
        self._place.attach(ATTACH_S, aside=aside)

    def restart(self) -> None:
        """Frames are about to begin anew."""
        self.info = None
        self._place.restart()

    def expect(self, rate: float) -> None:
        """Frames come at this rate, in Hz."""
        self._place.pace.expect(rate)

    def skip_before(self, change: Change) -> None:
        """Give no frame any more that was made before this change, by whatever way."""
        self.limits.change = change

    def move_on(self) -> None:
        """Frames come from elsewhere now: have those who wait look there."""
        self._place.interrupt()

    def end(self, finish: Callable[[], object] = bool) -> None:
        """Have nobody wait for frames any more, and forget them.

        ``finish`` is called in between: when nobody reads any more, and what is held is still as it was.  A
        thread that reads is waited for, 5 s at most.
        """
        with self._lock:
            attendants = list(self._attendants)
            self._attendants.clear()
        for attendant in attendants:
            attendant.end()
        self._place.interrupt()  # a read() that waits in another thread comes back at once
        if not self._turn.do(TURN_S, lambda: self._end_now(finish), otherwise=False):
            self._end_now(finish)  # the thread that reads waits for a process that does not answer

    def _end_now(self, finish: Callable[[], object]) -> bool:
        self._let_go()
        try:
            finish()
        finally:
            self._place.close()
        return True

    # -- reading, in the caller's thread ------------------------------------------------------------------

    def read(self, image: npt.NDArray[Any] | None, timeout: float | None) -> _Read:
        _check_array(image)
        deadline = self._deadline(timeout)
        return self._turn.do(deadline.seconds, lambda: self._read(image, deadline), _NO_FRAME)

    def grab(self) -> bool:
        deadline = self._deadline(None)
        return self._turn.do(deadline.seconds, lambda: self._grab(deadline), otherwise=False)

    def retrieve(self, image: npt.NDArray[Any] | None) -> _Read:
        _check_array(image)
        return self._turn.do(self.limits.timeout, lambda: self._retrieve(image), _NO_FRAME)

    def next(self, timeout: float | None) -> Frame:
        """The next frame, held.

        Raises
        ------
        FrameTimeoutError, CameraClosedError
        """
        deadline = self._deadline(timeout)
        reader = self._place.reader
        frame = self._turn.do(deadline.seconds, lambda: self._next(deadline), None)
        if frame is None:
            source = self.source
            released = self._place.is_released(reader)
            raise source.closed_error() if released else source.no_frame_error(deadline.seconds)
        return frame

    def reach(self, take: Callable[[FrameReader], list[Frame]]) -> list[Frame]:
        """Frames that were there already, by a reader that is never waited with."""
        source = self.source

        def reach() -> list[Frame]:
            reader = self._behind
            source.check_open()
            if reader is None or reader.address != source.address:
                self._behind = None
                reader = self._behind = source.attach(ATTACH_S, aside=True)
            return take(reader)

        frames = self._reaching.do(TURN_S, reach, None)
        if frames is None:
            raise RequestTimeoutError(
                f"{source.name}: another thread is reading earlier frames, for over {TURN_S:.0f} s"
            )
        return frames

    def fresh(self, timeout: float | None) -> tuple[npt.NDArray[Any], FrameInfo]:
        """A copy of a frame that comes from now on; :meth:`read` loses none by it.

        Raises
        ------
        FrameTimeoutError, CameraClosedError
        """
        source, deadline = self.source, self._deadline(timeout)
        source.check_open()
        if not source.ready(0):
            raise source.no_frame_error(0.0)
        place = self.place()
        try:
            copied = place.copy_next(deadline)
            if copied is None:
                raise (
                    source.closed_error()
                    if place.is_released(place.reader)
                    else source.no_frame_error(deadline.seconds)
                )
        finally:
            place.close()
        data, info, layout = copied
        return decode(data, layout, color=self.limits.convert), info

    # -- by others ----------------------------------------------------------------------------------------

    def place(self) -> Place:
        """Another place among the frames, for somebody who closes it."""
        return Place(self.source, self.limits)

    def attend(self, attendant: Attendant) -> None:
        """Have somebody end when the stream does."""
        with self._lock:
            self._attendants.add(attendant)

    def submit(self, job: Job[Any]) -> None:
        """Have the next frame taken for this job."""
        with self._lock:
            jobs = self._jobs
            if jobs is None or not jobs.usable:
                self.source.check_open()
                jobs = self._jobs = Jobs(self.place(), self.limits)
                self._attendants.add(jobs)
        jobs.add(job)

    def cursor(self) -> Cursor:
        """A place of its own for somebody in the event loop that runs."""
        cursor = self._cursors.new(self.place(), self.limits)
        self.attend(cursor)
        return cursor

    def shared_cursor(self) -> Cursor:
        """The place of all ``aread()`` of the event loop that runs."""
        cursor = self._cursors.shared(lambda: (self.place(), self.limits))
        self.attend(cursor)
        return cursor

    async def take(self, cursor: Cursor, seconds: float) -> Taken | Ended:
        """The next frame by this cursor; raises what became of the source."""
        if not self.source.ready(cursor.unread):
            return Ended.RELEASED if self.ended else Ended.TIMEOUT
        outcome = await cursor.next(seconds)
        if isinstance(outcome, Taken):
            self.info = outcome.info
        elif outcome is Ended.TIMEOUT:
            await until_done(in_thread(self._check, name="llpyspin-health"))
        return outcome

    # -- internals ----------------------------------------------------------------------------------------

    def _deadline(self, timeout: float | None) -> Deadline:
        return Deadline(self.limits.timeout if timeout is None else timeout)

    def _check(self) -> None:
        self.source.check(0 if self.info is None else self.info.host_timestamp_ns)

    def _let_go(self) -> None:
        frame, self._grabbed = self._grabbed, None
        if frame is not None:
            frame.release()

    def _read(self, image: npt.NDArray[Any] | None, deadline: Deadline) -> _Read:
        self._let_go()
        place = self._place
        if not self.source.ready(place.unread):
            return _NO_FRAME
        # An array of the last shape is filled directly; whether another one fits is not known until the frame
        # is there.
        fits = image is not None and image.shape == self._shape and image.dtype == self._dtype
        copied = place.copy_next(deadline, image if fits else None)
        if copied is None:
            return _NO_FRAME
        data, self.info, layout = copied
        decoded = decode(data, layout, color=self.limits.convert)
        self._shape, self._dtype = decoded.shape, decoded.dtype
        return True, decoded if image is None else _filled(image, decoded)

    def _grab(self, deadline: Deadline) -> bool:
        self._let_go()
        self._grabbed = self._next(deadline)
        return self._grabbed is not None

    def _retrieve(self, image: npt.NDArray[Any] | None) -> _Read:
        grabbed = self._grabbed
        if grabbed is None:
            return _NO_FRAME
        decoded = decode(grabbed.data, grabbed.layout, color=self.limits.convert)
        return True, decoded.copy() if image is None else _filled(image, decoded)

    def _next(self, deadline: Deadline) -> Frame | None:
        if not self.source.ready(self._place.unread):
            return None
        frame = self._place.next(deadline)
        if frame is not None:
            self.info = frame.info
        return frame


def _check_array(image: object) -> None:
    if image is not None and not isinstance(image, np.ndarray):
        raise ArgumentTypeError(f"image must be a NumPy array to fill, or None, not {type(image).__name__}")


def _filled(image: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The caller's array with the frame in it, if it fits; else the frame in an array of its own."""
    if image.shape != decoded.shape or image.dtype != decoded.dtype or not image.flags.writeable:
        return decoded if decoded.flags.writeable else decoded.copy()
    if decoded.ctypes.data != image.ctypes.data or decoded.strides != image.strides:
        image[...] = decoded
    return image
