"""The settings of a callback process: plain, checked values."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.deadlines import MOST_S
from llpyspin.display.overlay import overlay_or_none
from llpyspin.settings import require

if TYPE_CHECKING:
    from llpyspin.display.overlay import Overlay
    from llpyspin.frames import Layout

__all__ = [
    "MOST_FRAMES",
    "ON_ERROR",
    "RECORDS",
    "SETUP_S",
    "WHERES",
    "CallbackSpec",
    "OnError",
    "Record",
    "Where",
]

OnError = Literal["end", "continue", "stop"]
Record = Literal["camera", "returned", "both"]
Where = Literal["process", "writer"]
ON_ERROR: tuple[OnError, ...] = ("end", "continue", "stop")
RECORDS: tuple[Record, ...] = ("camera", "returned", "both")
WHERES: tuple[Where, ...] = ("process", "writer")

SETUP_S = 300.0  # for setup of a callback: a model may have to be fetched from a slow disk
MOST_FRAMES = 1000
"""The longest buffer: half of the most that a camera's memory can hold."""
MOST_ITEMS = 1_000_000


@dataclass(frozen=True)
class CallbackSpec:
    """A function between a camera and those that want what it makes of the frames.

    Parameters
    ----------
    address : str
        Of the camera's frames.
    camera : str
        Its serial number, for messages.
    name : str
        How logs call the callback.
    buffer_length : int
        Frames that the function is given, from 1.
    every : bool
        Whether it gets every frame that is still in memory, else the newest each time.
    writable : bool
        Whether the newest of them is a copy that it may write to.
    color : bool
        Whether Bayer frames become BGR images.
    on_error : {"end", "continue", "stop"}
    timeout_s : float
        A call that takes longer counts as hung.
    deadline_s : float or None
        How long after its arrival a frame should be done with.
    layout : Layout or None
        Of what is published, where only that can be: it is recorded.
    buffers : int
        Frames of memory for them; 0: a few.
    first : int or None
        Index of the first frame; None: the first one from now on.
    without_first : bool
        Whether that frame is left out, because it was being worked on when a process before this one died.
    calls : bool
        Whether to call the function at all, or to pass every frame on as it is.
    overlay : Overlay or None
        What to write into the frames that are published.
    hosts : bool
        Whether a writer may live in its process.
    """

    address: str
    camera: str
    name: str
    buffer_length: int = 1
    every: bool = False
    writable: bool = False
    color: bool = True
    on_error: str = "end"
    timeout_s: float = 10.0
    deadline_s: float | None = None
    layout: Layout | None = None
    buffers: int = 0
    first: int | None = None
    without_first: bool = False
    calls: bool = True
    overlay: Overlay | None = None
    hosts: bool = False

    def replace(self, **changes: Any) -> CallbackSpec:
        """The same with other values of some fields."""
        return dataclasses.replace(self, **changes)

    def __post_init__(self) -> None:
        require("buffer_length", self.buffer_length, _count(self.buffer_length, MOST_FRAMES), "1 to 1000")
        for name in ("every", "writable"):
            require(name, getattr(self, name), type(getattr(self, name)) is bool, "True or False")
        overlay_or_none(self.overlay)
        require("on_error", self.on_error, self.on_error in ON_ERROR, "'end', 'continue' or 'stop'")
        require("timeout_s", self.timeout_s, _seconds(self.timeout_s), "a number of seconds above 0")
        fits = self.deadline_s is None or _seconds(self.deadline_s)
        require("deadline_s", self.deadline_s, fits, "a number of seconds above 0, or None")


def check_queue_size(size: object) -> None:
    require("queue_size", size, _count(size, MOST_ITEMS), "a whole number of items from 1 to 1000000")


def _count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= MOST_S
