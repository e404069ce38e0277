"""Pictures of frames that the test publishes; steps are taken by the test, not by a thread."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import simplejpeg

from llpyspin.frames import FrameFlags, FrameReader, FrameWriter, Layout
from llpyspin.web import newestpictures
from llpyspin.web.jpeg import jpeg_of
from llpyspin.web.newestpictures import QUIET_S, RETRY_S, UNWANTED_S, CameraPictures, Pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT = Layout("Mono8", 40, 30, 40, 1200)
PERIOD_S = 1 / 15


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="5001") as made:
        made.begin(LAYOUT, 8, lent=False)
        yield made


@pytest.fixture
def camera(writer: FrameWriter) -> Iterator[CameraPictures]:
    made = CameraPictures("top", 15.0, 640)
    made.point_at(writer.address)
    yield made
    made.close()
    made.step(float("inf"))


def publish(writer: FrameWriter, level: int, *, incomplete: bool = False, host_ns: int = 0) -> None:
    offset, pixels = writer.claim()
    pixels[:] = bytes([level]) * LAYOUT.payload
    writer.publish(
        offset,
        frame_id=writer.published + 100,
        camera_timestamp_ns=0,
        host_timestamp_ns=host_ns,
        flags=FrameFlags.INCOMPLETE if incomplete else 0,
    )


def level_of(jpeg: bytes) -> int:
    return round(float(np.mean(simplejpeg.decode_jpeg(jpeg, colorspace="GRAY"))))


def step(camera: CameraPictures, later_s: float = 0.0) -> float:
    """Ask for pictures as a page does, and take one step."""
    camera.newest()
    return camera.step(newestpictures.time.monotonic() + later_s)


def test_newest_frame_is_shown_and_older_ones_are_skipped(
    writer: FrameWriter, camera: CameraPictures
) -> None:
    for level in (10, 20, 30):
        publish(writer, level)
    assert step(camera) == PERIOD_S
    picture = camera.newest()
    assert picture is not None
    assert (picture.number, picture.frame) == (1, 102)
    assert level_of(picture.jpeg) == 30


def test_picture_is_made_once_for_all_pages(writer: FrameWriter, camera: CameraPictures) -> None:
    publish(writer, 10)
    step(camera)
    first = camera.newest()
    step(camera)
    assert camera.newest() is first


def test_rate_is_that_of_all_frames(writer: FrameWriter, camera: CameraPictures) -> None:
    assert camera.rate() == 0.0
    publish(writer, 0)
    step(camera)
    assert camera.rate() == 0.0
    for level in range(1, 9):
        publish(writer, level, host_ns=10_000_000 * level)
    step(camera)
    assert camera.rate() == pytest.approx(100.0)


def test_damaged_frame_is_not_shown(writer: FrameWriter, camera: CameraPictures) -> None:
    publish(writer, 10)
    step(camera)
    publish(writer, 20, incomplete=True)
    step(camera)
    picture = camera.newest()
    assert picture is not None
    assert level_of(picture.jpeg) == 10


def test_no_reader_stays_once_nobody_looks(writer: FrameWriter, camera: CameraPictures) -> None:
    publish(writer, 10)
    step(camera)
    assert writer.readers == 1
    camera.step(newestpictures.time.monotonic() + UNWANTED_S + 1)
    assert wait_for_readers(writer, 0)


def test_frames_are_not_held_between_pictures(writer: FrameWriter, camera: CameraPictures) -> None:
    for level in range(50):  # more than there are buffers
        publish(writer, level)
        step(camera)
    picture = camera.newest()
    assert picture is not None
    assert picture.number == 50


def test_source_that_waits_for_its_readers_does_not_wait(writer: FrameWriter, camera: CameraPictures) -> None:
    publish(writer, 10)
    step(camera)
    for level in range(20):
        publish(writer, level)
    assert not writer.is_read
    step(camera, QUIET_S + 0.1)
    step(camera, 2 * QUIET_S + 0.2)  # which looks whether the camera is still there
    publish(writer, 5)
    assert not writer.is_read


def test_camera_that_ends_is_left_and_found_again(writer: FrameWriter, camera: CameraPictures) -> None:
    publish(writer, 10)
    step(camera)
    writer.end()  # it waits for a trigger
    assert step(camera, QUIET_S + 0.1) == PERIOD_S
    writer.close()
    assert step(camera, 2 * QUIET_S + 0.2) == RETRY_S
    with FrameWriter(name="5001") as again:
        again.begin(LAYOUT, 8, lent=False)
        publish(again, 77)
        camera.point_at(again.address)
        step(camera)
        picture = camera.newest()
        assert picture is not None
        assert picture.number == 2
        assert level_of(picture.jpeg) == 77


def test_camera_without_frames_yet_is_waited_for(camera: CameraPictures) -> None:
    assert step(camera) == PERIOD_S
    assert step(camera, QUIET_S + 0.1) == PERIOD_S
    assert camera.newest() is None


def test_address_without_a_camera_is_tried_again() -> None:
    camera = CameraPictures("top", 15.0, 640)
    assert step(camera) == PERIOD_S  # no address is known yet
    camera.point_at("llpyspin-none")
    assert step(camera) == RETRY_S


def test_frame_that_cannot_be_encoded_ends_nothing(
    writer: FrameWriter, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(frame: Any, edge: int) -> bytes:
        raise ValueError("no such picture")

    camera = CameraPictures("top", 15.0, 640, broken)
    camera.point_at(writer.address)
    publish(writer, 10)
    assert step(camera) == RETRY_S
    assert "top: ValueError: no such picture" in capfd.readouterr().err
    camera.step(float("inf"))
    assert wait_for_readers(writer, 0)


def test_pictures_of_a_thread_come_and_end(writer: FrameWriter) -> None:
    pictures = Pictures(30.0, 640)
    pictures.point_at({"top": writer.address})
    publish(writer, 42)
    deadline = newestpictures.time.monotonic() + 10
    while not (fresh := pictures.fresh({}, ["top"])):
        assert newestpictures.time.monotonic() < deadline
    assert level_of(fresh[0][1].jpeg) == 42
    assert pictures.fresh({"top": fresh[0][1].number}, ["top"]) == []
    assert pictures.newest("none") is None
    pictures.close()
    assert wait_for_readers(writer, 0)


def wait_for_readers(writer: FrameWriter, count: int) -> bool:
    """The writer's server notices a reader that has gone in a thread of its own."""
    deadline = newestpictures.time.monotonic() + 10
    while writer.readers != count:
        if newestpictures.time.monotonic() > deadline:
            return False
    return True


@pytest.mark.parametrize(
    ("pixel_format", "width", "payload"),
    [("Mono8", 1440, 1440 * 1080), ("Mono16", 1440, 2 * 1440 * 1080), ("BGR8", 1440, 3 * 1440 * 1080)],
)
def test_picture_is_small_whatever_the_frame_is(pixel_format: str, width: int, payload: int) -> None:
    with FrameWriter(name="5001") as writer, FrameReader(writer.address) as reader:
        writer.begin(Layout(pixel_format, width, 1080, payload // 1080, payload), 3, lent=False)
        offset, pixels = writer.claim()
        pixels[:] = bytes([200]) * payload
        writer.publish(offset, frame_id=1, camera_timestamp_ns=0, host_timestamp_ns=0)
        frame = reader.next(5.0)
        jpeg = jpeg_of(frame, 480)
        assert not frame.held
        shape = simplejpeg.decode_jpeg_header(jpeg)[:2]
    assert shape == (360, 480)


def test_picture_without_opencv_is_small_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    with FrameWriter(name="5001") as writer, FrameReader(writer.address) as reader:
        writer.begin(LAYOUT, 3, lent=False)
        publish(writer, 99)
        jpeg = jpeg_of(reader.next(5.0), 20)
    assert simplejpeg.decode_jpeg_header(jpeg)[:2] == (15, 20)
    assert level_of(jpeg) == 99
