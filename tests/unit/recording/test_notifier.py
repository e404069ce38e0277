"""Notices are sent in a thread of their own: who tells never waits, and failures are reported once."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.recording.notices.notifier import Notifier
from llpyspin.recording.notices.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable


class Fake:
    """A target that keeps what it gets; it waits for ``gate``, and fails with ``failure``."""

    def __init__(self, failure: str = "", *, gate: threading.Event | None = None) -> None:
        self.name = "fake"
        self.failure = failure
        self.gate = gate
        self.got: list[dict[str, Any]] = []
        self.begun = threading.Event()

    def send(self, body: bytes, seconds: float, unwanted: Callable[[], bool]) -> str:
        self.got.append(json.loads(body))
        self.begun.set()
        until = time.monotonic() + seconds
        while self.gate is not None and not self.gate.wait(0.01):
            if unwanted():
                return "was not wanted any more"
            if time.monotonic() > until:
                return "took too long"
        return self.failure


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "notices"]


def test_each_target_gets_each_notice_in_order() -> None:
    first, second = Fake(), Fake()
    notifier = Notifier([first, second], print)
    notifier.tell("started", "a")
    notifier.tell("stopped", "b", folder="f")
    assert notifier.settle(10)
    for target in (first, second):
        assert [(each["event"], each["text"]) for each in target.got] == [("started", "a"), ("stopped", "b")]
    assert first.got[1]["folder"] == "f"
    assert first.got[0]["time"].endswith("+00:00")
    notifier.end()


def test_telling_returns_at_once_while_a_target_hangs() -> None:
    gate = threading.Event()
    target = Fake(gate=gate)
    notifier = Notifier([target], print, outbox=Outbox(most=4))
    notifier.tell("started", "first")
    assert target.begun.wait(10)
    begun = time.monotonic()
    for _ in range(20_000):
        notifier.tell("frame_lost", "x", camera="top")
    assert time.monotonic() - begun < 5
    gate.set()
    assert notifier.settle(10)
    assert [each["count"] for each in target.got] == [1, 20_000]
    notifier.end()


def test_end_kills_what_hangs_and_counts_what_was_not_sent() -> None:
    failures: list[str] = []
    target = Fake(gate=threading.Event())
    notifier = Notifier([target], failures.append, seconds=60)
    for name in ("started", "stopped", "finished"):
        notifier.tell(name, name)
    notifier.end(0.05)
    assert failures == [
        "the notice 'started' did not arrive: fake was not wanted any more",
        "2 notices were not sent: no time was left",
    ]
    notifier.tell("started", "after the end")
    notifier.end(0.05)
    assert len(target.got) == 1
    assert not threads()


def test_failures_of_a_target_are_told_three_times_and_then_counted() -> None:
    failures: list[str] = []
    notifier = Notifier([Fake("has no paper")], failures.append)
    for number in range(7):
        notifier.tell("started", str(number))
    notifier.end(10)
    assert failures == [
        *["the notice 'started' did not arrive: fake has no paper"] * 3,
        "fake: 7 notices did not arrive in all",
    ]


def test_mistake_in_a_target_ends_no_notices() -> None:
    class Broken(Fake):
        def send(self, body: bytes, seconds: float, unwanted: Callable[[], bool]) -> str:
            raise ZeroDivisionError("oh")

    failures: list[str] = []
    good = Fake()
    notifier = Notifier([Broken(), good], failures.append)
    notifier.tell("started", "a")
    notifier.end(10)
    assert failures == ["the notice 'started' did not arrive: fake ZeroDivisionError: oh"]
    assert len(good.got) == 1


def test_thread_is_there_only_while_something_waits() -> None:
    notifier = Notifier([Fake()], print)
    assert not threads()
    notifier.tell("started", "a")
    assert notifier.settle(10)
    assert not threads()
    held = weakref.ref(notifier)
    del notifier
    gc.collect()
    assert held() is None


def test_without_targets_nothing_starts() -> None:
    notifier = Notifier([], print)
    notifier.tell("started", "a")
    assert not threads()
    assert notifier.settle(0)
    notifier.end()
