"""Bells on Linux: eventfds."""

from __future__ import annotations

import functools
import math
import os
import select
from typing import TYPE_CHECKING

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
        As it came from the process that made it; by default a new bell is made.

    Attributes
    ----------
    ring : callable
        Rings it; any thread, never blocks.  One call of the interpreter, for the path of every frame.
    """

    __slots__ = ("_poll", "descriptor", "ring")

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None:
            descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.descriptor = descriptor
        self.ring: Callable[[], object] = functools.partial(os.eventfd_write, descriptor, 1)
        self._poll: select.poll | None = None

    def wait(self, seconds: float) -> bool:
        """Wait until it is rung, or was; whether that came in time."""
        poll = self._poll
        if poll is None:
            poll = self._poll = select.poll()
            poll.register(self.descriptor, select.POLLIN)
        if not poll.poll(math.ceil(seconds * 1000)):
            return False
        self.silence()
        return True

    def silence(self) -> None:
        """Forget that it was rung."""
        try:
            os.eventfd_read(self.descriptor)
        except BlockingIOError:
            pass  # it was not

    def close(self) -> None:
        """Closing twice is fine; ringing it afterwards does nothing."""
        self.ring = _nothing
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _nothing() -> None:
    pass
