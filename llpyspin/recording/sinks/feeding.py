"""Copies arrays into libav's frames and back, as rarely as possible."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.errors import RecordingError

if TYPE_CHECKING:
    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["FULL_RANGE", "Feeder", "feeder", "matrix", "plane", "to_bgr"]

FULL_RANGE = 2  # AVCOL_RANGE_JPEG
BT709, BT601 = 1, 5  # libav's numbers for what red, green and blue weigh
_ACCURATE = 0x2 | 0x40000  # bilinear, with accurate rounding
_EXACT = _ACCURATE | 0x2000  # and all chroma interpolated


class Feeder(Protocol):
    """Makes frames of arrays, for one encoder."""

    def frame(self, image: Array) -> Any:
        """A frame to be encoded at once."""

    def encoded(self, image: Array) -> None:
        """The frame of this image was encoded, and nobody else has it any more."""


def plane(frame: Any, index: int, height: int, width: int, dtype: np.dtype[Any]) -> Array:
    """(height, width) of one plane, without its padding; a view while the frame lives."""
    lines = frame.planes[index]
    pixels = np.frombuffer(lines, dtype)
    return pixels.reshape(-1, lines.line_size // dtype.itemsize)[:height, :width]


class _Lent:
    """Gray as it lies in memory: the encoder reads the array itself, if it is done with it in time."""

    def __init__(self, av: Any, picture: Picture, pixels: str) -> None:
        self._make = av.VideoFrame.from_numpy_buffer
        self._pixels = pixels
        self._references = -1
        self._lend = False

    def frame(self, image: Array) -> Any:
        if not self._lend or image.strides[1] != image.itemsize:
            image = np.array(image)
        if self._references < 0:
            self._trial = image
            self._references = sys.getrefcount(image)
        return self._make(image, self._pixels)

    def encoded(self, image: Array) -> None:
        # An encoder that keeps pictures for later has the first one still.  One that copies what it gets
        # can be lent memory that is someone else's again right after.
        if self._trial is not None:
            self._lend = sys.getrefcount(self._trial) <= self._references
            self._trial = None

    _trial: Array | None = None


class _Luma:
    """Gray for an encoder that insists on colour: the brightness plane, and neutral others."""

    def __init__(self, av: Any, picture: Picture, pixels: str) -> None:
        self._frame = frame = av.VideoFrame(picture.width, picture.height, pixels)
        deep = picture.bits > 8
        self._dtype = np.dtype(np.uint16 if deep else np.uint8)
        self._shift = 6 if pixels == "p010le" else 0
        depth = max(component.bits for component in frame.format.components)
        self._size = picture.height, picture.width
        for lines in frame.planes[1:]:
            np.frombuffer(lines, self._dtype)[:] = 1 << (depth - 1 + self._shift)

    def frame(self, image: Array) -> Any:
        self._frame.make_writable()
        target = plane(self._frame, 0, *self._size, self._dtype)
        if self._shift:
            np.left_shift(image, self._shift, out=target)
        else:
            target[:] = image
        return self._frame

    def encoded(self, image: Array) -> None:
        pass


class _Color:
    """Colour for encoders of luma and chroma: converted by libav, in full range."""

    def __init__(self, av: Any, picture: Picture, pixels: str) -> None:
        from av.video.reformatter import VideoReformatter

        self._make = av.VideoFrame.from_numpy_buffer
        self._from = "bgr24" if picture.bits == 8 else "bgr48le"
        self._lift = 16 - picture.bits if picture.bits > 8 else 0
        self._reformat = VideoReformatter().reformat
        self._pixels = pixels
        self._matrix = matrix(pixels)

    def frame(self, image: Array) -> Any:
        if self._lift:
            image = np.left_shift(image, self._lift)
        elif image.strides[1:] != (3, 1):
            image = np.ascontiguousarray(image)
        source = self._make(image, self._from)
        return self._reformat(
            source,
            format=self._pixels,
            dst_colorspace=self._matrix,
            dst_color_range=FULL_RANGE,
            interpolation=_EXACT,
        )

    def encoded(self, image: Array) -> None:
        pass


def matrix(pixels: str) -> int:
    """Which of the two a pixel format gets; JPEG is BT.601 by its definition."""
    return BT601 if pixels.startswith("yuvj") else BT709


class _Exact:
    """Colour for encoders that keep B, G and R as they are: in one plane of four bytes, or in three."""

    def __init__(self, av: Any, picture: Picture, pixels: str) -> None:
        self._frame = frame = av.VideoFrame(picture.width, picture.height, pixels)
        self._packed = pixels == "bgr0"
        self._size = picture.height, picture.width
        self._dtype = np.dtype(np.uint8 if picture.bits == 8 else np.uint16)
        for lines in frame.planes:
            np.frombuffer(lines, np.uint8)[:] = 0

    def frame(self, image: Array) -> Any:
        self._frame.make_writable()
        height, width = self._size
        if self._packed:
            flat = plane(self._frame, 0, height, 4 * width, self._dtype)
            pixels = np.lib.stride_tricks.as_strided(flat, (height, width, 4), (flat.strides[0], 4, 1))
            pixels[..., :3] = image
        else:
            for index, channel in enumerate((1, 0, 2)):  # the planes are G, B, R; arrays B, G, R
                plane(self._frame, index, height, width, self._dtype)[:] = image[..., channel]
        return self._frame

    def encoded(self, image: Array) -> None:
        pass


class _Checked:
    """Refuses values beyond the bits of the format, which encoders take for anything at all."""

    def __init__(self, inner: Feeder, bits: int) -> None:
        self._inner, self._most, self._bits = inner, (1 << bits) - 1, bits
        self.encoded = inner.encoded

    def frame(self, image: Array) -> Any:
        if (most := int(image.max())) > self._most:
            raise RecordingError(f"a picture of {self._bits} bits has a pixel of {most}")
        return self._inner.frame(image)


def to_bgr(frame: Any, pixels: str) -> Any:
    """A frame of "bgr24" or "bgr48le" of any other."""
    # With all chroma interpolated, libav 62 makes nearly black pictures of more than 8 bits.
    return frame.reformat(format=pixels, interpolation=_EXACT if pixels == "bgr24" else _ACCURATE)


def feeder(av: Any, picture: Picture, pixels: str) -> Feeder:
    """What makes frames of the pixel format ``pixels`` of such pictures."""
    made: Feeder
    if not picture.color:
        made = (_Lent if pixels.startswith("gray") else _Luma)(av, picture, pixels)
    else:
        made = (_Exact if pixels.startswith(("gbr", "bgr")) else _Color)(av, picture, pixels)
    return _Checked(made, picture.bits) if 8 < picture.bits < 16 else made
