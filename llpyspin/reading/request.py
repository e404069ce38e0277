"""Frames that a program holds in shared memory until it releases them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import ArgumentError
from llpyspin.frames import decode
from llpyspin.frames.passing import Hold, give, take
from llpyspin.frames.png import png_of
from llpyspin.naming.known import named
from llpyspin.naming.moved import old_names
from llpyspin.reading.snapping import save_frame

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo
    from llpyspin.frames.passing import Offer

__all__ = ["FrameHandle", "HeldFrame"]

TAKE_S = 10.0  # for another process to take what was handed over to it


@named
class HeldFrame:
    """A frame that is held in shared memory, without a copy, until :meth:`release`.

    It is a context manager.  Any thread may use and release it.  ``numpy.asarray(held)`` makes an array
    without a copy.  A forgotten object releases itself when none of its arrays is left.

    It can be pickled to a few hundred bytes.  The process that unpickles it has its own object with the same
    memory.  This object keeps the frame until then, for 10 s at most.  Queues pickle a moment *after*
    ``put()``: pass them :meth:`handle`, and release at any time.

    Cameras create it: :meth:`~llpyspin.streaming.VideoStream.request`,
    :meth:`~llpyspin.streaming.VideoStream.recent`, :meth:`~llpyspin.streaming.VideoStream.at`.
    """

    def __init__(self, frame: Frame, *, convert: bool = True) -> None:
        self._holds = [Hold(frame)]  # whoever takes the item out lets go: taking is atomic
        self._info = frame.info
        self._convert = convert
        self._image: npt.NDArray[Any] | None = None

    @property
    def info(self) -> FrameInfo:
        """Index, the camera's frame id, timestamps in ns of both clocks, flags, exposure and gain."""
        return self._info

    @property
    def held(self) -> bool:
        """Whether the frame is still held."""
        return bool(self._holds)

    @property
    def image(self) -> npt.NDArray[Any]:
        """The image, read-only: (height, width) uint8 or uint16, colour (height, width, 3) in BGR order.

        It is a view of the shared memory, without a copy; packed and Bayer formats are converted, once.
        After :meth:`release` the array may show a later frame.

        Raises
        ------
        ValueError
            The frame was released.
        """
        hold = self._hold()
        if self._image is None:
            self._image = _pinned(hold, decode(hold.frame.data, hold.frame.layout, color=self._convert))
        return self._image

    def copy(self) -> npt.NDArray[Any]:
        """Return a writable copy of the image; releases the GIL while it copies."""
        return self.image.copy()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Save the image, like :meth:`VideoStream.save <llpyspin.streaming.VideoStream.save>`.

        Raises
        ------
        RecordingExistsError, RecordingError, MissingExtraError
            The file exists, cannot be written, or its kind needs a package that is not installed.
        ValueError
            The frame was released.
        """
        return save_frame(self.image, self._info, path, overwrite=overwrite)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        image = self.image
        if dtype is not None and image.dtype != dtype:
            if copy is False:
                raise ArgumentError(f"an array of {image.dtype} cannot become one of {dtype} without a copy")
            return image.astype(dtype)
        return image.copy() if copy else image

    def release(self) -> None:
        """Return the memory to the camera.  A second call does nothing."""
        self._image = None
        try:
            hold = self._holds.pop()
        except IndexError:
            return
        hold.release()

    def handle(self, timeout: float = TAKE_S) -> FrameHandle:
        """Return a handle to send to another process, which unpickles it as a :class:`HeldFrame`.

        Parameters
        ----------
        timeout : float
            Seconds that the frame is kept for the other process, even if this one is released.

        Raises
        ------
        ValueError
            The frame was released.
        TooManyHeldError
            4096 frames are already waiting for other processes.
        """
        return FrameHandle(give(self._hold(), Deadline(timeout).seconds), convert=self._convert)

    def hand_over(self, timeout: float = TAKE_S) -> FrameHandle:
        """Old name of :meth:`handle`; works for one more release."""
        warnings.warn("hand_over() is handle() now", DeprecationWarning, stacklevel=2)
        return self.handle(timeout)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.handle().__reduce__()

    def __enter__(self) -> HeldFrame:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        name = f"HeldFrame {self._info.frame_id} (index {self._info.index})"
        try:
            layout = self._holds[0].frame.layout
        except IndexError:
            return f"<{name}, released>"
        return f"<{name}, {layout.height} x {layout.width} {layout.pixel_format}, held>"

    def _repr_png_(self) -> bytes | None:
        """What Jupyter shows: the image, at most 640 pixels wide; None after :meth:`release`."""
        try:
            return png_of(self.image)
        except ValueError:
            return None

    def _hold(self) -> Hold:
        try:
            return self._holds[0]
        except IndexError:
            raise ArgumentError(
                f"frame {self._info.frame_id} was released. Use it before, or copy() it"
            ) from None


@named
class FrameHandle:
    """A frame on its way to another process; see :meth:`HeldFrame.handle`.  Pickle it once."""

    def __init__(self, offer: Offer, *, convert: bool) -> None:
        self._offer = offer
        self._convert = convert

    def __reduce__(self) -> tuple[Any, ...]:
        return _take_over, (self._offer, self._convert)


def _take_over(offer: Offer, convert: bool) -> HeldFrame:
    return HeldFrame(take(offer), convert=convert)


class _Pin:
    """The memory of an array, and the hold that keeps it as it is."""

    def __init__(self, hold: Hold, array: npt.NDArray[Any]) -> None:
        self.hold = hold
        self.__array_interface__ = array.__array_interface__


def _pinned(hold: Hold, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same image as an array that keeps the frame held, even where nobody has the request any more."""
    if not image.flags.writeable:
        return np.asarray(_Pin(hold, image))
    image.flags.writeable = False  # it was converted: alike for all formats
    return image


__getattr__ = old_names(__name__, {"FrameRequest": "HeldFrame", "Handed": "FrameHandle"})
