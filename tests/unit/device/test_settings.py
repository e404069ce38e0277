"""Which nodes are written, in which order, what is refused before anything is, and what is put back."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.device import Device
from llpyspin.errors import (
    CameraClosedError,
    CameraLostError,
    SettingError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.settings import Roi
from tests.unit.fake_sdk import FakeCamera, FakeSdk

NO_NUMBERS: list[Any] = [
    None,
    True,
    False,
    "30",
    b"30",
    math.nan,
    math.inf,
    -math.inf,
    [30],
    (30,),
    {},
    1j,
    object(),
]


def test_automatics_are_off_before_the_exposure_is_written(device: Device, camera: FakeCamera) -> None:
    camera.nodes["ExposureAuto"].value = "Continuous"
    camera.nodes["ExposureMode"].value = "TriggerWidth"
    assert device.set("exposure", 2000) == 2000.0
    assert camera.log == [("ExposureAuto", "Off"), ("ExposureMode", "Timed"), ("ExposureTime", 2000.0)]


def test_the_frame_rate_is_enabled_before_it_is_written(device: Device, camera: FakeCamera) -> None:
    assert device.set("framerate", 50) == 50.0
    assert camera.log == [("AcquisitionFrameRateEnable", True), ("AcquisitionFrameRate", 50.0)]


@pytest.mark.parametrize("most", ["max", None])
def test_a_frame_rate_of_max_or_none_is_the_most_the_camera_does(device: Device, most: Any) -> None:
    device.set("exposure", 10000)
    assert device.set("framerate", most) == 100.0


@pytest.mark.parametrize("value", NO_NUMBERS[1:])
@pytest.mark.parametrize("name", ["framerate", "exposure", "gain"])
def test_what_is_no_number_is_refused_before_the_camera_is_touched(
    device: Device, camera: FakeCamera, name: str, value: Any
) -> None:
    with pytest.raises(SettingRangeError, match=name):
        device.set(name, value)
    assert camera.log == []


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e308, Fraction(10**9, 3)])
def test_huge_numbers_are_refused_without_an_arithmetic_error(
    device: Device, camera: FakeCamera, value: Any
) -> None:
    for name in ("framerate", "exposure", "gain", "binsize"):
        with pytest.raises(SettingRangeError):
            device.set(name, value)
    assert camera.log == []


@pytest.mark.parametrize("value", [np.float32(40), np.float64(40), np.int16(40), np.uint8(40), Fraction(40)])
def test_numbers_of_numpy_are_numbers(device: Device, value: Any) -> None:
    assert device.set("framerate", value) == 40.0
    assert device.set("binsize", np.int64(2)) == 2
    assert device.set("roi", np.array([2, 4, 100, 200])) == Roi(2, 4, 100, 200)


def test_a_refusal_names_setting_value_limit_unit_and_what_sets_the_limit(device: Device) -> None:
    device.set("exposure", 100)
    with pytest.raises(SettingRangeError) as caught:
        device.set("framerate", 500)
    text = str(caught.value)
    assert "framerate 500" in text
    assert "226 Hz is the maximum" in text.replace("226.0", "226")
    assert "image size" in text
    assert (caught.value.setting, caught.value.value) == ("framerate", 500)


def test_exposure_longer_than_the_period_is_refused_with_the_limit(
    device: Device, camera: FakeCamera
) -> None:
    device.set("framerate", 30)
    camera.log.clear()
    with pytest.raises(SettingRangeError, match=r"33333\.0 us is the maximum at a frame rate of 30 Hz"):
        device.set("exposure", 40000)
    assert camera.log == []
    assert device.limits("exposure").max == pytest.approx(1e6 / 30)


def test_the_camera_keeps_its_automatic_if_the_value_is_refused_at_last(
    device: Device, camera: FakeCamera
) -> None:
    camera.nodes["ExposureAuto"].value = "Continuous"
    camera.refuse = {"ExposureTime"}
    with pytest.raises(SettingRangeError):
        device.set("exposure", 2000)
    assert camera.value("ExposureAuto") == "Continuous"


@settings(max_examples=60, deadline=None)
@given(fps=st.floats(1.0, 200.0), exposure=st.floats(11.0, 1e6))
def test_whatever_the_limits_say_is_accepted_and_what_is_beyond_is_not(fps: float, exposure: float) -> None:
    with Device(FakeSdk(FakeCamera()), 0) as device:
        device.set("framerate", fps)
        limits = device.limits("exposure")
        for value in (limits.min, limits.max):
            assert device.set("exposure", value) == value
            device.set("exposure", limits.min)
        if exposure > limits.max:
            with pytest.raises(SettingRangeError):
                device.set("exposure", exposure)
            assert device.get("exposure") == limits.min


# ---- region and binning


def test_offsets_are_zero_while_the_size_changes(device: Device, camera: FakeCamera) -> None:
    device.set("roi", (200, 400, 300, 400))
    camera.log.clear()
    device.set("roi", (500, 1000, 400, 440))
    assert camera.written() == ["OffsetY", "OffsetX", "Height", "Width", "OffsetY", "OffsetX"]
    assert camera.log[:2] == [("OffsetY", 0), ("OffsetX", 0)]
    assert device.get("roi") == Roi(500, 1000, 400, 440)


def test_a_region_of_the_same_size_is_only_moved(device: Device, camera: FakeCamera) -> None:
    device.set("roi", (0, 0, 300, 400))
    camera.log.clear()
    device.set("roi", (10, 20, 300, 400))
    assert camera.written() == ["OffsetY", "OffsetX"]


def test_roi_none_is_the_full_frame_even_when_offsets_are_not_zero(device: Device) -> None:
    device.set("roi", (200, 400, 300, 400))
    assert device.set("roi", None) == Roi(0, 0, 1080, 1440)


@pytest.mark.parametrize(
    "value",
    [
        (),
        (0, 0, 100),
        (0, 0, 100, 100, 100),
        (-2, 0, 100, 100),
        (0, 0, 0, 0),
        (0, 0, 1082, 1440),
        (982, 0, 100, 100),
        (0, 1344, 100, 100),
        (0, 0, 100.5, 100),
        (0, 0, math.nan, 100),
        (0, 0, 10**30, 100),
        (0, 0, True, 100),
        ("0", "0", "100", "100"),
        "0011",
        5,
        {0, 2, 100, 104},
    ],
)
def test_empty_or_outside_roi_is_refused_and_the_old_one_kept(
    device: Device, camera: FakeCamera, value: Any
) -> None:
    device.set("roi", (10, 20, 300, 400))
    camera.log.clear()
    with pytest.raises(SettingRangeError, match="roi"):
        device.set("roi", value)
    assert camera.log == []
    assert device.get("roi") == Roi(10, 20, 300, 400)


def test_a_region_off_the_increment_is_refused_with_the_nearest_allowed(device: Device) -> None:
    with pytest.raises(SettingRangeError, match=r"roi.x 10 px refused: .*steps of 4.*8 or 12"):
        device.set("roi", (0, 10, 100, 100))
    with pytest.raises(SettingRangeError, match=r"roi.height 1079 .*1078 or 1080"):
        device.set("roi", (0, 0, 1079, 100))


@pytest.mark.parametrize("fails", ["Height", "Width", "OffsetX", "OffsetY"])
def test_the_camera_keeps_the_old_region_if_any_step_fails(
    device: Device, camera: FakeCamera, fails: str
) -> None:
    old = device.set("roi", (100, 200, 300, 400))
    before = camera.nodes[fails].SetValue
    times = {"left": 1}

    def refuse_new(value: Any) -> None:
        if value not in (0, dict(zip(("OffsetY", "OffsetX", "Height", "Width"), old, strict=True))[fails]):
            times["left"] -= 1
            camera.refuse = {fails}
        try:
            before(value)
        finally:
            camera.refuse = set()

    camera.nodes[fails].SetValue = refuse_new  # type: ignore[method-assign]
    with pytest.raises(SettingRangeError):
        device.set("roi", (200, 400, 500, 600))
    assert times["left"] == 0
    assert device.get("roi") == old


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[st.integers(-10, 1500)] * 4), st.sampled_from([1, 2, 4]))
def test_any_region_is_taken_exactly_or_refused_entirely(
    wanted: tuple[int, int, int, int], binsize: int
) -> None:
    with Device(FakeSdk(FakeCamera()), 0) as device:
        device.set("binsize", binsize)
        before = device.get("roi")
        y, x, height, width = wanted
        fits = 0 <= y <= 1080 // binsize - height and 0 <= x <= 1440 // binsize - width
        fits = fits and height >= 16 and width >= 16
        fits = fits and y % 2 == 0 and x % 4 == 0 and height % 2 == 0 and width % 4 == 0
        if fits:
            assert device.set("roi", wanted) == wanted
        else:
            with pytest.raises(SettingRangeError):
                device.set("roi", wanted)
            assert device.get("roi") == before


def test_binning_resets_the_region_to_the_full_binned_frame(device: Device) -> None:
    device.set("roi", (100, 200, 300, 400))
    assert device.set("binsize", 2) == 2
    assert device.get("roi") == Roi(0, 0, 540, 720)
    assert device.set("binsize", (1, 4)) == (1, 4)
    assert device.get("roi") == Roi(0, 0, 1080, 360)
    assert device.set("binsize", 1) == 1
    assert device.get("roi") == Roi(0, 0, 1080, 1440)


def test_the_old_binning_and_region_come_back_if_one_axis_is_refused(
    device: Device, camera: FakeCamera
) -> None:
    old = device.set("roi", (100, 200, 700, 800))
    camera.refuse = {"BinningHorizontal"}
    with pytest.raises(SettingRangeError):
        device.set("binsize", 2)
    assert device.get("binsize") == 1
    assert device.get("roi") == old


@pytest.mark.parametrize("value", [0, -1, 5, 1.5, "2", None, True, (1, 2, 3), (1,), math.nan, 10**30])
def test_a_wrong_binsize_is_refused_before_the_camera_is_touched(
    device: Device, camera: FakeCamera, value: Any
) -> None:
    with pytest.raises(SettingRangeError, match="binsize"):
        device.set("binsize", value)
    assert camera.log == []


@pytest.mark.parametrize("value", ["Mono9", "", None, 8, b"Mono8", "BayerRG8"])
def test_a_wrong_pixel_format_is_refused_with_those_there_are(device: Device, value: Any) -> None:
    with pytest.raises(SettingRangeError, match="Mono8, Mono16, Mono12p"):
        device.set("pixel_format", value)


@pytest.mark.parametrize(
    ("pixel_format", "stride", "payload"),
    [("Mono8", 1440, 1555200), ("Mono16", 2880, 3110400), ("Mono12p", 2160, 2332800)],
)
def test_the_layout_follows_from_the_formats_own_code(
    device: Device, pixel_format: str, stride: int, payload: int
) -> None:
    device.set("pixel_format", pixel_format)
    layout = device.layout
    assert (layout.pixel_format, layout.height, layout.width) == (pixel_format, 1080, 1440)
    assert (layout.stride, layout.payload) == (stride, payload)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ((800, 0, 640, 480), (0, 800, 480, 640)),
        ((0, 0, 1440, 1080), (0, 0, 1080, 1440)),
        ([100, 50, 640, 100], (50, 100, 100, 640)),
    ],
)
def test_roi_that_fits_only_in_the_other_order_says_which_was_meant(
    device: Device, camera: FakeCamera, given: Any, meant: tuple[int, ...]
) -> None:
    with pytest.raises(SettingRangeError) as caught:
        device.set("roi", given)
    text = str(caught.value)
    assert (caught.value.setting, caught.value.value) == ("roi", tuple(given))
    assert f"roi {tuple(given)} refused: the order is (y, x, height, width)" in text
    assert f"Did you mean {meant}, that is {Roi(*meant)}?" in text
    assert f"Roi.from_xywh{tuple(given)}" in text
    assert camera.log == []
    assert device.set("roi", Roi.from_xywh(*given)) == Roi(*meant)


def test_roi_that_fits_in_no_order_gets_no_suggestion(device: Device) -> None:
    with pytest.raises(SettingRangeError, match=r"roi\.height") as caught:
        device.set("roi", (2000, 2000, 3000, 3000))
    assert "Did you mean" not in str(caught.value)


def test_region_knows_both_orders() -> None:
    roi = Roi.from_xywh(300, 200, 640, 480)
    assert (roi, roi.xywh) == (Roi(200, 300, 480, 640), (300, 200, 640, 480))
    assert str(roi) == "(y=200, x=300, height=480, width=640)"


# ---- names, nodes, states


def test_an_unknown_setting_suggests_one_like_it(device: Device) -> None:
    with pytest.raises(SettingError, match="framerate"):
        device.get("frame_rate")
    with pytest.raises(SettingError, match="There are framerate"):
        device.set("zzz", 1)


def test_a_setting_that_this_camera_lacks_says_so(device: Device) -> None:
    for name in ("gamma", "black_level", "white_balance", "temperature"):
        with pytest.raises(SettingError, match="this camera has no"):
            device.get(name)


def test_a_setting_that_can_only_be_read_says_so(device: Device) -> None:
    assert device.get("resulting_framerate") == 30.0
    with pytest.raises(SettingError, match="only be read"):
        device.set("resulting_framerate", 30)


def test_an_unknown_node_suggests_names_like_it(device: Device) -> None:
    with pytest.raises(SettingError, match="did you mean ExposureTime"):
        device.node("ExposurTime")
    with pytest.raises(SettingError):
        device.node(7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Width", 1441),
        ("Width", "wide"),
        ("Width", 99999),
        ("Width", True),
        ("Gain", -1),
        ("Gain", "much"),
        ("GainAuto", "Sometimes"),
        ("GainAuto", 1),
        ("AcquisitionFrameRateEnable", 1),
        ("AcquisitionFrameRateEnable", "On"),
    ],
)
def test_a_wrong_value_for_a_node_is_refused_before_it_is_written(
    device: Device, camera: FakeCamera, name: str, value: Any
) -> None:
    with pytest.raises(SettingRangeError, match=name):
        device.node_set(name, value)
    assert camera.log == []


def test_a_locked_node_says_that_it_is_locked(device: Device, camera: FakeCamera) -> None:
    camera.nodes["GainAuto"].value = "Continuous"
    with pytest.raises(SettingLockedError, match=r"Gain.*RO"):
        device.node_set("Gain", 3)
    with pytest.raises(SettingLockedError):
        device.node_set("SensorWidth", 1440)


def test_a_node_of_another_map_is_reached_by_its_prefix(device: Device) -> None:
    assert device.node("TLDevice/DeviceSerialNumber").value == "11111111"
    assert device.node_set("TLStream/StreamBufferCountManual", 20) == 20
    assert "TLStream/StreamBufferCountManual" in device.node_names()


def test_a_command_is_executed_and_not_set(device: Device, camera: FakeCamera) -> None:
    with pytest.raises(SettingError, match="command"):
        device.node_set("UserSetLoad", 1)
    device.execute("UserSetLoad")
    assert camera.log == [("UserSetLoad", "Execute")]
    with pytest.raises(SettingError, match="no command"):
        device.execute("Width")


def test_a_vanished_camera_is_a_lost_camera(device: Device, camera: FakeCamera) -> None:
    camera.gone = True
    with pytest.raises(CameraLostError, match="11111111"):
        device.get("exposure")


def test_a_closed_device_says_so(device: Device) -> None:
    device.close()
    device.close()
    for act in (
        lambda: device.get("gain"),
        lambda: device.set("gain", 1),
        lambda: device.node("Gain"),
        lambda: device.pump(0),
        lambda: device.snapshot(),
    ):
        with pytest.raises(CameraClosedError):
            act()
