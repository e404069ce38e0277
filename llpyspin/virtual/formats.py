"""Pixel formats: bits, bytes, and how pixel values become bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

__all__ = ["FORMATS", "PixelFormat", "format_numbered", "pack", "unpack"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class PixelFormat:
    """One pixel format of the PFNC."""

    name: str
    number: int
    """``PySpin.PixelFormat_<name>``."""
    pfnc: int
    """The code of the camera."""
    layout: str
    """How values become bytes: "8", "16", "10p", "12p", "10Packed" or "12Packed"."""
    channels: str = "Y"
    """"Y" for mono, a Bayer pattern ("RGGB" row by row), or the order of the samples ("BGR")."""

    @cached_property
    def samples(self) -> int:
        """Values per pixel."""
        return len(self.channels) if not self.is_bayer else 1

    @cached_property
    def is_bayer(self) -> bool:
        return len(self.channels) == 4 and "a" not in self.channels

    @cached_property
    def depth(self) -> int:
        """Significant bits of a value."""
        return {"8": 8, "16": 16}.get(self.layout) or int(self.layout[:2])

    @cached_property
    def bits(self) -> int:
        """Bits per pixel."""
        per_sample = {"8": 8, "16": 16, "10p": 10, "12p": 12, "10Packed": 12, "12Packed": 12}
        return per_sample[self.layout] * self.samples

    @cached_property
    def is_packed(self) -> bool:
        return self.layout not in ("8", "16")

    def stride(self, width: int) -> int:
        """Bytes of a row of ``width`` pixels."""
        return (width * self.bits + 7) // 8


_ROWS = (
    ("Mono8", 0, 17301505, "8", "Y"),
    ("Mono16", 1, 17825799, "16", "Y"),
    ("RGB8Packed", 2, 35127316, "8", "RGB"),
    ("BayerGR8", 3, 17301512, "8", "GRBG"),
    ("BayerRG8", 4, 17301513, "8", "RGGB"),
    ("BayerGB8", 5, 17301514, "8", "GBRG"),
    ("BayerBG8", 6, 17301515, "8", "BGGR"),
    ("BayerGR16", 7, 17825838, "16", "GRBG"),
    ("BayerRG16", 8, 17825839, "16", "RGGB"),
    ("BayerGB16", 9, 17825840, "16", "GBRG"),
    ("BayerBG16", 10, 17825841, "16", "BGGR"),
    ("Mono12Packed", 11, 17563654, "12Packed", "Y"),
    ("BayerGR12Packed", 12, 17563690, "12Packed", "GRBG"),
    ("BayerRG12Packed", 13, 17563691, "12Packed", "RGGB"),
    ("BayerGB12Packed", 14, 17563692, "12Packed", "GBRG"),
    ("BayerBG12Packed", 15, 17563693, "12Packed", "BGGR"),
    ("Mono12p", 19, 17563719, "12p", "Y"),
    ("BayerGR12p", 20, 17563735, "12p", "GRBG"),
    ("BayerRG12p", 21, 17563737, "12p", "RGGB"),
    ("BayerGB12p", 22, 17563733, "12p", "GBRG"),
    ("BayerBG12p", 23, 17563731, "12p", "BGGR"),
    ("BGR8", 27, 35127317, "8", "BGR"),
    ("BGRa8", 28, 35651607, "8", "BGRa"),
    ("Mono10Packed", 29, 17563652, "10Packed", "Y"),
    ("BayerGR10Packed", 30, 17563686, "10Packed", "GRBG"),
    ("BayerRG10Packed", 31, 17563687, "10Packed", "RGGB"),
    ("BayerGB10Packed", 32, 17563688, "10Packed", "GBRG"),
    ("BayerBG10Packed", 33, 17563689, "10Packed", "BGGR"),
    ("Mono10p", 34, 17432646, "10p", "Y"),
    ("BayerGR10p", 35, 17432662, "10p", "GRBG"),
    ("BayerRG10p", 36, 17432664, "10p", "RGGB"),
    ("BayerGB10p", 37, 17432660, "10p", "GBRG"),
    ("BayerBG10p", 38, 17432658, "10p", "BGGR"),
    ("RGBa8", 56, 35651606, "8", "RGBa"),
    ("RGB8", 63, 35127316, "8", "RGB"),
    ("BGR16", 90, 36700235, "16", "BGR"),
)

FORMATS: dict[str, PixelFormat] = {row[0]: PixelFormat(*row) for row in _ROWS}
"""The formats that virtual cameras and the image processor know, by name."""


@lru_cache(maxsize=1)
def _by_number() -> dict[int, PixelFormat]:
    return {known.number: known for known in FORMATS.values()}


def format_numbered(number: int) -> PixelFormat | None:
    """The format behind a ``PySpin.PixelFormat_*`` constant; None if it is not one of :data:`FORMATS`."""
    return _by_number().get(number)


def pack(values: Array, layout: str) -> Array:
    """Turn pixel values into the bytes of a layout.

    Parameters
    ----------
    values : ndarray
        (..., n) unsigned integers, right-justified to the depth of the layout ("8": 8 bit, "10p": 10 bit,
        "16": all 16 bits as they are).  For packed layouts n must fill whole bytes: a multiple of 4 for
        "10p", of 2 for the others.

    Returns
    -------
    ndarray
        (..., bytes) of uint8.
    """
    if layout == "8":
        return values.astype(np.uint8)
    if layout == "16":
        return np.ascontiguousarray(values, np.dtype("<u2")).view(np.uint8)
    wide = values.astype(np.uint16)
    if layout == "10p":
        return _pack_10p(wide)
    first, second = wide[..., 0::2], wide[..., 1::2]
    packed = np.empty((*first.shape, 3), np.uint8)
    if layout == "12p":
        packed[..., 0] = first
        packed[..., 1] = first >> 8 | (second & 15) << 4
        packed[..., 2] = second >> 4
    else:
        low = 4 if layout == "12Packed" else 2
        mask = (1 << low) - 1
        packed[..., 0] = first >> low
        packed[..., 1] = first & mask | (second & mask) << 4
        packed[..., 2] = second >> low
    return packed.reshape(*values.shape[:-1], -1)


def _pack_10p(wide: Array) -> Array:
    quads = wide.reshape(*wide.shape[:-1], -1, 4).astype(np.uint64)
    together = quads[..., 0] | quads[..., 1] << 10 | quads[..., 2] << 20 | quads[..., 3] << 30
    words = together.astype("<u8")[..., None].view(np.uint8)
    return words[..., :5].reshape(*wide.shape[:-1], -1)


def unpack(data: Array, layout: str) -> Array:
    """The reverse of :func:`pack`: (..., bytes) of uint8 to (..., n) of uint8 or uint16, right-justified."""
    if layout == "8":
        return data
    if layout == "16":
        return np.ascontiguousarray(data).view(np.dtype("<u2"))
    if layout == "10p":
        words = np.zeros((*data.shape[:-1], data.shape[-1] // 5, 8), np.uint8)
        words[..., :5] = data.reshape(*data.shape[:-1], -1, 5)
        together = words.view("<u8")[..., 0]
        quads = np.stack([together >> shift & 1023 for shift in (0, 10, 20, 30)], axis=-1)
        return quads.reshape(*data.shape[:-1], -1).astype(np.uint16)
    triples = data.reshape(*data.shape[:-1], -1, 3).astype(np.uint16)
    head, middle, tail = triples[..., 0], triples[..., 1], triples[..., 2]
    if layout == "12p":
        first, second = head | (middle & 15) << 8, middle >> 4 | tail << 4
    else:
        low = 4 if layout == "12Packed" else 2
        mask = (1 << low) - 1
        first, second = head << low | middle & mask, tail << low | middle >> 4 & mask
    return np.stack([first, second], axis=-1).reshape(*data.shape[:-1], -1)
