"""The image processor: conversion and gamma, as PySpin has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.virtual.conversion import NEAREST_NEIGHBOR, NONE, convert
from llpyspin.virtual.exceptions import NOT_IMPLEMENTED, SpinnakerException
from llpyspin.virtual.image import ImagePtr, known_format

if TYPE_CHECKING:
    from llpyspin.virtual.formats import PixelFormat

__all__ = ["ImageProcessor", "converted"]

_WEIGHTED_DIRECTIONAL_FILTER = 9


class ImageProcessor:
    """Converts images.

    Mono and Bayer images become Mono8, RGB8 or BGR8 (with or without alpha); those of more than 8 bit also
    Mono16, left-justified.  What the SDK does not convert is refused with -1003: 8 bit to Mono16, anything to
    Bayer or to packed formats.
    """

    def __init__(self, other: ImageProcessor | None = None) -> None:
        self._algorithm: int = NEAREST_NEIGHBOR if other is None else other._algorithm
        self._threads = 1

    def SetColorProcessing(self, colorAlgorithm: int) -> None:
        """Choose how Bayer images become coloured: NEAREST_NEIGHBOR, or bilinear for everything better."""
        if not NONE <= int(colorAlgorithm) <= _WEIGHTED_DIRECTIONAL_FILTER:
            raise SpinnakerException(f"Invalid color processing algorithm {colorAlgorithm}.", -1009)
        self._algorithm = int(colorAlgorithm)

    def GetColorProcessing(self) -> int:
        return self._algorithm

    def SetNumDecompressionThreads(self, numThreads: int) -> None:
        self._threads = int(numThreads)

    def GetNumDecompressionThreads(self) -> int:
        return self._threads

    def Convert(self, *args: Any) -> ImagePtr | None:
        """``(image, format)`` returns a new image, ``(image, destination, format)`` fills an existing one."""
        if len(args) not in (2, 3) or not all(isinstance(image, ImagePtr) for image in args[:-1]):
            raise TypeError(
                "Wrong number or type of arguments for overloaded function 'ImageProcessor_Convert'."
            )
        result = converted(args[0], known_format(args[-1]), self._algorithm)
        return _hand_over(result, args)

    def ApplyGamma(self, *args: Any) -> ImagePtr | None:
        """``(image, gamma[, inverse])`` returns a new image; a destination after ``image`` is filled."""
        images = [arg for arg in args if isinstance(arg, ImagePtr)]
        numbers = args[len(images) :]
        if (
            len(images) not in (1, 2)
            or len(numbers) not in (1, 2)
            or not isinstance(numbers[0], (int, float))
        ):
            raise TypeError(
                "Wrong number or type of arguments for overloaded function 'ImageProcessor_ApplyGamma'."
            )
        if not 0.5 <= numbers[0] <= 4.0:
            raise SpinnakerException("Gamma must be from 0.5 to 4.0.", -1009)
        record = images[0]._use()
        if record.format.is_packed:
            raise SpinnakerException("Gamma correction does not support this pixel format.", NOT_IMPLEMENTED)
        exponent = 1 / numbers[0] if len(numbers) == 2 and numbers[1] else numbers[0]
        pixels = images[0].GetNDArray()
        full = float((1 << record.format.depth) - 1)
        table = (np.linspace(0, 1, int(full) + 1) ** exponent * full).round().astype(pixels.dtype)
        data = np.ascontiguousarray(table[pixels]).reshape(-1).view(np.uint8)
        return _hand_over(ImagePtr._of_array(data, record), (*images, None))


def _hand_over(result: ImagePtr, args: tuple[Any, ...]) -> ImagePtr | None:
    if len(args) == 2:
        return result
    destination: ImagePtr = args[1]
    destination._data, destination._record, destination._released = result._data, result._record, False
    return None


def converted(image: ImagePtr, target: PixelFormat, algorithm: int = NEAREST_NEIGHBOR) -> ImagePtr:
    """A new image of another pixel format, with the ids and times of the old one."""
    result = ImagePtr._of_array(*convert(image, target, algorithm))
    if target != image._use().format:
        result._algorithm = algorithm
    return result
