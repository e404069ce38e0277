"""What every camera does, whichever SDK drives it: each setting in, at and past its limits, nodes, frames.

``DeviceContract`` is run over virtual cameras in ``tests/process`` and through the vendor's SDK in
``tests/rig``; a subclass gives the fixture ``opened``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import SettingError, SettingLockedError, SettingRangeError
from llpyspin.frames import FrameReader, FrameWriter
from llpyspin.settings import Roi
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.device import Device

NUMBERS = ("framerate", "exposure", "gain", "black_level", "gamma")
NO_NUMBERS: list[Any] = [True, "30", "", math.nan, math.inf, -math.inf, [1], (1, 2), {}, 1j]
HUGE: list[Any] = [10**400, -(10**400), 1e308, -1e308]
START_S = 10.0  # the first frame of a stream may take seconds


def has(device: Device, name: str) -> None:
    """Skip what this camera does not have; that it says so is tested elsewhere."""
    try:
        device.get(name)
    except SettingError as error:
        assert "this camera has no" in str(error)
        pytest.skip(str(error))


def pump_one(device: Device) -> None:
    """Until a frame is published: a damaged one may have nothing that could be."""
    deadline = Deadline(START_S)
    before = device.counters.delivered
    while device.counters.delivered == before:
        assert device.pump(deadline.remaining())


def close(value: float, wanted: float) -> bool:
    """Whether a camera's rounding explains the difference."""
    return abs(value - wanted) <= max(0.01 * abs(wanted), 1.0 if wanted > 10 else 0.01)


class DeviceContract:
    @pytest.fixture
    def device(self, opened: Device) -> Iterator[Device]:
        opened.set("binsize", 1)
        opened.set(
            "pixel_format", "Mono8" if not opened.info.color else opened.limits("pixel_format").entries[0]
        )
        opened.node_set("AcquisitionFrameRateEnable", False)
        for name, value in (("exposure", 1500), ("framerate", 30), ("gain", 0)):
            opened.set(name, value)
        yield opened
        if opened.streaming:
            opened.stop()

    # ---- numbers

    @pytest.mark.parametrize("name", NUMBERS)
    def test_a_number_in_and_at_its_limits_is_taken(self, device: Device, name: str) -> None:
        has(device, name)
        limits = device.limits(name)
        assert limits.min < limits.max
        for wanted in ((limits.min + limits.max) / 2, limits.min, limits.max):
            got = device.set(name, wanted)
            assert close(got, wanted)
            assert got == device.get(name)
            device.set(name, limits.min)

    @pytest.mark.parametrize("name", NUMBERS)
    def test_a_number_past_its_limits_is_refused_with_the_limits_and_the_old_one_kept(
        self, device: Device, name: str
    ) -> None:
        has(device, name)
        old, limits = device.get(name), device.limits(name)
        span = limits.max - limits.min
        for wanted in (limits.max + 0.01 * span, limits.min - 0.01 * span, *HUGE):
            with pytest.raises(SettingRangeError, match=name) as caught:
                device.set(name, wanted)
            if abs(wanted) < 1e300:
                assert limits.unit in str(caught.value)
                assert "is the maximum" in str(caught.value) or "is the minimum" in str(caught.value)
            assert device.get(name) == old

    @pytest.mark.parametrize("name", [*NUMBERS, "binsize", "roi", "buffer_count"])
    def test_what_is_no_number_is_refused_and_the_camera_stays_usable(
        self, device: Device, name: str
    ) -> None:
        has(device, name)
        old = device.get(name)
        for each in NO_NUMBERS:
            value = (1, 2, 3) if name == "binsize" and isinstance(each, tuple) else each  # a pair is one
            with pytest.raises(SettingRangeError, match=name):
                device.set(name, value)
            assert device.get(name) == old, value

    def test_the_limits_that_a_refusal_prints_are_accepted(self, device: Device) -> None:
        for name in ("framerate", "exposure"):
            with pytest.raises(SettingRangeError) as caught:
                device.set(name, 1e9)
            printed = float(str(caught.value).split("refused: ")[1].split()[0])
            assert close(device.set(name, printed), printed)
            device.set(name, {"framerate": 30, "exposure": 1500}[name])

    def test_the_most_frames_are_more_with_fewer_rows(self, device: Device) -> None:
        device.set("exposure", device.limits("exposure").min)
        full = device.set("framerate", "max")
        height = device.get("roi").height // 4 // 4 * 4
        device.set("roi", (0, 0, height, device.get("roi").width))
        assert device.set("framerate", None) > full

    def test_exposure_and_frame_rate_never_make_each_other_unsettable(self, device: Device) -> None:
        device.set("framerate", 10)
        device.set("exposure", 50000)
        most = device.limits("framerate").max
        assert close(device.set("framerate", most), most)
        device.set("exposure", 1000)
        assert close(device.set("framerate", 25), 25)

    def test_automatics_are_switched_off_by_a_value(self, device: Device) -> None:
        for name, auto in (("exposure", "ExposureAuto"), ("gain", "GainAuto")):
            device.node_set(auto, "Continuous")
            value = device.limits(name).min + 1
            assert close(device.set(name, value), value)
            assert device.node(auto).value == "Off"

    # ---- binning and region

    def test_binning_in_and_past_its_limits(self, device: Device) -> None:
        full = device.get("roi")
        low, high = device.limits("binsize").min[0], device.limits("binsize").max[0]
        for wanted in (1, 2, high):
            assert device.set("binsize", wanted) == wanted
            roi = device.get("roi")
            assert (roi.y, roi.x) == (0, 0)
            assert 0 <= full.height / wanted - roi.height < 8 and 0 <= full.width / wanted - roi.width < 8
        for wrong in (low - 1, high + 1, 1.5, None, *HUGE):
            with pytest.raises(SettingRangeError, match="binsize"):
                device.set("binsize", wrong)
            assert device.get("binsize") == high
        assert device.set("binsize", 1) == 1
        assert device.get("roi") == full

    def test_binning_of_each_axis(self, device: Device) -> None:
        assert device.set("binsize", (1, 2)) == (1, 2)
        assert device.get("roi").width <= device.info.sensor_size[1] // 2
        assert device.get("roi").height > device.info.sensor_size[0] // 2

    def test_a_region_in_and_at_its_limits(self, device: Device) -> None:
        limits, full = device.limits("roi"), device.get("roi")
        smallest = Roi(0, 0, limits.min[2], limits.min[3])
        corner = Roi(limits.max[0], limits.max[1], *smallest[2:])
        inner = Roi(
            *(2 * step for step in limits.inc[:2]), full.height // 2 // 4 * 4, full.width // 2 // 8 * 8
        )
        for wanted in (smallest, corner, inner, full, corner, inner):
            assert device.set("roi", tuple(wanted)) == wanted
            assert device.get("roi") == wanted
        assert device.set("roi", None) == full

    def test_a_region_past_its_limits_is_refused_and_the_old_one_kept(self, device: Device) -> None:
        full, limits = device.get("roi"), device.limits("roi")
        step = limits.inc
        old = device.set("roi", (step[0], step[1], limits.min[2] + step[2], limits.min[3] + step[3]))
        wrong: list[Any] = [
            (0, 0, full.height + step[2], full.width),
            (0, 0, full.height, full.width + step[3]),
            (step[0], 0, full.height, full.width),
            (0, step[1], full.height, full.width),
            (-step[0], 0, limits.min[2], limits.min[3]),
            (0, 0, limits.min[2] - step[2], limits.min[3]),
            (0, 0, 0, 0),
            (0, 0, 10**30, 10**30),
            (0, 0, math.nan, 100),
            (0, 0, 100),
        ]
        for value in wrong:
            with pytest.raises(SettingRangeError, match="roi"):
                device.set("roi", value)
            assert device.get("roi") == old

    def test_a_region_off_the_increment_names_the_nearest(self, device: Device) -> None:
        limits, full = device.limits("roi"), device.get("roi")
        with pytest.raises(SettingRangeError, match="nearest allowed"):
            device.set("roi", (0, 1, full.height, limits.min[3]))
        assert device.get("roi") == full

    # ---- formats, buffers

    def test_every_pixel_format_that_is_offered_is_taken_and_no_other(self, device: Device) -> None:
        for name in device.limits("pixel_format").entries:
            assert device.set("pixel_format", name) == name
            layout = device.layout
            assert layout.pixel_format == name
            assert layout.payload * 8 >= layout.width * layout.height * 8
        for wrong in ("Mono7", "", None, 8, True):
            with pytest.raises(SettingRangeError, match="must be one of"):
                device.set("pixel_format", wrong)

    def test_buffers_in_and_past_their_limits(self, device: Device) -> None:
        limits = device.limits("buffer_count")
        for wanted in (limits.min, min(20, limits.max), np.int64(10)):
            assert device.set("buffer_count", wanted) == wanted
        for wrong in (limits.min - 1, limits.max + 1, 10**30, 4.5):
            with pytest.raises(SettingRangeError, match="buffer_count"):
                device.set("buffer_count", wrong)

    def test_a_setting_that_the_camera_lacks_says_so(self, device: Device) -> None:
        if not device.info.color:
            with pytest.raises(SettingError, match="monochrome"):
                device.get("white_balance")
        with pytest.raises(SettingError, match="no setting is called"):
            device.get("brightness")

    def test_word_switches_an_automatic_or_names_the_node_that_lacks(self, device: Device) -> None:
        there = set(device.node_names())
        for name, node in (("exposure", "ExposureAuto"), ("gain", "GainAuto")):
            if node not in there:
                with pytest.raises(SettingError, match=node):
                    device.set(name, "auto")
                continue
            before = float(device.get(name))
            assert device.set(name, "auto") == "auto"
            assert device.node_get(node) == "Continuous"
            assert device.set(name, "off") == pytest.approx(before, rel=0.01)
            assert device.set(name, before) == pytest.approx(before, rel=0.01)
            with pytest.raises(SettingRangeError, match='"auto", "once" or "off"'):
                device.set(name, "sunny")

    # ---- nodes

    def test_nodes_tell_what_they_are(self, device: Device) -> None:
        info = device.node("ExposureTime")
        assert (info.type, info.access, info.limits.unit) == ("Float", "RW", "us")
        assert info.value == device.get("exposure")
        assert info.category
        assert "Off" in device.node("TriggerMode").limits.entries
        assert device.node("DeviceSerialNumber").value == device.info.serial
        assert device.node("TLDevice/DeviceSerialNumber").value == device.info.serial
        assert {"Width", "TLStream/StreamBufferCountManual"} <= set(device.node_names())

    def test_nodes_refuse_what_is_wrong(self, device: Device) -> None:
        with pytest.raises(SettingError, match="did you mean"):
            device.node("ExposurTime")
        for name, value in (
            ("Width", 10**12),
            ("Gain", math.nan),
            ("TriggerMode", "Maybe"),
            ("TriggerMode", 1),
        ):
            old = device.node(name).value
            with pytest.raises(SettingRangeError, match=name):
                device.node_set(name, value)
            assert device.node(name).value == old
        with pytest.raises(SettingLockedError):
            device.node_set("SensorWidth", 100)
        with pytest.raises(SettingError, match="command"):
            device.node_set("TimestampLatch", 1)

    def test_a_command_is_executed(self, device: Device) -> None:
        device.execute("TimestampLatch")
        first = device.node("TimestampLatchValue").value
        device.execute("TimestampLatch")
        assert device.node("TimestampLatchValue").value > first

    def test_a_snapshot_restores_exactly(self, device: Device) -> None:
        device.set("binsize", 2)
        device.set("roi", (8, 16, 64, 128))
        device.set("exposure", 20000)
        device.set("framerate", 17)
        device.set("gain", 3)
        device.node_set("LineSelector", "Line2")
        taken = device.snapshot()
        device.set("binsize", 1)
        device.set("roi", (400, 400, 100, 200))
        device.set("exposure", 500)
        device.set("framerate", 60)
        device.node_set("GainAuto", "Continuous")
        device.node_set("TriggerMode", "On")
        device.node_set("LineSelector", "Line1")
        device.node_set("LineInverter", not device.node("LineInverter").value)
        device.node_set("LineSelector", "Line3")
        report = device.restore(taken)
        assert report.ok, str(report)
        assert device.snapshot() == taken

    # ---- frames

    @pytest.fixture
    def frames(self, device: Device) -> Iterator[Callable[[int], list[Any]]]:
        """Start the stream; ``frames(n)`` gives n copies of (info, pixels)."""
        with FrameWriter(name=device.info.serial) as writer:
            with FrameReader(writer.address) as reader:

                def take(count: int) -> list[Any]:
                    taken = []
                    for _ in range(count):
                        pump_one(device)
                        data, info, layout = reader.copy_next(1.0, backlog=1000)
                        taken.append((info, np.asarray(data).reshape(-1), layout))
                    return taken

                device.start(writer)
                yield take
                device.stop()

    def test_frames_arrive_whole_numbered_and_with_both_clocks(
        self, device: Device, frames: Callable[[int], list[Any]]
    ) -> None:
        taken = frames(30)
        assert device.zero_copy
        roi = device.get("roi")
        previous = None
        for info, pixels, layout in taken:
            assert (layout.height, layout.width) == roi[2:]
            stamp = read_stamp(pixels.reshape(layout.height, layout.width))
            assert stamp.camera == int(device.info.serial)
            if previous is not None:
                before, number = previous
                assert stamp.frame - number == info.frame_id - before.frame_id == info.missed + 1
                assert info.camera_timestamp_ns > before.camera_timestamp_ns
                assert info.host_timestamp_ns > before.host_timestamp_ns
            previous = info, stamp.frame
        assert device.counters.delivered >= 30

    def test_settings_while_streaming_are_taken_or_need_a_pause(
        self, device: Device, frames: Callable[[int], list[Any]]
    ) -> None:
        frames(2)
        for name, value in (("exposure", 2000), ("gain", 5), ("framerate", 25)):
            assert not device.needs_pause(name, value)
            assert close(device.set(name, value), value)
        for name, value in (
            ("binsize", 2),
            ("pixel_format", "Mono16"),
            ("roi", (0, 0, 64, 128)),
            ("buffer_count", 12),
        ):
            old = device.get(name)
            assert device.needs_pause(name, value)
            with pytest.raises(SettingLockedError):
                device.set(name, value)
            assert device.get(name) == old
        with pytest.raises(SettingLockedError):
            device.restore({})
        assert device.needs_pause("PixelFormat") and not device.needs_pause("DeviceTemperature")
        frames(2)

    def test_a_region_of_the_same_size_moves_while_streaming(self, device: Device) -> None:
        device.set("roi", (0, 0, 64, 128))
        with FrameWriter() as writer:
            device.start(writer)
            assert device.pump(START_S)
            assert not device.needs_pause("roi", (8, 16, 64, 128))
            assert device.set("roi", (8, 16, 64, 128)) == (8, 16, 64, 128)
            assert device.pump(START_S)
            device.stop()

    def test_a_stream_starts_again_as_often_as_is_asked(self, device: Device) -> None:
        with FrameWriter() as writer:
            for height in (64, 128, 256, 64):
                device.set("roi", (0, 0, height, 128))
                device.start(writer)
                for _ in range(3):
                    pump_one(device)
                device.stop()
            assert writer.published == 12
