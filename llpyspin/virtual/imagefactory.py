"""``Image``: makes images from numbers, other images and files."""

from __future__ import annotations

from typing import Any

import numpy as np

from llpyspin.virtual.conversion import record_of
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.image import ImagePtr, copied, filled
from llpyspin.virtual.imagefiles import load
from llpyspin.virtual.saving import FROM_EXTENSION

__all__ = ["Image"]


class Image(ImagePtr):
    """The name under which PySpin has the functions that make images."""

    __slots__ = ()

    def __new__(cls, *_args: Any) -> Image:
        raise AttributeError("No constructor defined - class is abstract")

    @staticmethod
    def Create(*args: Any) -> ImagePtr:
        """Make an image with memory of its own.

        ``Create()``, ``Create(image)`` or ``Create(width, height, offset_x, offset_y, format, data)``.
        """
        if not args:
            return ImagePtr._of_array(np.empty(0, np.uint8), record_of(0, 0, FORMATS["Mono8"]))
        if len(args) == 1 and isinstance(args[0], ImagePtr):
            return copied(args[0])
        if len(args) not in (6, 8):
            raise TypeError(
                f"Wrong number or type of arguments for overloaded function 'Image_Create': {len(args)}"
            )
        return ImagePtr._of_array(*filled(*args[:6]))

    @staticmethod
    def Load(*args: Any) -> ImagePtr:
        """``(filename[, SPINNAKER_IMAGE_FILE_FORMAT_*])``: the image of a file, as :meth:`Save` writes it."""
        if not 1 <= len(args) <= 2 or not isinstance(args[0], str):
            raise TypeError("Wrong number or type of arguments for overloaded function 'Image_Load'.")
        name, pixels = load(args[0], args[1] if len(args) == 2 else FROM_EXTENSION)
        record = record_of(pixels.shape[1], pixels.shape[0], FORMATS[name])
        return ImagePtr._of_array(np.ascontiguousarray(pixels).reshape(-1).view(np.uint8), record)
