"""What real cameras and SDKs do that a good virtual camera does not, shown on request and handled."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.device.sdkcall import SdkFailure, means_lost
from llpyspin.errors import CameraLostError, SdkError
from llpyspin.frames import FrameReader, FrameWriter
from llpyspin.roles import Role
from llpyspin.virtual import fault, read_stamp
from llpyspin.virtual.counters import Counter
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIAL = "1001"
LOST = (
    "Camera has been removed from the list and is no longer valid. [-1002]",
    "Camera has been disconnected and is not valid. [-1002]",
    "Stream has been aborted. [-1012]",
)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    with world(monkeypatch, "BFS-U3-16S2M", wires=[]), Device(llpyspin.virtual, 0) as device:
        device.set("roi", (0, 0, 64, 128))
        yield device


def opened_with(monkeypatch: pytest.MonkeyPatch, model: str, *faults: dict[str, Any]) -> Any:
    """A world with one camera that has these faults from its opening on."""
    return world(monkeypatch, model, wires=[], faults=[{"serial": SERIAL, **each} for each in faults])


def frames_of(device: Device, count: int = 3) -> list[int]:
    """The numbers in the pixels of the next frames."""
    with FrameWriter() as writer, FrameReader(writer.address) as reader:
        device.start(writer)
        numbers = []
        while len(numbers) < count:
            assert device.pump(5.0)
            with reader.next(1.0) as frame:
                rows = np.frombuffer(frame.data, np.uint8).reshape(frame.layout.height, frame.layout.width)
                numbers.append(read_stamp(rows).frame)
        device.stop()
    return numbers


class TestLostCameras:
    @pytest.mark.parametrize(
        ("says", "text"), [*zip(("removed", "disconnected", "aborted"), LOST, strict=True)]
    )
    def test_a_camera_is_lost_whatever_words_the_sdk_has_for_it(
        self, device: Device, says: str, text: str
    ) -> None:
        with FrameWriter() as writer:
            device.start(writer)
            assert device.pump(5.0)
            fault(SERIAL, "unplug", says=says)
            with pytest.raises(CameraLostError, match=text[:20]):
                while True:  # until the SDK has noticed
                    device.pump(5.0)
        with pytest.raises(CameraLostError):
            device.get("exposure")

    @pytest.mark.parametrize("text", LOST)
    def test_each_of_these_texts_means_a_lost_camera(self, text: str) -> None:
        assert means_lost(SdkFailure(-1001, f"Spinnaker: {text}"))

    @pytest.mark.parametrize(
        "text",
        ["Image has been released and is no longer valid.", "Interface has been removed from the list"],
    )
    def test_something_else_that_has_gone_is_no_lost_camera(self, text: str) -> None:
        assert not means_lost(SdkFailure(-1013, text))


class TestRegistersThatFailOnce:
    @pytest.mark.parametrize("kind", ["fail_write", "fail_read"])
    def test_one_failed_access_is_made_again(self, device: Device, kind: str) -> None:
        fault(SERIAL, kind)
        assert device.set("exposure", 1234.0) == 1234.0
        fault(SERIAL, kind, node="LineStatusAll" if kind == "fail_read" else "Gain")
        assert device.set("gain", 3) == pytest.approx(3, abs=0.01)
        assert device.node_get("LineStatusAll") >= 0

    def test_a_write_that_fails_twice_is_a_lost_camera(self, device: Device) -> None:
        fault(SERIAL, "fail_write", times=2, node="ExposureTime")
        with pytest.raises(CameraLostError, match=r"using node ExposureTime.*Error writing to device"):
            device.set("exposure", 1234.0)

    def test_a_read_that_fails_twice_is_a_lost_camera(self, device: Device) -> None:
        fault(SERIAL, "fail_read", times=2, node="LineStatusAll")
        with pytest.raises(CameraLostError, match="Error reading from device"):
            device.node_get("LineStatusAll")

    def test_a_failed_software_trigger_is_not_given_twice(self, device: Device) -> None:
        device.node_set("TriggerSelector", "FrameStart")
        device.node_set("TriggerSource", "Software")
        device.node_set("TriggerMode", "On")
        fault(SERIAL, "fail_write", node="TriggerSoftware")
        with FrameWriter() as writer:
            device.start(writer)
            with pytest.raises(SdkError, match="not known whether the camera did it") as caught:
                device.execute("TriggerSoftware")
            assert not isinstance(caught.value, CameraLostError)
            assert not device.pump(0.05)
            device.execute("TriggerSoftware")
            assert device.pump(5.0)

    def test_a_command_that_does_no_harm_is_given_again(self, device: Device) -> None:
        fault(SERIAL, "fail_write", node="TimestampLatch")
        assert device.clock().camera_ns > 0


READ_AT_OPENING = [
    *("UserSetSelector", "TriggerSelector", "TriggerMode", "AcquisitionMode", "ExposureMode", "ExposureAuto"),
    *("GainAuto", "TestPattern", "PixelFormat", "PixelColorFilter", "ChunkSelector", "SequencerMode"),
]


class TestEnumerationsThatCannotBeRead:
    @pytest.mark.parametrize("node", READ_AT_OPENING)
    def test_a_camera_is_opened_and_gives_frames(
        self, monkeypatch: pytest.MonkeyPatch, node: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with opened_with(monkeypatch, "BFS-U3-16S2M", {"kind": "unreadable", "node": node}):
            with caplog.at_level(logging.WARNING), Device(llpyspin.virtual, 0) as device:
                assert frames_of(device) == [0, 1, 2]
            if node in ("GainAuto", "TriggerMode", "TestPattern"):
                assert f"{node} cannot be read" in caplog.text

    @pytest.mark.parametrize("node", ["BalanceWhiteAuto", "PixelColorFilter", "PixelFormat"])
    def test_a_colour_camera_is_opened_and_gives_frames(
        self, monkeypatch: pytest.MonkeyPatch, node: str
    ) -> None:
        with (
            opened_with(monkeypatch, "BFS-U3-16S2C", {"kind": "unreadable", "node": node}),
            Device(llpyspin.virtual, 0) as device,
        ):
            assert device.info.color
            assert frames_of(device) == [0, 1, 2]

    def test_it_is_left_out_of_a_snapshot(self, device: Device) -> None:
        fault(SERIAL, "unreadable", node="LineInputFilterSelector")
        assert "GainAuto" in device.snapshot()
        assert not any(key.startswith("LineInputFilterSelector") for key in device.snapshot())


class TestMemoryThatTheSdkRefuses:
    @pytest.mark.parametrize(
        "refusal",
        [
            {"where": "begin"},
            {"where": "set", "error": "RuntimeError"},
            {"where": "set", "error": "ValueError"},
            {"where": "set", "error": "SpinnakerException"},
        ],
    )
    def test_frames_are_copied_then_and_the_log_says_so_once(
        self, device: Device, refusal: dict[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        fault(SERIAL, "refuse_buffers", **refusal)
        with caplog.at_level(logging.INFO, "llpyspin"):
            assert frames_of(device) == [0, 1, 2]
            assert not device.zero_copy
            assert frames_of(device) == [0, 1, 2]
        assert caplog.text.count("copied once") == 1
        fault(SERIAL, "mend")
        assert frames_of(device) == [0, 1, 2]

    def test_memory_that_is_not_refused_is_filled_without_a_copy(self, device: Device) -> None:
        with FrameWriter() as writer:
            device.start(writer)
            assert device.zero_copy


class _CounterSettings:
    """Registers of a counter of ``ExposureStart`` that starts over after ``span`` counts."""

    def __init__(self, span: int) -> None:
        self.values = {
            "CounterEventSource": "ExposureStart",
            "CounterTriggerSource": "Off",
            "CounterResetSource": "Counter0End",
            "CounterDuration": span,
            "CounterDelay": 0,
            "CounterValueAtReset": 0,
        }

    def get(self, name: str, selector: str | None = None) -> Any:
        return self.values.get(name, "RisingEdge")


class TestMiscounts:
    @pytest.mark.parametrize(
        ("miscounts", "value"),
        [({}, 3), ({"start": 1}, 4), ({"start": -1}, 2), ({"wrap": 1}, 5), ({"wrap": -1}, 1)],
    )
    def test_a_counter_is_off_from_its_start_or_each_time_that_it_starts_over(
        self, miscounts: dict[str, int], value: int
    ) -> None:
        counter = Counter("Counter0")
        counter.miscounts = miscounts
        counter.configure(_CounterSettings(10))  # type: ignore[arg-type]
        for _ in range(23):
            for happening in counter.event("ExposureStart", True, 0):
                counter.event(f"{happening.counter}{happening.what}", True, 0)
        assert counter.value == value


class TestEdgesOfTheSupply:
    def test_each_switching_is_a_pulse_for_the_camera_behind_the_wire(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        faults = [{"serial": SERIAL, "kind": "supply_edge", "us": 20}]
        models = ("BFS-U3-16S2M", "BFS-U3-16S2M")
        with (
            world(monkeypatch, *models, wires=["1001:Line1 -> 1002:Line3"], faults=faults),
            Device(llpyspin.virtual, "1001") as primary,
            Device(llpyspin.virtual, "1002") as secondary,
            FrameWriter() as writer,
        ):
            secondary.arm(Role("secondary"))
            secondary.start(writer)
            assert secondary.tally().pulses == 0
            for pulses, on in ((1, True), (2, False)):
                primary.node_set("LineSelector", "Line2")
                primary.node_set("V3_3Enable", on)
                assert secondary.pump(5.0)
                assert secondary.tally().pulses == pulses
            fault(SERIAL, "mend")
            primary.node_set("V3_3Enable", True)
            assert not secondary.pump(0.2)
