"""The newest frames, as the user's function gets them: views of shared memory where possible, else copies."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from llpyspin.frames import decode
from llpyspin.naming.known import hinted

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames import Frame, FrameInfo

    Image = npt.NDArray[Any]

__all__ = ["FrameBuffer"]


@hinted
class FrameBuffer(Sequence["Image"]):
    """The newest frames, oldest first, as a ``collections.deque`` would have them.

    ``buffer[-1]`` is the newest.  The images are read-only views of the camera's memory. Copy what you want
    to keep: after the call the camera may write over it.  They may be used in the calls to come, for as long
    as they are in the buffer.

    Attributes
    ----------
    maxlen : int
        How many there are at most; fewer in the first calls.
    infos : tuple of FrameInfo
        Of each frame, in the same order: its index, frame id and timestamps. ``missed`` is the number of
        frames between the one before and this one.
    info : FrameInfo
        Of the newest.
    """

    def __init__(self, maxlen: int, *, color: bool, writable: bool) -> None:
        self.maxlen = maxlen
        self._color = color
        self._writable = writable
        self._entries: deque[_Entry] = deque()
        self._held = 0
        self.copied = 0
        """Frames that were copied, because they were to be written to, or for want of memory to hold them."""

    @property
    def infos(self) -> tuple[FrameInfo, ...]:
        return tuple(entry.info for entry in self._entries)

    @property
    def info(self) -> FrameInfo:
        return self._entries[-1].info

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> Image: ...
    @overload
    def __getitem__(self, place: slice) -> list[Image]: ...
    def __getitem__(self, place: int | slice) -> Image | list[Image]:
        if isinstance(place, slice):
            return [entry.image for entry in list(self._entries)[place]]
        return self._entries[place].image

    def __repr__(self) -> str:
        newest = f", newest {self.info.frame_id}" if self._entries else ""
        return f"<FrameBuffer of {len(self)} (at most {self.maxlen}) frames{newest}>"

    # -- for the loop

    def take(self, frame: Frame) -> None:
        """Add a frame as the newest; it is released when it is not needed any more."""
        while len(self._entries) >= self.maxlen:
            self.drop()
        image = decode(frame.data, frame.layout, color=self._color)
        entry = _Entry(image, frame.info, frame)
        self._held += 1
        self._entries.append(entry)
        own = image.flags.writeable  # converted, and so an array of its own
        if own:
            self._let_go(entry)
        elif self._writable:
            self._copy(entry)

    def take_copy(self, image: Image, info: FrameInfo) -> None:
        """The same for a frame that was copied already."""
        while len(self._entries) >= self.maxlen:
            self.drop()
        image.flags.writeable = self._writable
        self._entries.append(_Entry(image, info, None))
        self.copied += 1

    def drop(self) -> None:
        """Forget the oldest."""
        self._let_go(self._entries.popleft())

    def keep(self, most: int) -> None:
        """Copy the oldest frames that are held until no more than ``most`` are."""
        for entry in self._entries:
            if self._held <= most:
                return
            if entry.frame is not None:
                self._copy(entry)
                if not self._writable:
                    entry.image.flags.writeable = False

    def clear(self) -> None:
        while self._entries:
            self.drop()

    def _copy(self, entry: _Entry) -> None:
        entry.image = entry.image.copy()
        self.copied += 1
        self._let_go(entry)

    def _let_go(self, entry: _Entry) -> None:
        frame, entry.frame = entry.frame, None
        if frame is not None:
            self._held -= 1
            frame.release()


class _Entry:
    """One frame; the image looks at its memory while ``frame`` is there."""

    __slots__ = ("frame", "image", "info")

    def __init__(self, image: Image, info: FrameInfo, frame: Frame | None) -> None:
        self.image = image
        self.info = info
        self.frame = frame
