"""Frames that a program holds where they lie for as long as it wants, and frames that it reaches back for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.frames import decode
from llpyspin.frames.passing import Hold, give, take
from llpyspin.frames.png import png_of

if TYPE_CHECKING:
    from types import TracebackType

    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo
    from llpyspin.frames.passing import Offer

__all__ = ["FrameRequest", "Handed"]

TAKE_S = 10.0  # for another process to take what was handed over to it


class FrameRequest:
    """A frame that is held where it lies, in shared memory, until :meth:`release`.

    It is a context manager, may be used and released by any thread, and converts to an array without a copy
    (``numpy.asarray(request)``).  A request that is forgotten releases itself once no array of it is left.

    Pickled, it is a name of a few hundred bytes.  The process that unpickles it has a request of its own,
    with the same memory; this one keeps the frame until then, for 10 s at most.  Queues pickle a moment
    *after* ``put()``: give those :meth:`hand_over`, and release when you like.

    Cameras make them: :meth:`~llpyspin.streaming.VideoStream.request`,
    :meth:`~llpyspin.streaming.VideoStream.recent`, :meth:`~llpyspin.streaming.VideoStream.at`.
    """

    def __init__(self, frame: Frame, *, convert: bool = True) -> None:
        self._holds = [Hold(frame)]  # whoever takes the item out lets go: taking is atomic
        self._info = frame.info
        self._convert = convert
        self._image: npt.NDArray[Any] | None = None

    @property
    def info(self) -> FrameInfo:
        """Its index, the camera's frame id, timestamps in ns of both clocks, flags, exposure and gain."""
        return self._info

    @property
    def held(self) -> bool:
        """Whether it was not released yet."""
        return bool(self._holds)

    @property
    def image(self) -> npt.NDArray[Any]:
        """The image, read-only: (height, width) uint8 or uint16, colour (height, width, 3) in BGR order.

        A view of the shared memory, without a copy; packed and Bayer formats are converted, once.  After
        :meth:`release` an array that was kept may show a later frame.

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
        """The image as an array of the caller's own, writable; lets go of the GIL while it copies."""
        return self.image.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        image = self.image
        if dtype is not None and image.dtype != dtype:
            if copy is False:
                raise ValueError(f"an array of {image.dtype} cannot become one of {dtype} without a copy")
            return image.astype(dtype)
        return image.copy() if copy else image

    def release(self) -> None:
        """Give the memory back to the camera.  Doing it again does nothing."""
        self._image = None
        try:
            hold = self._holds.pop()
        except IndexError:
            return
        hold.release()

    def hand_over(self, timeout: float = TAKE_S) -> Handed:
        """A name of this frame to send to another process, which unpickles it as a :class:`FrameRequest`.

        Parameters
        ----------
        timeout : float
            Seconds for which the frame is kept for the other process, whatever becomes of this request.

        Raises
        ------
        ValueError
            The frame was released.
        TooManyHeldError
            4096 frames wait to be taken.
        """
        return Handed(give(self._hold(), Deadline(timeout).seconds), convert=self._convert)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.hand_over().__reduce__()

    def __enter__(self) -> FrameRequest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        state = "held" if self.held else "released"
        return f"<FrameRequest of frame {self._info.frame_id} (index {self._info.index}), {state}>"

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
            raise ValueError(
                f"frame {self._info.frame_id} was released; use it before, or copy() it"
            ) from None


class Handed:
    """A frame under way to another process; see :meth:`FrameRequest.hand_over`.  Pickle it once."""

    def __init__(self, offer: Offer, *, convert: bool) -> None:
        self._offer = offer
        self._convert = convert

    def __reduce__(self) -> tuple[Any, ...]:
        return _take_over, (self._offer, self._convert)


def _take_over(offer: Offer, convert: bool) -> FrameRequest:
    return FrameRequest(take(offer), convert=convert)


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
