"""What a preview shows of frames, with windows that only take note of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.display.caption import PreviewFigures
from llpyspin.display.overlay import Overlay
from llpyspin.display.showing import PreviewSpec, PreviewStatus, Showing
from llpyspin.display.window import open_window
from llpyspin.errors import MissingExtraError, SettingRangeError, TooManyHeldError
from llpyspin.frames import FrameFlags, FrameInfo, FrameReader, FrameWriter, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAIT_S = 10.0
LAYOUT = Layout("Mono8", 64, 48, 64, 64 * 48)


class NotedWindow:
    """Notes what is drawn.  While ``open`` is clear, its ``wait`` does not return."""

    def __init__(self) -> None:
        self.images: list[Any] = []
        self.lines: list[str] = []
        self.waits: list[float] = []
        self.drawn = threading.Condition()
        self.open = threading.Event()
        self.open.set()
        self.closed_by_user = self.closed = False
        self.broken: Exception | None = None

    def draw(self, image: Any, figures: Any) -> None:
        if self.broken is not None:
            raise self.broken
        with self.drawn:
            self.images.append(image.copy())
            self.lines.append(figures.line())
            self.drawn.notify_all()

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        assert self.open.wait(WAIT_S)
        return not self.closed_by_user

    def close(self) -> None:
        self.closed = True

    def has(self, count: int) -> None:
        """Wait until so many pictures were drawn; the first one is black."""
        with self.drawn:
            assert self.drawn.wait_for(lambda: len(self.images) >= count, WAIT_S)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="12345678") as writer:
        writer.begin(LAYOUT, 8, lent=False)
        yield writer


@pytest.fixture
def window() -> NotedWindow:
    return NotedWindow()


@pytest.fixture
def show(writer: FrameWriter, window: NotedWindow) -> Iterator[Callable[..., Showing]]:
    made: list[Showing] = []

    def begin(**more: Any) -> Showing:
        spec = PreviewSpec(writer.address, "camera 12345678", **{"rate": 200.0, **more})
        showing = Showing(spec.pictures(), spec, lambda title: window)  # type: ignore[arg-type,return-value]
        made.append(showing)
        showing.opened.result(WAIT_S)
        return showing

    yield begin
    window.open.set()
    for showing in made:
        showing.stop(WAIT_S)
        assert showing.over


def publish(writer: FrameWriter, count: int = 1, **more: Any) -> None:
    """Frames whose bytes are their index, 5 ms apart."""
    for _ in range(count):
        offset, slot = writer.claim()
        slot[:] = bytes([writer.published % 256]) * len(slot)
        stamp = 5_000_000 * writer.published
        writer.publish(
            offset, frame_id=writer.published, camera_timestamp_ns=stamp, host_timestamp_ns=stamp, **more
        )


def ended(showing: Showing) -> str:
    """Why it ended by itself."""
    showing._thread.join(WAIT_S)
    assert showing.over
    return showing.status.ended


def test_frames_are_shown_with_their_numbers(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    showing = show()
    window.has(1)
    assert window.lines == ["waiting for frames"]
    for number in range(3):
        publish(writer)
        window.has(2 + number)
    assert [image[0, 0] for image in window.images[1:]] == [0, 1, 2]
    assert window.images[-1].shape == (48, 64)
    assert window.lines[-1].startswith("frame      2 |  200.0 fps")
    showing.stop(WAIT_S)
    assert showing.status == PreviewStatus(3, 0, "it was closed by this program")
    assert window.closed


def test_a_window_that_is_busy_costs_no_frame_and_goes_on_with_the_newest(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    showing = show()
    publish(writer)
    window.has(2)
    window.open.clear()
    publish(writer)  # it may have asked for this one already
    publish(writer, 200)  # claim() raises if a reader leaves it no memory, and there is memory for 8 frames
    window.open.set()
    window.has(3)
    publish(writer)
    with window.drawn:
        assert window.drawn.wait_for(lambda: window.images[-1][0, 0] == 202, WAIT_S)
    assert len(window.images) <= 5
    status = showing.status
    assert status.shown + status.skipped >= 202
    assert window.lines[-1].startswith("frame    202 |  200.0 fps")


def test_frames_are_shown_while_others_hold_as_many_as_may_be_held(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    show()
    with FrameReader(writer.address) as reader:
        held = []
        with pytest.raises(TooManyHeldError):
            while True:
                publish(writer)
                held.append(reader.next(WAIT_S))
        publish(writer)
        newest = writer.published - 1
        with window.drawn:
            assert window.drawn.wait_for(lambda: window.images and window.images[-1][0, 0] == newest, WAIT_S)
        for frame in held:
            frame.release()


def test_pictures_come_no_faster_than_wished(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    started = time.monotonic()
    show(rate=10.0)
    for number in range(5):
        publish(writer)
        window.has(2 + number)
    publish(writer)
    window.has(7)  # the wait before it was asked for after five pictures
    # This window never lets time pass, so what it is asked to wait adds up.
    assert max(window.waits) >= 0.5 - (time.monotonic() - started)


def test_closing_the_window_ends_the_preview(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    showing = show()
    window.closed_by_user = True
    publish(writer)
    assert ended(showing) == "its window was closed"
    publish(writer, 20)


def test_the_end_of_the_camera_ends_the_preview(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    showing = show()
    publish(writer)
    window.has(2)
    writer.close()
    assert ended(showing) == "the camera was released"
    assert window.closed


def test_a_window_system_that_fails_ends_the_preview_and_is_told(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing], capfd: pytest.CaptureFixture[str]
) -> None:
    showing = show(camera="12345678")
    window.broken = RuntimeError("lost the display")
    publish(writer)
    assert ended(showing) == "RuntimeError: lost the display"
    assert "the preview of camera 12345678 ended: RuntimeError: lost the display" in capfd.readouterr().err


def test_a_window_that_cannot_be_had_is_told_to_who_waits_for_it(writer: FrameWriter) -> None:
    def refuse(title: str) -> Any:
        raise MissingExtraError("no window here")

    spec = PreviewSpec(writer.address, "camera")
    showing = Showing(spec.pictures(), spec, refuse)
    with pytest.raises(MissingExtraError, match="no window here"):
        showing.opened.result(WAIT_S)
    assert ended(showing) == "no window here"


def test_what_is_written_into_pictures_is_not_in_the_frames(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    pytest.importorskip("cv2")
    show(overlay=Overlay(timestamp=True))
    with FrameReader(writer.address) as reader:
        publish(writer)
        data, _, _ = reader.copy_next(WAIT_S)
    window.has(2)
    assert (data == 0).all()
    assert window.images[-1].max() >= 245  # OpenCV 4 smooths narrow strokes


def test_a_picture_of_few_bits_is_as_bright_with_text_as_without(window: NotedWindow) -> None:
    pytest.importorskip("cv2")
    layout = Layout("Mono12", 640, 480, 1280, 640 * 480 * 2)
    with FrameWriter(name="12345678") as writer:
        writer.begin(layout, 8, lent=False)
        spec = PreviewSpec(writer.address, "camera", overlay=Overlay(timestamp=True))
        showing = Showing(spec.pictures(), spec, lambda title: window)  # type: ignore[arg-type,return-value]
        showing.opened.result(WAIT_S)
        offset, slot = writer.claim()
        np.frombuffer(slot, np.uint16)[:] = np.linspace(0, 4095, 640 * 480)
        writer.publish(offset, frame_id=0, camera_timestamp_ns=0, host_timestamp_ns=0)
        window.has(2)
        showing.stop(WAIT_S)
    assert window.images[-1].dtype == np.uint8
    assert window.images[-1][-1, -1].max() == 255
    assert 120 < window.images[-1][240, 320].max() < 135


def test_damaged_frames_are_not_shown(
    writer: FrameWriter, window: NotedWindow, show: Callable[..., Showing]
) -> None:
    show()
    publish(writer, flags=FrameFlags.INCOMPLETE)
    publish(writer)
    window.has(2)
    assert window.images[1][0, 0] == 1


def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    figures = PreviewFigures()
    assert (figures.rate, figures.line()) == (0.0, "waiting for frames")
    stamp = 0
    for number, period_ms in enumerate([10] * 300 + [100] * 30):
        stamp += period_ms * 1_000_000
        figures.count(FrameInfo(number, number, stamp, stamp, FrameFlags.NONE, 0, 1.0, 0.0, -1))
    assert figures.rate == pytest.approx(10)


@pytest.mark.parametrize("display", ["", ":4711", "unix:4711.0"])
def test_a_display_that_is_not_there_is_no_display(monkeypatch: pytest.MonkeyPatch, display: str) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(MissingExtraError, match="display"):
        open_window("camera 1")


def test_sixteen_bit_frames_fit_into_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    cv2 = pytest.importorskip("cv2")
    from llpyspin.display.window import WindowView

    shown: list[Any] = []
    monkeypatch.setattr(cv2, "namedWindow", lambda title, flags: None)
    monkeypatch.setattr(cv2, "resizeWindow", lambda title, width, height: None)
    monkeypatch.setattr(cv2, "imshow", lambda title, image: shown.append(image))
    view = WindowView("camera 1")
    for shape in [(2048, 2448), (1080, 1440, 3), (24, 32), (8, 2000)]:
        view.draw(np.full(shape, 4095, np.uint16), PreviewFigures())
        height, width = shown[-1].shape[:2]
        assert (height <= 752, width <= 960) == (True, True)
        assert shown[-1].dtype == np.uint8
        assert shown[-1][0, 0].tolist() == [255, 255, 255]


def test_closed_window_is_noticed_however_it_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cv2 = pytest.importorskip("cv2")
    from llpyspin.display.window import WindowView

    def raising(*arguments: Any) -> Any:
        raise cv2.error("NULL guiReceiver (please create a window)")

    monkeypatch.setattr(cv2, "namedWindow", lambda title, flags: None)
    monkeypatch.setattr(cv2, "waitKey", lambda ms: -1)
    monkeypatch.setattr(cv2, "destroyWindow", raising)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda title, which: 1.0)
    view = WindowView("camera 1")
    assert view.wait(0.001)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda title, which: 0.0)
    assert not view.wait(0.001)
    monkeypatch.setattr(cv2, "getWindowProperty", raising)
    assert not view.wait(0.001)
    view.close()
    for key in (27, ord("q")):
        monkeypatch.setattr(cv2, "waitKey", lambda ms, key=key: key)
        assert not view.wait(0.001)


@pytest.mark.parametrize("rate", [0, -1, 241, float("nan"), "30", None, True])
def test_rates_that_no_window_has_are_refused(rate: Any) -> None:
    with pytest.raises(SettingRangeError, match="rate"):
        PreviewSpec("nowhere", "camera 1", rate=rate)
