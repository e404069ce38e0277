"""Buffers, handling modes and the images in them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from llpyspin.virtual.conversion import record_of
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.image import ImagePtr
from llpyspin.virtual.imagefactory import Image
from llpyspin.virtual.stream import Stream

SIZE = 16
RECORD = record_of(4, 4, FORMATS["Mono8"])


def fine() -> None:
    return None


def begun(mode: str = "OldestFirst", count: int = 6) -> Stream:
    stream = Stream()
    stream.handling_mode = mode
    stream.buffer_count = count
    stream.begin(SIZE)
    return stream


def send(stream: Stream, numbers) -> None:
    for number in numbers:
        buffer = stream.claim()
        if buffer is not None:
            buffer.data[:] = number
            stream.deliver(buffer, RECORD._replace(frame_id=number))


def fetch(stream: Stream, timeout_s: float = 0.0) -> ImagePtr | None:
    buffer = stream.fetch(timeout_s, fine)
    return None if buffer is None else ImagePtr._of_buffer(buffer, stream)


def fetch_all(stream: Stream, *, release: bool) -> list[int]:
    ids = []
    held = []
    while (image := fetch(stream)) is not None:
        assert (image.GetData() == image.GetFrameID()).all()
        ids.append(image.GetFrameID())
        if release:
            image.Release()
        else:
            held.append(image)
    return ids


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize(
    ("mode", "ids", "lost", "dropped"),
    [
        ("OldestFirst", [0, 1, 2, 3, 4, 5], 4, 0),
        ("NewestFirst", [5, 4, 3, 2, 1, 0], 4, 0),
        ("OldestFirstOverwrite", [6, 7, 8, 9], 0, 6),
        ("NewestOnly", [9], 0, 9),
    ],
)
def test_six_buffers_and_ten_frames_give_what_the_vendors_example_gives(mode, ids, lost, dropped, release):
    stream = begun(mode)
    send(stream, range(10))
    assert fetch_all(stream, release=release) == ids
    values = stream.values()
    assert (values["StreamLostFrameCount"], values["StreamDroppedFrameCount"]) == (lost, dropped)
    assert values["StreamStartedFrameCount"] == 10
    assert values["StreamDeliveredFrameCount"] == 10 - lost


def test_held_images_starve_the_stream_and_released_ones_feed_it():
    stream = begun(count=3)
    send(stream, range(3))
    held = [fetch(stream) for _ in range(3)]
    assert stream.in_use == 3
    send(stream, [3])
    assert fetch(stream) is None
    held[1].Release()
    send(stream, [4])
    assert fetch(stream).GetFrameID() == 4
    assert held[0].GetData()[0] == 0


def test_the_newest_image_alone_waits_even_while_images_are_held():
    stream = begun("NewestOnly", count=3)
    send(stream, [0])
    first = fetch(stream)
    send(stream, range(1, 9))
    assert [fetch(stream).GetFrameID(), first.GetFrameID()] == [8, 0]


def test_an_image_that_nobody_refers_to_gives_its_buffer_back():
    stream = begun(count=3)
    for number in range(10):
        send(stream, [number])
        assert fetch(stream).GetFrameID() == number
    assert stream.in_use == 0


def test_after_release_every_method_of_an_image_refuses():
    stream = begun()
    send(stream, [1])
    image = fetch(stream)
    image.Release()
    for use in (image.GetNDArray, image.GetData, image.GetFrameID, image.IsIncomplete, image.GetChunkData):
        with pytest.raises(SpinnakerException) as refused:
            use()
        assert refused.value.errorcode == -1013
    with pytest.raises(SpinnakerException, match="Could not find image to release"):
        image.Release()


def test_images_held_past_the_acquisition_can_no_longer_be_released():
    stream = begun()
    send(stream, [1])
    image = fetch(stream)
    stream.end()
    assert stream.in_use == 0
    with pytest.raises(SpinnakerException) as refused:
        image.Release()
    assert refused.value.errorcode == -1013


def test_fetching_without_a_stream_is_refused():
    with pytest.raises(SpinnakerException, match=r"Camera is not streaming \[-1010\]"):
        Stream().fetch(0.0, fine)


def test_the_end_wakes_who_waits():
    stream = begun()
    caught: list[SpinnakerException] = []

    def wait() -> None:
        try:
            stream.fetch(60.0, fine)
        except SpinnakerException as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    stream.end()
    thread.join(10)
    assert [error.errorcode for error in caught] == [-1010]


def test_a_delivery_wakes_who_waits():
    stream = begun()
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.append(fetch(stream, 60.0).GetFrameID()))
    thread.start()
    send(stream, [77])
    thread.join(10)
    assert got == [77]


def test_a_failure_is_raised_instead_of_waiting():
    stream = begun()
    gone = SpinnakerException("Camera has been removed from the list and is no longer valid.", -1002)
    with pytest.raises(SpinnakerException, match="-1002"):
        stream.fetch(60.0, lambda: gone)


def test_a_late_delivery_of_the_acquisition_before_is_ignored():
    stream = begun()
    buffer = stream.claim()
    stream.end()
    stream.begin(SIZE)
    stream.deliver(buffer, RECORD)
    assert fetch(stream) is None


# -- buffers of the client


def test_images_lie_inside_the_memory_of_the_client():
    memory = bytearray(10 * SIZE * 4)
    base = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
    stream = Stream(packet=3 * SIZE + 1)
    stream.user_owned = True
    stream.set_user_memory([memory], divide=True)
    stream.begin(SIZE)
    assert stream.user_figures() == (13, SIZE)  # each in whole packets
    assert stream.user_total() == len(memory)
    offsets = set()
    for number in range(30):
        send(stream, [number])
        image = fetch(stream)
        offset = image.GetNDArray().__array_interface__["data"][0] - base
        assert 0 <= offset <= len(memory) - SIZE
        assert memory[offset] == number
        offsets.add(offset)
        image.Release()
    assert offsets == {number * (3 * SIZE + 1) for number in range(13)}


def test_separate_buffers_of_the_client_are_used_as_they_are():
    blocks = [bytearray(SIZE + 5) for _ in range(4)]
    stream = Stream()
    stream.user_owned = True
    stream.set_user_memory(blocks, divide=False)
    stream.begin(SIZE)
    send(stream, [7])
    assert fetch(stream).GetFrameID() == 7
    assert sum(block[0] == 7 for block in blocks) == 1


def test_what_cannot_serve_as_a_buffer_is_refused():
    stream = Stream()
    stream.user_owned = True
    with pytest.raises(SpinnakerException, match="read-only"):
        stream.set_user_memory([bytes(100)], divide=True)
    with pytest.raises(SpinnakerException, match="cannot be used"):
        stream.set_user_memory([3], divide=True)
    with pytest.raises(SpinnakerException, match=r"Invalid user buffer parameters\. \[-1009\]"):
        stream.begin(SIZE)
    with pytest.raises(SpinnakerException, match=r"memory buffer has not been initialized\. \[-1002\]"):
        stream.user_figures()
    stream.set_user_memory([bytearray(SIZE - 1)], divide=True)
    with pytest.raises(SpinnakerException, match="Not enough available buffers"):
        stream.begin(SIZE)
    with pytest.raises(SpinnakerException, match=r"not calculated until acquisition start. \[-1009\]"):
        stream.user_figures()


def test_an_empty_payload_cannot_start():
    with pytest.raises(SpinnakerException, match=r"payload size is zero\. \[-1013\]"):
        Stream().begin(0)


# -- images without a stream


def test_an_image_can_be_made_of_an_array():
    data = np.arange(12, dtype=np.uint8)
    image = Image.Create(4, 3, 1, 2, 0, data)
    data[:] = 0
    assert (image.GetNDArray() == np.arange(12).reshape(3, 4)).all()
    assert (image.GetXOffset(), image.GetYOffset(), image.GetPixelFormatName()) == (1, 2, "Mono8")
    assert (image.GetFrameID(), image.GetTimeStamp(), image.GetValidPayloadSize()) == (0, 0, 0)
    assert image.GetImageStatus() == 0


@pytest.mark.parametrize(
    ("name", "size", "stride", "bits"),
    [
        ("Mono8", 307200, 640, 8),
        ("Mono10p", 384000, 800, 10),
        ("Mono12p", 460800, 960, 12),
        ("Mono12Packed", 460800, 960, 12),
        ("Mono10Packed", 460800, 960, 12),
        ("Mono16", 614400, 1280, 16),
        ("RGB8", 921600, 1920, 24),
        ("BGR8", 921600, 1920, 24),
        ("BGRa8", 1228800, 2560, 32),
    ],
)
def test_sizes_are_those_that_the_sdk_reports(name, size, stride, bits):
    image = Image.Create(640, 480, 0, 0, FORMATS[name].number, np.zeros(size, np.uint8))
    assert (image.GetImageSize(), image.GetStride(), image.GetBitsPerPixel()) == (size, stride, bits)


def test_images_of_wrong_data_are_refused():
    with pytest.raises(SpinnakerException, match="uint8"):
        Image.Create(4, 3, 0, 0, 0, np.zeros(12, np.uint16))
    with pytest.raises(SpinnakerException, match="needs 12"):
        Image.Create(4, 3, 0, 0, 0, np.zeros(11, np.uint8))
    with pytest.raises(SpinnakerException, match="-1003"):
        Image.Create(4, 3, 0, 0, 9999, np.zeros(12, np.uint8))
    with pytest.raises(AttributeError):
        Image()
