"""The next frame for a ``with`` block, as a view of the memory that the camera wrote it to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from llpyspin.frames import decode
from llpyspin.naming.known import named

if TYPE_CHECKING:
    from types import TracebackType

    import numpy.typing as npt

    from llpyspin.frames import Frame
    from llpyspin.reading.stream import FrameStream

__all__ = ["Borrowed"]


@named
class Borrowed(AbstractContextManager["npt.NDArray[Any]"]):
    """What ``borrow()`` returns, for a ``with`` block, which takes the frame and gives it back."""

    def __init__(self, frames: FrameStream, timeout: float | None) -> None:
        self._frames = frames
        self._timeout = timeout
        self._held: list[Frame] = []  # blocks may be inside each other

    def __enter__(self) -> npt.NDArray[Any]:
        frame = self._frames.next(self._timeout)
        try:
            image = decode(frame.data, frame.layout, color=self._frames.limits.convert)
        except BaseException:
            frame.release()
            raise
        self._held.append(frame)
        return image

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._held.pop().release()

    def __repr__(self) -> str:
        held = ", ".join(f"frame {frame.info.frame_id}" for frame in self._held)
        state = f"holds {held}" if held else "holds no frame; use it as: with cap.borrow() as image:"
        return f"<borrow() of {self._frames.source.name}, {state}>"
