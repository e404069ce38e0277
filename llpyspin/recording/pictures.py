"""The pictures of several files as one sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from llpyspin.errors import NoSuchPictureError, RecordingError
from llpyspin.naming.known import named
from llpyspin.recording.sinks import open_video

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from llpyspin.recording.sinks import VideoReader

    Array = npt.NDArray[Any]

__all__ = ["Frames"]


@named
class Frames(Sequence["Array"]):
    """The pictures of several files as one sequence; the files are opened when they are needed.

    Pictures are arrays of (h, w), or (h, w, 3) in the order B, G, R.

    Parameters
    ----------
    files : sequence of Path
    parts, numbers : ndarray of int
        (n,) of each picture the index of its file, and its number in that file, as the sidecar says.
    """

    def __init__(
        self, files: Sequence[Path], parts: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
    ) -> None:
        self._files = tuple(files)
        self._parts, self._numbers = parts, numbers
        self._reader: tuple[int, VideoReader] | None = None

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, index: int) -> Array: ...

    @overload
    def __getitem__(self, index: slice) -> list[Array]: ...

    def __getitem__(self, index: int | slice) -> Array | list[Array]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise NoSuchPictureError(f"there are {len(self)} pictures, no number {index}")
        return self._picture(int(self._parts[at]), int(self._numbers[at]))

    def __iter__(self) -> Iterator[Array]:
        """All pictures, in order; each file is read once from its beginning to its end."""
        for part, number in zip(self._parts.tolist(), self._numbers.tolist(), strict=True):
            yield self._picture(part, number)  # a reader goes on from the picture before

    def _picture(self, part: int, frame: int) -> Array:
        try:
            return self._open(part)[frame]
        except IndexError:
            raise self._missing(part, frame) from None

    def _missing(self, part: int, frame: int) -> RecordingError:
        return RecordingError(
            f"{self._files[part]} has no picture {frame}, which its sidecar names. See llpyspin repair"
        )

    def _open(self, part: int) -> VideoReader:
        if self._reader is not None and self._reader[0] == part:
            return self._reader[1]
        self.close()
        reader = open_video(self._files[part])
        self._reader = (part, reader)
        return reader

    def close(self) -> None:
        """Close the file that is open; it is opened again when needed."""
        if self._reader is not None:
            self._reader[1].close()
            self._reader = None
