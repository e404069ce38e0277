"""The same step on several cameras at once, also where somebody breaks it off."""

from __future__ import annotations

import _thread
import queue
import threading

import pytest

from llpyspin.errors import RequestTimeoutError
from llpyspin.rig.together import together_or_undone


def test_what_is_broken_off_is_undone_also_where_it_is_done_only_later() -> None:
    go_on = threading.Event()
    undone: queue.Queue[str] = queue.Queue()

    def step(name: str) -> str:
        if name == "first":
            return name
        _thread.interrupt_main()
        go_on.wait(10)
        return name

    with pytest.raises(KeyboardInterrupt):
        together_or_undone(step, undone.put, {"a": "first", "b": "second"}, 10, 10)
    assert undone.get(timeout=10) == "first"
    go_on.set()
    assert undone.get(timeout=10) == "second"


def test_what_is_done_too_late_is_undone() -> None:
    go_on = threading.Event()
    undone: queue.Queue[str] = queue.Queue()

    def step(name: str) -> str:
        if name == "late":
            go_on.wait(10)
        return name

    outcome = together_or_undone(step, undone.put, {"a": "early", "b": "late"}, 0.05, 10)
    assert outcome.results == {"a": "early"}
    assert isinstance(outcome.failures["b"], RequestTimeoutError)
    go_on.set()
    assert undone.get(timeout=10) == "late"
    assert undone.empty()
