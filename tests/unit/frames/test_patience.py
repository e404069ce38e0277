"""A camera that waits for its readers: when its next frame may come."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from llpyspin.frames import EVERY, FrameReader, FrameWriter, Layout
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
