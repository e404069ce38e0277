"""``SpinVideo``: images into video files, written by PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.extras import library
from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, NOT_INITIALIZED, SpinnakerException
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.image import ImagePtr
from llpyspin.virtual.processor import converted

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.formats import PixelFormat

__all__ = ["SpinVideo"]

_MEGABYTE = 1 << 20
_DEFAULT_MOST = 2048
"""Megabytes after which the next file begins."""
_LONGEST = 1 << 15
_BEST_QSCALE, _WORST_QSCALE = 2, 31
_DEFAULT_BITRATE = 1_000_000


def _av() -> Any:
    return library("av", "SpinVideo")


class SpinVideo:
    """Writes images into ``NAME-0000.avi`` (``.mp4``), and the next file when one is full.

    ``AVIOption`` gives uncompressed video, ``MJPGOption`` Motion JPEG, ``H264Option`` H.264 (in an MP4 file
    if ``useMP4`` is true).  A width or height of 0, as options have it at first, is that of the first image,
    with which the file then begins.  All formats that ImageProcessor converts to BGR8 can be written.
    """

    def __init__(self) -> None:
        self._name = ""
        self._option: Any = None
        self._files = 0
        self._size = 0, 0
        self._most = _DEFAULT_MOST * _MEGABYTE
        self._container: Any = None
        self._stream: Any = None
        self._path = Path()

    def Open(self, *args: Any) -> None:
        """``(name without extension, option)``; -1009 for values that make no video, -1010 if it fails."""
        if len(args) != 2 or not isinstance(args[0], str) or _kind(args[1]) is None:
            raise TypeError("Wrong number or type of arguments for overloaded function 'SpinVideo_Open'.")
        if self._option is not None:
            raise SpinnakerException("A video is open already.", INVALID_PARAMETER)
        name, option = args
        if not 0 < float(option.frameRate) < 1e5:
            raise SpinnakerException(f"Invalid frame rate {option.frameRate!r}.", INVALID_PARAMETER)
        size = int(option.width), int(option.height)
        if not all(0 <= length <= _LONGEST for length in size):
            raise SpinnakerException(f"Invalid size {option.width} x {option.height}.", INVALID_PARAMETER)
        if isinstance(getattr(option, "quality", 0), int) and not 0 <= getattr(option, "quality", 0) <= 100:
            raise SpinnakerException(f"Invalid quality {option.quality}.", INVALID_PARAMETER)
        self._name, self._option, self._files, self._size = name, option, 0, size
        if not all(size):
            return
        try:
            self._next_file()
        except BaseException:
            self._option = None
            raise

    def Append(self, pImage: Any) -> None:
        """Write one image; -1002 if no video is open, -1009 if its size is not that of the video."""
        if self._option is None:
            raise SpinnakerException("No video is open.", NOT_INITIALIZED)
        if not isinstance(pImage, ImagePtr):
            raise TypeError("in method 'SpinVideo_Append', argument 2 of type 'Spinnaker::ImagePtr'")
        record = pImage._use()
        size = record.width, record.height
        if any(wanted not in (0, length) for wanted, length in zip(self._size, size, strict=True)):
            text = f"The image is {size[0]} x {size[1]}, the video {self._size[0]} x {self._size[1]}."
            raise SpinnakerException(text, INVALID_PARAMETER)
        if self._container is None:
            self._size = size
            self._next_file()
        elif self._path.exists() and self._path.stat().st_size >= self._most:
            self._finish_file()
            self._next_file()
        frame = _av().VideoFrame.from_ndarray(_pixels(pImage), format="bgr24")
        self._guarded(lambda: self._container.mux(self._stream.encode(frame)))

    def Close(self) -> None:
        """Finish the file.  Closing what is not open does nothing."""
        if self._option is not None:
            self._option = None
            if self._container is not None:
                self._finish_file()

    def SetMaximumFileSize(self, size: int) -> None:
        """Megabytes after which the next file begins."""
        if not isinstance(size, int) or size < 1:
            raise SpinnakerException(f"Invalid file size {size!r}.", INVALID_PARAMETER)
        self._most = size * _MEGABYTE

    def __del__(self) -> None:
        if getattr(self, "_option", None) is not None:
            self.Close()

    def _next_file(self) -> None:
        option, (codec, pixels) = self._option, _CODECS[_kind(self._option) or "AVIOption"]
        extension = "mp4" if getattr(option, "useMP4", False) else "avi"
        self._path = Path(f"{self._name}-{self._files:04d}.{extension}")
        self._files += 1
        rate = Fraction(float(option.frameRate)).limit_denominator(10_000)
        self._container = self._guarded(lambda: _av().open(str(self._path.absolute()), "w"))
        stream = self._container.add_stream(codec, rate=rate)
        (stream.width, stream.height), stream.pix_fmt = self._size, pixels
        if codec == "mjpeg":
            span = _WORST_QSCALE - _BEST_QSCALE
            scale = round(_WORST_QSCALE - span * (option.quality or 75) / 100)
            stream.options = {"qmin": str(scale), "qmax": str(scale)}
            stream.codec_context.qmin = stream.codec_context.qmax = scale
        elif codec == "libx264":
            if not option.crf:  # as options have it at first: the bit rate counts
                stream.bit_rate = int(option.bitrate) or _DEFAULT_BITRATE
            stream.options = {"crf": str(int(option.crf))} if option.crf else {}
        self._stream = stream
        try:
            self._guarded(self._container.start_encoding)
        except SpinnakerException:
            self._container = self._stream = None
            raise

    def _finish_file(self) -> None:
        container, stream = self._container, self._stream
        self._container = self._stream = None

        def finish() -> None:
            try:
                container.mux(stream.encode(None))
            finally:
                container.close()

        self._guarded(finish)

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (_av().FFmpegError, OSError) as error:
            raise SpinnakerException(
                f"The video {self._path} cannot be written: {error}", IO_ERROR
            ) from error


_CODECS = {
    "AVIOption": ("rawvideo", "bgr24"),
    "MJPGOption": ("mjpeg", "yuvj420p"),
    "H264Option": ("libx264", "yuv420p"),
}


def _kind(option: Any) -> str | None:
    name = type(option).__name__
    return name if name in _CODECS else None


def _pixels(image: ImagePtr) -> np.ndarray[Any, Any]:
    """(h, w, 3), uint8, in the order B, G, R."""
    target: PixelFormat = FORMATS["BGR8"]
    return np.ascontiguousarray(converted(image, target).GetNDArray())
