"""Reads images from files, by the suffix of the name: what :mod:`llpyspin.virtual.saving` writes."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from llpyspin.extras import opencv
from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, raise_error
from llpyspin.virtual.saving import kind_of

__all__ = ["load"]

Array = np.ndarray[Any, Any]

_PGM, _PPM, _RAW = 0, 1, 7
_HEADER = re.compile(rb"P([56])\s+(?:#[^\n]*\n\s*)*(\d{1,9})\s+(\d{1,9})\s+(\d{1,5})\s")


def load(filename: str, option: int) -> tuple[str, Array]:
    """Read a file.

    Returns
    -------
    tuple
        Name of the pixel format (Mono8, Mono16, RGB8 or BGR8), and the pixels.

    Raises
    ------
    SpinnakerException
        -1009 for an extension that is not known, and for .raw, which has no size; -1010 if the file cannot be
        read.
    """
    kind = kind_of(filename, option)
    if kind == _RAW:
        raise_error("A raw file has neither size nor pixel format; use Image.Create.", INVALID_PARAMETER)
    try:
        data = Path(filename).read_bytes()
    except OSError as error:
        raise_error(f"The image could not be read: {error}", IO_ERROR)
    return _netpbm(data, filename) if kind in (_PGM, _PPM) else _decoded(data, filename)


def _netpbm(data: bytes, filename: str) -> tuple[str, Array]:
    header = _HEADER.match(data)
    if header is None:
        raise_error(f"{filename} is no PGM or PPM file.", IO_ERROR)
    magic, width, height, most = (int(part) for part in header.groups())
    if not (width and height and 0 < most < 65536):
        raise_error(f"{filename} has no pixels, or values that are not of 1 or 2 bytes.", IO_ERROR)
    deep, shape = most > 255, (height, width, 3) if magic == 6 else (height, width)
    kind = np.dtype(">u2" if deep else np.uint8)
    count = math.prod(shape)
    if len(data) - header.end() < count * kind.itemsize:
        raise_error(f"{filename} ends within the image.", IO_ERROR)
    pixels: Array = np.frombuffer(data, kind, count=count, offset=header.end()).reshape(shape)
    if magic == 5:
        return ("Mono16" if deep else "Mono8"), pixels.astype("<u2" if deep else np.uint8)
    return "RGB8", (pixels >> 8).astype(np.uint8) if deep else pixels


def _decoded(data: bytes, filename: str) -> tuple[str, Array]:
    cv2 = opencv("loading images needs", instead=" (.pgm and .ppm do not)")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:  # an empty file
        pixels = None
    if pixels is None:
        raise_error(f"{filename} could not be decoded.", IO_ERROR)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise_error(f"{filename} has values of {pixels.dtype}; only uint8 and uint16 are images.", IO_ERROR)
    if pixels.ndim == 2:
        return ("Mono16" if pixels.dtype == np.uint16 else "Mono8"), pixels
    shallow = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    return "BGR8", np.ascontiguousarray(shallow[..., :3])
