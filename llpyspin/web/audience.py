"""The views of one widget in browsers, and which of them have shown what was sent last.

A cell has one view in each browser that shows its notebook.  Each view sends short messages: it is ready,
it has shown message n, nobody sees it, it is gone.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORGET_S", "GRACE_S", "MOST", "SILENT_S", "Audience"]

SILENT_S = 3.0  # with something to show, after which a view is waited for no longer
FORGET_S = 60.0
GRACE_S = 2.0  # without a view: a cell that is moved gets another one at once
MOST = 32
LONGEST = 64  # characters of a view's name


@dataclass
class _View:
    """One view: what it has shown, since when it is silent, and whether nobody sees it."""

    shown: int
    since: float
    away: bool = False


class Audience:
    """Who looks at one widget.  Any thread.

    Parameters
    ----------
    clock : callable
        Seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._views: dict[str, _View] = {}
        self._number = 0  # of what was sent last
        self._left_at: float | None = None
        self._newcomers = False

    def hear(self, message: object) -> None:
        """Take note of what a view says; anything else is ignored."""
        with self._lock:
            match message:
                case {"say": "shown", "view": str(name), "number": int(number)}:
                    self._known(name).shown = min(number, self._number)
                case {"say": "ready", "view": str(name)}:
                    self._known(name).shown = self._number
                    self._newcomers = True
                case {"say": "hidden", "view": str(name)}:
                    self._known(name).away = True
                case {"say": "gone", "view": str(name)}:
                    self._views.pop(name, None)
                    if not self._views and self._left_at is None:
                        self._left_at = self._clock()

    def _known(self, name: str) -> _View:
        """A view that has just been heard; the lock is held."""
        name = name[:LONGEST]
        view = self._views.setdefault(name, _View(0, 0.0))
        view.since, view.away = self._clock(), False
        self._left_at = None
        while len(self._views) > MOST:
            del self._views[min(self._views, key=lambda each: self._views[each].since)]
        return view

    def sent(self) -> int:
        """Something is sent now; gives its number."""
        with self._lock:
            now = self._clock()
            for view in self._views.values():
                if view.shown == self._number:
                    view.since = now
            self._number += 1
            return self._number

    def looking(self) -> bool:
        """Whether somebody looks."""
        with self._lock:
            return bool(self._waited_for())

    def ready(self) -> bool:
        """Whether somebody looks, and all who do have shown what was sent last."""
        with self._lock:
            waited_for = self._waited_for()
            return bool(waited_for) and all(view.shown == self._number for view in waited_for)

    def _waited_for(self) -> list[_View]:
        """Views that somebody sees; not those that have been silent for long.  The lock is held."""
        now = self._clock()
        silent = {
            name: now - view.since
            for name, view in self._views.items()
            if not view.away and view.shown != self._number
        }
        for name, seconds in silent.items():
            if seconds > FORGET_S:
                del self._views[name]
        return [
            view for name, view in self._views.items() if not view.away and silent.get(name, 0.0) <= SILENT_S
        ]

    def newcomers(self) -> bool:
        """Whether a view has come since the last call, which has nothing to show yet."""
        with self._lock:
            newcomers, self._newcomers = self._newcomers, False
            return newcomers

    def left(self) -> bool:
        """Whether all views are gone, and no other one has come for a while."""
        with self._lock:
            return self._left_at is not None and self._clock() - self._left_at >= GRACE_S

    def empty(self) -> bool:
        """Whether all views are gone."""
        with self._lock:
            return self._left_at is not None
