"""A camera that waits for its readers: when its next frame may come."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.frames import EVERY, FrameReader, FrameWriter, Layout
from llpyspin.frames.records import ANYBODY, W_THROTTLE
from llpyspin.worker import patience
from llpyspin.worker.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Layout("Mono8", 4, 4, 4, 16)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="5001") as made:
        made.begin(SMALL, 8, lent=False)
        yield made


def publish(writer: FrameWriter) -> None:
    offset, _ = writer.claim()
    writer.publish(offset, frame_id=writer.published, camera_timestamp_ns=0, host_timestamp_ns=0)


def test_no_frame_comes_while_nobody_reads(writer: FrameWriter) -> None:
    waiting = Patience(writer, "5001")
    assert not waiting.over(0)
    with FrameReader(writer.address) as reader:
        assert waiting.over(0)
        reader.stand_aside()
        assert not waiting.over(0)


def test_reader_that_only_looks_never_lets_a_frame_come(writer: FrameWriter) -> None:
    waiting = Patience(writer, "5001")
    with FrameReader(writer.address, aside=True):
        assert not waiting.over(0)
        assert not waiting.over(0.05)  # nobody rang for it either


class Waiting:
    """A thread that waits for a reader, for longer than anything here takes."""

    def __init__(self, writer: FrameWriter) -> None:
        patience = Patience(writer, "5001")
        while patience.over(0) or writer.wait_for_a_reader(0):  # what was rung before is forgotten now
            pass
        self._said: list[bool] = []
        self._thread = threading.Thread(target=lambda: self._said.append(patience.over(600)))
        self._thread.start()
        words = writer._shared.words
        deadline = Deadline(20)
        while words[W_THROTTLE] != ANYBODY and not deadline.passed:
            time.sleep(0.001)
        assert words[W_THROTTLE] == ANYBODY

    def said(self) -> bool:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self._said[0]


def test_reader_that_comes_ends_the_wait_for_one(writer: FrameWriter) -> None:
    waiting = Waiting(writer)
    with FrameReader(writer.address):
        assert waiting.said()
    assert writer._shared.words[W_THROTTLE] == 0


@pytest.mark.parametrize("unread", [0, 1])
def test_reader_that_stood_aside_ends_the_wait_when_it_asks(writer: FrameWriter, unread: int) -> None:
    with FrameReader(writer.address) as reader:
        reader.stand_aside()
        for _ in range(unread):
            publish(writer)
        waiting = Waiting(writer)
        thread = threading.Thread(target=lambda: reader.next(20).release())
        thread.start()
        assert waiting.said()
        publish(writer)
        thread.join(20)
        assert not thread.is_alive()


def test_wait_for_a_reader_can_be_stopped(writer: FrameWriter) -> None:
    waiting = Waiting(writer)
    writer.stop_waiting()
    assert not waiting.said()


def test_next_frame_comes_when_all_have_read_the_one_before(writer: FrameWriter) -> None:
    waiting = Patience(writer, "5001")
    with FrameReader(writer.address) as one, FrameReader(writer.address) as other:
        publish(writer)
        assert not waiting.over(0)
        one.next(0, backlog=EVERY).release()
        assert not waiting.over(0)
        thread = threading.Thread(target=lambda: other.next(20, backlog=EVERY).release())
        thread.start()
        assert waiting.over(20)
        thread.join()


def test_reader_that_stood_aside_is_waited_for_once_it_asks(writer: FrameWriter) -> None:
    waiting = Patience(writer, "5001")
    with FrameReader(writer.address) as reader:
        reader.stand_aside()
        assert not waiting.over(0)
        thread = threading.Thread(target=lambda: reader.next(20).release())
        thread.start()
        while not waiting.over(0.01):
            pass
        publish(writer)
        thread.join()
        publish(writer)
        assert not waiting.over(0)


def test_reader_that_has_stopped_does_not_stop_the_others(
    writer: FrameWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = Patience(writer, "5001")
    with FrameReader(writer.address) as stopped:
        publish(writer)
        assert not waiting.over(0)
        monkeypatch.setattr(patience, "LONGEST_S", -1.0)
        assert waiting.over(0)
        assert waiting.over(20)  # at once
        assert caplog.text.count("camera 5001 replays on without a reader") == 1
        monkeypatch.undo()
        stopped.next(0, backlog=EVERY).release()
        assert waiting.over(0)
        publish(writer)
        assert not waiting.over(0)  # it reads again
