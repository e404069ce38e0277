"""OpenCV's VideoWriter: Motion JPEG unless another code of four letters is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import claimed
from llpyspin.recording.sinks.outside import OutsideSink
from llpyspin.recording.sinks.picture import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["OpencvSink"]


class OpencvSink(OutsideSink):
    """Option ``fourcc``; ``quality`` is OpenCV's, 0 to 100 (best), for Motion JPEG only.

    Files have no place for tags.  Even sizes only, and 16 bits only for gray with FFV1.
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
        fourcc = str(options.get("fourcc") or ("MJPG" if picture.bits == 8 else "FFV1"))
        _check(picture, fourcc, quality, options)
        super().__init__(path, picture, f"opencv ({fourcc})")
        cv2 = library("cv2", "OpenCV's VideoWriter", extra="display")
        self._failures = (OSError, cv2.error)
        settings = [cv2.VIDEOWRITER_PROP_IS_COLOR, int(picture.color)]
        if picture.bits > 8:
            settings += [cv2.VIDEOWRITER_PROP_DEPTH, cv2.CV_16U]
        with claimed(path, overwrite=overwrite):
            size = (picture.width, picture.height)
            code = cv2.VideoWriter.fourcc(*fourcc)
            self._writer = cv2.VideoWriter(
                for_library(path), cv2.CAP_FFMPEG, code, picture.rate, size, settings
            )
            if not self._writer.isOpened():
                raise RecordingError(f"{path}: this OpenCV cannot write {fourcc} into {path.suffix} files")
            if quality is not None:
                self._writer.set(cv2.VIDEOWRITER_PROP_QUALITY, float(quality))

    def _hand(self, image: Array) -> None:
        self._writer.write(np.ascontiguousarray(image))

    def _end(self) -> None:
        self._writer.release()


def _check(picture: Picture, fourcc: str, quality: float | None, options: Mapping[str, Any]) -> None:
    check_options("opencv", options, {"fourcc"})
    if len(fourcc) != 4:
        raise RecordingError(f"a fourcc has four letters, not {fourcc!r}")
    if quality is not None and not (fourcc == "MJPG" and 0 <= quality <= 100):
        raise RecordingError("the quality of opencv is 0 to 100 (best), and for MJPG only")
    if picture.width % 2 or picture.height % 2:
        raise RecordingError(
            f"OpenCV would cut a row or column off pictures of {picture}. Sizes must be even"
        )
    if picture.bits > 8 and picture.color:
        raise RecordingError(f"OpenCV cannot write pictures of {picture}: 16 bits are for gray only")
