"""From images to published frames: memory lent or copied, every image released, every loss counted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.device import Device
from llpyspin.device._protocol import INCOMPLETE, RESTARTED, VIRTUAL
from llpyspin.device.frameids import FrameIds
from llpyspin.errors import (
    CameraLostError,
    SdkError,
    SettingLockedError,
    SettingRangeError,
    TooManyHeldError,
)
from llpyspin.frames import FrameFlags, FrameWriter, Layout
from llpyspin.frames.buffers import FEWEST, streaming_buffers
from llpyspin.frames.records import MAX_BUFFERS
from llpyspin.worker.pumping import Acquisition
from tests.unit.fake_sdk import FakeCamera, FakeSdk

HEIGHT, WIDTH = 32, 64


class Sink:
    """Records what is published; gives lent buffers back when told to."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.begun: list[tuple[int, bool, int]] = []
        self.full = False
        self.out: list[int] = []

    def begin(self, layout: Any, buffers: int, *, lent: bool, block_bytes: int = 0) -> memoryview:
        self.layout, self.buffers = layout, buffers
        self.begun.append((buffers, lent, block_bytes))
        self.memory = memoryview(bytearray(block_bytes or buffers * layout.payload))
        return self.memory

    def claim(self) -> tuple[int, memoryview]:
        if self.full:
            raise TooManyHeldError("held")
        at = len(self.frames) % self.buffers * self.layout.payload
        return at, self.memory[at : at + self.layout.payload]

    def publish(self, offset: int, **account: Any) -> int:
        pixel = self.memory[offset]
        self.frames.append({"offset": offset, "pixel": pixel, **account})
        return len(self.frames) - 1

    def retire(self) -> list[int]:
        out, self.out = self.out, []
        return out

    def end(self) -> None: ...


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera()


def opened(camera: FakeCamera) -> Device:
    device = Device(FakeSdk(camera), 0)
    device.set("roi", (0, 0, HEIGHT, WIDTH))
    device.set("buffer_count", 8)
    return device


def test_lent_memory_is_published_where_the_sdk_filled_it_without_a_copy(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        assert device.zero_copy
        assert sink.begun == [(8, True, 8 * HEIGHT * WIDTH)]
        for number in range(3):
            image = camera.expose(number, fill=40 + number)
            assert device.pump(0.1)
            assert image.released == 0
            inside = image.pixels.__array_interface__["data"][0]  # type: ignore[union-attr]
            base = np.frombuffer(sink.memory, np.uint8).__array_interface__["data"][0]
            assert sink.frames[-1]["offset"] == inside - base
            assert sink.frames[-1]["pixel"] == 40 + number
        device.stop()
        assert [image.released for image in camera.images] == [1, 1, 1]


def test_a_lent_image_is_released_when_its_frame_retires_and_not_before(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        first = camera.expose(0)
        device.pump(0.1)
        second = camera.expose(1)
        sink.out = [sink.frames[0]["offset"]]
        device.pump(0.1)
        assert (first.released, second.released) == (1, 0)
        sink.out = [sink.frames[1]["offset"]]
        assert not device.pump(0)
        assert (first.released, second.released) == (1, 1)


def test_sdk_forgets_lent_memory_that_it_takes_for_its_limit(camera: FakeCamera) -> None:
    count = camera.tl_stream["StreamBufferCountManual"]
    begin = camera.BeginAcquisition

    def begin_like_sdk_2_6() -> None:
        begin()
        lent = camera.user_memory
        count.high = 100 if lent is None else len(lent) // (HEIGHT * WIDTH)

    camera.BeginAcquisition = begin_like_sdk_2_6  # type: ignore[method-assign]
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        device.stop()
        assert count.GetMax() == 8
        with pytest.raises(SettingRangeError):  # the SDK's own limit, once it tells that
            device.set("buffer_count", 101)
        assert device.set("buffer_count", 20) == 20
        device.start(sink)
        assert sink.begun == [(8, True, 8 * HEIGHT * WIDTH), (20, True, 20 * HEIGHT * WIDTH)]
        device.stop()
        device.set("buffer_count", 9)
        begun = camera.log.count(("BeginAcquisition", ""))
        device.start(sink)
        assert camera.log.count(("BeginAcquisition", "")) == begun + 1  # there was nothing to forget
        device.stop()


def test_images_are_given_back_only_after_the_acquisition_has_ended(camera: FakeCamera) -> None:
    with opened(camera) as device:
        device.start(Sink())
        image = camera.expose(0)
        device.pump(0.1)
        at_release: list[bool] = []
        image.Release = lambda: at_release.append(camera.streaming)  # type: ignore[method-assign]
        device.stop()
        assert at_release == [False]


def test_sdk_without_user_buffers_has_its_images_copied_and_released(camera: FakeCamera) -> None:
    camera.takes_memory = False
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        assert not device.zero_copy
        assert sink.begun == [(8, False, 0)]
        image = camera.expose(0, fill=77)
        assert device.pump(0.1)
        assert image.released == 1
        assert sink.frames[0]["pixel"] == 77


def test_sdk_that_ignores_our_memory_has_its_images_copied(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        camera.user_memory = None
        image = camera.expose(0, fill=78)
        assert device.pump(0.1)
        assert sink.begun[-1] == (8, False, 0)
        assert (image.released, sink.frames[0]["pixel"], device.zero_copy) == (1, 78, False)


@pytest.mark.parametrize(("buffers", "lent"), [(7, False), (8, True), (9, False)])
def test_sdk_with_another_number_of_buffers_has_its_images_copied(
    camera: FakeCamera, buffers: int, lent: bool
) -> None:
    camera.GetUserBufferCount = lambda: buffers  # type: ignore[attr-defined]
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        assert sink.buffers == 8
        assert device.zero_copy == sink.begun[-1][1] == lent
        camera.expose(0, fill=79)
        assert device.pump(0.1)
        assert sink.frames[0]["pixel"] == 79


@pytest.mark.parametrize("error", [TypeError("in method 'SetUserBuffers'"), NotImplementedError()])
def test_a_wrapper_that_takes_no_python_buffer_is_met_with_copies(
    camera: FakeCamera, error: Exception
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    camera.SetUserBuffers = refuse  # type: ignore[method-assign]
    with opened(camera) as device:
        device.start(Sink())
        assert not device.zero_copy


def test_losses_are_told_with_the_next_frame_and_counted(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        for frame_id in (2, 3, 7):
            camera.expose(frame_id)
            device.pump(0.1)
        assert [frame["lost_before"] for frame in sink.frames] == [2, 0, 3]
        assert (device.counters.delivered, device.counters.lost) == (3, 5)


def test_an_incomplete_image_is_published_with_its_flag(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        camera.expose(1, incomplete=True)
        device.pump(0.1)
        assert sink.frames[0]["flags"] == INCOMPLETE
        assert device.counters.incomplete == 1


def test_an_incomplete_image_without_data_is_released_and_counted_as_lost(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        image = camera.expose(1, incomplete=True, data=False)
        assert device.pump(0.1)
        camera.expose(2)
        device.pump(0.1)
        assert image.released == 1
        assert [frame["lost_before"] for frame in sink.frames] == [2]
        assert (device.counters.delivered, device.counters.incomplete, device.counters.lost) == (1, 1, 2)


def test_damaged_image_without_data_is_counted_once(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        camera.expose(0)
        camera.expose(0, incomplete=True, data=False).timestamp = 0  # as its id: unknown
        camera.expose(2)
        for _ in range(3):
            device.pump(0.1)
        assert [frame["lost_before"] for frame in sink.frames] == [0, 1]
        assert (device.counters.incomplete, device.counters.lost) == (1, 1)


def test_image_without_its_first_packet_does_not_keep_an_old_id(camera: FakeCamera) -> None:
    """Spinnaker 2.6 calls it complete; it has no timestamp, and the id of an image long ago."""
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        for frame_id in (0, 1):
            camera.expose(frame_id)
        camera.expose(1).timestamp = 0
        camera.expose(3)
        for _ in range(4):
            device.pump(0.1)
        assert [(frame["frame_id"], frame["lost_before"]) for frame in sink.frames] == [
            (0, 0),
            (1, 0),
            (3, 1),
        ]
        assert (device.counters.incomplete, device.counters.lost) == (1, 1)


def test_a_frame_without_free_memory_is_dropped_and_counted(camera: FakeCamera) -> None:
    camera.takes_memory = False
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        sink.full = True
        dropped = camera.expose(0)
        device.pump(0.1)
        sink.full = False
        camera.expose(1)
        device.pump(0.1)
        assert dropped.released == 1
        assert sink.frames[0]["lost_before"] == 1
        assert (device.counters.dropped, device.counters.lost) == (1, 1)


def test_the_first_frame_after_a_restart_says_so_and_ids_begin_anew(camera: FakeCamera) -> None:
    sink = Sink()
    with opened(camera) as device:
        for _ in range(2):
            device.start(sink)
            for frame_id in range(2):
                camera.expose(frame_id)
                device.pump(0.1)
            device.stop()
    assert [frame["flags"] for frame in sink.frames] == [0, 0, RESTARTED, 0]
    assert [frame["lost_before"] for frame in sink.frames] == [0, 0, 0, 0]


def test_exposure_and_gain_come_from_the_chunk_of_each_frame(camera: FakeCamera) -> None:
    camera._add("ChunkModeActive", "Boolean", False)
    camera._add("ChunkSelector", "Enumeration", "FrameID", entries=("FrameID", "ExposureTime", "Gain"))
    camera._add("ChunkEnable", "Boolean", False)
    sink = Sink()
    with opened(camera) as device:
        device.start(sink)
        for frame_id, chunk in enumerate([(1500.0, 3.5), None]):
            camera.expose(frame_id, chunk=chunk)
            device.pump(0.1)
    assert (sink.frames[0]["exposure_us"], sink.frames[0]["gain_db"]) == (1500.0, 3.5)
    assert math.isnan(sink.frames[1]["exposure_us"]) and math.isnan(sink.frames[1]["gain_db"])
    assert sink.frames[0]["line_status"] == -1


def with_chunks(camera: FakeCamera, *names: str) -> None:
    camera._add("ChunkModeActive", "Boolean", False)
    camera._add("ChunkSelector", "Enumeration", "FrameID", entries=("FrameID", *names))
    camera._add("ChunkEnable", "Boolean", False)


def levels_of(camera: FakeCamera, *, incomplete: bool = False, off: str = "") -> int:
    """Those of the lines that are published with a frame."""
    sink = Sink()
    with opened(camera) as device:
        if off:
            device.node_set(off, False)
        device.start(sink)
        image = camera.expose(0, chunk=(1500.0, 3.5), incomplete=incomplete)
        image.lines = {"GetExposureEndLineStatusAll": 9, "GetLineStatusAll": 6}
        device.pump(0.1)
    levels: int = sink.frames[0]["line_status"]
    return levels


SENT = ("ExposureTime", "Gain")


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        ((*SENT, "ExposureEndLineStatusAll"), 9),
        ((*SENT, "LineStatusAll"), 6),
        ((*SENT, "LineStatusAll", "ExposureEndLineStatusAll"), 9),
        (SENT, -1),
        (("LineStatusAll",), -1),  # nothing proves that the chunk has come
    ],
)
def test_levels_of_the_lines_come_from_the_chunk_that_the_camera_has(
    camera: FakeCamera, chunks: tuple[str, ...], told: int
) -> None:
    with_chunks(camera, *chunks)
    assert levels_of(camera) == told


def test_incomplete_frame_has_no_levels(camera: FakeCamera) -> None:
    with_chunks(camera, *SENT, "ExposureEndLineStatusAll")
    assert levels_of(camera, incomplete=True) == -1


@pytest.mark.parametrize("node", ["ChunkModeActive", "ChunkEnable"])
def test_chunks_that_were_switched_off_give_no_levels(camera: FakeCamera, node: str) -> None:
    with_chunks(camera, *SENT, "ExposureEndLineStatusAll")
    assert levels_of(camera, off=node) == -1


def test_pump_returns_false_when_no_image_comes(camera: FakeCamera) -> None:
    with opened(camera) as device:
        device.start(Sink())
        assert device.pump(0) is False


def test_a_camera_that_vanishes_while_streaming_is_lost_and_can_be_closed(camera: FakeCamera) -> None:
    sdk = FakeSdk(camera)
    device = Device(sdk, 0)
    device.start(Sink())
    image = camera.expose(0)
    device.pump(0.1)
    camera.gone = True
    with pytest.raises(CameraLostError, match="11111111"):
        device.pump(0.1)
    device.close()
    assert (image.released, sdk.systems) == (1, 0)


def test_starting_twice_is_refused_and_pumping_before_the_start_too(camera: FakeCamera) -> None:
    with opened(camera) as device:
        with pytest.raises(SdkError, match="not streaming"):
            device.pump(0)
        device.start(Sink())
        with pytest.raises(SdkError, match="streaming already"):
            device.start(Sink())
        device.stop()
        device.stop()


def test_while_streaming_only_what_the_camera_locks_needs_a_pause(camera: FakeCamera) -> None:
    with opened(camera) as device:
        names = ("roi", "binsize", "pixel_format", "buffer_count", "exposure", "gain", "framerate", "Width")
        assert not any(device.needs_pause(name) for name in names)
        device.start(Sink())
        assert [name for name in names if device.needs_pause(name)] == [
            "roi",
            "binsize",
            "pixel_format",
            "buffer_count",
            "Width",
        ]
        assert not device.needs_pause("roi", (2, 4, HEIGHT, WIDTH))
        assert device.needs_pause("roi", (2, 4, HEIGHT, WIDTH + 4))
        assert not device.needs_pause("SensorWidth")
        with pytest.raises(SettingLockedError):
            device.set("binsize", 2)
        with pytest.raises(SettingLockedError):
            device.set("buffer_count", 9)
        assert device.set("roi", (2, 4, HEIGHT, WIDTH)) == (2, 4, HEIGHT, WIDTH)


def test_the_flags_are_those_that_readers_know() -> None:
    assert (INCOMPLETE, VIRTUAL, RESTARTED) == (
        FrameFlags.INCOMPLETE,
        FrameFlags.VIRTUAL,
        FrameFlags.RESTARTED,
    )


def test_the_writer_of_frames_takes_what_the_device_gives(camera: FakeCamera) -> None:
    with opened(camera) as device, FrameWriter() as writer:
        device.start(writer)
        for frame_id in range(30):
            camera.expose(frame_id)
            assert device.pump(0.1)
        assert writer.published == 30
        device.stop()
        assert [image.released for image in camera.images] == [1] * 30


@pytest.mark.parametrize(
    ("payload", "buffers"), [(720 * 540, 64), (1440 * 1080, 64), (2448 * 2048, 26), (10**9, 10)]
)
def test_buffers_are_about_128_mib_but_never_few(payload: int, buffers: int) -> None:
    assert streaming_buffers(payload) == buffers


# ---- frame ids


@pytest.mark.parametrize(
    ("interface", "ids", "gaps"),
    [
        ("USB3", [0, 1, 2], [0, 0, 0]),
        ("USB3", [3, 4, 9], [3, 0, 4]),
        ("USB3", [65534, 65535, 65536], [0, 0, 0]),
        ("GigE", [1, 2, 3], [0, 0, 0]),
        ("GigE", [2, 65535, 1], [1, 65532, 0]),
        ("GigE", [1, 65533, 3], [0, 65531, 4]),
        ("GigE", [1, 70000, 70001], [0, 69998, 0]),
        ("GigE", [65400, 65401], [0, 0]),
        ("USB3", [5, 5, 6], [5, 0, 0]),
        ("USB3", [0, 1, 2, 0, 1], [0, 0, 0, 0, 0]),
    ],
)
def test_gaps_in_ids_are_lost_frames_by_the_rules_of_the_interface(
    interface: str, ids: list[int], gaps: list[int]
) -> None:
    counter = FrameIds(interface)
    counter.restart()
    assert [counter.gap(number) for number in ids] == gaps


@settings(deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=600))
def test_delivered_and_lost_add_up_across_wraps(gaps: list[int]) -> None:
    counter = FrameIds("GigE")
    counter.restart()
    number = 65300
    counter.gap(number)
    for gap in gaps:
        number = (number - 1 + gap + 1) % 65535 + 1
        assert counter.gap(number) == gap


def test_the_limits_of_buffer_count_are_those_of_the_memory_for_frames() -> None:
    layout = Layout("Mono8", 8, 8, 8, 64)
    for lent in (True, False):
        for buffers in (FEWEST, MAX_BUFFERS):
            writer = FrameWriter()
            try:
                room = writer.begin(layout, buffers, lent=lent, block_bytes=64 * buffers * lent)
                assert len(room) >= 64 * buffers
            finally:
                writer.close()
    for buffers in (FEWEST - 1, MAX_BUFFERS + 1):
        writer = FrameWriter()
        try:
            with pytest.raises(ValueError, match="buffers"):
                writer.begin(layout, buffers, lent=True, block_bytes=64 * buffers)
        finally:
            writer.close()


def test_readers_get_an_error_when_a_paused_stream_does_not_restart() -> None:
    class Broken:
        def start(self, _writer: object) -> None:
            raise MemoryError("no room")

    class Told:
        error: Exception | None = None

        def fail(self, error: Exception) -> None:
            self.error = error

    told = Told()
    acquisition = Acquisition(Broken(), told)  # type: ignore[arg-type]
    with pytest.raises(MemoryError):
        acquisition.resume()
    assert isinstance(told.error, SdkError)
    assert "no room" in str(told.error)
    with pytest.raises(SdkError):
        acquisition.start()
