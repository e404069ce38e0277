"""Tells the server's process how the cameras are, once a second, from a thread of the user's program."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import LlpyspinError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["News", "Telling"]

logger = logging.getLogger("llpyspin")

PERIOD_S = 1.0
JOIN_S = 3.0


class News(NamedTuple):
    """How the cameras are, as plain values, and where the frames of each are."""

    status: dict[str, Any]
    addresses: dict[str, str]


class Telling:
    """A thread that tells news until there are none any more, or nobody takes them.

    Parameters
    ----------
    news : callable
        Gives them; None when there will be no more.
    tell : callable
        Takes them; an error means that nobody takes them any more.
    """

    def __init__(self, news: Callable[[], News | None], tell: Callable[[News], object]) -> None:
        self._news = news
        self._tell = tell
        self._ending = threading.Event()
        self._hurried = threading.Event()
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telling the live page", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Tell nothing more."""
        self._ending.set()
        self._hurried.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)

    def hurry(self) -> None:
        """Tell at once, because something has changed."""
        self._hurried.set()

    def _run(self) -> None:
        try:
            while self.step() and not self._ending.is_set():
                self._hurried.wait(PERIOD_S)
                self._hurried.clear()
        finally:
            self.over.set()

    def step(self) -> bool:
        """Tell once; whether to go on."""
        try:
            news = self._news()
        except LlpyspinError as error:  # a camera is being closed or opened just now
            logger.debug("the live page gets no news: %s", error)
            return True
        if news is None:
            return False
        try:
            self._tell(news)
        except LlpyspinError as error:
            if not self._ending.is_set():
                logger.warning("the live page has ended: %s", error)
            return False
        return True
