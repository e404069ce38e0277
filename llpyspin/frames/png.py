"""Images as PNG, for notebooks: small enough to be sent with every cell, and without another package."""

from __future__ import annotations

import base64
import struct
import zlib
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["figure_of", "png_of"]

WIDEST = 640
_LEVEL = 1  # noise does not compress better with more


def png_of(image: npt.NDArray[Any], widest: int = WIDEST) -> bytes:
    """The file of a picture, at most ``widest`` pixels wide (some rows and columns are left out).

    Parameters
    ----------
    image : ndarray
        (height, width) or (height, width, 3) in BGR order, uint8 or uint16.  Of the latter the eight bits
        from the brightest pixel down are shown.
    """
    step = max(1, -(-image.shape[1] // widest))
    pixels = image[::step, ::step]
    if pixels.dtype != np.uint8:
        bits = int(pixels.max(initial=0)).bit_length()
        pixels = (pixels >> max(0, bits - 8)).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = pixels[..., ::-1]
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + pixels[0].size), np.uint8)  # each row begins with how it is filtered: not
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), _LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def figure_of(image: npt.NDArray[Any], caption: str, widest: int = 320) -> str:
    """HTML of a picture, the file and all, with a line below it."""
    data = base64.b64encode(png_of(image, widest)).decode()
    return (
        f"<figure style='margin:0'><img src='data:image/png;base64,{data}'/>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
