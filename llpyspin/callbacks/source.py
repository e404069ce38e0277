"""Frames that a callback returned, read as those of a camera are."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline, Turn
from llpyspin.display.preview import Preview, Previews, preview_or_warn
from llpyspin.display.showing import PreviewSpec
from llpyspin.errors import CameraClosedError, FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameReader, StreamEnded, decode
from llpyspin.reading.source import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from llpyspin.display.overlay import Overlay
    from llpyspin.errors import CallbackError
    from llpyspin.frames import Frame, FrameInfo

__all__ = ["StageReading"]

READ_S = 5.0
LEAST_S = 1.0  # for attaching to frames, which takes a millisecond; a reader with no patience gets them, too


class StageReading:
    """The reading half of a :class:`~llpyspin.callbacks.processing.Processing`."""

    name: str
    _error: CallbackError | None

    def _prepare_stage_reading(self, camera: str) -> None:
        self._camera = camera
        self._address = ""
        self._reading = Turn()
        self._reader: FrameReader | None = None
        self._grabbed: Frame | None = None
        self._frame_info: FrameInfo | None = None
        self._pace = Pace()
        self._is_dropped = False
        self._previews = Previews()

    def _have_frames_of(self, address: str) -> None:
        """Read these from now on."""
        reader, self._reader = self._reader, None
        self._address = address
        if reader is not None:
            reader.interrupt()

    def _drop_reader(self) -> None:
        """Read no more."""
        self._is_dropped = True
        reader = self._reader
        if reader is not None:
            reader.interrupt()
        self._reading.do(READ_S, self._let_go, None)

    def read(
        self, image: npt.NDArray[Any] | None = None, *, timeout: float = READ_S
    ) -> tuple[bool, npt.NDArray[Any] | None]:
        """The next frame that the function returned, as ``(True, image)``; ``(False, None)`` without one.

        Parameters
        ----------
        image : ndarray, optional
            An array to fill, used where it fits.
        timeout : float
            Seconds to wait.

        Raises
        ------
        CallbackError
            The function is not called any more, and nothing is passed on.
        StreamEnded, CameraLostError
            The camera gives no more frames.
        """
        deadline = Deadline(timeout)
        frame = self._reading.do(timeout, lambda: self._next(deadline), None)
        if frame is None:
            return False, None
        with frame:
            decoded = decode(frame.data, frame.layout)
            if image is None or image.shape != decoded.shape or image.dtype != decoded.dtype:
                return True, decoded.copy()
            image[...] = decoded
            return True, image

    def grab(self) -> bool:
        """Wait for the next frame and hold it for :meth:`retrieve`."""
        deadline = Deadline(READ_S)
        return self._reading.do(READ_S, lambda: self._grab(deadline), otherwise=False)

    def retrieve(self) -> tuple[bool, npt.NDArray[Any] | None]:
        """A copy of the frame that :meth:`grab` holds."""
        frame = self._grabbed
        return (False, None) if frame is None else (True, decode(frame.data, frame.layout).copy())

    @contextlib.contextmanager
    def borrow(self, *, timeout: float = READ_S) -> Iterator[npt.NDArray[Any]]:
        """The next frame as a read-only view of shared memory, for a ``with`` block.

        Raises
        ------
        FrameTimeoutError
            None came in time.
        """
        deadline = Deadline(timeout)
        frame = self._reading.do(timeout, lambda: self._next(deadline), None)
        if frame is None:
            raise FrameTimeoutError(f"{self.name}: no frame within {timeout:.3g} s", camera=self._camera)
        with frame:
            yield decode(frame.data, frame.layout)

    @property
    def frame_info(self) -> FrameInfo | None:
        """Of the frame that was read last, as of a camera; ``missed`` counts skipped ones too."""
        return self._frame_info

    def display(
        self, title: str | None = None, *, overlay: Overlay | None = None, rate: float = 30.0
    ) -> Preview:
        """Show what the function returns in a window; see ``display()`` of a camera."""
        spec = PreviewSpec(self._address, str(title or self.name), self._camera, overlay=overlay, rate=rate)
        return self._previews.add(Preview(spec))

    def _display_or_warn(self) -> None:
        preview = preview_or_warn(PreviewSpec(self._address, self.name, self._camera))
        if preview is not None:
            self._previews.add(preview)

    # -- internals

    def _grab(self, deadline: Deadline) -> bool:
        self._let_go_of_grabbed()
        self._grabbed = self._next(deadline)
        return self._grabbed is not None

    def _next(self, deadline: Deadline) -> Frame | None:
        while not self._is_dropped:
            reader = None
            try:
                reader = self._attached(deadline)
                frame = reader.next(deadline.remaining(), backlog=self._pace.backlog)
            except FrameTimeoutError:
                if self._error is not None and not self.alive:
                    raise self._error from None
                return None
            except StreamEnded as error:
                if self._is_dropped or (reader is not None and reader is not self._reader):
                    continue  # it was stopped, or another process has taken over
                if reader is not None:
                    reader.close()
                self._reader = None
                again = self._begun_again(deadline)
                if again is None:
                    return None
                if not again:
                    raise self._error or error from None
                continue
            self._pace.note(frame.info)
            self._frame_info = frame.info
            return frame
        raise CameraClosedError(f"{self.name} was stopped", camera=self._camera)

    @property
    def alive(self) -> bool:
        raise NotImplementedError

    def _begun_again(self, deadline: Deadline) -> bool | None:
        """Wait to hear why frames have ended, and whether others come; None: that was not heard in time."""
        raise NotImplementedError

    def _attached(self, deadline: Deadline) -> FrameReader:
        reader = self._reader
        if reader is None or reader.address != self._address:
            if reader is not None:
                reader.close()
            self._pace.restart()
            reader = self._reader = FrameReader(self._address, timeout_s=max(deadline.remaining(), LEAST_S))
        return reader

    def _let_go(self) -> None:
        self._let_go_of_grabbed()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _let_go_of_grabbed(self) -> None:
        frame, self._grabbed = self._grabbed, None
        if frame is not None:
            with contextlib.suppress(LlpyspinError):
                frame.release()
