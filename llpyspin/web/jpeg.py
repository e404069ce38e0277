"""Makes a small JPEG of a frame that lies in shared memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.shrinking import shrunk
from llpyspin.display.window import to_bgr8
from llpyspin.errors import MissingExtraError
from llpyspin.extras import library, opencv
from llpyspin.frames import decode

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames.frame import Frame

__all__ = ["jpeg_of", "jpeg_of_image", "prepare"]

QUALITY = 80


def prepare() -> None:
    """Import what encodes, and OpenCV if it is installed; for a process that does nothing else.

    Raises
    ------
    MissingExtraError
        simplejpeg is not installed.
    """
    library("simplejpeg", "a live page", extra="serve")
    with contextlib.suppress(MissingExtraError):
        # Pictures are small: threads of OpenCV would cost more than they save, and on other cores.
        opencv("colour pictures need").setNumThreads(1)


def jpeg_of(frame: Frame, edge: int) -> bytes:
    """The frame as JPEG, with ``edge`` pixels along its longer side at most.

    The frame is released as soon as the picture is smaller, before it is encoded.  Bayer frames are gray
    without OpenCV.
    """
    try:
        image = decode(frame.data, frame.layout)
    except MissingExtraError:
        image = decode(frame.data, frame.layout, color=False)
    small = shrunk(image, edge, edge)
    if small is image:
        small = image.copy()
    del image
    frame.release()
    return _encoded(small)


def jpeg_of_image(image: npt.NDArray[Any], edge: int) -> bytes:
    """The same of an image that is decoded already, in memory of its own."""
    return _encoded(shrunk(image, edge, edge))


def _encoded(image: npt.NDArray[Any]) -> bytes:
    simplejpeg = library("simplejpeg", "a live page", extra="serve")
    if image.ndim == 2 and image.dtype == np.uint8:
        data = simplejpeg.encode_jpeg(
            np.ascontiguousarray(image[:, :, None]), QUALITY, colorspace="GRAY", colorsubsampling="Gray"
        )
    else:
        data = simplejpeg.encode_jpeg(
            np.ascontiguousarray(to_bgr8(image)), QUALITY, colorspace="BGR", colorsubsampling="420"
        )
    return bytes(data)
