"""Memory for copies of frames, used again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Arrays"]

KEPT = 4


def _alone() -> int:
    """The reference count of an array that nothing but a list refers to, counted as ``take`` counts it."""
    arrays = [np.empty(1, np.uint8)]
    return sys.getrefcount(arrays[0])


class Arrays:
    """Arrays, each returned again once nothing else refers to it or to a view of it.

    The C library may hand large blocks back to the system when they are freed, depending on what else there
    is in memory.  The next frame is then copied into pages that the system must first find and clear. That
    can take ten times as long as the copy.
    """

    def __init__(self) -> None:
        self._arrays: list[npt.NDArray[Any]] = []
        self._oldest = 0
        self._alone = _alone()

    def take(self, size: int) -> npt.NDArray[Any]:
        """An array of ``size`` bytes, ``uint8``, whatever is in it."""
        arrays = self._arrays
        for place in range(len(arrays)):
            if sys.getrefcount(arrays[place]) == self._alone and arrays[place].size == size:
                return arrays[place]
        array = np.empty(size, np.uint8)
        if len(arrays) < KEPT:
            arrays.append(array)
        else:
            arrays[self._oldest] = array
            self._oldest = (self._oldest + 1) % KEPT
        return array
