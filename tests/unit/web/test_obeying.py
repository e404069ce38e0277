"""The thread that does what pages ask for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from llpyspin.errors import CameraProcessError, RecordingError
from llpyspin.web.obeying import Obeying
from llpyspin.web.wish import Wish

if TYPE_CHECKING:
    import pytest

PRIME = Wish(7, "prime", {"name": "m1"}, 9.0)


class Server:
    """The server's process: wishes, and what was answered."""

    def __init__(self, *wishes: Wish) -> None:
        self.wishes = list(wishes)
        self.answers: list[tuple[Any, ...]] = []
        self.hurried = 0
        self.idle = threading.Event()

    def ask(self, operation: str, *arguments: Any) -> Any:
        if operation == "wish":
            if not self.wishes:
                self.idle.set()
                return None
            return tuple(self.wishes.pop(0))
        self.answers.append((operation, *arguments))
        return None

    def hurry(self) -> None:
        self.hurried += 1


class Owner:
    def __init__(self, outcome: str | Exception = "done", happened: str | Exception = "") -> None:
        self.outcome = outcome
        self.happened = happened
        self.done: list[Wish] = []

    def do(self, wish: Wish) -> str:
        self.done.append(wish)
        return said(self.outcome)

    def look(self) -> str:
        return said(self.happened)


def said(outcome: str | Exception) -> str:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def obeying(server: Server, owner: Owner) -> Obeying:
    return Obeying(server.ask, owner, server.hurry)


def test_wish_is_done_and_answered() -> None:
    server, owner = Server(PRIME), Owner("Primed.")
    assert obeying(server, owner).step()
    assert owner.done == [PRIME]
    assert server.answers == [("answer", 7, "Primed.", True)]
    assert server.hurried == 1


def test_nothing_to_do_is_no_answer() -> None:
    server = Server()
    assert not obeying(server, Owner()).step()
    assert not server.answers


def test_refusal_has_the_text_of_the_error() -> None:
    server = Server(PRIME)
    obeying(server, Owner(RecordingError("the folder is not empty"))).step()
    assert server.answers == [("answer", 7, "the folder is not empty", False)]


def test_error_of_ours_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(PRIME, PRIME)
    both = obeying(server, Owner(ZeroDivisionError("oh")))
    assert both.step()
    assert both.step()
    assert server.answers == [("answer", 7, "ZeroDivisionError: oh", False)] * 2
    assert "a request of the live page failed" in caplog.text


def test_run_that_ended_by_itself_is_noted() -> None:
    server = Server()
    obeying(server, Owner(happened="the disk is full")).step()
    assert server.answers == [("note", "the disk is full")]
    server = Server()
    obeying(server, Owner(happened=RecordingError("no account"))).step()
    assert server.answers == [("note", "no account")]


def test_thread_ends_with_the_server() -> None:
    gone = threading.Event()

    def ask(*_: Any) -> None:
        gone.set()
        raise CameraProcessError("killed")

    thread = Obeying(ask, Owner(), lambda: None)
    thread.start()
    assert gone.wait(20)
    thread.end()
    assert not thread.alive


def test_end_waits_for_the_wish_that_is_being_done() -> None:
    begun, may_end = threading.Event(), threading.Event()
    server = Server(PRIME, PRIME)

    class Slow(Owner):
        def do(self, wish: Wish) -> str:
            begun.set()
            assert may_end.wait(20)
            return super().do(wish)

    owner = Slow()
    thread = obeying(server, owner)
    thread.start()
    assert begun.wait(20)
    ending = threading.Thread(target=thread.end)
    ending.start()
    ending.join(0.05)
    assert ending.is_alive()
    may_end.set()
    ending.join(20)
    assert not thread.alive
    assert owner.done == [PRIME]  # and the next one is not begun
    assert server.answers == [("answer", 7, "done", True)]
