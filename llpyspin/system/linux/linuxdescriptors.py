"""Descriptors on Linux: above those of the standard streams."""

from __future__ import annotations

import fcntl
import os
from typing import Protocol

__all__ = ["Open", "above_standard_streams", "close_all"]


class Open(Protocol):
    """Something that is open in this process, and that another one can be handed."""

    @property
    def descriptor(self) -> int: ...


def above_standard_streams(descriptor: int) -> int:
    """The same thing under a number that is not that of a standard stream, as it has where those are closed.

    A child that inherited it under such a number would take it for its standard stream.
    """
    if descriptor > 2:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(descriptor)


def close_all(descriptors: list[int]) -> None:
    """Close what came from another process and is not wanted."""
    for each in descriptors:
        os.close(each)
