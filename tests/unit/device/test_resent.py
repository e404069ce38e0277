"""The time of images that lost packets and got them again."""

from __future__ import annotations

import pytest

from llpyspin.device.resent import MOST_APART_NS, ResentImages
from tests.unit.device.test_stream import Sink, opened
from tests.unit.fake_sdk import FakeCamera, FakeImage, FakeSdk

SECOND = 1_000_000_000


def image_of(
    camera: FakeCamera,
    frame_id: int,
    timestamp: int,
    told: tuple[int, int] = (0, 0),
    *,
    incomplete: bool = False,
) -> FakeImage:
    image = FakeImage(camera, frame_id, None, incomplete)
    image.timestamp, image.told = timestamp, told
    return image


@pytest.fixture
def images(camera: FakeCamera) -> ResentImages:
    images = ResentImages(FakeSdk(camera))
    images.told = True
    return images


def test_time_of_an_image_without_one_is_that_in_its_chunk(images: ResentImages, camera: FakeCamera) -> None:
    assert images.timestamp(image_of(camera, 1, 5 * SECOND, (1, 5 * SECOND))) == 5 * SECOND
    assert images.timestamp(image_of(camera, 2, 0, (2, 6 * SECOND))) == 6 * SECOND


def test_first_image_can_be_the_one_without_a_time(images: ResentImages, camera: FakeCamera) -> None:
    assert images.timestamp(image_of(camera, 1, 0, (1, 6 * SECOND))) == 6 * SECOND


def test_chunk_that_tells_another_id_gives_no_time(images: ResentImages, camera: FakeCamera) -> None:
    images.timestamp(image_of(camera, 1, 5 * SECOND, (1, 5 * SECOND)))
    assert images.timestamp(image_of(camera, 1, 0, (11, 6 * SECOND))) == 0


@pytest.mark.parametrize("ahead", [-1, 1, 100])
def test_chunk_may_count_from_another_number(images: ResentImages, camera: FakeCamera, ahead: int) -> None:
    images.timestamp(image_of(camera, 7, 5 * SECOND, (7 + ahead, 5 * SECOND + 40)))
    assert images.timestamp(image_of(camera, 9, 0, (9 + ahead, 6 * SECOND + 40))) == 6 * SECOND
    assert images.timestamp(image_of(camera, 9, 0, (9, 6 * SECOND + 40))) == 0


@pytest.mark.parametrize("turn", [65535, 65536, 3 * 65535])
def test_chunk_may_count_on_where_ids_wrap(images: ResentImages, camera: FakeCamera, turn: int) -> None:
    images.timestamp(image_of(camera, 65534, 5 * SECOND, (65534, 5 * SECOND)))
    assert images.timestamp(image_of(camera, 3, 0, (3 + turn, 6 * SECOND))) == 6 * SECOND


def test_chunk_of_another_clock_is_not_compared_with(images: ResentImages, camera: FakeCamera) -> None:
    images.timestamp(image_of(camera, 1, 9 * SECOND, (1, 9 * SECOND + MOST_APART_NS + 1)))
    assert images.timestamp(image_of(camera, 2, 0, (2, 11 * SECOND))) == 0


def test_damaged_image_gets_no_time(images: ResentImages, camera: FakeCamera) -> None:
    assert images.timestamp(image_of(camera, 2, 0, (2, 6 * SECOND), incomplete=True)) == 0


def test_image_without_chunks_gets_no_time(images: ResentImages, camera: FakeCamera) -> None:
    assert images.timestamp(image_of(camera, 2, 0)) == 0
    images.told = False
    assert images.timestamp(image_of(camera, 2, 0, (2, 6 * SECOND))) == 0


def test_chunk_that_cannot_be_read_gives_no_time(images: ResentImages, camera: FakeCamera) -> None:
    image = image_of(camera, 2, 0)

    def refuse() -> None:
        raise FakeSdk.SpinnakerException(-1006, "The image has no chunk data.")

    image.GetChunkData = refuse  # type: ignore[method-assign]
    assert images.timestamp(image) == 0


def test_new_acquisition_forgets_how_chunks_count(images: ResentImages, camera: FakeCamera) -> None:
    images.timestamp(image_of(camera, 1, 5 * SECOND, (8, 5 * SECOND)))
    images.restart()
    assert images.timestamp(image_of(camera, 1, 0, (8, 6 * SECOND))) == 0
    assert images.timestamp(image_of(camera, 1, 0, (1, 6 * SECOND))) == 6 * SECOND


def test_image_that_comes_after_a_later_one_has_no_place(images: ResentImages, camera: FakeCamera) -> None:
    assert images.timestamp(image_of(camera, 3, 7 * SECOND, (3, 7 * SECOND))) == 7 * SECOND
    assert images.timestamp(image_of(camera, 2, 0, (2, 6 * SECOND))) == 0
    assert images.timestamp(image_of(camera, 4, 8 * SECOND, (4, 8 * SECOND))) == 8 * SECOND


@pytest.mark.parametrize("told", [False, True])
def test_image_with_id_and_time_of_long_ago_has_no_place(
    images: ResentImages, camera: FakeCamera, told: bool
) -> None:
    images.told = told
    for number in range(1, 4):
        images.timestamp(image_of(camera, number, number * SECOND, (number, number * SECOND)))
    assert images.timestamp(image_of(camera, 1, 1 * SECOND, (4, 4 * SECOND))) == 0


def test_ids_or_times_alone_may_go_back(images: ResentImages, camera: FakeCamera) -> None:
    images.timestamp(image_of(camera, 65535, 7 * SECOND))
    assert images.timestamp(image_of(camera, 1, 8 * SECOND)) == 8 * SECOND
    assert images.timestamp(image_of(camera, 2, 3)) == 3
    images.restart()
    assert images.timestamp(image_of(camera, 1, 2)) == 2


def test_late_frame_is_counted_as_lost_once(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        for frame_id in (0, 2, 1, 3):
            camera.expose(frame_id)
            device.pump(0.1)
        assert [(frame["frame_id"], frame["lost_before"]) for frame in sink.frames] == [
            (0, 0),
            (2, 1),
            (3, 0),
        ]
        assert (device.counters.delivered, device.counters.lost) == (3, 1)


def test_frame_of_resent_packets_is_published_with_its_time(camera: FakeCamera) -> None:
    camera._add("ChunkModeActive", "Boolean", False)
    camera._add("ChunkSelector", "Enumeration", "FrameID", entries=("FrameID", "Timestamp"))
    camera._add("ChunkEnable", "Boolean", False)
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        camera.expose(0).told = 0, 1000
        resent = camera.expose(1)
        resent.timestamp, resent.told = 0, (1, 2000)
        for _ in range(2):
            device.pump(0.1)
        assert [frame["camera_timestamp_ns"] for frame in sink.frames] == [1000, 2000]
        assert (device.counters.incomplete, device.counters.lost) == (0, 0)
