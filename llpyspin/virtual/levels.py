"""The levels of named signals: what they are now, and what they were a while ago."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Levels"]

_MOST = 4096
"""Changes of each signal that are remembered: an image may leave the camera long after its exposure."""


class Levels:
    """Low at first.  Times are the host's: the clock of a camera can be set anew.

    Parameters
    ----------
    names : iterable of str
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._now = dict.fromkeys(names, False)
        self._changes: dict[str, deque[tuple[int, bool]]] = {name: deque(maxlen=_MOST) for name in self._now}

    def __contains__(self, name: str) -> bool:
        return name in self._now

    def __getitem__(self, name: str) -> bool:
        """The level now."""
        return self._now[name]

    def change(self, name: str, level: bool, at: int) -> None:
        """The signal has another level from then on."""
        self._now[name] = level
        self._changes[name].append((at, level))

    def at(self, name: str, at: int) -> bool:
        """The level at a time in the past; of a time that is forgotten, the earliest one that is known."""
        level = self._now[name]
        for changed, after in reversed(self._changes[name]):
            if changed <= at:
                return after
            level = not after
        return level
