"""Sinks of libraries that do not report what is on disk: OpenCV, scikit-video and SpinVideo.

They are tried out with a real file before the start.  While they write, nothing is called safe; when they
are closed, the pictures in the file are counted.
"""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.errors import LlpyspinError, MissingExtraError, RecordingError
from llpyspin.recording.sinks.creating import FileSink
from llpyspin.recording.sinks.reading import open_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.recording.sinks.picture import Array, Picture, Sink

__all__ = ["OutsideSink", "trial"]

_TRIAL_FRAMES = 3


class OutsideSink(FileSink):
    """A file that another library writes.

    A sink of one library gives ``_hand`` and ``_end``.
    """

    _counted = 0

    def _put(self, image: Array) -> None:
        self._room()  # these libraries do not tell when the disk is full
        self._hand(image)

    def _safe(self) -> int:
        return self._counted

    def _finish(self) -> None:
        self._end()
        if not self.frames:
            return
        with open_video(self.path) as video:
            self._counted = len(video)
        if self._counted != self.frames and self._failed is None:
            raise RecordingError(
                f"{self.path} has {self._counted} of the {self.frames} pictures written to it"
            )

    @abstractmethod
    def _hand(self, image: Array) -> None:
        """See the subclasses."""

    @abstractmethod
    def _end(self) -> None:
        """See the subclasses."""


def trial(make: Callable[[Path], Sink], picture: Picture, suffix: str) -> str | None:
    """Why such a sink does not work here, found by writing and reading a file; None if it does."""
    ramp = np.arange(picture.nbytes // picture.dtype.itemsize, dtype=np.int64) % (1 << picture.bits)
    image = ramp.astype(picture.dtype).reshape(picture.shape)
    with tempfile.TemporaryDirectory(prefix="llpyspin-trial-") as folder:
        path = Path(folder, f"trial{suffix}")
        try:
            sink = make(path)
            try:
                for _ in range(_TRIAL_FRAMES):
                    sink.write(image)
            finally:
                sink.close()
            with open_video(path, color=picture.color) as video:
                shape, dtype = video[_TRIAL_FRAMES - 1].shape, video[0].dtype
        except MissingExtraError:
            raise
        except LlpyspinError as error:
            return str(error).removeprefix(f"{path}: ").replace(str(path), "a trial file")
    if shape != picture.shape or dtype != picture.dtype:
        size = " x ".join(str(length) for length in reversed(shape[:2]))
        return f"it makes {size} {dtype} of pictures of {picture}"
    return None
