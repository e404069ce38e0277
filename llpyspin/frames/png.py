"""Encodes images as PNG, without another package: whole ones for files, small ones for notebooks."""

from __future__ import annotations

import base64
import struct
import zlib
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["figure_of", "png_file", "png_of"]

WIDEST = 640
_LEVEL = 1  # noise does not compress better with more
_GRAY, _RGB = 0, 2


def png_file(image: npt.NDArray[Any], notes: Mapping[str, str] | None = None) -> bytes:
    """The file of a picture, with every pixel as it is.

    Parameters
    ----------
    image : ndarray
        (height, width) or (height, width, 3) in BGR order, uint8 or uint16.
    notes : mapping, optional
        Texts for the file, by keyword ("Description", "Software").
    """
    pixels = image[..., ::-1] if image.ndim == 3 else image
    height, width = pixels.shape[:2]
    deep = pixels.dtype != np.uint8
    lines = np.ascontiguousarray(pixels, dtype=">u2" if deep else np.uint8).reshape(height, -1).view(np.uint8)
    rows = np.zeros((height, 1 + lines.shape[1]), np.uint8)  # each row begins with how it is filtered: not
    rows[:, 1:] = lines
    header = struct.pack(
        ">2I5B", width, height, 16 if deep else 8, _RGB if image.ndim == 3 else _GRAY, 0, 0, 0
    )
    parts = [(b"IHDR", header)]
    parts += [(b"iTXt", _text(*note)) for note in (notes or {}).items()]
    parts += [(b"IDAT", zlib.compress(rows.tobytes(), _LEVEL)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def png_of(image: npt.NDArray[Any], widest: int = WIDEST) -> bytes:
    """The same for people to look at: 8 bits, at most ``widest`` pixels wide.

    Some rows and columns are left out.  Of uint16 the eight bits from the brightest pixel down are shown.
    """
    step = max(1, -(-image.shape[1] // widest))
    pixels = image[::step, ::step]
    if pixels.dtype != np.uint8:
        bits = int(pixels.max(initial=0)).bit_length()
        pixels = (pixels >> max(0, bits - 8)).astype(np.uint8)
    return png_file(pixels)


def figure_of(image: npt.NDArray[Any], caption: str, widest: int = 320) -> str:
    """HTML of a picture, the file and all, with a line below it."""
    data = base64.b64encode(png_of(image, widest)).decode()
    return (
        f"<figure style='margin:0'><img src='data:image/png;base64,{data}'/>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _text(keyword: str, text: str) -> bytes:
    """A note: keyword, not compressed, in no language that is named."""
    return keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
