"""VideoStream through the vendor's own Spinnaker SDK, from virtual GigE cameras."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import VideoStream, list_cameras
from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraInUseError, CameraLostError, CameraNotFoundError, CameraProcessError
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.rig import Rig

FULL = (1080, 1440)


@pytest.fixture(scope="module")
def stream(two_cameras: Rig) -> Iterator[VideoStream]:
    """One stream for the module, for the SDK takes 9 s to open it."""
    with two_cameras.inside():
        opened = VideoStream(two_cameras.serials[0], sdk="rotpy", timeout=10)
    with opened:
        yield opened


@pytest.fixture
def cap(rig: Rig, stream: VideoStream) -> VideoStream:
    """The stream, open and as it was when it was opened first, whatever the test before has done to it."""
    assert stream.isOpened() or stream.open()
    stream.framerate, stream.exposure, stream.gain, stream.buffersize = 30, 1500, 0, None
    stream.roi = None
    assert stream.roi == (0, 0, *FULL)
    while stream.read()[1].shape != FULL:
        pass
    return stream


def test_the_cameras_of_the_rig_are_listed(rig: Rig) -> None:
    assert sorted(camera.serial for camera in list_cameras("rotpy")) == sorted(rig.serials)


def test_a_thousand_reads_at_full_rate_are_right_whole_and_never_repeated(cap: VideoStream, rig: Rig) -> None:
    assert not cap.info.virtual
    assert cap.info.sdk == "rotpy"
    cap.framerate = "max"
    cap.buffersize = 20
    last = None
    for _ in range(1000):
        ok, image = cap.read()
        assert ok
        info = cap.frame_info
        assert info is not None
        assert image is not None
        stamp = read_stamp(image)
        assert stamp == read_stamp(image, foot=True)  # else it is torn
        assert stamp.camera == int(rig.serials[0])
        if last is not None:
            # The camera's number is in the pixels: what was missed, on the wire or here, is counted.
            assert stamp.frame - last == info.missed + 1
        last = stamp.frame


def test_there_can_be_more_buffers_again_after_there_were_fewer(cap: VideoStream) -> None:
    cap.roi, cap.framerate, cap.buffersize = (0, 0, 100, 100), 60, 3
    for count in (10, 200, 4, 64):
        assert cap.assign("buffer_count", count)
        asked = time.monotonic_ns()
        came = 0
        while came < count // 4 + 8:
            ok, image = cap.read()
            assert ok
            assert cap.frame_info is not None
            came += cap.frame_info.host_timestamp_ns > asked
        assert cap.nodes["TLStream/StreamAnnouncedBufferCount"] == count
        assert read_stamp(image).frame == cap.frame_info.frame_id - 1


def test_settings_change_while_it_streams(cap: VideoStream) -> None:
    cap.exposure = 3000
    assert cap.exposure == pytest.approx(3000, abs=20)
    cap.gain = 6
    assert cap.gain == pytest.approx(6, abs=0.1)
    cap.roi = (100, 200, 480, 640)
    assert cap.roi == (100, 200, 480, 640)
    ok, image = cap.read()
    while ok and image is not None and image.shape != (480, 640):
        ok, image = cap.read()
    assert image is not None
    assert (image.shape, image.dtype) == ((480, 640), np.uint8)
    cap.framerate = 1e6
    cap.exposure = float("nan")
    cap.roi = (0, 0, 5000, 5000)
    assert cap.roi == (100, 200, 480, 640)
    assert cap.read()[0]


def test_a_borrowed_frame_lies_where_the_sdk_put_it_and_stays(cap: VideoStream) -> None:
    cap.framerate = "max"
    with cap.borrow() as frame:
        before = read_stamp(frame)
        assert not frame.flags.writeable
        assert not frame.flags.owndata
        for _ in range(40):
            assert cap.read()[0]
        assert read_stamp(frame) == before
    assert cap._ask("zero_copy")


def test_a_second_opener_is_told_that_the_camera_is_in_use(cap: VideoStream, rig: Rig) -> None:
    with pytest.raises(CameraInUseError, match=rig.serials[0]):
        VideoStream(rig.serials[0], sdk="rotpy")
    assert cap.read()[0]


def test_an_absent_camera_is_an_error_that_lists_those_that_are_there(rig: Rig) -> None:
    with pytest.raises(CameraNotFoundError, match=rig.serials[1]):
        VideoStream("99999999", sdk="rotpy")


def test_a_killed_camera_process_is_an_error_and_the_camera_opens_again(cap: VideoStream) -> None:
    assert cap.read()[0]
    os.kill(cap._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        while True:
            cap.read()
    assert cap.open()  # waits for the dead client's heartbeat to run out, 3 s
    assert cap.read()[0]


def test_an_unplugged_camera_is_lost_and_opens_again_when_it_is_back(cap: VideoStream, rig: Rig) -> None:
    assert cap.read()[0]
    rig.command("unplug", rig.serials[0])
    started = time.monotonic()
    with pytest.raises(CameraLostError, match=rig.serials[0]):
        while time.monotonic() - started < 60:
            cap.read()
    cap.release()
    rig.command("plug", rig.serials[0])
    assert cap.open()
    assert cap.read()[0]


def test_packet_loss_is_counted_and_no_damaged_frame_is_given(cap: VideoStream, rig: Rig) -> None:
    cap.framerate = 30
    cap.buffersize = 20
    ok, image = cap.read()
    first = read_stamp(image).frame
    rig.command("loss", rig.serials[0], 0.0005)
    missed = read = 0
    deadline = Deadline(30)
    while read < 40 or not missed:
        assert not deadline.passed
        ok, image = cap.read()
        assert ok
        assert cap.frame_info is not None
        read += 1
        missed += cap.frame_info.missed
        assert read_stamp(image).frame == first + read + missed
