"""Opens any file that a sink wrote, for reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.foreign import check_regular
from llpyspin.recording.sinks.kinds import format_beginning_with
from llpyspin.recording.sinks.picture import NoPictures
from llpyspin.recording.sinks.pyavread import PyavReader
from llpyspin.recording.sinks.raw import RawReader
from llpyspin.recording.sinks.tiff import TiffReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.recording.sinks.picture import VideoReader

__all__ = ["kind_of", "open_video"]


def kind_of(path: Path) -> str:
    """ "raw", "tiff", "hdf5" or "video", by what the file begins with."""
    check_regular(path)
    try:
        with path.open("rb") as file:
            beginning = file.read(16)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
    if not beginning:
        raise NoPictures(f"{path} is empty")
    return format_beginning_with(beginning) or "video"


def open_video(path: str | Path, *, color: bool | None = None) -> VideoReader:
    """The pictures of a recording, finished or cut off.

    Its count is that of the pictures which are wholly in the file, whatever the file says of itself. For
    videos that takes one pass through the file when it is first needed.

    Parameters
    ----------
    path : str or Path
        A file that a sink wrote; also videos of other programs that PyAV can read.
    color : bool or None
        For videos of other programs: whether to give (h, w, 3) BGR or (h, w).  None: by the first picture.

    Raises
    ------
    RecordingError
        It cannot be read.

    Examples
    --------
    >>> from llpyspin.recording.sinks import open_video
    >>> with open_video("docs/nothing.mkv") as video:  # doctest: +SKIP
    ...     print(len(video), video[0].shape, video[-1].dtype)
    """
    path = Path(path)
    reader = READERS.get(kind_of(path))
    return PyavReader(path, color) if reader is None else reader(path)


def _hdf5(path: Path) -> VideoReader:
    from llpyspin.recording.sinks.hdf5apart import Hdf5ApartReader

    return Hdf5ApartReader(path)


READERS: dict[str, Callable[[Path], VideoReader]] = {"raw": RawReader, "tiff": TiffReader, "hdf5": _hdf5}
"""Of the kinds that PyAV cannot read."""
