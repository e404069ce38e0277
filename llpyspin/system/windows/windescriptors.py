"""Descriptors on Windows: handles, which are never those of standard streams by chance."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

from typing import Protocol

from llpyspin.system.windows.winapi import close_handle

__all__ = ["Open", "above_standard_streams", "close_all"]


class Open(Protocol):
    """Something that is open in this process, and that another one can be handed."""

    @property
    def descriptor(self) -> int: ...


def above_standard_streams(descriptor: int) -> int:
    """The same: a handle has no number that a child could take for its standard stream."""
    return descriptor


def close_all(descriptors: list[int]) -> None:
    """Close what came from another process and is not wanted."""
    for each in descriptors:
        close_handle(each)
