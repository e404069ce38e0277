"""The image processor: from one pixel format to another, as far as the SDK converts; and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.virtual.exceptions import NOT_IMPLEMENTED, SpinnakerException
from llpyspin.virtual.formats import unpack
from llpyspin.virtual.image import ImagePtr, known_format, record_of

if TYPE_CHECKING:
    from llpyspin.virtual.formats import PixelFormat

__all__ = ["ChannelStatistics", "ImageProcessor", "converted", "pixels_of"]

Array = np.ndarray[Any, Any]

_NONE, _NEAREST_NEIGHBOR, _WEIGHTED_DIRECTIONAL_FILTER = 0, 1, 9
_INTERLEAVED = {"RGB8Packed": "RGB", "RGB8": "RGB", "BGR8": "BGR", "BGRa8": "BGRa", "RGBa8": "RGBa"}
_GREY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # R, G, B


class ImageProcessor:
    """Converts images.

    Mono and Bayer images become Mono8, RGB8 or BGR8 (with or without alpha); those of more than 8 bit also
    Mono16, left-justified.  What the SDK does not convert is refused with -1003: 8 bit to Mono16, anything to
    Bayer or to packed formats.
    """

    def __init__(self, other: ImageProcessor | None = None) -> None:
        self._algorithm: int = _NEAREST_NEIGHBOR if other is None else other._algorithm
        self._threads = 1

    def SetColorProcessing(self, colorAlgorithm: int) -> None:
        """Choose how Bayer images become coloured: NEAREST_NEIGHBOR, or bilinear for everything better."""
        if not _NONE <= int(colorAlgorithm) <= _WEIGHTED_DIRECTIONAL_FILTER:
            raise SpinnakerException(f"Invalid color processing algorithm {colorAlgorithm}.", -1009)
        self._algorithm = int(colorAlgorithm)

    def GetColorProcessing(self) -> int:
        return self._algorithm

    def SetNumDecompressionThreads(self, numThreads: int) -> None:
        self._threads = int(numThreads)

    def GetNumDecompressionThreads(self) -> int:
        return self._threads

    def Convert(self, *args: Any) -> ImagePtr | None:
        """``(image, format)`` gives a new image, ``(image, destination, format)`` fills an existing one."""
        if len(args) not in (2, 3) or not all(isinstance(image, ImagePtr) for image in args[:-1]):
            raise TypeError(
                "Wrong number or type of arguments for overloaded function 'ImageProcessor_Convert'."
            )
        result = converted(args[0], known_format(args[-1]), self._algorithm)
        return _hand_over(result, args)

    def ApplyGamma(self, *args: Any) -> ImagePtr | None:
        """``(image, gamma[, inverse])`` gives a new image; a destination after ``image`` is filled."""
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


def converted(image: ImagePtr, target: PixelFormat, algorithm: int = _NEAREST_NEIGHBOR) -> ImagePtr:
    """A new image of another pixel format, with the ids and times of the old one."""
    record = image._use()
    source = record.format
    if source == target:
        return ImagePtr._of_array(image.GetData().copy(), record)
    if target.is_packed:
        raise SpinnakerException(
            f"Error converting source image from pixel format {source.name} to destination image "
            f"pixel format {target.name}.",
            NOT_IMPLEMENTED,
        )
    deep = source.depth > 8
    if target.is_bayer or (target.layout == "16" and not deep):
        raise SpinnakerException(
            "The input pixel format is not supported for conversion to the desired output format.",
            NOT_IMPLEMENTED,
        )
    pixels = pixels_of(image)
    if target.layout == "16":
        values = pixels if source.layout == "16" else pixels << (16 - source.depth)
    else:
        values = (pixels >> (source.depth - 8)).astype(np.uint8) if deep else pixels
    if source.is_bayer:
        values = _demosaiced(values, source.channels, algorithm)
    values = _arranged(values, source, target)
    data = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    made = record_of(record.width, record.height, target)
    made = made._replace(frame_id=record.frame_id, timestamp=record.timestamp, status=record.status)
    result = ImagePtr._of_array(data, made)
    result._algorithm = algorithm
    return result


def pixels_of(image: ImagePtr) -> Array:
    """Pixel values right-justified to the depth of the format: (h, w) or (h, w, samples)."""
    record = image._use()
    values = unpack(image.GetData().reshape(record.height, record.stride), record.format.layout)
    if record.format.samples > 1:
        return values.reshape(record.height, record.width, record.format.samples)
    return values


def _arranged(values: Array, source: PixelFormat, target: PixelFormat) -> Array:
    """Samples in the order of the target: grey, or interleaved colours."""
    order = "RGB" if source.is_bayer else _INTERLEAVED.get(source.name, "Y")
    if target.channels == "Y":
        return values if order == "Y" else _grey(values, order)
    if order == "Y":
        by_name = dict.fromkeys("RGB", values)
    else:
        by_name = {name: values[..., order.index(name)] for name in "RGB"}
    by_name["a"] = np.full_like(by_name["G"], 255)
    return np.stack([by_name[name] for name in target.channels], axis=-1)


def _grey(values: Array, order: str) -> Array:
    colors = np.stack([values[..., order.index(name)] for name in "RGB"], axis=-1)
    grey: Array = (colors @ _GREY_WEIGHTS + np.float32(0.5)).astype(values.dtype)
    return grey


def _demosaiced(mosaic: Array, pattern: str, algorithm: int) -> Array:
    """(h, w) to (h, w, 3) in the order R, G, B."""
    height, width = mosaic.shape
    out = np.empty((height, width, 3), mosaic.dtype)
    if algorithm == _NONE:
        out[:] = mosaic[..., None]
    elif algorithm == _NEAREST_NEIGHBOR:
        for channel, name in enumerate("RGB"):
            row, column = divmod(pattern.index(name), 2)
            cell = mosaic[row::2, column::2]
            out[..., channel] = cell.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    else:
        for channel, name in enumerate("RGB"):
            out[..., channel] = _interpolated(mosaic, [i for i, c in enumerate(pattern) if c == name])
    return out


def _interpolated(mosaic: Array, cells: list[int]) -> Array:
    """Bilinear: the mean of the neighbours of the colour, weighted by their nearness."""
    known = np.zeros(mosaic.shape, np.float32)
    for cell in cells:
        row, column = divmod(cell, 2)
        known[row::2, column::2] = 1
    weighted = _spread(mosaic * known) / _spread(known)
    result: Array = (weighted + np.float32(0.5)).astype(mosaic.dtype)
    return result


def _spread(values: Array) -> Array:
    """Convolution with (1 2 1) in both directions."""
    padded = np.pad(values, 1)
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    spread: Array = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    return spread


class ChannelStatistics:
    """Statistics of a channel: GREY (0) of mono and Bayer images, RED, GREEN, BLUE (1-3) of coloured ones."""

    def __init__(self, image: ImagePtr, channel: int) -> None:
        record = image._use()
        pixels = pixels_of(image)
        self.channel = int(channel)
        if record.format.samples == 1 and self.channel == 0:
            values = pixels
        elif record.format.samples > 1 and 1 <= self.channel <= 3:
            values = pixels[..., record.format.channels.index("RGB"[self.channel - 1])]
        else:
            raise SpinnakerException(
                f"Channel {channel} has no statistics in pixel format {record.format.name}.", NOT_IMPLEMENTED
            )
        self.range_min = 0
        self.range_max = (1 << record.format.depth) - 1
        self.pixel_value_min = int(values.min())
        self.pixel_value_max = int(values.max())
        self.pixel_value_mean = float(values.mean())
        self.histogram = np.bincount(values.reshape(-1), minlength=self.range_max + 1)
        self.num_pixel_values = int(np.count_nonzero(self.histogram))
