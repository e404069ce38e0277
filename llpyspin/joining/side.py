"""One of the joined cameras: its frames in order, each with its trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import FrameTimeoutError, LlpyspinError, TooManyHeldError
from llpyspin.frames import EVERY, FrameReader
from llpyspin.frames.records import CELLS
from llpyspin.recording.numbering import Numbering
from llpyspin.recording.writing.handover import Copied

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo
    from llpyspin.joining.spec import SideSpec
    from llpyspin.recording.writing.handover import Held

__all__ = ["Part", "Side"]

SHARE = 3
"""A third of a camera's memory may be held for the other one, and another third may lie unread. The last
third is for frames that come meanwhile."""
LEAST, MOST = 2, CELLS - 8


class Part:
    """A frame and what is known of it."""

    __slots__ = ("frame", "info")

    def __init__(self, frame: Held, info: FrameInfo) -> None:
        self.frame = frame
        self.info = info


class Side:
    """The frames of one camera, in order and with their triggers."""

    def __init__(self, spec: SideSpec, period_ns: int) -> None:
        self.width = spec.width
        self.reader = FrameReader(spec.address, since=spec.since)
        self._numbering = Numbering(first_id=spec.first_id, period_ns=period_ns)
        self._next = spec.since
        self.most = max(LEAST, min(MOST, self.reader.buffers // SHARE))
        self.error: LlpyspinError | None = None

    @property
    def ended(self) -> str:
        """Why no more frames come; "" while they may."""
        return "" if self.error is None else str(self.error)

    @property
    def crowded(self) -> bool:
        """Whether so many frames are unread that the camera will soon write over them."""
        return self.reader.unread > self.reader.buffers // SHARE

    def arrived(self) -> tuple[int, Part] | None:
        """Trigger and frame of the next one that has come; None: then the reader waits for it."""
        if self.error is not None:
            return None
        try:
            part = self._read()
        except FrameTimeoutError:
            return None
        except LlpyspinError as error:  # the camera has gone, or is closed
            self.error = error
            return None
        index = part.info.index
        lapped = [self.reader.journal(passed) for passed in range(self._next, index)]
        self._next = index + 1
        return self._numbering.frame(part.info, lapped)[-1].trigger, part

    def _read(self) -> Part:
        try:
            frame = self.reader.next(0, backlog=EVERY)
            return Part(frame, frame.info)
        except TooManyHeldError:
            data, info, layout = self.reader.copy_next(0, backlog=EVERY)
            return Part(Copied(data, layout), info)
