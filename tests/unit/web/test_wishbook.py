"""Wishes of pages: few wait, none waits for long, and each gets an answer."""

from __future__ import annotations

from typing import Any

import pytest

from llpyspin.web.wish import WAIT_S, checked
from llpyspin.web.wishbook import MOST_SHOWN, MOST_WAITING, TooManyWishes, WishBook


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> WishBook:
    return WishBook(clock)


def put(book: WishBook, kind: str = "stop", **given: Any) -> int:
    return book.put(kind, checked(kind, given or {"folder": "/data/m1"}))


def states(book: WishBook) -> list[str]:
    return [each["state"] for each in book.shown()]


def test_wishes_come_in_the_order_of_their_requests(book: WishBook) -> None:
    numbers = [put(book), put(book, "prime", name="m2")]
    found = [book.next(), book.next()]
    assert [each.number for each in found if each is not None] == numbers
    assert [each.kind for each in found if each is not None] == ["stop", "prime"]
    assert book.next() is None
    assert states(book) == ["doing", "doing"]


def test_answer_is_shown_with_its_wish(book: WishBook) -> None:
    number = put(book, "set", name="gain", value=3.5, camera="top")
    put(book, "prime", name="m2")
    book.answer(number, "gain is now 3.5 dB.", done=True)
    prime, gain = book.shown()
    assert (prime["title"], prime["state"]) == ("prime m2", "waiting")
    assert (gain["title"], gain["state"]) == ("set gain of top to 3.5", "done")
    assert (gain["number"], gain["text"]) == (number, "gain is now 3.5 dB.")


def test_wish_that_waits_too_long_is_never_done(book: WishBook, clock: Clock) -> None:
    put(book)
    clock.now += WAIT_S
    assert book.next() is None
    assert states(book) == ["refused"]
    assert "Nothing was done" in book.shown()[0]["text"]


def test_wish_knows_how_long_it_may_still_wait(book: WishBook, clock: Clock) -> None:
    put(book)
    clock.now += 3.0
    wish = book.next()
    assert wish is not None
    assert wish.left_s == WAIT_S - 3.0


def test_wish_that_is_being_done_does_not_expire(book: WishBook, clock: Clock) -> None:
    put(book)
    book.next()
    clock.now += 100 * WAIT_S
    assert states(book) == ["doing"]


def test_number_of_wishes_that_wait_is_limited(book: WishBook, clock: Clock) -> None:
    numbers = [put(book) for _ in range(MOST_WAITING)]
    book.next()  # it is not done yet
    with pytest.raises(TooManyWishes, match="8 requests wait already"):
        put(book)
    book.answer(numbers[0], "", done=True)
    put(book)
    with pytest.raises(TooManyWishes):
        put(book)
    clock.now += WAIT_S
    put(book)


def test_number_of_answers_is_limited_and_none_that_waits_is_lost(book: WishBook) -> None:
    for _ in range(1000):
        book.answer(put(book), "done", done=True)
    waiting = [put(book) for _ in range(MOST_WAITING)]
    assert len(book.shown()) == MOST_SHOWN
    found = [book.next() for _ in waiting]
    assert [each.number for each in found if each is not None] == waiting


def test_what_happened_without_a_wish_is_shown(book: WishBook) -> None:
    book.tell("ended by itself", "the disk is full")
    assert book.shown()[0]["text"] == "the disk is full"
    assert book.next() is None
