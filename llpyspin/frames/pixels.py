"""Decodes the bytes of a camera into the arrays that OpenCV expects.

Colour images have their channels in the order blue, green, red, as OpenCV has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError
from llpyspin.extras import opencv

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames.info import Layout

__all__ = ["decode"]

_NAME = re.compile(r"(Mono|Bayer(RG|GR|GB|BG)|RGB|BGR)(8|10|12|14|16)(Packed|p)?")

# GenICam names a Bayer pattern by its first two pixels, in the first row.  OpenCV names it by the second and
# third pixels of the second row, so RG is its BG, and so on.
_OPENCV_BAYER = {"RG": "BG", "GR": "GB", "GB": "GR", "BG": "RG"}

_BAYER8 = frozenset(f"Bayer{pattern}8" for pattern in _OPENCV_BAYER)


@dataclass(frozen=True)
class _Format:
    kind: str  # Mono, Bayer, RGB or BGR
    pattern: str
    bits: int
    packing: str  # "", "p" (USB3 style, LSB first) or "Packed" (GigE Vision style)


@lru_cache(maxsize=64)
def _parse(pixel_format: str) -> _Format:
    match = _NAME.fullmatch(pixel_format)
    if match is None:
        raise LlpyspinError(f"frames of pixel format {pixel_format!r} cannot be turned into arrays")
    kind, pattern, bits, packing = match[1], match[2] or "", int(match[3]), match[4] or ""
    if kind in ("RGB", "BGR"):
        packing = ""  # "RGB8Packed" is the older name of RGB8
        if bits not in (8, 16):
            raise LlpyspinError(f"frames of pixel format {pixel_format!r} cannot be turned into arrays")
    if packing and bits not in (10, 12):
        raise LlpyspinError(f"frames of pixel format {pixel_format!r} cannot be turned into arrays")
    return _Format("Bayer" if pattern else kind, pattern, bits, packing)


def decode(
    data: memoryview | bytes | npt.NDArray[Any], layout: Layout, *, color: bool = True
) -> npt.NDArray[Any]:
    """The image in the bytes of a frame.

    Parameters
    ----------
    data : bytes-like or ndarray
        ``layout.payload`` bytes or more.
    layout : Layout
    color : bool
        Whether Bayer images are made BGR images; else the pixels come as the sensor has them.

    Returns
    -------
    ndarray
        Shape ``(height, width)``, or ``(height, width, 3)`` in the order B, G, R.  ``uint8``, or ``uint16``
        for formats above 8 bits a pixel, with the value in the low bits (0 to 1023, to 4095, ...).  A view of
        ``data`` if nothing has to be converted (Mono, Bayer without ``convert``, BGR8); it is read-only if
        ``data`` is. Rows are not contiguous if the layout pads them.

    Raises
    ------
    MissingExtraError
        Bayer images need OpenCV to become BGR images.
    LlpyspinError
        The pixel format is not one of those above.
    ValueError
        There are too few bytes.
    """
    name, width, height = layout.pixel_format, layout.width, layout.height
    as_it_is = layout.stride == width and (name == "Mono8" or (not color and name in _BAYER8))
    if as_it_is and type(data) is memoryview and data.nbytes >= width * height:  # the path of most frames
        return np.ndarray((height, width), np.uint8, data)
    kind = _parse(name)
    raw = _flat(data)
    mono: npt.NDArray[Any]
    if kind.kind in ("RGB", "BGR"):
        rows = _rows(raw, layout, 3 * layout.width * (kind.bits // 8))
        if kind.bits > 8:
            rows = np.ascontiguousarray(rows).view(np.dtype("<u2"))
        image: npt.NDArray[Any] = rows.reshape(layout.height, layout.width, 3)
        return image if kind.kind == "BGR" else np.ascontiguousarray(image[:, :, ::-1])
    if kind.packing:
        mono = _unpack(raw, layout, kind)
    elif kind.bits == 8:
        if layout.stride in (0, layout.width):
            mono = _enough(raw, layout.width * layout.height).reshape(layout.height, layout.width)
        else:
            mono = _rows(raw, layout, layout.width)
    else:
        mono = _rows(raw, layout, 2 * layout.width).view(np.dtype("<u2"))
    if kind.kind == "Bayer" and color:
        return _demosaic(mono, kind.pattern)
    return mono


def _flat(data: memoryview | bytes | npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if isinstance(data, np.ndarray):
        return data if data.ndim == 1 and data.dtype == np.uint8 else data.reshape(-1).view(np.uint8)
    return np.frombuffer(data, np.uint8)


def _enough(raw: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    if raw.size < size:
        raise ValueError(f"{raw.size} bytes are not enough for an image of {size} bytes")
    return raw if raw.size == size else raw[:size]


def _rows(raw: npt.NDArray[np.uint8], layout: Layout, row_bytes: int) -> npt.NDArray[np.uint8]:
    """Rows without their padding, as a view."""
    stride = layout.stride or row_bytes
    if stride < row_bytes:
        raise ValueError(f"rows of {row_bytes} bytes cannot lie {stride} bytes apart")
    if raw.size < stride * layout.height:  # the last row may lack its padding
        _enough(raw, stride * (layout.height - 1) + row_bytes)
        padded = np.zeros(stride * layout.height, np.uint8)
        padded[: raw.size] = raw
        raw = padded
    rows = raw[: stride * layout.height].reshape(layout.height, stride)
    return rows if stride == row_bytes else rows[:, :row_bytes]


def _unpack(raw: npt.NDArray[np.uint8], layout: Layout, kind: _Format) -> npt.NDArray[np.uint16]:
    pixels, group = (2, 3) if kind.packing == "Packed" or kind.bits == 12 else (4, 5)
    unpack = _unpack_gige if kind.packing == "Packed" else (_unpack_12p if kind.bits == 12 else _unpack_10p)
    if layout.stride and layout.width % pixels == 0:
        rows = _rows(raw, layout, layout.width // pixels * group)
        return unpack(rows.reshape(layout.height, -1, group), kind.bits).reshape(layout.height, layout.width)
    # Rows go on in the middle of a byte: the image is one run of pixels.
    count = layout.width * layout.height
    groups = -(-count // pixels)
    needed = -(-count * group // pixels)
    padded = np.zeros(groups * group, np.uint8)
    padded[:needed] = _enough(raw, needed)
    run = unpack(padded.reshape(1, groups, group), kind.bits)
    return run.reshape(-1)[:count].reshape(layout.height, layout.width)


def _unpack_10p(groups: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint16]:
    """PFNC ``10p``: 4 pixels in 5 bytes, the lowest bits first."""
    low = groups.astype(np.uint16)
    image = np.empty((*groups.shape[:-1], 4), np.uint16)
    for pixel in range(4):
        image[..., pixel] = (low[..., pixel] >> (2 * pixel)) | (low[..., pixel + 1] << (8 - 2 * pixel))
    image &= 0x3FF
    return image


def _unpack_12p(groups: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint16]:
    """PFNC ``12p``: 2 pixels in 3 bytes, the lowest bits first."""
    image = np.empty((*groups.shape[:-1], 2), np.uint16)
    middle = groups[..., 1].astype(np.uint16)
    image[..., 0] = groups[..., 0] | ((middle & 0x0F) << 8)
    image[..., 1] = (middle >> 4) | (groups[..., 2].astype(np.uint16) << 4)
    return image


def _unpack_gige(groups: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint16]:
    """GigE Vision ``10Packed`` and ``12Packed``: high byte, low bits of both pixels, high byte."""
    low = bits - 8
    mask = (1 << low) - 1
    image = np.empty((*groups.shape[:-1], 2), np.uint16)
    middle = groups[..., 1].astype(np.uint16)
    image[..., 0] = (groups[..., 0].astype(np.uint16) << low) | (middle & mask)
    image[..., 1] = (groups[..., 2].astype(np.uint16) << low) | ((middle >> 4) & mask)
    return image


def _demosaic(mono: npt.NDArray[Any], pattern: str) -> npt.NDArray[Any]:
    cv2 = opencv("colour images of a Bayer camera need", instead=", or use the raw pixels (color=False)")
    code = getattr(cv2, f"COLOR_Bayer{_OPENCV_BAYER[pattern]}2BGR")
    image: npt.NDArray[Any] = cv2.cvtColor(mono, code)
    return image
