"""The frame number that each virtual camera draws into its pixels.

The stamp is a grid of 16 x 6 square blocks, black (0) and white (full scale), in the top-left corner:

====  ==================================================
row   holds
====  ==================================================
0     the sync pattern, by which a reader finds the size of the blocks and what is black and white
1-2   frame number, 32 bit, most significant bit first
3-4   camera number, 32 bit
5     CRC-16 (CCITT) of rows 1-4
====  ==================================================

The blocks are so large that the stamp can still be read after the image was binned by 4 or went through a
lossy codec.  Tall images have the same stamp a second time in the bottom-left corner (the *foot*). That shows
an image that is put together from two frames.

This module needs numpy and nothing else of the package, so that a program without the package can load it by
its path.
"""

from __future__ import annotations

import binascii
import struct
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "COLUMNS",
    "ROWS",
    "SMALLEST",
    "Stamp",
    "block_size",
    "camera_number",
    "draw_stamp",
    "has_foot",
    "read_stamp",
    "stamp_rows",
]

COLUMNS = 16
ROWS = 6
SMALLEST = (12, 32)
"""Height and width in pixels of the smallest image that carries a stamp."""

_SYNC = 0b1010_0110_1100_0101  # starts with white, ends with white, no shorter period
_SYNC_BITS = np.unpackbits(np.frombuffer(_SYNC.to_bytes(2, "big"), np.uint8)).astype(bool)
_LARGEST_BLOCK = 96


class Stamp(NamedTuple):
    """What a stamp says."""

    frame: int
    """Number of the frame, 0 to 2**32 - 1."""
    camera: int
    """Number of the camera, see :func:`camera_number`."""


def camera_number(serial: str | int) -> int:
    """The 32-bit number that stands for a camera in a stamp.

    A serial number that is a decimal number below 2**32 stands for itself; of any other the CRC-32 is taken.
    """
    if isinstance(serial, int):
        if not 0 <= serial < 2**32:
            raise ValueError(f"a camera number must be from 0 to 2**32 - 1, not {serial}")
        return serial
    if serial.isascii() and serial.isdigit() and int(serial) < 2**32:
        return int(serial)
    return binascii.crc32(serial.encode())


@lru_cache(maxsize=64)
def block_size(height: int, width: int) -> int:
    """Pixels along the side of a block in an image of this size; 0 if the image is too small for a stamp."""
    roomy = min(width // 80, height // 60) // 4 * 4
    for block in (min(roomy, _LARGEST_BLOCK), 4, 2):
        if block and block * COLUMNS <= width and block * ROWS <= height:
            return block
    return 0


@lru_cache(maxsize=32)
def _byte_rows(block: int, white: int, dtype: str) -> np.ndarray[Any, Any]:
    """For every byte the pixels of its eight blocks: (256, 8 * block)."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    rows: np.ndarray[Any, Any] = (np.repeat(bits, block, axis=1).astype(dtype)) * np.dtype(dtype).type(white)
    return rows


def _stamp_bytes(frame: int, camera: int) -> bytes:
    body = struct.pack(">II", frame, camera)
    return struct.pack(">H8sH", _SYNC, body, binascii.crc_hqx(body, 0xFFFF))


def draw_stamp(
    image: np.ndarray[Any, Any], frame: int, camera: str | int, *, white: int | None = None
) -> bool:
    """Write a stamp into an image, in place.

    Parameters
    ----------
    image : ndarray
        (h, w) or (h, w, 3) of uint8 or uint16, writable.
    frame : int
        0 to 2**32 - 1.
    camera : str or int
        Serial number, or its number (see :func:`camera_number`).
    white : int, optional
        Value of a white pixel.  Default: 255 for uint8, 65520 (12 bit left-justified) for uint16.

    Returns
    -------
    bool
        Whether the stamp was drawn: False where the image is smaller than :data:`SMALLEST`.
    """
    if image.ndim not in (2, 3) or image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"no stamp for an image of shape {image.shape} and type {image.dtype}")
    if not 0 <= frame < 2**32:
        raise ValueError(f"a frame number must be from 0 to 2**32 - 1, not {frame}")
    height, width = image.shape[:2]
    block = block_size(height, width)
    if not block:
        return False
    if white is None:
        white = 255 if image.dtype == np.uint8 else 0xFFF0
    pixels = stamp_rows(frame, camera_number(camera), block, white, image.dtype.str)[:, None, :]
    if image.ndim == 3:
        pixels = pixels[..., None]
    for corner in _corners(image, block):
        corner.reshape(ROWS, block, *image.shape[1:])[:, :, : COLUMNS * block] = pixels
    return True


def stamp_rows(frame: int, camera: int, block: int, white: int, dtype: str) -> np.ndarray[Any, Any]:
    """The stamp one pixel high per row of blocks: (ROWS, COLUMNS * block) of ``dtype``, 0 or ``white``."""
    codes = np.frombuffer(_stamp_bytes(frame, camera), np.uint8)
    return _byte_rows(block, white, dtype)[codes].reshape(ROWS, COLUMNS * block)


def _corners(image: np.ndarray[Any, Any], block: int) -> tuple[np.ndarray[Any, Any], ...]:
    """The rows of the image that hold the stamp and, where there is room, those that hold the foot."""
    size = ROWS * block
    height = image.shape[0]
    return (image[:size], image[height - size :]) if has_foot(height, block) else (image[:size],)


def has_foot(height: int, block: int) -> bool:
    """Whether an image of ``height`` rows with blocks of this size carries the stamp a second time."""
    return height >= 3 * ROWS * block


def read_stamp(image: np.ndarray[Any, Any], *, foot: bool = False) -> Stamp:
    """Find the stamp in an image and read it.

    Parameters
    ----------
    image : ndarray
        (h, w) or (h, w, channels), any real type; possibly binned, noisy, or decoded from lossy video.
    foot : bool
        Read the second stamp, in the bottom-left corner.

    Raises
    ------
    ValueError
        There is no stamp (the text says if the image is too small for one), or it is damaged.
    """
    image = np.asarray(image)
    if image.ndim == 3:
        image = image[..., min(1, image.shape[2] - 1)]
    if image.ndim != 2:
        raise ValueError(f"an image has two or three dimensions, not {image.ndim}")
    height, width = image.shape
    likely = block_size(height, width)
    largest = min(width // COLUMNS, height // ROWS, _LARGEST_BLOCK)
    if not largest:
        raise ValueError(f"an image of {width} x {height} pixels is too small to carry a stamp")
    damaged = False
    for block in (likely, *(size for size in range(1, largest + 1) if size != likely)):
        if not 0 < block <= largest:
            continue
        levels = _levels(image, block, foot)
        white, black = levels[0][_SYNC_BITS], levels[0][~_SYNC_BITS]
        middle = (white.mean() + black.mean()) / 2
        if not white.min() > middle > black.max():
            continue
        stamp = _decode(levels > middle)
        if stamp is not None:
            return stamp
        # noise looks like the sync pattern now and then, but hardly with such a contrast
        damaged |= bool(white.min() - black.max() > (white.max() - black.min()) / 2)
    raise ValueError("the stamp of this image is damaged" if damaged else "this image carries no stamp")


def _levels(image: np.ndarray[Any, Any], block: int, foot: bool) -> np.ndarray[Any, Any]:
    """Mean levels (ROWS, COLUMNS) of the cells, if blocks have this size."""
    rows = image[image.shape[0] - ROWS * block :] if foot else image[: ROWS * block]
    cells = rows[:, : COLUMNS * block].reshape(ROWS, block, COLUMNS, block)
    margin = block // 4  # edges are where binning and codecs mix neighbours
    inner = cells[:, margin : block - margin, :, margin : block - margin]
    levels: np.ndarray[Any, Any] = inner.mean(axis=(1, 3), dtype=np.float64)
    return levels


def _decode(bits: np.ndarray[Any, Any]) -> Stamp | None:
    """The stamp, or None if its check does not agree."""
    _, body, check = struct.unpack(">H8sH", np.packbits(bits).tobytes())
    if binascii.crc_hqx(body, 0xFFFF) != check:
        return None
    return Stamp(*struct.unpack(">II", body))
