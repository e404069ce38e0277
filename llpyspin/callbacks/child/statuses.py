"""The status of a callback, as its owner reads it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.naming.known import named

if TYPE_CHECKING:
    from llpyspin.errors import CallbackError

__all__ = ["ProcessingStatus"]


@named
@dataclass(frozen=True)
class ProcessingStatus:
    """How a callback does.

    Attributes
    ----------
    alive : bool
        Whether it is called with the frames that come.
    frames : int
        Frames that came: ``called`` and ``skipped``, and the one that it has now.
    called, errors : int
        Calls that have ended, and of these those that raised or took their process with them.
    skipped : int
        Frames that the function did not get.
    misses : int
        Calls that ended later than ``deadline_s`` after their frame's arrival.
    copied : int
        Frames that were copied for the function, where it could not look at them in place.
    published : int
        Frames that others could have of what it returned.
    queued : int
        Items in the queue, on the way to either side.
    unread : int
        Frames that waited at the last call.
    wait_ms, call_ms, total_ms : tuple of float
        (median, 99 %, longest) of the last 1000 calls, ms: from the frame's arrival to the call; the call;
        both.  NaN before the first.
    error : CallbackError or None
        The last one.
    """

    alive: bool
    frames: int
    called: int
    skipped: int
    errors: int
    misses: int
    copied: int
    published: int
    queued: int
    unread: int
    wait_ms: tuple[float, float, float]
    call_ms: tuple[float, float, float]
    total_ms: tuple[float, float, float]
    error: CallbackError | None = None

    def __str__(self) -> str:
        state = "called" if self.alive else "not called any more; it was called"
        text = f"{state} with {self.called} of {self.frames} frames"
        if self.skipped:
            text += f", {self.skipped} skipped"
        if not math.isnan(self.wait_ms[0]):
            text += (
                f"; {self.wait_ms[0]:.2f} ms after their arrival (99 %: {self.wait_ms[1]:.2f}), for "
                f"{self.call_ms[0]:.2f} ms (99 %: {self.call_ms[1]:.2f})"
            )
        extras = {"failed": self.errors, "too late": self.misses, "in the queue": self.queued}
        return text + "".join(f"; {count} {name}" for name, count in extras.items() if count)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("ProcessingStatus(...)" if cycle else str(self))
