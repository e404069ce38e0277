"""Cameras among others: which nodes a role writes, that all are put back, and what is counted."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.device.counting import EventCounter
from llpyspin.device.nodes import NodeMap
from llpyspin.device.pacing import Pacer
from llpyspin.device.undo import Changes
from llpyspin.errors import CameraLostError, SdkError, SettingError, SettingLockedError
from llpyspin.frames import FrameReader, FrameWriter
from llpyspin.roles import ClockSample, Lines, Role, lines_of
from tests.unit.fake_sdk import NA, RO, RW, FakeCamera, FakeNode, FakeSdk
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIMARY, SECONDARY, FREE = Role("primary"), Role("secondary"), Role("free")


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """A virtual Blackfly S."""
    with world(monkeypatch, "BFS-U3-16S2M", wires=[]), Device(llpyspin.virtual, 0) as device:
        yield device


def node_of(device: Device, name: str, selector: str, entry: str) -> Any:
    device.node_set(selector, entry)
    return device.node_get(name)


class TestLines:
    @pytest.mark.parametrize(
        ("model", "output", "power", "input_line"),
        [
            ("Blackfly S BFS-U3-16S2M", "Line1", "Line2", "Line3"),
            ("Blackfly BFLY-PGE-13E4M", "Line1", None, "Line0"),
            ("Oryx ORX-10G-51S5M", "Line2", "Line6", "Line5"),
            ("Firefly FFY-U3-16S2M", "Line2", None, "Line3"),
            ("Grasshopper3 GS3-U3-23S6M", "Line2", None, "Line3"),
            ("Chameleon3 CM3-U3-31S4C", "Line2", None, "Line3"),
            ("Flea3 FL3-U3-13E4M", "Line2", None, "Line3"),
            ("BFS-PGE-16S2C", "Line1", "Line2", "Line3"),
        ],
    )
    def test_each_family_has_its_lines(
        self, model: str, output: str, power: str | None, input_line: str
    ) -> None:
        lines = lines_of(model)
        assert (lines.output, lines.power, lines.input) == (output, power, input_line)
        assert (lines.output_source, lines.activation, lines.overlap) == (
            "ExposureActive",
            "RisingEdge",
            "ReadOut",
        )

    def test_an_unknown_model_is_told_to_name_its_lines(self) -> None:
        with pytest.raises(SettingError, match=r"Frobnicator 9.*lines=Lines"):
            lines_of("Frobnicator 9")

    def test_a_role_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(SettingError, match="conductor"):
            Role("conductor")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("what", "value"),
        [("buffer_count", 0), ("buffer_count", 2.5), ("sync", "radio"), ("group", 0), ("group", 1 << 32)],
    )
    def test_a_role_with_values_that_mean_nothing_is_refused(self, what: str, value: Any) -> None:
        with pytest.raises(SettingError, match={"sync": "radio"}.get(what, what)):
            Role("primary", **{what: value})


class TestTakingARole:
    def test_a_primary_waits_for_software_and_drives_its_line(self, device: Device) -> None:
        device.arm(PRIMARY)
        assert device.role == PRIMARY
        trigger = [node_of(device, name, "TriggerSelector", "FrameStart") for name in _TRIGGER[:2]]
        assert trigger == ["On", "Software"]
        assert node_of(device, "LineSource", "LineSelector", "Line1") == "ExposureActive"
        assert node_of(device, "V3_3Enable", "LineSelector", "Line2") is True

    def test_a_secondary_waits_for_edges_and_has_no_rate_of_its_own(self, device: Device) -> None:
        device.set("framerate", 30)
        device.arm(SECONDARY)
        trigger = [node_of(device, name, "TriggerSelector", "FrameStart") for name in _TRIGGER]
        assert trigger == ["On", "Line3", "RisingEdge", "ReadOut"]
        assert device.node_get("AcquisitionFrameRateEnable") is False

    def test_lines_can_be_others_than_those_of_the_model(self, device: Device) -> None:
        lines = Lines("Line2", "ExposureActive", None, "Line0", "FallingEdge", "Off")
        device.arm(Role("primary", lines))
        assert node_of(device, "LineMode", "LineSelector", "Line2") == "Output"
        assert node_of(device, "LineSource", "LineSelector", "Line2") == "ExposureActive"
        device.arm(Role("secondary", lines))
        assert node_of(device, "LineMode", "LineSelector", "Line2") == "Input"
        trigger = [node_of(device, name, "TriggerSelector", "FrameStart") for name in _TRIGGER]
        assert trigger == ["On", "Line0", "FallingEdge", "Off"]

    def test_a_camera_without_a_clock_to_share_is_told_of_wires(self, device: Device) -> None:
        with pytest.raises(SettingError, match=r"is for GigE cameras, others are synchronised by wires"):
            device.arm(Role("secondary", sync="ptp"))
        assert device.role is None

    @pytest.mark.parametrize("role", [PRIMARY, SECONDARY, FREE])
    def test_disarming_leaves_every_node_as_it_was(self, device: Device, role: Role) -> None:
        device.set("framerate", 30)
        before = device.snapshot()
        device.arm(role)
        device.disarm()
        after = device.snapshot()
        for selector in ("LineSelector", "TriggerSelector", "CounterSelector"):
            before.pop(selector), after.pop(selector)
        if role is PRIMARY:  # the supply stays on, and with it the mode of its line locked
            assert after.pop("V3_3Enable[Line2]") is True
            del before["V3_3Enable[Line2]"], before["LineMode[Line2]"]
        assert after == before
        assert device.role is None

    def test_the_supply_is_switched_once_however_often_a_primary_is_armed(self, device: Device) -> None:
        with FrameWriter() as writer:
            switched = []
            for _ in range(3):
                device.arm(PRIMARY)
                device.start(writer)
                switched.append(device.armed().supply_switched)
                device.stop()
                device.disarm()
        assert switched == [True, False, False]
        assert node_of(device, "V3_3Enable", "LineSelector", "Line2") is True

    def test_power_output_is_restored_at_a_new_role_and_at_close(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with world(monkeypatch, "BFS-U3-16S2M", wires=[]) as system:
            with Device(llpyspin.virtual, 0) as device:
                device.arm(PRIMARY)
                device.arm(SECONDARY)
                assert node_of(device, "V3_3Enable", "LineSelector", "Line2") is False
                device.arm(PRIMARY)
            camera = system.GetCameras().GetByIndex(0)
            camera.Init()
            camera.LineSelector.SetValue(llpyspin.virtual.LineSelector_Line2)
            assert camera.V3_3Enable.GetValue() is False
            camera.DeInit()
            del camera

    @pytest.mark.parametrize(
        ("role", "wrong", "named"),
        [
            ("primary", Lines("Line9", "ExposureActive", None, "Line3"), "LineSelector"),
            ("primary", Lines("Line1", "Moonlight", None, "Line3"), "LineSource"),
            ("primary", Lines("Line3", "ExposureActive", None, "Line3"), "LineMode"),
            ("primary", Lines("Line1", "ExposureActive", "Line3", "Line3"), "V3_3Enable"),
            ("secondary", Lines("Line1", "ExposureActive", None, "Line9"), "LineSelector"),
            ("secondary", Lines("Line1", "ExposureActive", None, "Line1"), "LineMode"),
            ("secondary", Lines("Line1", "ExposureActive", None, "Line3", "Sideways"), "TriggerActivation"),
            ("secondary", Lines("Line1", "ExposureActive", None, "Line3", overlap="Much"), "TriggerOverlap"),
        ],
    )
    def test_missing_line_is_refused_by_name_and_changes_nothing(
        self, device: Device, role: Any, wrong: Lines, named: str
    ) -> None:
        before = device.snapshot()
        with pytest.raises(SettingError, match=named):
            device.arm(Role(role, wrong))
        after = device.snapshot()
        for selector in ("LineSelector", "TriggerSelector", "CounterSelector"):
            before.pop(selector), after.pop(selector)
        assert after == before
        assert device.role is None

    def test_a_camera_that_streams_is_not_armed(self, device: Device) -> None:
        with FrameWriter() as writer:
            device.start(writer)
            with pytest.raises(SettingLockedError, match="streaming"):
                device.arm(PRIMARY)
            device.stop()

    def test_a_camera_that_is_closed_while_armed_is_left_with_its_trigger_off(self) -> None:
        camera = older_camera()
        with Device(FakeSdk(camera), 0) as device:
            device.arm(SECONDARY)
            assert camera.value("TriggerMode") == "On"
        assert camera.value("TriggerMode") == "Off"
        assert camera.value("TriggerSource") == "Line0"

    def test_only_an_armed_primary_fires_and_holds(self, device: Device) -> None:
        with pytest.raises(SettingError, match="not armed"):
            device.fire()
        device.arm(SECONDARY)
        for act in (device.fire, device.hold, device.pulse):
            with pytest.raises(SettingError, match="armed as secondary"):
                act()


_TRIGGER = ("TriggerMode", "TriggerSource", "TriggerActivation", "TriggerOverlap")


class TestFiring:
    def test_primary_exposes_from_fire_to_hold_and_numbers_from_0(self, device: Device) -> None:
        device.set("framerate", 200)
        device.set("exposure", 500)
        with FrameWriter() as writer, FrameReader(writer.address) as reader:
            device.arm(PRIMARY)
            device.start(writer)
            assert not device.pump(0.05)
            device.fire()
            for _ in range(5):
                assert device.pump(1)
            device.hold()
            while device.pump(0.1):
                pass
            tally = device.tally()
            device.stop()
            infos = [reader.journal(index) for index in range(tally.published)]
            assert [info.frame_id for info in infos if info] == list(range(len(infos)))
            assert tally.exposures == len(infos) >= 5
            assert tally.last_frame_id == len(infos) - 1
            assert (tally.lost, tally.incomplete, tally.dropped, tally.pulses) == (0, 0, 0, None)

    def test_a_pulse_is_one_exposure_of_a_primary_on_hold(self, device: Device) -> None:
        with FrameWriter() as writer:
            device.arm(PRIMARY)
            device.start(writer)
            for count in (1, 2):
                device.pulse()
                assert device.pump(1)
                assert not device.pump(0.05)
                assert device.tally().exposures == count

    def test_what_a_camera_says_when_armed(self, device: Device) -> None:
        device.set("framerate", 50)
        device.set("exposure", 2000)
        with FrameWriter() as writer:
            device.arm(Role("primary", buffer_count=23))
            device.start(writer)
            armed = device.armed()
        assert armed.period_ns == 20_000_000
        assert armed.framerate == pytest.approx(50)
        assert armed.exposure_us == 2000
        assert armed.most_framerate == pytest.approx(226, abs=0.1)
        assert armed.readout_us == pytest.approx(1e6 / 226, rel=1e-3)
        assert (armed.first_id, armed.published, armed.buffers) == (0, 0, 23)
        assert armed.lines == lines_of("Blackfly S")

    def test_secondary_has_no_period_and_follows_up_to_its_free_running_rate(self, device: Device) -> None:
        device.set("framerate", 20)
        device.set("exposure", 10_000)
        device.arm(SECONDARY)
        armed = device.armed()
        assert armed.period_ns is None
        assert armed.most_framerate == armed.framerate == pytest.approx(100, rel=1e-3)


class TestFollowing:
    @pytest.mark.parametrize(
        ("exposure", "roi", "pixel_format"),
        [
            (1000, None, "Mono8"),
            (8000, None, "Mono8"),
            (1000, (0, 0, 540, 1440), "Mono8"),
            (1000, None, "Mono16"),
        ],
    )
    def test_highest_trigger_rate_is_the_free_running_rate_without_a_limit(
        self, device: Device, exposure: float, roi: Any, pixel_format: str
    ) -> None:
        device.set("pixel_format", pixel_format)
        device.set("roi", roi)
        device.set("exposure", exposure)
        device.node_set("AcquisitionFrameRateEnable", False)
        free = device.get("resulting_framerate")
        device.set("framerate", 10)
        limit = device.follow_limit()
        assert limit.most_framerate == pytest.approx(free)
        assert limit.exposure_us == exposure
        assert device.get("framerate") == pytest.approx(10)  # nothing was changed by asking

    def test_a_camera_that_streams_answers_without_being_touched(self, device: Device) -> None:
        device.set("framerate", 10)
        device.set("exposure", 8000)
        asked = device.follow_limit()
        with FrameWriter() as writer:
            device.start(writer)
            assert device.follow_limit().most_framerate == pytest.approx(asked.most_framerate, rel=1e-3)
            assert device.node_get("AcquisitionFrameRateEnable") is True


class TestClock:
    def test_the_clocks_of_camera_and_host_are_read_at_one_moment(self, device: Device) -> None:
        first, second = device.clock(), device.clock()
        assert 0 < first.uncertainty_ns < 1_000_000_000
        passed = second.host_ns - first.host_ns
        apart = abs(second.camera_ns - first.camera_ns - passed)
        assert apart <= first.uncertainty_ns + second.uncertainty_ns

    def test_a_camera_without_a_latch_says_so(self) -> None:
        with Device(FakeSdk(FakeCamera()), 0) as device, pytest.raises(SettingError, match="TimestampLatch"):
            device.clock()

    def test_an_older_camera_counts_ticks(self) -> None:
        camera = FakeCamera()
        camera._add("GevTimestampControlLatch", "Command")
        camera._add("GevTimestampValue", "Integer", 125_000_000, low=0, high=1 << 40, access=RO)
        camera._add("GevTimestampTickFrequency", "Integer", 125_000_000, low=0, high=1 << 40, access=RO)
        with Device(FakeSdk(camera), 0) as device:
            assert device.clock().camera_ns == 1_000_000_000


def older_camera() -> FakeCamera:
    """As a Chameleon3: no counters, and an overlap only once the trigger is on."""
    camera = FakeCamera()
    for name in ("AcquisitionFrameRateEnable",):
        camera.nodes[name + "d"] = camera.nodes.pop(name)
    camera.nodes["AcquisitionFrameRate"].access = RW
    camera.nodes["AcquisitionFrameRate"].high = 55.0
    camera.nodes["ExposureTime"].high = 1e6
    camera._add("TriggerSource", "Enumeration", "Line0", entries=("Software", "Line0", "Line3"))
    camera._add("TriggerActivation", "Enumeration", "FallingEdge", entries=("RisingEdge", "FallingEdge"))
    camera._add(
        "TriggerOverlap",
        "Enumeration",
        "Off",
        entries=("Off", "ReadOut"),
        access=lambda c: RW if c.value("TriggerMode") == "On" else NA,
    )
    camera._add("LineSelector", "Enumeration", "Line0", entries=("Line0", "Line1", "Line2", "Line3"))
    camera._add("LineMode", "Enumeration", "Input", entries=("Input", "Trigger", "Strobe", "Output"))
    camera._add("LineSource", "Enumeration", "ExposureActive", entries=("ExposureActive",))
    camera.tl_device["DeviceModelName"] = FakeNode(
        camera, "DeviceModelName", "String", "Chameleon3 CM3-U3-31S4M", access=RO
    )
    return camera


class TestOlderCameras:
    def test_the_overlap_is_set_once_the_trigger_is_on(self) -> None:
        camera = older_camera()
        with Device(FakeSdk(camera), 0) as device:
            camera.log.clear()
            device.arm(SECONDARY)
            written = camera.log
            assert written.index(("TriggerMode", "On")) < written.index(("TriggerOverlap", "ReadOut"))
            assert written.index(("TriggerSource", "Line3")) < written.index(("TriggerMode", "On"))
            assert ("AcquisitionFrameRateEnabled", False) in written or not camera.value(
                "AcquisitionFrameRateEnabled"
            )
            tally = device.tally()
            assert (tally.exposures, tally.pulses) == (None, None)

    def test_what_it_can_follow_comes_from_rate_and_exposure(self) -> None:
        camera = older_camera()
        with Device(FakeSdk(camera), 0) as device:
            assert device.follow_limit().most_framerate == 55.0
            camera.nodes["ExposureTime"].value = 50_000.0
            assert device.follow_limit().most_framerate == 20.0

    def test_no_trigger_at_all_is_refused_by_the_name_of_the_node(self) -> None:
        camera = older_camera()
        del camera.nodes["TriggerSource"]
        with Device(FakeSdk(camera), 0) as device, pytest.raises(SettingError, match="TriggerSource"):
            device.arm(SECONDARY)
        assert camera.value("TriggerMode") == "Off"

    def test_a_camera_that_is_gone_is_lost_and_not_waited_for(self) -> None:
        camera = older_camera()
        with Device(FakeSdk(camera), 0) as device:
            camera.gone = True
            with pytest.raises(CameraLostError):
                device.arm(PRIMARY)


class TestPacing:
    def test_scheduled_commands_keep_the_beat_and_late_ones_are_left_out(self) -> None:
        sent: list[tuple[int, int]] = []
        come = threading.Semaphore(0)

        def send(at: int) -> None:
            sent.append((at, time.monotonic_ns()))
            come.release()

        began = time.monotonic_ns() - 2_000_000_000  # as if the host had slept for 2 s since

        def clock() -> ClockSample:
            return ClockSample(camera_ns=1000, host_ns=began, uncertainty_ns=1)

        pacer = Pacer(send, clock, 20_000_000, queue=4)
        pacer.start()
        assert all(come.acquire(timeout=5) for _ in range(5))
        pacer.stop()
        assert all((at - sent[0][0]) % 20_000_000 == 0 for at, _ in sent)
        assert all(at - 1000 + began > when for at, when in sent)
        assert all(at - 1000 + began - when < 100_000_000 for at, when in sent)  # at most 3 in a queue of 4
        assert pacer.sent > len(sent)

    def test_holding_waits_for_the_last_exposure_by_the_cameras_own_clock(self) -> None:
        """Where the first reading of the clock was 200 ms off, as where nodes are slow."""
        sent: list[int] = []
        readings = 0

        def clock() -> ClockSample:
            nonlocal readings
            readings += 1
            now = time.monotonic_ns()
            return ClockSample(
                camera_ns=now, host_ns=now - (200_000_000 if readings == 1 else 0), uncertainty_ns=1
            )

        pacer = Pacer(sent.append, clock, 20_000_000, queue=4)
        pacer.start()
        deadline = time.monotonic() + 5
        while not sent and time.monotonic() < deadline:
            time.sleep(0.001)
        pacer.stop()
        assert time.monotonic_ns() > sent[-1]

    def test_what_keeps_commands_from_being_sent_is_told_when_holding(self) -> None:
        def send(at: int) -> None:
            raise SdkError("no way")

        now = time.monotonic_ns()
        pacer = Pacer(send, lambda: ClockSample(0, now - 10**9, 1), 20_000_000, queue=4)
        pacer.start()
        pacer._thread.join(5)  # type: ignore[union-attr]
        with pytest.raises(SdkError, match="no way"):
            pacer.stop()


class _Counter:
    """Counter nodes of 16 bit that start over by their own end, or stop at it."""

    def __init__(self, *, endless: bool) -> None:
        camera = FakeCamera()
        events = ("Off", "ExposureStart")
        camera._add("CounterSelector", "Enumeration", "Counter0", entries=("Counter0", "Counter1"))
        camera._add("CounterEventSource", "Enumeration", "Off", entries=events)
        camera._add("CounterDuration", "Integer", 1, low=1, high=65535)
        camera._add("CounterValue", "Integer", 7, low=0, high=1 << 60, access=RO)
        camera._add("CounterStatus", "Enumeration", "CounterActive", access=RO)
        if endless:
            camera._add("CounterResetSource", "Enumeration", "Off", entries=("Off", "Counter0End"))
        self.camera = camera
        nodes = NodeMap(FakeSdk(camera), camera.GetNodeMap(), "1")
        counter = EventCounter.begin(nodes, Changes(nodes), "Counter0", "ExposureStart")
        assert counter is not None
        self.count = counter.count

    def happen(self, events: int) -> None:
        self.camera.nodes["CounterValue"].value = (7 + events) % 65535


class TestCounting:
    @given(st.integers(0, 1_000_000), st.integers(-32_000, 32_000))
    def test_a_counter_that_went_round_is_known_by_about_how_many_there_were(
        self, events: int, error: int
    ) -> None:
        counter = _Counter(endless=True)
        counter.happen(events)
        assert counter.count(max(0, events + error)) == events

    def test_a_counter_that_stops_at_its_end_is_not_believed_after_it(self) -> None:
        counter = _Counter(endless=False)
        counter.happen(100)
        assert counter.count(100) == 100
        counter.camera.nodes["CounterStatus"].value = "CounterCompleted"
        assert counter.count(70_000) is None

    def test_a_virtual_counter_goes_round_and_counts_on(
        self, device: Device, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("llpyspin.device.counting.LONGEST", 5)
        device.set("exposure", 100)
        with FrameWriter() as writer:
            device.arm(PRIMARY)
            device.start(writer)
            for count in range(1, 13):
                device.pulse()
                assert device.pump(1)
                assert device.tally().exposures == count


class TestTheJournal:
    def test_it_tells_of_frames_whose_pixels_are_long_overwritten(self, device: Device) -> None:
        device.set("roi", (0, 0, 16, 64))
        device.set("exposure", 100)
        with FrameWriter() as writer, FrameReader(writer.address) as reader:
            device.arm(Role("primary", buffer_count=10))
            device.start(writer)
            for _ in range(30):
                device.pulse()
                assert device.pump(1)
            infos = [reader.journal(index) for index in range(30)]
            assert [info.frame_id for info in infos if info] == list(range(30))
            assert [info.missed for info in infos if info] == [0] * 30
            assert all(later.host_timestamp_ns > sooner.host_timestamp_ns for sooner, later in _pairs(infos))
            assert reader.journal(30) is None
            assert reader.journal(-1) is None


def _pairs(infos: list[Any]) -> list[tuple[Any, Any]]:
    return list(itertools.pairwise(infos))
