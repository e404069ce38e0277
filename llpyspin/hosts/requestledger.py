"""Which requests came, and what was answered: one that comes twice has one effect."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from llpyspin.errors import HostMessageError, HostStateError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Entry", "Ledger"]

MOST = 4096
"""Answers that are kept.  A recording takes five."""
MOST_OPEN = 32
"""Requests that are worked on, or wait for that."""


class Entry:
    """One request with an effect.

    Attributes
    ----------
    done : threading.Event
        Set once there is an answer.
    """

    def __init__(self, asked: bytes) -> None:
        self.asked = asked
        self.done = threading.Event()
        self._answer = b""

    @property
    def answer(self) -> bytes:
        """As it goes to whoever asks; empty before it is there."""
        return self._answer

    def finish(self, answer: bytes) -> None:
        """Keep the answer, and wake whoever waits for it."""
        self._answer = answer
        self.done.set()


class Ledger:
    """The requests with an effect, by their ids.  Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def entry(self, number: str, asked: bytes, begin: Callable[[Entry], object]) -> Entry:
        """The entry of a request; ``begin`` is called with it where it comes for the first time.

        Raises
        ------
        HostMessageError
            The id is that of another request.
        HostStateError
            Too many are under way.
        """
        with self._lock:
            entry = self._entries.get(number)
            if entry is None:
                self._make_room()
                entry = Entry(asked)
                begin(entry)
                self._entries[number] = entry
                return entry
        if entry.asked != asked:
            raise HostMessageError(
                f"another request has the id {number!r}. Each request needs one of its own"
            )
        return entry

    def _make_room(self) -> None:
        waiting = sum(not entry.done.is_set() for entry in self._entries.values())
        if waiting >= MOST_OPEN:
            raise HostStateError(f"the host process has {waiting} requests to work on. Ask again later")
        while len(self._entries) >= MOST:
            oldest = next(number for number, entry in self._entries.items() if entry.done.is_set())
            del self._entries[oldest]
