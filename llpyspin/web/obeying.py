"""Does what pages ask for, in a thread of the user's program: it asks the server's process for wishes."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.errors import LlpyspinError
from llpyspin.web.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Obeying", "Owner"]

logger = logging.getLogger("llpyspin")

PERIOD_S = 0.2
JOIN_S = 120.0  # a wish that is being done is done to its end


class Owner(Protocol):
    """Who has the cameras."""

    def do(self, wish: Wish) -> str:
        """Do what a page asks for; gives what happened, for people."""

    def look(self) -> str:
        """Called between wishes; gives what happened without one, or ""."""


class Obeying:
    """A thread that does one wish after the other until nobody has any more.

    Parameters
    ----------
    ask : callable
        ``ask("wish")`` gives the next wish or None, and ``ask("answer", number, text, done)`` and
        ``ask("note", text)`` take what happened.  An error means that the server has ended.
    owner : Owner
    hurry : callable
        Shows pages at once how the cameras are.
    """

    def __init__(self, ask: Callable[..., Any], owner: Owner, hurry: Callable[[], object]) -> None:
        self._ask = ask
        self._owner = owner
        self._hurry = hurry
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="obeying the live page", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        """Begin no wish any more, and wait for the one that is being done."""
        self._ending.set()
        if self.alive and threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                busy = self.step()
            except LlpyspinError as error:  # the thread that tells the news warns of it
                logger.debug("the live page has no more wishes: %s", error)
                return
            if not busy:
                self._ending.wait(PERIOD_S)

    def step(self) -> bool:
        """Do one wish; whether there was one."""
        if happened := self._attempt(self._owner.look)[0]:
            self._ask("note", happened)
            self._hurry()
        given = self._ask("wish")
        if given is None:
            return False
        wish = Wish(*given)
        text, done = self._attempt(lambda: self._owner.do(wish))
        self._ask("answer", wish.number, text, done)
        self._hurry()
        return True

    def _attempt(self, work: Callable[[], str]) -> tuple[str, bool]:
        """What happened, and whether it is what was wanted."""
        try:
            return work(), True
        except LlpyspinError as error:
            return str(error), False
        except Exception as error:
            logger.exception("a request of the live page failed")
            return f"{type(error).__name__}: {error}", False
