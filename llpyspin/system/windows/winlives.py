"""Lives on Windows: handles of processes."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import os

from llpyspin.system.windows.winapi import (
    QUERY_LIMITED_INFORMATION,
    SYNCHRONIZE,
    close_handle,
    open_process,
    process_began,
)
from llpyspin.system.windows.winhandles import ready_handles

__all__ = ["ParentLife", "wait_for_end"]

NO_SUCH_PROCESS = 87  # "the parameter is incorrect"


class ParentLife:
    """The process that has started this one; a source, ready once that has ended.

    Parameters
    ----------
    parent : int
        As it was handed to this process when it was started.
    """

    def __init__(self, parent: int) -> None:
        self._gone = False
        try:
            self.descriptor = open_process(parent, SYNCHRONIZE | QUERY_LIMITED_INFORMATION)
        except OSError as error:
            self.descriptor = -1
            self._gone = error.winerror == NO_SUCH_PROCESS
            return
        if process_began(self.descriptor) > process_began():
            # The parent has ended, and a younger process has its number.
            close_handle(self.descriptor)
            self.descriptor, self._gone = -1, True

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
        return bool(ready_handles([self.descriptor], 0.0)) if self.descriptor >= 0 else self._gone


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until a child has ended, or that time is over.  Takes no lock.

    Returns
    -------
    bool
        False, at once, where this system cannot wait in that way.
    """
    try:
        life = open_process(pid, SYNCHRONIZE)
    except OSError as error:
        return error.winerror == NO_SUCH_PROCESS
    try:
        ready_handles([life], seconds)
    finally:
        close_handle(life)
    return True
