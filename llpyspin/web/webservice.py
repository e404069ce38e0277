"""The requests that the server's process answers, one method each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.extras import library
from llpyspin.processes.serving import Requests
from llpyspin.web.board import Board
from llpyspin.web.serverplan import ServerPlan
from llpyspin.web.wishbook import WishBook

if TYPE_CHECKING:
    from llpyspin.web.listener import Listener
    from llpyspin.web.newestpictures import Pictures
    from llpyspin.web.wish import Wish

__all__ = ["WebService"]

CLOSE_S = 2.0


class WebService(Requests):
    """One server; ``do_*`` are requests, called by the request thread, one at a time."""

    serial = ""

    def __init__(self) -> None:
        self._book: WishBook | None = None
        self._board = Board()
        self._pictures: Pictures | None = None
        self._listener: Listener | None = None

    @property
    def over(self) -> bool:
        """Whether it answered browsers, and does no more."""
        return self._listener is not None and not self._listener.alive

    def do_open(self, options: dict[str, Any], token: str) -> int:
        """Begin to answer browsers; gives the port."""
        for name in ("starlette", "uvicorn", "websockets"):
            library(name, "a live page", extra="serve")
        from llpyspin.web.admission import Access
        from llpyspin.web.application import application
        from llpyspin.web.jpeg import prepare
        from llpyspin.web.listener import Listener
        from llpyspin.web.newestpictures import Pictures

        prepare()
        plan = ServerPlan(**options)
        self._pictures = Pictures(plan.rate, plan.edge)
        access = Access(token, plan.hosts)
        if plan.control:
            self._book = WishBook()
            self._board = Board(self._book)
        app = application(plan, access, self._board, self._pictures, self._book)
        self._listener = Listener(plan, app)
        return self._listener.port

    def do_tell(self, status: dict[str, Any], addresses: dict[str, str]) -> None:
        """Show this status from now on, and take frames from there."""
        assert self._pictures is not None  # it was opened
        self._pictures.point_at(addresses)
        self._board.put_with(status, self._pictures)

    def do_wish(self) -> Wish | None:
        """What a page asks for next."""
        return None if self._book is None else self._book.next()

    def do_answer(self, number: int, text: str, done: bool) -> None:
        """Show what became of a wish."""
        if self._book is not None:
            self._book.answer(number, text, done=done)
            self._board.renew()

    def do_note(self, text: str) -> None:
        """Show what happened without a wish."""
        if self._book is not None:
            self._book.tell("ended by itself", text)
            self._board.renew()

    def do_close(self) -> None:
        """Send all pages away, and let go of all frames."""
        if self._listener is not None:
            self._listener.close(CLOSE_S)
        if self._pictures is not None:
            self._pictures.close()
