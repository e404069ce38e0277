"""Copies of frames for threads other than the reading one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import TooManyHeldError
from llpyspin.frames import decode
from llpyspin.frames.recycling import Arrays

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo, FrameReader

__all__ = ["Copier"]


class Copier:
    """Makes images that are the user's own, for a thread beside the one that they are for.

    Copying lets go of the interpreter's lock: threads that compute, and event loops, go on meanwhile.
    """

    def __init__(self) -> None:
        self._buffers = Arrays()

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
