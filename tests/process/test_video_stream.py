"""VideoStream on virtual cameras, in real camera processes."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import VideoStream, list_cameras
from llpyspin.errors import (
    CameraClosedError,
    CameraNotFoundError,
    FrameTimeoutError,
    SettingRangeError,
)
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

FULL_RATE = 226.0


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], sdk="virtual") as stream:
        yield stream


def test_read_gives_a_frame_of_the_whole_sensor(cap: VideoStream) -> None:
    ok, image = cap.read()
    assert ok
    assert image is not None
    assert (image.shape, image.dtype) == ((1080, 1440), np.uint8)
    assert image.flags.owndata or image.base is not None
    assert image.flags.writeable


def test_a_thousand_reads_at_full_rate_are_right_whole_and_never_repeated(cap: VideoStream) -> None:
    cap.framerate = "max"
    assert cap.framerate == pytest.approx(FULL_RATE, rel=0.01)
    cap.buffersize = 16
    last = None
    for _ in range(1000):
        ok, image = cap.read()
        assert ok
        info = cap.frame_info
        assert info is not None
        stamp = read_stamp(image)
        assert stamp == read_stamp(image, foot=True)  # else it is torn
        assert stamp.camera == int(cap.info.serial)
        assert stamp.frame == info.frame_id
        if last is not None:
            assert info.frame_id - last == info.missed + 1
        last = info.frame_id


def test_a_slow_reader_is_told_exactly_what_it_missed(cap: VideoStream) -> None:
    cap.framerate = 200
    cap.buffersize = 1
    cap.read()
    first = last = read_stamp(cap.read()[1]).frame
    missed = 0
    for pause_s in (0.0, 0.013, 0.2, 0.031, 0.0, 0.5, 0.002):
        threading.Event().wait(pause_s)
        ok, image = cap.read()
        assert ok
        info = cap.frame_info
        assert info is not None
        last = read_stamp(image).frame
        missed += info.missed
    assert last - first == missed + 7
    assert missed > 100


def test_the_newest_frame_comes_first_when_the_buffersize_is_one(cap: VideoStream) -> None:
    cap.framerate = 100
    cap.buffersize = 1
    cap.read()
    threading.Event().wait(0.3)
    cap.read()
    info = cap.frame_info
    assert info is not None
    assert time.monotonic_ns() - info.host_timestamp_ns < 150e6
    assert info.missed >= 20


def test_unread_frames_are_worked_off_in_order_up_to_the_buffersize(cap: VideoStream) -> None:
    cap.framerate = 100
    cap.buffersize = 20
    cap.read()
    threading.Event().wait(0.1)
    for _ in range(10):
        cap.read()
        assert cap.frame_info is not None
        assert cap.frame_info.missed == 0


def test_read_fills_the_array_that_it_is_given(cap: VideoStream) -> None:
    _, image = cap.read()
    assert image is not None
    ok, again = cap.read(image)
    assert ok
    assert again is image or np.shares_memory(again, image)
    assert read_stamp(image).frame == cap.frame_info.frame_id  # type: ignore[union-attr]


def test_read_makes_a_new_array_when_the_given_one_does_not_fit(cap: VideoStream) -> None:
    ok, image = cap.read(np.zeros((3, 3), np.uint8))
    assert ok
    assert image is not None
    assert image.shape == (1080, 1440)


def test_read_times_out_with_false_when_the_camera_waits_for_a_trigger(cap: VideoStream) -> None:
    cap.nodes["TriggerSource"] = "Software"
    cap.nodes["TriggerMode"] = "On"
    while cap.read(timeout=0.3)[0]:
        pass
    assert cap.read(timeout=0.1) == (False, None)
    with pytest.raises(FrameTimeoutError, match="trigger"), cap.borrow(timeout=0.1):
        pass
    cap.nodes.execute("TriggerSoftware")
    assert cap.read()[0]


def test_a_borrowed_frame_is_a_readonly_view_and_is_not_overwritten(cap: VideoStream) -> None:
    cap.framerate = "max"
    with cap.borrow() as frame:
        assert not frame.flags.writeable
        before = read_stamp(frame)
        threading.Event().wait(0.5)  # a hundred frames go by
        assert read_stamp(frame) == before
        with pytest.raises(ValueError, match="read-only"):
            frame[0, 0] = 1


def test_a_grabbed_frame_can_be_retrieved_more_than_once(cap: VideoStream) -> None:
    assert cap.retrieve() == (False, None)
    assert cap.grab()
    _, one = cap.retrieve()
    threading.Event().wait(0.2)
    _, two = cap.retrieve()
    assert one is not two
    assert np.array_equal(one, two)


def test_iterating_gives_frames_until_the_stream_is_released(cap: VideoStream) -> None:
    numbers = []
    for image in cap:
        numbers.append(read_stamp(image).frame)
        if len(numbers) == 10:
            cap.release()
    assert len(numbers) == 10
    assert numbers == sorted(set(numbers))


def test_release_wakes_a_reader_in_another_thread(cap: VideoStream) -> None:
    cap.nodes["TriggerMode"] = "On"
    while cap.read(timeout=0.3)[0]:
        pass
    results: list[object] = []
    started = threading.Event()

    def wait() -> None:
        started.set()
        results.append(cap.read(timeout=30))

    thread = threading.Thread(target=wait)
    thread.start()
    started.wait(5)
    threading.Event().wait(0.2)
    cap.release()
    thread.join(5)
    assert not thread.is_alive()
    assert results == [(False, None)]


def test_a_closed_stream_reads_false_and_says_so(cap: VideoStream, caplog: pytest.LogCaptureFixture) -> None:
    cap.release()
    assert not cap.isOpened()
    with caplog.at_level(logging.INFO, "llpyspin"):
        assert cap.read() == (False, None)
        cap.release()
    assert "The stream is closed." in caplog.messages
    assert "The video stream is closed." in caplog.messages
    with pytest.raises(CameraClosedError, match=r"open\(\)"):
        cap.framerate = 10


def test_open_opens_a_released_stream_again(cap: VideoStream) -> None:
    cap.release()
    assert cap.open()
    assert cap.isOpened()
    assert cap.read()[0]


def test_the_lines_of_the_readme_are_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "llpyspin"), VideoStream(0, sdk="virtual") as cap:
        cap.open()
        cap.framerate = 500
    assert caplog.messages[:5] == [
        "Opening the video stream.",
        "setting framerate to 30 fps",
        "setting exposure to 1500 us",
        "setting binsize to 1 pixel(s)",
        "setting the ROI parameters to (y=0, x=0, height=1080, width=1440).",
    ]
    assert "The video stream is already open." in caplog.messages
    assert any(message.startswith("failed to set the framerate to 500 fps") for message in caplog.messages)
    assert "Releasing the video stream." in caplog.messages


def test_a_setting_that_needs_no_pause_leaves_the_frame_numbers_running(cap: VideoStream) -> None:
    cap.read()
    for value in (500.0, 800.0, 1500.0):
        cap.exposure = value
    cap.gain = 6.0
    _, image = cap.read()
    assert cap.frame_info is not None
    assert read_stamp(image).frame == cap.frame_info.index


@pytest.mark.parametrize(("height", "width"), [(98, 324), (60, 320), (12, 32)])
def test_frames_of_partial_usb_packets_continue_after_all_buffers(
    cap: VideoStream, height: int, width: int
) -> None:
    cap.roi = (0, 0, height, width)
    cap.framerate = 500
    cap.exposure = 100
    cap.buffersize = 20
    for _ in range(300):  # there are 64 buffers
        ok, image = cap.read()
        assert ok
    assert cap.frame_info is not None
    assert image is not None
    assert read_stamp(image).frame == cap.frame_info.frame_id


def test_a_setting_that_needs_a_pause_resumes_the_stream_by_itself(cap: VideoStream) -> None:
    cap.read()
    cap.roi = (100, 200, 480, 640)
    ok, image = cap.read()
    while ok and image is not None and image.shape != (480, 640):
        ok, image = cap.read()
    assert ok
    assert cap.size == (480, 640)
    cap.binsize = 2
    assert cap.roi == (0, 0, 540, 720)
    cap.pixel_format = "Mono16"
    for _ in range(40):
        ok, image = cap.read()
        if image is not None and image.dtype == np.uint16:
            break
    assert image is not None
    assert (image.shape, image.dtype) == ((540, 720), np.uint16)


def test_a_refused_setting_leaves_the_stream_running(cap: VideoStream) -> None:
    cap.roi = (0, 0, 100000, 100000)
    cap.binsize = 3000
    cap.pixel_format = "Nonsense8"
    assert cap.roi == (0, 0, 1080, 1440)
    assert cap.read()[0]


def test_strict_raises_instead_of_warning(cap: VideoStream) -> None:
    cap.strict = True
    with pytest.raises(SettingRangeError, match="Hz") as caught:
        cap.framerate = 1e9
    assert caught.value.setting == "framerate"
    assert caught.value.remote_traceback
    assert cap.read()[0]


def test_a_camera_that_is_not_there_is_told_of_without_our_insides(world: World) -> None:
    with pytest.raises(CameraNotFoundError, match="00000000") as caught:
        VideoStream("00000000", sdk="virtual")
    assert caught.value.remote_traceback
    assert not getattr(caught.value, "__notes__", [])


def test_colour_cameras_give_bgr(worlds: Callable[..., World]) -> None:
    world = worlds("BFS-U3-16S2C")
    with VideoStream(world.serials[0], sdk="virtual") as cap:
        ok, image = cap.read()
        assert ok
        assert image is not None
        assert (image.shape, image.dtype) == ((1080, 1440, 3), np.uint8)
        assert cap.info.color
        assert read_stamp(image).camera == int(world.serials[0])


def test_color_false_gives_a_monochrome_image_of_a_colour_camera(worlds: Callable[..., World]) -> None:
    world = worlds("BFS-U3-16S2C")
    with VideoStream(world.serials[0], sdk="virtual", color=False) as cap:
        _, image = cap.read()
        assert image is not None
        assert image.shape == (1080, 1440)


def test_opencv_property_numbers_work(cap: VideoStream) -> None:
    cv2 = pytest.importorskip("cv2")
    assert cap.get(cv2.CAP_PROP_FRAME_WIDTH) == 1440
    assert cap.get(cv2.CAP_PROP_FRAME_HEIGHT) == 1080
    assert cap.set(cv2.CAP_PROP_FPS, 50)
    assert cap.get(cv2.CAP_PROP_FPS) == pytest.approx(50, rel=1e-3)
    assert cap.set(cv2.CAP_PROP_EXPOSURE, 2000)
    assert cap.get(cv2.CAP_PROP_EXPOSURE) == pytest.approx(2000, abs=5)
    assert cap.set(cv2.CAP_PROP_FRAME_WIDTH, 640)
    assert cap.width == 640
    assert not cap.set(cv2.CAP_PROP_FPS, 1e6)
    assert not cap.set(cv2.CAP_PROP_ZOOM, 1)
    assert cap.get(cv2.CAP_PROP_ZOOM) == 0.0
    assert cap.set(cv2.CAP_PROP_BUFFERSIZE, 4)
    assert cap.buffersize == 4
    assert cap.getBackendName() == "VIRTUAL"
    cap.setExceptionMode(True)
    with pytest.raises(SettingRangeError):
        cap.set(cv2.CAP_PROP_FPS, 1e6)


def test_any_node_can_be_read_written_and_explained(cap: VideoStream) -> None:
    cap.nodes["GainAuto"] = "Off"
    assert cap.nodes["GainAuto"] == "Off"
    info = cap.nodes.info("ExposureTime")
    assert info.limits.unit == "us"
    assert info.access == "RW"
    assert "GainAuto" in cap.nodes
    assert "Gainauto" not in cap.nodes
    assert len(cap.nodes) > 100
    with pytest.raises(Exception, match="GainAuto"):
        cap.nodes["GainAut"] = "Off"


def test_settings_saved_to_a_file_come_back_exactly(cap: VideoStream, tmp_path: object) -> None:
    path = f"{tmp_path}/camera.yaml"
    cap.framerate, cap.exposure, cap.gain = 61.5, 2345, 7.5
    cap.roi = (100, 200, 480, 640)
    saved = cap.settings()
    cap.save_settings(path)
    with pytest.raises(FileExistsError):
        cap.save_settings(path)
    cap.framerate, cap.exposure, cap.gain, cap.roi = 30, 1500, 0, None
    report = cap.load_settings(path)
    assert report.ok, str(report)
    assert cap.settings() == saved
    assert cap.roi == (100, 200, 480, 640)


def test_list_cameras_names_them_in_order(world: World) -> None:
    assert [info.serial for info in list_cameras("virtual")] == world.serials


def test_fewest_and_most_buffers_work_and_others_are_refused(cap: VideoStream) -> None:
    cap.roi, cap.framerate, cap.buffersize = (0, 0, 100, 104), 200, 3
    limits = cap.limits("buffer_count")
    for count, taken in (
        (limits.min - 1, False),
        (limits.min, True),
        (limits.max + 1, False),
        (limits.max, True),
    ):
        assert cap.assign("buffer_count", count) == taken
        asked = time.monotonic_ns()
        came = 0
        while came < 8:
            ok, image = cap.read()
            assert ok
            assert image is not None
            assert cap.frame_info is not None
            came += cap.frame_info.host_timestamp_ns > asked
        assert read_stamp(image).frame == cap.frame_info.frame_id


@pytest.mark.slow
def test_a_spinning_thread_beside_the_reader_costs_no_frame(cap: VideoStream) -> None:
    cap.framerate = "max"
    # Room for what a busy machine keeps from its reader for half a second; a reader that is too slow for the
    # rate falls behind by more than that in a thousand frames.
    assert cap.assign("buffer_count", 120)
    cap.buffersize = 110
    stop = threading.Event()

    def spin() -> None:
        number = 0
        while not stop.is_set():
            number += 1

    thread = threading.Thread(target=spin)
    cap.read()
    thread.start()
    try:
        missed = 0
        for _ in range(1000):
            ok, _image = cap.read()
            assert ok
            assert cap.frame_info is not None
            missed += cap.frame_info.missed
    finally:
        stop.set()
        thread.join(10)
    assert missed == 0
