"""The SDK's own video writer, SpinVideo: 8 bits, into AVI files (MP4 for H.264)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin import sdk
from llpyspin.errors import RecordingError
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import claimed
from llpyspin.recording.sinks.outside import OutsideSink
from llpyspin.recording.sinks.picture import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["SpinvideoSink"]

_KINDS = ("MJPG", "H264", "AVI")
_OPTIONS = {"sdk", "kind", "bitrate"}
_MOST_MEGABYTES = 1 << 20  # the SDK begins another file at that size; a terabyte is as good as never


class SpinvideoSink(OutsideSink):
    """Options ``sdk`` (see :func:`llpyspin.sdk.load`), ``kind`` ("MJPG", "H264", "AVI") and ``bitrate``.

    ``quality`` is the SDK's, 1 to 100 (best), for MJPG only.  Files have no place for tags.
    """

    def __init__(
        self,
        path: Path,
        picture: Picture,
        quality: float | None,
        options: Mapping[str, Any],
        *,
        overwrite: bool,
    ) -> None:
        kind = _kind(path, picture, quality, options)
        super().__init__(path, picture, f"spinvideo ({kind})")
        self._sdk = module = sdk.load(options.get("sdk"))
        if not hasattr(module, "SpinVideo"):
            raise RecordingError(f"the SDK {module.__name__} has no SpinVideo. Use another codec")
        self._failures = (OSError, module.SpinnakerException)
        self._format = module.PixelFormat_BGR8 if picture.color else module.PixelFormat_Mono8
        option = getattr(module, f"{kind}Option")()
        option.frameRate, option.width, option.height = picture.rate, picture.width, picture.height
        if kind == "MJPG":
            option.quality = int(quality) if quality is not None else 90
        if kind == "H264":
            option.bitrate = int(options.get("bitrate", 0)) or int(picture.nbytes * picture.rate / 4)
            if path.suffix.lower() == ".mp4":
                option.useMP4 = True
        with claimed(path, overwrite=overwrite):
            self._open(module.SpinVideo(), option, path)

    def _open(self, video: Any, option: Any, path: Path) -> None:
        # SpinVideo numbers its files, and takes what follows a dot for a suffix.  So it gets a plain name,
        # and the file takes the name that was asked for as soon as it is there.
        plain = path.with_name(f".spinvideo-{os.getpid()}-{time.monotonic_ns()}")
        numbered = plain.with_name(f"{plain.name}-0000{path.suffix.lower()}")
        try:
            video.SetMaximumFileSize(_MOST_MEGABYTES)
            video.Open(for_library(plain), option)
            os.replace(numbered, path)
        except self._failures as error:
            numbered.unlink(missing_ok=True)
            raise RecordingError(f"{path} cannot be started by SpinVideo: {error}") from error
        self._video = video

    def _hand(self, image: Array) -> None:
        pixels = np.ascontiguousarray(image)
        height, width = image.shape[:2]
        self._video.Append(self._sdk.Image.Create(width, height, 0, 0, self._format, pixels))

    def _end(self) -> None:
        self._video.Close()


def _kind(path: Path, picture: Picture, quality: float | None, options: Mapping[str, Any]) -> str:
    check_options("spinvideo", options, _OPTIONS)
    kind = str(options.get("kind") or ("H264" if path.suffix.lower() == ".mp4" else "MJPG"))
    if kind not in _KINDS:
        raise RecordingError(f"the kinds of SpinVideo are {', '.join(_KINDS)}, not {kind}")
    if path.suffix.lower() == ".mp4" and kind != "H264":
        raise RecordingError(f"SpinVideo writes {kind} into .avi files")
    if picture.bits > 8:
        raise RecordingError(f"SpinVideo writes 8 bits, not {picture.bits}")
    if quality is not None and not (kind == "MJPG" and 1 <= quality <= 100):
        raise RecordingError("the quality of SpinVideo is 1 to 100 (best), and for MJPG only")
    return kind
