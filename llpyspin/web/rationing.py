"""How much the server does at most: a number of viewers, and a number of requests per second."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Bucket", "NoPlace", "Places"]


class NoPlace(Exception):
    """There are as many viewers as there may be."""


class Places:
    """Places for viewers; used by the event loop only.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Have a place during the ``with`` block.

        Raises
        ------
        NoPlace
            All are taken.
        """
        if self.taken >= self.most:
            raise NoPlace(f"{self.most} pages are open already")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Bucket:
    """Allows ``rate`` things per second, and ``burst`` at once after a pause.

    Parameters
    ----------
    rate : float
    burst : int
    clock : callable
        Seconds.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._at = clock()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
