"""What virtual cameras can replay: recordings, videos of other programs, folders of pictures.

It reads files for :mod:`llpyspin.virtual.footage`, and knows nothing of cameras.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.foreign import exists
from llpyspin.recording.session import SESSION_FILE

if TYPE_CHECKING:
    from llpyspin.virtual.footage import Footage

__all__ = ["open_footage"]


def open_footage(path: str, rate: float | None = None) -> Footage:
    """Open what is at a path.

    Parameters
    ----------
    path : str
        Folder of a session, any file of a single recording, a video, or a folder of pictures.
    rate : float, optional
        Frames per second of a video or of pictures.  Recordings have their own timestamps.

    Raises
    ------
    RecordingError
        There is nothing that can be replayed.
    MissingExtraError
        A package is missing that reads such files.
    """
    place = Path(path)
    if not exists(place):
        raise RecordingError(f"{path} does not exist")
    if _is_recording(place):
        from llpyspin.recording.replayable.ofsession import session_footage

        return session_footage(place, rate)
    from llpyspin.recording.replayable import ofimages, ofvideo

    if os.path.isdir(place) or place.suffix.lower() in ofimages.SUFFIXES - {".tif", ".tiff"}:
        return ofimages.images_footage(place, rate)
    return ofvideo.video_footage(place, rate)


def _is_recording(place: Path) -> bool:
    """Whether there is a JSON file or a sidecar that belongs to it."""
    if os.path.isdir(place):
        return exists(place / SESSION_FILE)
    if place.suffix.lower() in (".json", ".csv"):
        return True
    beside = (place.with_suffix(".csv"), place.with_suffix(".json"))
    return any(exists(each) for each in beside)
