"""The temperatures of cameras, read rarely and from one camera at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["Temperatures"]

TEMPERATURE_S = 15.0  # between two readings of one camera


class Temperatures:
    """What the cameras said of their temperature; one camera is asked at a time.

    Whoever needs them catches up, so that no camera is asked twice.

    Parameters
    ----------
    ask : callable
        Gives the temperature of the camera of a name, °C; None of a camera that has no thermometer, or that
        is gone.

    Attributes
    ----------
    known : dict of str to float
        °C, by camera; cameras without a thermometer are missing.
    read_at : dict of str to float
        When each of them was read, on the clock.
    """

    def __init__(
        self, ask: Callable[[str], float | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.known: dict[str, float] = {}
        self.read_at: dict[str, float] = {}
        self._ask = ask
        self._clock = clock
        self._due: dict[str, float] = {}

    def catch_up(self, names: Collection[str]) -> None:
        """Ask the camera whose temperature is oldest, if that is old."""
        now = self._clock()
        name = min(names, key=lambda each: self._due.get(each, 0.0), default=None)
        if name is None or self._due.get(name, 0.0) > now:
            return
        self._due[name] = now + TEMPERATURE_S
        value = self._ask(name)
        if value is None:
            self.known.pop(name, None)
        else:
            self.known[name] = value
            self.read_at[name] = now
