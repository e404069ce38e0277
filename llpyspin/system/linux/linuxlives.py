"""Lives on Linux: pidfds."""

from __future__ import annotations

import math
import os
import select

__all__ = ["ParentLife", "wait_for_end"]


class ParentLife:
    """The process that has started this one; a source, ready once that has ended.

    Parameters
    ----------
    parent : int
        As it was handed to this process when it was started.
    """

    def __init__(self, parent: int) -> None:
        self._parent = parent
        try:
            self.descriptor = os.pidfd_open(parent)
        except OSError:
            self.descriptor = (
                -1
            )  # it is gone already, or the kernel is older than 5.3: look from time to time

    @classmethod
    def of_this_process(cls) -> ParentLife:
        """The one that this process has now; for children that were handed nothing."""
        return cls(os.getppid())

    @property
    def can_be_waited_for(self) -> bool:
        """Whether it is a source; if not, :attr:`over` is to be looked at from time to time."""
        return self.descriptor >= 0

    @property
    def over(self) -> bool:
        """Whether it has ended, as far as can be seen without waiting."""
        return os.getppid() != self._parent


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until a child has ended, or that time is over; it is not reaped.  Takes no lock.

    Returns
    -------
    bool
        False, at once, where this system cannot wait in that way.
    """
    try:
        life = os.pidfd_open(pid)
    except ProcessLookupError:
        return True  # somebody else has reaped it
    except OSError:  # the kernel is older than 5.3
        return False
    try:
        poll = select.poll()
        poll.register(life, select.POLLIN)
        poll.poll(math.ceil(seconds * 1000))
    finally:
        os.close(life)
    return True
