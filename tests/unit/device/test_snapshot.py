"""All settings out of a camera as plain values, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.device import Device
from llpyspin.errors import CameraLostError, SettingError, SettingLockedError
from tests.unit.fake_sdk import RO, RW, FakeCamera, FakeSdk

if TYPE_CHECKING:
    from collections.abc import Iterator


def with_lines() -> FakeCamera:
    """A camera with four lines, each with a source of its own, of which one cannot be written."""
    camera = FakeCamera()
    sources = {f"Line{number}": "Off" for number in range(4)}
    camera.lines = sources  # type: ignore[attr-defined]
    camera._add("LineSelector", "Enumeration", "Line2", entries=tuple(sources))
    camera._add("LineSource", "Enumeration", "Off", entries=("Off", "ExposureActive"))
    node = camera.nodes["LineSource"]
    node.access = lambda c: RO if c.value("LineSelector") == "Line0" else RW
    camera.nodes["LineSelector"].after = lambda c, line: setattr(node, "value", sources[line])
    node.after = lambda c, source: sources.__setitem__(c.value("LineSelector"), source)
    return camera


@pytest.fixture
def camera() -> FakeCamera:
    return with_lines()


@pytest.fixture
def device(camera: FakeCamera) -> Iterator[Device]:
    with Device(FakeSdk(camera), 0) as opened:
        yield opened


def test_a_snapshot_is_plain_values_that_yaml_keeps(device: Device) -> None:
    taken = device.snapshot()
    assert {type(value) for value in taken.values()} <= {int, float, bool, str}
    assert yaml.safe_load(yaml.safe_dump(taken)) == taken
    assert taken["Width"] == 1440 and taken["ExposureAuto"] == "Off"


def test_what_cannot_be_written_or_is_no_setting_is_left_out(device: Device) -> None:
    taken = device.snapshot()
    for name in ("SensorWidth", "WidthMax", "AcquisitionFrameRate", "UserSetSelector", "UserSetLoad", "Root"):
        assert name not in taken


def test_each_position_of_a_selector_is_taken_and_the_selector_put_back(
    device: Device, camera: FakeCamera
) -> None:
    camera.lines["Line1"] = "ExposureActive"  # type: ignore[attr-defined]
    taken = device.snapshot()
    assert [taken[f"LineSource[Line{n}]"] for n in (1, 2, 3)] == ["ExposureActive", "Off", "Off"]
    assert "LineSource[Line0]" not in taken
    assert camera.value("LineSelector") == "Line2"


def test_a_restored_snapshot_is_exact_selectors_included(device: Device, camera: FakeCamera) -> None:
    device.set("exposure", 25000)
    device.set("framerate", 40)
    device.set("binsize", 2)
    device.set("roi", (100, 200, 300, 400))
    device.node_set("LineSource", "ExposureActive")
    taken = device.snapshot()
    device.set("binsize", 1)
    device.set("roi", (700, 1000, 300, 400))
    device.set("exposure", 100)
    device.set("framerate", 200)
    device.node_set("GainAuto", "Continuous")
    device.node_set("LineSelector", "Line3")
    device.node_set("LineSource", "ExposureActive")
    report = device.restore(taken)
    assert report.ok, str(report)
    assert set(report.applied) == set(taken)
    assert device.snapshot() == taken


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4]),
            st.integers(0, 200),
            st.integers(0, 100),
            st.floats(11, 0.99e6),  # short of the limits, …
            st.floats(0.001, 0.99),  # … where the rounding of one refuses the other
        ),
        min_size=2,
        max_size=2,
    )
)
def test_any_state_can_be_restored_from_any_other(states: list[tuple[int, int, int, float, float]]) -> None:
    def put(device: Device, state: tuple[int, int, int, float, float]) -> None:
        binsize, y, x, exposure, share = state
        device.node_set("AcquisitionFrameRateEnable", False)
        device.set("exposure", exposure)
        limits = device.limits("framerate")
        if limits.max >= limits.min:
            device.set("framerate", limits.min + share * (limits.max - limits.min))
        device.set("binsize", binsize)
        full = device.get("roi")
        height, width = full.height // 4 // 2 * 2, full.width // 4 // 4 * 4
        device.set("roi", (min(y, full.height - height) // 2 * 2, x // 4 * 4, height, width))

    with Device(FakeSdk(with_lines()), 0) as device:
        put(device, states[0])
        taken = device.snapshot()
        put(device, states[1])
        report = device.restore(taken)
        assert report.ok, str(report)
        assert device.snapshot() == taken


def test_the_report_names_what_was_refused_rounded_and_missing(device: Device, camera: FakeCamera) -> None:
    taken = device.snapshot()
    gain = camera.nodes["Gain"]
    gain.after = lambda c, value: setattr(gain, "value", round(value))
    wanted: dict[str, Any] = {
        **taken,
        "Gain": 3.4,
        "ExposureTime": -5.0,
        "GainAuto": "Never",
        "Flux": 3,
        "LineSource[Line9]": "Off",
    }
    report = device.restore(wanted)
    assert not report.ok
    assert report.changed == {"Gain": (3.4, 3.0)}
    assert set(report.refused or {}) == {"ExposureTime", "GainAuto", "LineSource[Line9]"}
    assert "-5.0" in (report.refused or {})["ExposureTime"]
    assert report.missing == ("Flux",)
    assert "Width" in report.applied


def test_a_value_that_a_camera_cuts_off_from_just_below_is_met_exactly(
    device: Device, camera: FakeCamera
) -> None:
    device.node_set("AcquisitionFrameRateEnable", True)
    rate = camera.nodes["AcquisitionFrameRate"]
    rate.after = lambda c, value: setattr(rate, "value", 1e6 / int(1e6 / value))  # whole microseconds
    device.set("framerate", 31)
    taken = device.snapshot()
    device.set("framerate", 100)
    assert device.restore(taken).ok
    assert device.snapshot() == taken


def test_a_snapshot_is_not_restored_while_streaming(device: Device, camera: FakeCamera) -> None:
    taken = device.snapshot()
    camera.takes_memory = False
    from tests.unit.device.test_stream import Sink

    device.start(Sink())
    with pytest.raises(SettingLockedError, match="streaming"):
        device.restore(taken)


@pytest.mark.parametrize("wrong", [None, 5, "Width", ["Width"], {3: 4}, {None: 1}])
def test_what_is_no_snapshot_is_refused(device: Device, camera: FakeCamera, wrong: Any) -> None:
    camera.log.clear()
    with pytest.raises(SettingError, match="snapshot"):
        device.restore(wrong)
    assert camera.log == []


@pytest.mark.parametrize("value", [None, [], {}, object(), float("nan"), "wide", True])
def test_values_of_a_wrong_kind_in_a_snapshot_are_refused_in_the_report(device: Device, value: Any) -> None:
    report = device.restore({"Width": value, "Height": 540})
    assert set(report.refused or {}) == {"Width"}
    assert report.applied == ("Height",)


def test_a_camera_that_is_lost_meanwhile_is_an_error_and_no_report(
    device: Device, camera: FakeCamera
) -> None:
    taken = device.snapshot()
    camera.gone = True
    with pytest.raises(CameraLostError):
        device.restore(taken)
