"""Bells on Windows: events that reset themselves and have no name."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import functools
from typing import TYPE_CHECKING

from llpyspin.system.windows.winapi import close_handle, create_event, reset_event, set_event
from llpyspin.system.windows.winhandles import ready_handles

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bell"]


class Bell:
    """Wakes one thread that waits for it; rung while nobody waits, it wakes the next one at once.

    Any process that has it may ring it and wait for it.  However often it was rung before somebody was woken,
    it wakes once.

    Parameters
    ----------
    descriptor : int, optional
        The handle, as it came from the process that made it; by default a new bell is made.

    Attributes
    ----------
    ring : callable
        Rings it; any thread, never blocks.
    """

    __slots__ = ("descriptor", "ring")

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None:
            descriptor = create_event()
        self.descriptor = descriptor
        self.ring: Callable[[], object] = functools.partial(set_event, descriptor)

    def wait(self, seconds: float) -> bool:
        """Wait until it is rung, or was; whether that came in time.  Being told silences it."""
        return bool(ready_handles([self.descriptor], seconds))

    def silence(self) -> None:
        """Forget that it was rung."""
        reset_event(self.descriptor)

    def close(self) -> None:
        """Closing twice is fine; ringing it afterwards does nothing."""
        self.ring = _nothing
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            close_handle(descriptor)


def _nothing() -> None:
    pass
