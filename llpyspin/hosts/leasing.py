"""Who controls a host: one at a time, known by a number that grows."""

from __future__ import annotations

import itertools
import threading
import time
from typing import NamedTuple

from llpyspin.errors import LeaseError
from llpyspin.hosts.answers import LeaseFacts

__all__ = ["Leasing"]


class _Lease(NamedTuple):
    number: int
    holder: str


class Leasing:
    """The lease of one host process.  Any thread may call any method.

    Numbers begin with the time of day, so that they also grow from one process to the next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(int(time.time()))
        self._lease: _Lease | None = None
        self._heard = time.monotonic()

    @property
    def facts(self) -> LeaseFacts | None:
        """The present one; None without one."""
        with self._lock:
            return self._facts()

    @property
    def silent_s(self) -> float:
        """Since the last word of a controller, or since there is none."""
        return time.monotonic() - self._heard

    def grant(self, holder: str, *, take_over: bool) -> tuple[int, LeaseFacts | None]:
        """Give a new lease; its number, and who had the one before.

        Raises
        ------
        LeaseError
            Somebody else has it, and it is not to be taken over.
        """
        with self._lock:
            before = self._facts()
            if before is not None and before.holder != holder and not take_over:
                raise _refused(before, "is controlled by", "To control it all the same: take_over=True")
            self._lease = _Lease(next(self._numbers), holder)
            self._heard = time.monotonic()
            return self._lease.number, before

    def heard(self, number: int) -> bool:
        """Take note of a request with that number; whether it is the present one."""
        with self._lock:
            present = self._lease is not None and self._lease.number == number
            if present:
                self._heard = time.monotonic()
            return present

    def check(self, number: int) -> None:
        """Refuse a request that needs the lease, and has not the present number.

        Raises
        ------
        LeaseError
        """
        if self.heard(number):
            return
        facts = self.facts
        if facts is not None:
            what = "has no lease" if not number else f"has the lease {number}, which is over"
            raise _refused(facts, f"is not yours: the request {what}. Its controller is", "Ask for the lease")
        raise LeaseError("nobody controls the host. Ask for the lease first")

    def release(self) -> None:
        """Nobody has it any more."""
        with self._lock:
            self._lease = None
            self._heard = time.monotonic()

    def _facts(self) -> LeaseFacts | None:
        if self._lease is None:
            return None
        return LeaseFacts(self._lease.number, self._lease.holder, self.silent_s)


def _refused(facts: LeaseFacts, what: str, hint: str) -> LeaseError:
    since = f"last word {facts.silent_s:.1f} s ago"
    return LeaseError(
        f"the host {what} {facts.holder} (lease {facts.number}, {since}). {hint}",
        holder=facts.holder,
        number=facts.number,
        silent_s=facts.silent_s,
    )
