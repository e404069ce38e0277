"""A video without rows, as of another program: every picture is a frame, at an even rate."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.replayable.probing import DEFAULT_RATE, formats_for, probe
from llpyspin.recording.sinks import open_video
from llpyspin.virtual.footage import LOST, SENT, SHOT, CameraFootage, Footage, Geometry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["MODEL", "SERIAL", "even_shots", "video_footage"]

SERIAL = "10000001"
"""Of a camera that replays what is no recording of a camera."""
MODEL = "Blackfly S replay"


def video_footage(path: Path, rate: float | None) -> Footage:
    """Open a video as that of one camera.

    Raises
    ------
    RecordingError
        It cannot be read, or has no pictures.
    """
    kind = probe([path])
    if kind is None:
        raise RecordingError(f"{path} has no pictures")
    rate = rate or kind.rate or DEFAULT_RATE
    geometry = Geometry(kind.width, kind.height, formats_for(kind, "", str(path)), rate=rate)
    reel = partial(VideoReel, path, rate)
    camera = CameraFootage(SERIAL, MODEL, "USB3", kind.color, geometry, reel, path.stem[:32])
    return Footage(str(path), (camera,))


class VideoReel:
    """The pictures of one file; implements :class:`llpyspin.virtual.footage.Reel`."""

    def __init__(self, path: Path, rate: float) -> None:
        self.pictures = open_video(path)
        try:
            self.shots = even_shots(len(self.pictures), rate, self.pictures.numbers)
        except BaseException:
            self.pictures.close()
            raise


def even_shots(count: int, rate: float, there: Iterable[int]) -> np.ndarray[Any, Any]:
    """Triggers at an even rate; those whose picture is not there are lost."""
    shots = np.zeros(count, SHOT)
    shots["fate"], shots["line_status"] = LOST, -1
    shots["exposure_us"] = shots["gain_db"] = np.nan
    shots["end_ns"] = np.rint(np.arange(count) * (1e9 / rate)).astype(np.int64)
    shots["picture"] = np.arange(count)
    shots["fate"][list(there)] = SENT
    return shots
