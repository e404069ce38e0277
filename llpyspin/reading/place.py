"""One position in the frames of a stream: a reader, its pace, and the errors of its waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    CameraLostError,
    FrameTimeoutError,
    SdkError,
)
from llpyspin.frames import StreamEnded
from llpyspin.reading.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.deadlines import Deadline
    from llpyspin.frames import Frame, FrameInfo, FrameReader, Layout
    from llpyspin.reading.change import Change
    from llpyspin.reading.limits import Limits
    from llpyspin.reading.source import Source

__all__ = ["Place"]

_T = TypeVar("_T")


class Place:
    """Takes the next frame, or says what became of the source.

    ``read()``, jobs, ``map()`` and each event loop have a place of their own.  For one thread at a time, but
    for :meth:`interrupt`.

    Attributes
    ----------
    reader : FrameReader or None
        None before :meth:`attach`, which the first wait does by itself, and after :meth:`close`.
    pace : Pace
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        self.reader: FrameReader | None = None
        self.pace = Pace()
        self.source = source
        self._limits = limits
        self._seen_ns = 0
        self._passed: Change | None = None

    def pass_change(self, reader: FrameReader, seconds: float) -> None:
        """Skip the frames that were made before pictures were changed; see :meth:`Change.pass_by`."""
        change = self._limits.change
        if change is not self._passed and change is not None:
            change.pass_by(reader, seconds)
            self._passed = change

    def is_past_change(self, info: FrameInfo) -> bool:
        """Whether a frame was made after pictures were changed."""
        change = self._limits.change
        return change is None or change.address != self.source.address or change.is_past(info)

    @property
    def backlog(self) -> int:
        """Unread frames that are worked off before some are skipped."""
        return self._limits.buffersize or self.pace.backlog

    @property
    def unread(self) -> int:
        reader = self.reader
        return 0 if reader is None else reader.unread

    def is_released(self, reader: FrameReader | None) -> bool:
        """Whether this program has closed, or is closing, the stream that ``reader`` belongs to."""
        source = self.source
        return source.closing or reader is None or (reader.interrupted and reader.address == source.address)

    def restart(self) -> None:
        """Frames begin anew: the camera's clock, too."""
        self.pace.restart()
        self._seen_ns = 0

    def attach(self, seconds: float, *, aside: bool = False) -> FrameReader:
        """Begin here with the frames that come from now on, if that was not done yet; ``aside``: not yet."""
        reader = self.reader
        if reader is None or reader.address != self.source.address:
            self.close()
            self.restart()
            reader = self.reader = self.source.attach(seconds, aside=aside)
        return reader

    def interrupt(self) -> None:
        """Have a wait in another thread come back at once; no more frames come here."""
        reader = self.reader
        if reader is not None:
            reader.interrupt()

    def close(self) -> None:
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.close()

    # -- frames -------------------------------------------------------------------------------------------

    def next(self, deadline: Deadline) -> Frame | None:
        """The next frame, held; None when none came in time, or the stream is closed here.

        Raises what became of the source where no frame will come any more.
        """
        incomplete = self.source.gives_incomplete

        def get(reader: FrameReader) -> Frame:
            self.pass_change(reader, deadline.remaining())
            return reader.next(deadline.remaining(), backlog=self.backlog, incomplete=incomplete)

        frame = self.take(get, deadline)
        if frame is not None:
            self.note(frame.info)
        return frame

    def copy_next(
        self, deadline: Deadline, out: npt.NDArray[Any] | None = None
    ) -> tuple[npt.NDArray[Any], FrameInfo, Layout] | None:
        """The same, copied; see :meth:`llpyspin.frames.FrameReader.copy_next`."""
        incomplete = self.source.gives_incomplete

        def get(reader: FrameReader) -> tuple[npt.NDArray[Any], FrameInfo, Layout]:
            self.pass_change(reader, deadline.remaining())
            return reader.copy_next(
                deadline.remaining(), backlog=self.backlog, incomplete=incomplete, out=out
            )

        copied = self.take(get, deadline)
        if copied is not None:
            self.note(copied[1])
        return copied

    def note(self, info: FrameInfo) -> None:
        """Take note of a frame that was got from the reader."""
        self.pace.note(info)
        self._seen_ns = info.host_timestamp_ns

    def take(self, get: Callable[[FrameReader], _T], deadline: Deadline) -> _T | None:
        """What ``get`` gets from the reader; see :meth:`next`."""
        source = self.source
        while not source.closing:
            try:
                reader = self.attach(deadline.remaining())
            except FrameTimeoutError:
                return None
            try:
                return get(reader)
            except FrameTimeoutError:
                if not self.is_released(reader):
                    source.check(self._seen_ns)
                return None
            except (StreamEnded, CameraLostError, CameraHungError, SdkError) as error:
                if self.is_released(reader):
                    return None
                if reader.address == source.address and not source.ended(error, deadline.remaining()):
                    return None
            except (CameraClosedError, OSError, ValueError):
                if not self.is_released(reader):
                    source.check_open()  # raises in a forked child, whose reader was closed, what is wrong
                    raise
                return None  # a signal handler released the stream under this very wait
        return None
