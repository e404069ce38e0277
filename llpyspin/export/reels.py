"""The pictures of one camera in the order of its triggers, and a small image of each to know it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.processes.closing import Closing
from llpyspin.recording.sinks import Picture, open_video

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.export.material import View
    from llpyspin.recording.sinks import VideoReader

    Array = npt.NDArray[Any]

__all__ = ["Reel", "kind_of_pictures", "small"]

SIDE = 8
"""Blocks along each side of a small image."""


class Reel(Closing):
    """Reads the pictures of one camera, as 8 bit; those of a damaged file are None.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._bits = view.record.picture.get("bits")
        self._part = -1
        self._reader: VideoReader | None = None

    def picture(self, place: int) -> Array | None:
        """The picture of a place in ``view.columns``; None: its file is missing or damaged there."""
        row = self._view.columns[place]
        reader = self._open(int(row["part"]))
        if reader is None:
            return None
        try:
            image = reader[int(row["frame"])]
        except (IndexError, RecordingError):
            return None
        return _as_bytes(image, reader.bits or self._bits)

    def tags(self) -> dict[str, str]:
        """What the first video says of itself."""
        reader = self._open(0)
        return {} if reader is None else dict(reader.tags)

    def _open(self, part: int) -> VideoReader | None:
        if part != self._part:
            self.close()
            self._part = part
            self._reader = _opened(self._view.files[part])
        return self._reader

    def close(self) -> None:
        """Close the file that is open."""
        if self._reader is not None:
            self._reader.close()
        self._reader, self._part = None, -1


def _opened(path: Path) -> VideoReader | None:
    try:
        return open_video(path)
    except RecordingError:
        return None


def _as_bytes(image: Array, bits: Any) -> Array:
    """The upper 8 bits of each pixel."""
    if image.dtype == np.uint8:
        return image
    deep = bits if isinstance(bits, int) and 8 < bits <= 16 else 16
    return np.right_shift(image, deep - 8).astype(np.uint8)


def kind_of_pictures(view: View, rate: float) -> Picture:
    """Size and kind of the pictures, as 8 bit, by the first one that can be read.

    Raises
    ------
    RecordingError
        There is none.
    """
    with Reel(view) as reel:
        for place in np.flatnonzero(view.pictures).tolist():
            image = reel.picture(place)
            if image is not None:
                return Picture(image.shape[0], image.shape[1], image.ndim == 3, 8, rate)
    raise RecordingError(f"{view.label}: none of its pictures can be read. See llpyspin check")


def small(image: Array) -> Array:
    """(8, 8) of uint8: the mean gray of each block of a picture; fewer for very small pictures."""
    gray = image if image.ndim == 2 else image[..., 1]
    rows, columns = min(SIDE, gray.shape[0]), min(SIDE, gray.shape[1])
    height, width = gray.shape[0] // rows, gray.shape[1] // columns
    blocks = gray[: rows * height, : columns * width].reshape(rows, height, columns, width)
    means: Array = np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)
    return means
