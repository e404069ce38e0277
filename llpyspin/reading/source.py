"""What every way of taking frames needs of a camera: readers of one's own, and what became of it.

The ways are classes of their own (:mod:`llpyspin.reading.request`, :mod:`llpyspin.reading.asynchronous`, :mod:`llpyspin.reading.jobs`,
:mod:`llpyspin.reading.mapping`), and a camera is made of them.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from llpyspin.errors import TooManyHeldError
from llpyspin.frames import decode
from llpyspin.frames.buffers import Buffers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo, FrameReader

__all__ = ["LAG_S", "Attendant", "Attendants", "Copier", "FrameSource", "Pace"]

LAG_S = 0.05  # unread frames older than this are skipped by default; a delay that an eye does not notice

_T = TypeVar("_T")


class Attendant(Protocol):
    """Something that reads a camera and has to stop when the camera is released."""

    def end(self) -> None:
        """Stop; whoever waits for a frame gets none.  Any thread calls it, and it does not wait."""


class Attendants:
    """All that read one camera besides ``read()``, for as long as somebody uses them."""

    def __init__(self) -> None:
        self._all: weakref.WeakSet[Attendant] = weakref.WeakSet()
        self._lock = threading.Lock()

    def add(self, attendant: Attendant) -> None:
        with self._lock:
            self._all.add(attendant)

    def end(self) -> None:
        with self._lock:
            ending = list(self._all)
            self._all.clear()
        for attendant in ending:
            attendant.end()


class Pace:
    """How many unread frames may wait, so that pictures are never later than the default lag.

    It follows the frames that one reader gets: their timestamps, and what was missed between them.
    """

    def __init__(self) -> None:
        self.backlog = 1
        self._last_ns: int | None = None

    def note(self, info: FrameInfo) -> None:
        """Take note of a frame that the reader got."""
        last_ns, self._last_ns = self._last_ns, info.camera_timestamp_ns
        if last_ns is not None and info.camera_timestamp_ns > last_ns:
            self.expect((1 + info.missed) * 1e9 / (info.camera_timestamp_ns - last_ns))

    def expect(self, rate: float) -> None:
        """From now on frames come at this rate, in Hz."""
        self.backlog = 1 + int(LAG_S * rate)

    def restart(self) -> None:
        """The camera's clock may begin anew."""
        self._last_ns = None


class Copier:
    """Makes images that are the user's own, for a thread beside the one that they are for.

    Copying lets go of the interpreter's lock: threads that compute, and event loops, go on meanwhile.
    """

    def __init__(self) -> None:
        self._buffers = Buffers()

    def next(self, reader: FrameReader, *, backlog: int, color: bool) -> tuple[npt.NDArray[Any], FrameInfo]:
        """The image of the next frame, if there is one, and its account; does not wait.

        Raises
        ------
        FrameTimeoutError
            There is none; the reader's descriptor will tell of it.
        """
        try:
            frame = reader.next(0, backlog=backlog, incomplete=False)
        except TooManyHeldError:  # the program has all that it may hold; a quick copy holds nothing
            data, info, layout = reader.copy_next(0, backlog=backlog, incomplete=False)
            return decode(data, layout, color=color), info
        with frame:
            return self.copy(frame, color=color), frame.info

    def copy(self, frame: Frame, *, color: bool) -> npt.NDArray[Any]:
        """The image of a held frame, writable; see :func:`llpyspin.frames.decode`."""
        image = decode(frame.data, frame.layout, color=color)
        if image.flags.writeable:  # it was converted, and so is a new array already
            return image
        own = self._buffers.take(image.nbytes).view(image.dtype).reshape(image.shape)
        np.copyto(own, image)
        return own


class FrameSource:
    """A camera, as its readers see it.  All of it may be called by any thread."""

    nickname: str
    timeout: float
    buffersize: int | None
    convert: bool

    _address: str
    _attendants: Attendants

    def isOpened(self) -> bool:
        raise NotImplementedError

    def _attach(self) -> FrameReader:
        """Another reader of the frames that come from now on; raises what became of the camera.

        Blocks for about a millisecond.
        """
        raise NotImplementedError

    def _wait_on(self, reader: FrameReader | None, take: Callable[[FrameReader], _T]) -> _T | None:
        """What ``take`` gets from a reader; None when no frame came or the stream is closed here.

        Raises what became of the camera where no frame will come any more.
        """
        raise NotImplementedError

    def _is_released(self, reader: FrameReader | None) -> bool:
        """Whether this program has closed, or is closing, the stream that ``reader`` belongs to."""
        raise NotImplementedError

    def _can_read(self, unread: int) -> bool:
        """Whether there is a frame to be had, now or later, by a reader that has so many unread ones.

        Where there is none, it is said why.
        """
        raise NotImplementedError

    def _check_health(self) -> None:
        """Raises where no frame came because the SDK hangs."""
        raise NotImplementedError

    def _show_info(self, info: FrameInfo) -> None:
        """Have ``frame_info`` tell of this frame."""
        raise NotImplementedError

    def _closed_error(self) -> Exception:
        """What to raise to those who need an open camera."""
        raise NotImplementedError

    def _no_frame_error(self, seconds: float) -> Exception:
        """What to raise to those who cannot do without a frame."""
        raise NotImplementedError
