"""Frames of a camera, read as ``cv2.VideoCapture`` reads them."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from llpyspin.camera.callbacks import ProcessingCamera
from llpyspin.camera.displaying import DisplayingCamera
from llpyspin.camera.notebook import ShownCamera
from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    CameraLostError,
    FrameTimeoutError,
    RequestTimeoutError,
    SdkError,
    SettingRangeError,
)
from llpyspin.frames import FrameReader, StreamEnded, decode
from llpyspin.reading.asynchronous import AsyncCamera
from llpyspin.reading.jobs import JobCamera
from llpyspin.reading.mapping import MappingCamera
from llpyspin.reading.source import Attendants, Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo

    _Read = tuple[bool, npt.NDArray[Any] | None]

__all__ = ["READ_S", "ReadingCamera"]

logger = logging.getLogger("llpyspin")

READ_S = 5.0
OVERDUE_S = 3.0  # the SDK this late with an image or a time-out counts as hung

_T = TypeVar("_T")
_NO_FRAME: _Read = (False, None)


class ReadingCamera(DisplayingCamera, ProcessingCamera, ShownCamera, AsyncCamera, JobCamera, MappingCamera):
    """What all cameras that give frames to the user's program have in common."""

    def _prepare_reading(self, timeout: float, buffersize: int | None) -> None:
        """Called by constructors, before the camera is opened."""
        self._reading = Turn()
        self._well_at = 0.0
        self._grabbed: Frame | None = None
        self._frame_info: FrameInfo | None = None
        self._convert = True
        self._pace = Pace()
        self._attendants = Attendants()
        self._prepare_requesting()
        self._prepare_awaiting()
        self._prepare_jobs()
        self._shape: tuple[int, ...] = ()
        self._dtype: np.dtype[Any] | None = None
        self.timeout = timeout
        self.buffersize = buffersize

    def _expect_frames(self) -> None:
        """Called when frames begin to come."""
        self._frame_info = None
        self._pace.restart()
        self._well_at = time.monotonic()

    # -- reading ------------------------------------------------------------------------------------------

    def read(
        self, image: npt.NDArray[Any] | None = None, *, timeout: float | None = None
    ) -> tuple[bool, npt.NDArray[np.uint8 | np.uint16] | None]:
        """The next frame that this stream has not given yet, as ``(True, image)``.

        Blocks until there is one, for ``timeout`` seconds at most (default: ``self.timeout``); then, and
        from a closed stream, ``(False, None)``.

        Parameters
        ----------
        image : ndarray, optional
            An array to fill, as in OpenCV; used, and returned, if it has the frame's shape and dtype, is
            contiguous and writable, else a new one is made.

        Returns
        -------
        ok : bool
        image : ndarray or None
            The caller's own: (height, width) uint8, or uint16 for formats of more than 8 bit; colour
            (height, width, 3) in BGR order.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            No frame will come any more; :meth:`open` opens the camera again.
        """
        _check_array(image)
        deadline = Deadline(self._timeout if timeout is None else timeout)
        return self._reading.do(deadline.seconds, lambda: self._read(image, deadline), _NO_FRAME)

    def grab(self) -> bool:
        """Wait for the next frame and hold it for :meth:`retrieve`; False where :meth:`read` gives it."""
        deadline = Deadline(self._timeout)
        return self._reading.do(deadline.seconds, lambda: self._grab(deadline), otherwise=False)

    def retrieve(self, image: npt.NDArray[Any] | None = None) -> tuple[bool, npt.NDArray[Any] | None]:
        """A copy of the frame that :meth:`grab` holds, as often as wanted; ``(False, None)`` if none."""
        _check_array(image)
        return self._reading.do(self._timeout, lambda: self._retrieve(image), _NO_FRAME)

    @contextlib.contextmanager
    def borrow(self, *, timeout: float | None = None) -> Iterator[npt.NDArray[Any]]:
        """The next frame as a read-only view of the shared memory, without a copy, for a ``with`` block.

        The view must not be used after the block: the camera then writes over it.  Frames of packed, Bayer
        and RGB formats are converted and so copied all the same.

        Raises
        ------
        FrameTimeoutError
            No frame within ``timeout`` seconds (default: ``self.timeout``).
        CameraClosedError
            The stream is closed.

        Examples
        --------
        >>> from llpyspin.streaming import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap, cap.borrow() as frame:
        ...     frame.shape, frame.flags.writeable
        ((1080, 1440), False)
        """
        frame = self._next_or_error(Deadline(self._timeout if timeout is None else timeout))
        try:
            yield decode(frame.data, frame.layout, color=self._convert)
        finally:
            frame.release()

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """Frames as :meth:`read` gives them, until the stream is released.

        Raises
        ------
        FrameTimeoutError
            No frame came in time.
        """
        while (reader := self._reader) is not None:
            ok, image = self.read()
            if ok and image is not None:
                yield image
            elif self._is_released(reader):
                return
            else:
                raise self._no_frame_error(self.timeout)

    @property
    def frame_info(self) -> FrameInfo | None:
        """Of the frame that was read last: its index, the camera's frame id, timestamps in ns of both clocks,
        flags, and how many frames this reader missed since the one before.  None before the first."""
        return self._frame_info

    @property
    def buffersize(self) -> int | None:
        """Unread frames that read() works off in order; None: those of the last 50 ms."""
        return self._buffersize

    @buffersize.setter
    def buffersize(self, value: int | None) -> None:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (whole and value >= 1):
            raise SettingRangeError(
                f"buffersize must be None or a whole number of frames from 1, not {value!r}",
                setting="buffersize",
                value=value,
            )
        self._buffersize = None if value is None else int(value)

    @property
    def timeout(self) -> float:
        """Seconds for which read() waits for a frame."""
        return self._timeout

    @timeout.setter
    def timeout(self, value: float) -> None:
        self._timeout = Deadline(value).seconds

    @property
    def convert(self) -> bool:
        """Whether Bayer frames become BGR images (``cv2.CAP_PROP_CONVERT_RGB``), else they stay raw."""
        return self._convert

    @convert.setter
    def convert(self, value: bool) -> None:
        self._convert = bool(value)

    # -- internals ------------------------------------------------------------------------------------------

    def _after(self, names: Iterable[str]) -> None:
        names = list(names)
        super()._after(names)
        if "framerate" in names:
            self._pace.expect(self.framerate)

    def _drop(self) -> None:
        reader = self._reader
        self._attendants.end()
        if reader is not None:
            reader.interrupt()  # a read() that waits in another thread comes back at once
        if not self._reading.do(READ_S, self._drop_now, otherwise=False):
            self._drop_now()  # the thread that reads waits for a camera process that does not answer

    def _drop_now(self) -> bool:
        self._let_go()
        super()._drop()
        return True

    def _is_released(self, reader: FrameReader | None) -> bool:
        """Whether this program has closed, or is closing, the stream that ``reader`` belongs to."""
        process = self._process
        return reader is None or reader.interrupted or process is None or process.closing

    def _let_go(self) -> None:
        frame, self._grabbed = self._grabbed, None
        if frame is not None:
            frame.release()

    def _read(self, image: npt.NDArray[Any] | None, deadline: Deadline) -> _Read:
        self._let_go()
        # An array of the last shape is filled directly; whether another one fits is not known until the frame
        # is there.
        fits = image is not None and image.shape == self._shape and image.dtype == self._dtype
        copied = self._wait_for(
            lambda reader: reader.copy_next(
                deadline.remaining(),
                backlog=self._buffersize or self._pace.backlog,
                incomplete=False,
                out=image if fits else None,
            )
        )
        if copied is None:
            return False, None
        data, info, layout = copied
        self._take_note(info)
        decoded = decode(data, layout, color=self._convert)
        self._shape, self._dtype = decoded.shape, decoded.dtype
        return True, decoded if image is None else _filled(image, decoded)

    def _grab(self, deadline: Deadline) -> bool:
        self._let_go()
        self._grabbed = self._next(deadline)
        return self._grabbed is not None

    def _retrieve(self, image: npt.NDArray[Any] | None) -> _Read:
        if self._grabbed is None:
            return False, None
        decoded = decode(self._grabbed.data, self._grabbed.layout, color=self._convert)
        return True, decoded.copy() if image is None else _filled(image, decoded)

    def _next_or_error(self, deadline: Deadline) -> Frame:
        reader = self._reader
        frame = self._reading.do(deadline.seconds, lambda: self._next(deadline), None)
        if frame is None:
            raise self._closed() if self._is_released(reader) else self._no_frame_error(deadline.seconds)
        return frame

    def _next(self, deadline: Deadline) -> Frame | None:
        backlog = self._buffersize or self._pace.backlog
        frame = self._wait_for(
            lambda reader: reader.next(deadline.remaining(), backlog=backlog, incomplete=False)
        )
        if frame is not None:
            self._take_note(frame.info)
        return frame

    def _wait_for(self, take: Callable[[FrameReader], _T]) -> _T | None:
        """What ``take`` gets from the reader of ``read()``."""
        reader = self._reader
        if not self._can_read(0 if reader is None else reader.unread):
            return None
        return self._wait_on(reader, take)

    def _can_read(self, unread: int) -> bool:
        if self._reader is None:
            logger.info("The stream is closed.")
        return self._reader is not None

    def _wait_on(self, reader: FrameReader | None, take: Callable[[FrameReader], _T]) -> _T | None:
        if reader is None:
            return None
        try:
            return take(reader)
        except FrameTimeoutError:
            if not self._is_released(reader):
                self._check_health()
        except (StreamEnded, CameraLostError, CameraHungError, SdkError) as error:
            if not self._is_released(reader):
                self._ended(error)
        except (CameraClosedError, OSError, ValueError):
            if not self._is_released(reader):
                self._ask("ping")  # raises in a forked child, whose reader was closed, what the matter is
                raise
            # A signal handler released the stream under this very wait.
        return None

    def _attach(self) -> FrameReader:
        if not self.isOpened():
            self._ask("ping")  # raises what became of the camera
        try:
            return FrameReader(self._address)
        except StreamEnded as error:
            if self._process is None or self._process.closing:
                raise self._closed() from None
            self._ended(error)

    def _take_note(self, info: FrameInfo) -> None:
        """Keep the frame's account, and how many frames now make the default lag."""
        self._pace.note(info)
        self._frame_info = info

    def _show_info(self, info: FrameInfo) -> None:
        self._frame_info = info

    def _closed_error(self) -> CameraClosedError:
        return self._closed()

    def _no_frame_error(self, seconds: float) -> FrameTimeoutError:
        return FrameTimeoutError(
            f"{self.nickname}: no frame within {seconds:.3g} s; is the camera waiting for a trigger?",
            camera=str(self._device),
        )

    def _check_health(self) -> None:
        """No frame came: for want of a trigger, or because the SDK hangs?

        Asked only after a while, and not while the camera process has other work, which has a deadline of
        its own: to poll for frames costs no requests.
        """
        now = time.monotonic()
        if self._frame_info is not None:
            self._well_at = max(self._well_at, self._frame_info.host_timestamp_ns / 1e9)
        process = self._process
        if process is None or now - self._well_at < OVERDUE_S:
            return
        try:
            overdue = process.request("health", turn_s=0)
        except RequestTimeoutError:
            return
        if overdue > OVERDUE_S:
            raise process.hung(f"GetNextImage is {overdue:.1f} s over its time")
        self._well_at = max(self._well_at, now - overdue)

    def _ended(self, error: Exception) -> NoReturn:
        """The stream is over because of a failure, which is raised."""
        process = self._opened()
        process.lost = True
        if isinstance(error, StreamEnded):
            raise process.ended() from None
        if isinstance(error, CameraHungError):
            process.hung("GetNextImage did not come back")
        raise error


def _check_array(image: object) -> None:
    if image is not None and not isinstance(image, np.ndarray):
        raise TypeError(f"image must be a NumPy array to fill, or None, not {type(image).__name__}")


def _filled(image: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The caller's array with the frame in it, if it fits; else the frame in an array of its own."""
    if image.shape != decoded.shape or image.dtype != decoded.dtype or not image.flags.writeable:
        return decoded if decoded.flags.writeable else decoded.copy()
    if decoded.ctypes.data != image.ctypes.data or decoded.strides != image.strides:
        image[...] = decoded
    return image
