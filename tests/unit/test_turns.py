"""Whose turn it is among threads, signal handlers and forked children."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from llpyspin.deadlines import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def held() -> Iterator[Turn]:
    """A turn that another thread has."""
    turn, taken, leave = Turn(), threading.Event(), threading.Event()

    def hold() -> bool:
        taken.set()
        return leave.wait(10)

    holder = threading.Thread(target=lambda: turn.do(1, hold, otherwise=False))
    holder.start()
    assert taken.wait(5)
    yield turn
    leave.set()
    holder.join()
    assert turn.do(5, lambda: True, otherwise=False)


def test_a_turn_that_another_thread_has_is_waited_for_until_the_deadline(held: Turn) -> None:
    assert held.do(0.02, lambda: "mine", "too late") == "too late"


def test_the_thread_that_has_the_turn_may_take_it_again() -> None:
    turn = Turn()
    assert turn.do(0, lambda: turn.do(0, lambda: True, otherwise=False), otherwise=False)


def test_a_turn_is_given_back_when_the_work_fails() -> None:
    turn = Turn()
    with pytest.raises(ZeroDivisionError):
        turn.do(0, lambda: 1 // 0, 0)
    assert in_another_thread(turn)


def test_a_forked_child_begins_with_a_free_turn(held: Turn) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0 if held.do(0, lambda: True, otherwise=False) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_ctrl_c_at_any_moment_does_not_keep_the_turn() -> None:
    """The signals come from a timer, at whatever instruction the loop is just then."""
    turn = Turn()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    gc.disable()  # what is raised in a callback of the collector, as Hypothesis has one, goes nowhere
    try:
        for microseconds in range(1, 200):
            with pytest.raises(KeyboardInterrupt):
                take_turns_for(turn, microseconds * 1e-6)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    assert in_another_thread(turn)


def take_turns_for(turn: Turn, seconds: float) -> None:
    until = time.monotonic() + 5
    signal.setitimer(signal.ITIMER_REAL, seconds)
    while time.monotonic() < until:
        turn.do(1, int, 0)


def in_another_thread(turn: Turn) -> bool:
    free: list[bool] = []
    thread = threading.Thread(target=lambda: free.append(turn.do(0, lambda: True, otherwise=False)))
    thread.start()
    thread.join()
    return free[0]
