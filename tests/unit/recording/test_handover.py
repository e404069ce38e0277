"""The queue between the thread that reads frames and the one that encodes them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.frames import Layout
from llpyspin.recording.writing.handover import Copied, Handover, Item, Kind

LAYOUT = Layout("Mono8", 2, 2, 2, 4)
PATIENCE_S = 30.0


def frames_in(handover: Handover, count: int) -> list[Copied]:
    frames = [Copied(np.zeros(4, np.uint8), LAYOUT) for _ in range(count)]
    for frame in frames:
        handover.put(Item(Kind.FRAME, [], frame))
    return frames


def test_frames_are_held_until_they_are_done() -> None:
    handover = Handover()
    frames = frames_in(handover, 3)
    handover.put(Item(Kind.LOST, []))
    assert handover.held == 3 and len(handover) == 4
    for left, frame in zip((2, 1, 0), frames, strict=True):
        handover.done(frame)
        assert handover.held == left


def test_nothing_is_waited_for_where_few_enough_are_held() -> None:
    handover = Handover()
    frames_in(handover, 2)
    deadline = Deadline(PATIENCE_S)
    handover.wait_until_fewer(3, PATIENCE_S)
    assert not deadline.passed


def test_a_wait_ends_with_its_time() -> None:
    handover = Handover()
    frames_in(handover, 2)
    handover.wait_until_fewer(2, 0.001)
    assert handover.held == 2


@pytest.mark.parametrize("level", [1, 2, 5])
def test_waiter_wakes_only_when_fewer_frames_are_held(level: int) -> None:
    handover = Handover()
    frames = frames_in(handover, 5)
    seen: list[int] = []
    before = threading.Event()

    def wait() -> None:
        before.set()
        handover.wait_until_fewer(level, PATIENCE_S)
        seen.append(handover.held)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert before.wait(PATIENCE_S)
    for frame in frames[: 5 - level]:
        handover.done(frame)
    assert seen == []
    handover.done(frames[5 - level])
    waiting.join(PATIENCE_S)
    assert seen == [level - 1]


def test_frames_that_were_done_before_the_wait_count() -> None:
    handover = Handover()
    for frame in frames_in(handover, 3)[:2]:
        handover.done(frame)
    handover.wait_until_fewer(2, PATIENCE_S)
    assert handover.held == 1
