"""An unexpected error in a thread in the background is told, and nobody waits for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.frames import FrameReader, FrameWriter, Layout, StreamEnded
from llpyspin.frames import passing as handing
from llpyspin.frames.server import Server
from llpyspin.virtual import painter as painting
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.scene import View

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 20.0
SMALL = Layout("Mono8", 8, 8, 8, 64)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="12345678") as writer:
        writer.begin(SMALL, 8, lent=False)
        yield writer


def broken(*arguments: Any) -> None:
    raise ZeroDivisionError("unexpected")


def test_a_broken_frame_server_lets_its_readers_go_and_says_why(
    writer: FrameWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with FrameReader(writer.address) as reader:
        monkeypatch.setattr(Server, "_accept", broken)
        with pytest.raises(StreamEnded):  # the one that comes now …
            FrameReader(writer.address, timeout_s=PATIENCE_S)
        with pytest.raises(StreamEnded):  # … the one that was there …
            reader.next(PATIENCE_S)
        with pytest.raises(StreamEnded):  # … and the one that comes later
            FrameReader(writer.address, timeout_s=PATIENCE_S)
    assert "12345678" in caplog.text
    assert "ZeroDivisionError: unexpected" in caplog.text


def test_painter_keeps_old_images_after_an_error_and_paints_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    painter = painting.Painter()
    first, second = (View("12345678", FORMATS["Mono8"], width, 64) for width in (64, 96))
    painter.paint(first)
    with monkeypatch.context() as patched:
        patched.setattr(painting, "render", broken)
        painter.repaint(second)
        painter.finish()
    assert painter.bank.view == first
    assert "ZeroDivisionError: unexpected" in caplog.text
    painter.repaint(second)
    painter.finish()
    assert painter.bank.view == second


def test_what_hands_frames_over_gives_them_back_after_an_error_and_goes_on(
    writer: FrameWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    giver, before = handing._Giver(), set(threading.enumerate())
    with FrameReader(writer.address) as reader:
        offset, _ = writer.claim()
        writer.publish(offset, frame_id=0, camera_timestamp_ns=1, host_timestamp_ns=1)
        released = threading.Event()

        class Watched(handing.Hold):
            def release(self) -> None:
                super().release()
                released.set()

        hold = Watched(reader.at(0))
        with monkeypatch.context() as patched:
            patched.setattr(handing._Giver, "_expire", broken)
            giver.give(hold, PATIENCE_S)
            assert released.wait(PATIENCE_S)
        assert "ZeroDivisionError: unexpected" in caplog.text
        released.clear()
        offer = giver.give(hold, PATIENCE_S)  # it is still ours
        giver.answer(offer)
        assert released.wait(PATIENCE_S)
        hold.release()
    assert giver._leave is not None
    giver._leave.ring()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
