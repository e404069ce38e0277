"""From one pixel format to another, as far as the SDK converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.virtual.exceptions import NOT_IMPLEMENTED, SpinnakerException
from llpyspin.virtual.formats import unpack
from llpyspin.virtual.stream import Record

if TYPE_CHECKING:
    from llpyspin.virtual.formats import PixelFormat

__all__ = ["NEAREST_NEIGHBOR", "NONE", "Readable", "convert", "pixels_of", "record_of", "viewed"]

Array = np.ndarray[Any, Any]

NONE, NEAREST_NEIGHBOR = 0, 1
_INTERLEAVED = {
    **{"RGB8Packed": "RGB", "RGB8": "RGB", "BGR8": "BGR", "BGRa8": "BGRa", "RGBa8": "RGBa"},
    "BGR16": "BGR",
}
_GREY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # R, G, B
_TYPES: dict[str, np.dtype[Any]] = {"8": np.dtype(np.uint8), "16": np.dtype("<u2")}


class Readable(Protocol):
    """An image, as those see it who read its pixels."""

    def _use(self) -> Record: ...

    def GetData(self) -> Array: ...

    def GetNDArray(self) -> Array: ...


def record_of(width: int, height: int, known: PixelFormat) -> Record:
    """The record of an image that no camera took."""
    stride = known.stride(width)
    size = stride * height
    return Record(0, 0, width, height, stride, 0, 0, known, size, 0, 0.0, 0.0, 0.0, 0, frozenset())


def viewed(data: Array, record: Record) -> Array:
    """Bytes as pixels, without a copy: (h, w) or (h, w, samples); not for packed formats."""
    known = record.format
    flat: Array = data[: record.size].view(_TYPES[known.layout])
    shape = (record.height, record.width)
    return flat.reshape(*shape, known.samples) if known.samples > 1 else flat.reshape(shape)


def convert(image: Readable, target: PixelFormat, algorithm: int = NEAREST_NEIGHBOR) -> tuple[Array, Record]:
    """Bytes in another pixel format, with the ids and times of the image."""
    record = image._use()
    source = record.format
    if source == target:
        return image.GetData().copy(), record
    if target.is_packed:
        raise SpinnakerException(
            f"Error converting source image from pixel format {source.name} to destination image "
            f"pixel format {target.name}.",
            NOT_IMPLEMENTED,
        )
    deep = source.depth > 8
    if target.is_bayer or (target.layout == "16" and not (deep and target.channels == "Y")):
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
    return data, made


def pixels_of(image: Readable) -> Array:
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
    if algorithm == NONE:
        out[:] = mosaic[..., None]
    elif algorithm == NEAREST_NEIGHBOR:
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
