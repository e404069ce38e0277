"""Finding a camera, getting hold of it, the state it is put into, and letting go."""

from __future__ import annotations

import time
from typing import Any

import pytest

import llpyspin.virtual
from llpyspin.device import Device, FoundCamera, list_cameras
from llpyspin.errors import (
    CameraInUseError,
    CameraNotFoundError,
    LlpyspinError,
    SdkError,
    SettingError,
)
from tests.unit.fake_sdk import FakeCamera, FakeSdk, SpinnakerException
from tests.unit.virtual_cameras import world


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera("11111111")


@pytest.fixture
def sdk(camera: FakeCamera) -> FakeSdk:
    return FakeSdk(camera, FakeCamera("22222222", interface="GigE"))


def test_a_camera_is_found_by_index_and_by_serial_number(sdk: FakeSdk) -> None:
    for which, serial in (
        (0, "11111111"),
        (1, "22222222"),
        ("11111111", "11111111"),
        ("22222222 ", "22222222"),
    ):
        with Device(sdk, which) as device:
            assert device.info.serial == serial
    assert sdk.systems == 0


def test_an_absent_camera_is_named_together_with_those_that_are_there(sdk: FakeSdk) -> None:
    for which in (2, "33333333", "0"):
        with pytest.raises(CameraNotFoundError) as caught:
            Device(sdk, which)
        for part in (str(which), "11111111 (Fake BFS-16S2M, USB3)", "22222222 (Fake BFS-16S2M, GigE)"):
            assert part in str(caught.value)
    assert sdk.systems == 0


def test_without_any_camera_the_error_says_what_to_look_at() -> None:
    with pytest.raises(CameraNotFoundError, match=r"connected: none.*udev.*subnet"):
        Device(FakeSdk(), 0)


@pytest.mark.parametrize("which", [True, False, None, 1.0, b"11111111", ["11111111"], object()])
def test_what_is_neither_index_nor_serial_is_refused_before_the_sdk_starts(sdk: FakeSdk, which: Any) -> None:
    with pytest.raises(TypeError, match="index"):
        Device(sdk, which)
    assert sdk.made == 0


@pytest.mark.parametrize("which", [-1, "", "  ", "12 34", "../x"])
def test_an_impossible_index_or_serial_is_refused_before_the_sdk_starts(sdk: FakeSdk, which: Any) -> None:
    with pytest.raises(ValueError, match=r"index|serial"):
        Device(sdk, which)
    assert sdk.made == 0


def test_a_camera_that_is_freed_in_time_is_opened_in_a_new_system(sdk: FakeSdk, camera: FakeCamera) -> None:
    camera.busy = 2
    with Device(sdk, 0):
        assert (sdk.made, sdk.systems) == (3, 1)
    assert sdk.systems == 0


def test_a_camera_that_stays_in_use_is_an_error_at_the_deadline(sdk: FakeSdk, camera: FakeCamera) -> None:
    camera.busy = 10**6
    before = time.monotonic()
    with pytest.raises(CameraInUseError, match=r"11111111.*another program") as caught:
        Device(sdk, 0, in_use_wait_s=0.2)
    assert time.monotonic() - before < 5
    assert (caught.value.camera, sdk.systems) == ("11111111", 0)


def test_controlled_gige_camera_is_waited_for_and_not_touched(sdk: FakeSdk) -> None:
    gige = sdk.cameras[1]
    asked: list[tuple[bool, ...]] = []

    class Control:
        def GetAccessMode(self) -> int:
            return 3

        def ToString(self, *how: bool) -> str:
            asked.append(how)
            assert gige.initialized == 0
            return "OpenAccess" if len(asked) > 3 else "ExclusiveAccess"

    gige.tl_device["GevCCP"] = Control()  # type: ignore[assignment]
    with Device(sdk, 1):
        assert sdk.made == 1
    assert asked[-1] == (False, True)  # past the node map's cache
    assert [found.in_use for found in list_cameras(sdk)] == [None, False]


def test_cameras_are_listed_without_being_opened(sdk: FakeSdk, camera: FakeCamera) -> None:
    assert list_cameras(sdk) == [
        FoundCamera("11111111", "Fake BFS-16S2M", "USB3", None),
        FoundCamera("22222222", "Fake BFS-16S2M", "GigE", None),
    ]
    assert (camera.initialized, sdk.systems) == (0, 0)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("169.254.0.1", "169.254.0.1"),
        ("2851995649", "169.254.0.1"),
        ("0xA9FE0001", "169.254.0.1"),
        ("", ""),
        ("none", ""),
    ],
)
def test_the_address_of_a_gige_camera_is_given_as_people_write_it(
    sdk: FakeSdk, told: str, address: str
) -> None:
    class Address:
        def GetAccessMode(self) -> int:
            return 3

        def ToString(self, *how: bool) -> str:
            return told

    for camera in sdk.cameras:
        camera.tl_device["GevDeviceIPAddress"] = Address()  # type: ignore[assignment]
    assert [found.address for found in list_cameras(sdk)] == ["", address]


def test_an_sdk_that_does_not_start_is_an_sdk_error(sdk: FakeSdk) -> None:
    def fail() -> None:
        raise SpinnakerException(-1001, "no transport layer")

    sdk.System.GetInstance = fail
    for act in (lambda: Device(sdk, 0), lambda: list_cameras(sdk)):
        with pytest.raises(SdkError, match="no transport layer"):
            act()


def test_the_camera_is_taken_from_whatever_state_it_was_left_in(sdk: FakeSdk, camera: FakeCamera) -> None:
    with Device(sdk, 0) as device:
        order = camera.written()
        assert order.index("AcquisitionStop") < order.index("UserSetLoad") < order.index("TriggerMode")
        assert camera.value("UserSetSelector") == "Default"
        assert camera.value("TriggerMode") == "Off"
        assert (camera.value("ExposureAuto"), camera.value("ExposureMode")) == ("Off", "Timed")
        assert (camera.value("GainAuto"), device.get("gain")) == ("Off", 0.0)
        assert order.index("GainAuto") < order.index("Gain")


def test_the_largest_packets_that_the_sdk_found_to_pass_are_used(sdk: FakeSdk) -> None:
    gige = sdk.cameras[1]
    gige._add("GevSCPSPacketSize", "Integer", 9000, low=576, high=9000, inc=4)
    with Device(sdk, 1) as device:
        assert device.node("GevSCPSPacketSize").value == 1400  # it cannot be discovered: the size that passes
    gige.DiscoverMaxPacketSize = lambda: 8999  # type: ignore[attr-defined]
    with Device(sdk, 1) as device:
        assert device.node("GevSCPSPacketSize").value == 8996


def test_camera_without_a_colour_filter_refuses_colour_and_is_closed(
    sdk: FakeSdk, camera: FakeCamera
) -> None:
    with pytest.raises(SettingError, match="monochrome"):
        Device(sdk, 0, color=True)
    assert (camera.initialized, sdk.systems) == (0, 0)


@pytest.mark.parametrize(
    ("entries", "color", "chosen"),
    [
        (("Mono8", "BayerGB8", "BayerRG8", "BGR8"), None, "BayerRG8"),
        (("Mono8", "BayerRG16", "BGR8"), True, "BGR8"),
        (("Mono8", "RGB8Packed"), None, "RGB8Packed"),
        (("Mono8", "BayerRG8"), False, "Mono8"),
    ],
)
def test_colour_comes_as_the_mosaic_where_the_camera_gives_it(
    entries: tuple[str, ...], color: bool | None, chosen: str
) -> None:
    camera = FakeCamera()
    camera._add("PixelColorFilter", "Enumeration", "BayerRG", entries=("None", "BayerRG"), access=3)
    camera.nodes["PixelFormat"].entries = entries
    with Device(FakeSdk(camera), 0, color=color) as device:
        assert device.info.color
        assert device.get("pixel_format") == chosen


def test_a_failure_while_setting_up_lets_go_of_the_camera(sdk: FakeSdk, camera: FakeCamera) -> None:
    del camera.nodes["PixelFormat"]
    with pytest.raises(LlpyspinError, match="PixelFormat"):
        Device(sdk, 0)
    assert (camera.initialized, sdk.systems) == (0, 0)


def test_a_system_that_will_not_be_released_does_not_hinder_closing(sdk: FakeSdk) -> None:
    device = Device(sdk, 0)
    assert device._handle is not None
    tries: list[int] = []

    def refuse() -> None:
        tries.append(1)
        raise SpinnakerException(-1004, "something still holds a reference to the camera")

    device._handle._system.ReleaseInstance = refuse
    device.close()
    assert len(tries) == 2


@pytest.mark.parametrize("wrong", ["12345687", "1234567", "123456780", 12345687])
def test_mistyped_serial_number_is_answered_with_the_nearest(wrong: str | int) -> None:
    with pytest.raises(CameraNotFoundError, match=r"Did you mean 12345678\? Is it plugged in"):
        Device(FakeSdk(FakeCamera("12345678"), FakeCamera("22222222")), wrong)


def test_virtual_camera_that_is_absent_is_not_to_be_plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with world(monkeypatch, "BFS-U3-16S2M"), pytest.raises(CameraNotFoundError) as caught:
        Device(llpyspin.virtual, 7)
    assert "there is no camera with index 7; connected: " in str(caught.value)
    assert "plugged in" not in str(caught.value)
