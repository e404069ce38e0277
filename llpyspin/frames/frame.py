"""One frame that is held in shared memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.frames.info import FrameToken
from llpyspin.naming.known import hinted

if TYPE_CHECKING:
    from types import TracebackType

    from llpyspin.frames.attachment import Attachment
    from llpyspin.frames.info import FrameInfo, Layout

__all__ = ["Frame"]


@hinted
class Frame:
    """Pixels in shared memory that are kept as they are until :meth:`release`.

    Attributes
    ----------
    info : FrameInfo
    layout : Layout
    data : memoryview
        ``layout.payload`` bytes, read-only.  After ``release`` it raises ``ValueError``; arrays that were
        made of it, such as ``numpy.frombuffer(frame.data)``, stay readable but may show a later one.

    Notes
    -----
    A frame that is forgotten gives itself back.  Any thread of the process may use and release it; a forked
    child may not.
    """

    __slots__ = ("__weakref__", "_attachment", "_cell", "_record", "data", "info", "layout")

    def __init__(
        self,
        attachment: Attachment,
        cell: int,
        data: memoryview,
        info: FrameInfo,
        layout: Layout,
        record: tuple[Any, ...],
    ) -> None:
        self._attachment = attachment
        self._cell = [cell]  # whoever takes the item out gives the frame back: taking is atomic
        self._record = record
        self.data = data
        self.info = info
        self.layout = layout

    @property
    def held(self) -> bool:
        """Whether the pixels are safe from being overwritten."""
        return bool(self._cell) and self._attachment.open

    def token(self) -> FrameToken:
        """The frame's name for :meth:`FrameReader.take` in another process.

        Keep this frame until the other process says that it has taken it; then there is no gap.
        """
        return FrameToken(self._attachment.address, self.info.index, self._record)

    def release(self) -> None:
        """Give the memory back to the camera.  Doing it again does nothing."""
        try:
            cell = self._cell.pop()
        except IndexError:
            return
        try:
            self.data.release()
        except BufferError:  # arrays still look at it, as the docstring warns
            pass
        self._attachment.give_back(cell)

    def __enter__(self) -> Frame:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def __del__(self) -> None:
        if getattr(self, "_cell", None):  # else __init__ did not get so far, or it was released
            self.release()

    def __repr__(self) -> str:
        size = f"{self.layout.height} x {self.layout.width} {self.layout.pixel_format}"
        return f"<Frame {self.info.index}, {size}, {'held' if self.held else 'released'}>"
