"""Waits with a deadline on the monotonic clock; and turns, for calls that must not overlap."""

from __future__ import annotations

import numbers
import threading
import time
import weakref
from typing import TYPE_CHECKING, TypeVar

from llpyspin.errors import ArgumentError
from llpyspin.system.forks import in_forked_copies

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Deadline", "Turn"]

_T = TypeVar("_T")
MOST_S = 1e6  # eleven days; the system's own waits overflow at twice that


class Deadline:
    """A moment until which one may wait.

    Parameters
    ----------
    seconds : float
        From now, 0 to 1e6; 0 means "do not wait".  Everything else is refused with ``ValueError``: nothing
        here waits for ever.
    """

    __slots__ = ("at", "seconds")

    def __init__(self, seconds: float) -> None:
        # Numbers of NumPy are numbers.Real too, but asking for that takes longer.
        if not (isinstance(seconds, (int, float, numbers.Real)) and 0 <= seconds <= MOST_S):
            raise ArgumentError(
                f"a timeout must be a finite number of seconds from 0 to {MOST_S:.0f}, not {seconds!r}"
            )
        self.seconds = float(seconds)
        self.at = time.monotonic() + self.seconds

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self.at

    def __repr__(self) -> str:
        return f"<Deadline of {self.seconds} s, {self.remaining():.3f} s left>"


class Turn:
    """Whose turn it is: a lock that is waited for until a deadline.

    The thread that has it may take it again, as a signal handler does that interrupts it.  A forked child
    begins with a free one, because the thread that had it is not there to give it back.

    Examples
    --------
    >>> turn = Turn()
    >>> turn.do(0.1, lambda: "done", otherwise="too late")
    'done'
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _turns.add(self)

    def do(self, seconds: float, work: Callable[[], _T], otherwise: _T) -> _T:
        """What ``work`` gives once it is this thread's turn; ``otherwise`` if that takes too long."""
        lock, taken = self._lock, list[bool]()
        # Ctrl-C comes between two steps of the interpreter.  Taking the lock and noting it are one, and so is
        # giving it back; the with statement would call a function first, and never give it back.
        try:
            taken.extend(map(lock.acquire, (True,), (seconds,)))
            return work() if taken[0] else otherwise
        finally:
            if True in taken:
                lock.release()

    def insist(self, seconds: float, work: Callable[[], _T], busy: Exception) -> _T:
        """What ``work`` gives; raises ``busy`` where this thread's turn does not come in time."""
        late: list[_T] = []
        done = self.do(seconds, lambda: [work()], late)
        if done is late:
            raise busy
        return done[0]

    def renew(self) -> None:
        """Be free, whoever has the turn."""
        self._lock = threading.RLock()


_turns: weakref.WeakSet[Turn] = weakref.WeakSet()


def _renew_all() -> None:
    for turn in list(_turns):
        turn.renew()


in_forked_copies(_renew_all)
