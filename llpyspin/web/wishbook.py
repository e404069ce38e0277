"""The wishes of pages, in the server's process: few wait at a time, and each gets an answer."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.web.wish import WAIT_S, Wish

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_WAITING", "TooManyWishes", "WishBook"]

MOST_WAITING = 8
MOST_SHOWN = 12
_TOO_LATE = f"Nothing was done: the program with the cameras did not begin within {WAIT_S:g} s."


class TooManyWishes(Exception):
    """As many wait as may."""


@dataclass
class _Entry:
    wish: Wish
    title: str
    at: float  # seconds since 1970, for people
    since: float  # on the clock of the book
    state: str = "waiting"
    text: str = ""


class WishBook:
    """Has the wishes that wait, and the last answers.  Any thread.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._entries: list[_Entry] = []

    def put(self, kind: str, arguments: dict[str, Any]) -> int:
        """Note a wish; gives its number.

        Raises
        ------
        TooManyWishes
        """
        with self._lock:
            self._expire()
            if sum(each.state in ("waiting", "doing") for each in self._entries) >= MOST_WAITING:
                raise TooManyWishes(f"{MOST_WAITING} requests wait already. Wait for their answers.")
            wish = Wish(next(self._numbers), kind, arguments, WAIT_S)
            self._add(_Entry(wish, _title(wish), time.time(), self._clock()))
            return wish.number

    def next(self) -> Wish | None:
        """The oldest wish that waits and still makes sense; it is being done from now on."""
        with self._lock:
            self._expire()
            for entry in self._entries:
                if entry.state == "waiting":
                    entry.state = "doing"
                    return entry.wish._replace(left_s=WAIT_S - (self._clock() - entry.since))
            return None

    def answer(self, number: int, text: str, *, done: bool) -> None:
        """Note what became of a wish."""
        with self._lock:
            for entry in self._entries:
                if entry.wish.number == number:
                    entry.state, entry.text = "done" if done else "refused", text

    def tell(self, title: str, text: str) -> None:
        """Note what happened without a wish."""
        with self._lock:
            wish = Wish(next(self._numbers), "", {}, 0.0)
            self._add(_Entry(wish, title, time.time(), self._clock(), "refused", text))

    def shown(self) -> list[dict[str, Any]]:
        """What pages show, newest first."""
        with self._lock:
            self._expire()
            return [
                {
                    "number": each.wish.number,
                    "at": round(each.at, 1),
                    "title": each.title,
                    "state": each.state,
                    "text": each.text,
                }
                for each in reversed(self._entries[-MOST_SHOWN:])
            ]

    def _add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        del self._entries[: -MOST_WAITING - MOST_SHOWN]

    def _expire(self) -> None:
        for entry in self._entries:
            if entry.state == "waiting" and self._clock() - entry.since >= WAIT_S:
                entry.state, entry.text = "refused", _TOO_LATE


def _title(wish: Wish) -> str:
    """The wish in a few words."""
    arguments = wish.arguments
    if wish.kind == "set":
        value = arguments["value"]
        shown = f"{value:g}" if isinstance(value, float) else value
        whose = arguments["camera"] or "all cameras"
        return f"set {arguments['name']} of {whose} to {shown}"
    if wish.kind == "prime":
        return f"prime {arguments['name']}".rstrip()
    return wish.kind
