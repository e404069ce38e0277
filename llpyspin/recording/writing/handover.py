"""The bounded queue from the thread that reads frames to the thread that encodes them."""

from __future__ import annotations

import queue
import threading
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.errors import LlpyspinError
    from llpyspin.frames import Layout
    from llpyspin.recording.rows import Row

__all__ = ["Copied", "Handover", "Held", "Item", "Kind"]


class Kind(IntEnum):
    """What an item is."""

    FRAME = 0
    """Pixels in memory; the last row is the frame's own."""
    SPILLED = 1
    """Pixels and rows in slots of the spill."""
    LOST = 2
    """Rows without pixels; those of frames that were read are still ``"written"``."""
    STOP = 3
    """An error: what comes after it is not written."""
    END = 4
    """Rows of what is missing at the end; nothing comes after it."""


class Held(Protocol):
    """Pixels in memory that is filled again once they are released."""

    @property
    def data(self) -> memoryview: ...
    @property
    def layout(self) -> Layout: ...
    def release(self) -> None: ...


class Copied:
    """The copy of a frame, where no more frames can be held."""

    def __init__(self, data: npt.NDArray[Any], layout: Layout) -> None:
        self.data = data.data
        self.layout = layout

    def release(self) -> None:
        """Nothing to give back."""


class Item(NamedTuple):
    """One thing to be done by the thread that encodes."""

    kind: Kind
    rows: list[Row]
    frame: Held | None = None
    slots: list[int] | None = None
    error: LlpyspinError | None = None


class Handover:
    """The queue between the two threads.

    Attributes
    ----------
    refused : bool
        Set by the thread that encodes when it cannot write any more: frames need not be kept for it.
    """

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._fewer = threading.Event()
        self._level = 0  # below which the thread that reads wants to be woken; 0: it does not wait
        self._put_count = 0  # changed by the thread that reads only
        self._done_count = 0  # changed by the thread that encodes only
        self.refused = False

    @property
    def held(self) -> int:
        """Frames in memory that were passed on and not released yet."""
        return self._put_count - self._done_count

    def __len__(self) -> int:
        return self._items.qsize()

    def put(self, item: Item) -> None:
        """Hand over; never blocks."""
        if item.frame is not None:
            self._put_count += 1
        self._items.put(item)

    def get(self, timeout_s: float) -> Item | None:
        """The next item, or None if there is none within that time."""
        try:
            return self._items.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def done(self, frame: Held) -> None:
        """Give a frame back."""
        frame.release()
        self._done_count += 1
        if self.held < self._level:
            self._level = 0
            self._fewer.set()

    def wait_until_fewer(self, level: int, timeout_s: float) -> None:
        """Return once fewer than ``level`` frames are held, or that time is over."""
        self._fewer.clear()
        self._level = level
        if self.held >= level:
            self._fewer.wait(timeout_s)
