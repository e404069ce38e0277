"""In which order settings are applied that are given together, defaults, and what was asked for."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

import numpy as np
import pytest

import llpyspin.virtual
from llpyspin.camera.requested import RequestedRate
from llpyspin.device import Device
from llpyspin.device.nodefacts import FIRST
from llpyspin.errors import SettingLockedError, SettingRangeError
from llpyspin.settings.applying import ORDER, Default, in_order, is_slower
from tests.unit.fake_sdk import FakeCamera, FakeSdk
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

MONO = "BFS-U3-16S2M"


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    with world(monkeypatch, MONO, collect=False), Device(llpyspin.virtual, 0) as opened:
        yield opened


def test_settings_go_in_one_order_whatever_order_they_are_given_in() -> None:
    names = ["framerate", "exposure", "roi", "binsize"]
    assert {tuple(in_order(each)) for each in itertools.permutations(names)} == {
        ("binsize", "roi", "exposure", "framerate")
    }


def test_nodes_of_a_settings_file_go_in_the_same_order() -> None:
    nodes = ("PixelFormat", "BinningVertical", "Height", "ExposureTime", "AcquisitionFrameRate")
    places = [FIRST.index(node) for node in nodes]
    assert places == sorted(places)
    assert list(ORDER[:5]) == ["pixel_format", "binsize", "roi", "exposure", "framerate"]


def test_a_default_equals_its_number_but_nobody_asked_for_it() -> None:
    asked = RequestedRate()
    asked.ask(Default(30))
    assert (Default(30), asked.hz) == (30, None)
    asked.ask(30)
    assert asked.hz == 30.0


@pytest.mark.parametrize("value", [np.float32(50), np.int16(50), 50, 50.0])
def test_any_number_is_a_request(value: object) -> None:
    asked = RequestedRate()
    asked.ask(value)
    assert asked.hz == 50.0
    assert asked.lost(20.0)
    assert not asked.lost(49.99)


@pytest.mark.parametrize("value", [None, "max"])
def test_the_most_is_no_request(value: object) -> None:
    asked = RequestedRate()
    asked.ask(50)
    asked.ask(value)
    assert not asked.lost(1.0)


def test_a_lost_request_is_a_warning_and_a_lost_default_is_not(caplog: pytest.LogCaptureFixture) -> None:
    asked = RequestedRate()
    with caplog.at_level(logging.INFO, "llpyspin"):
        asked.tell("cam", 30.0, 20.0, 50_000.0)
        asked.ask(30)
        asked.tell("cam", 30.0, 20.0, 50_000.0)
        asked.tell("cam", 30.0, 30.0, 1500.0)
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("INFO", "cam runs at 20 fps: an exposure of 50000 us allows no more"),
        ("WARNING", "cam is set to 30 fps, but will run at 20 fps: an exposure of 50000 us allows no more"),
    ]


def test_a_refused_request_names_both_rates_and_the_way() -> None:
    asked = RequestedRate()
    asked.ask(400)
    with pytest.raises(SettingRangeError) as caught:
        asked.check("cam", 226.0, 1500.0)
    assert (caught.value.setting, caught.value.value) == ("framerate", 400.0)
    for part in ("cam", "400 Hz", "226 Hz", "image size", "allow_lower_rate=True"):
        assert part in str(caught.value)


def test_rates_within_the_rounding_of_cameras_are_the_same() -> None:
    assert not is_slower(29.9999976, 30)
    assert is_slower(29.9, 30)


def test_a_default_becomes_the_most_that_the_camera_does(device: Device) -> None:
    device.set("pixel_format", "Mono16")
    most = device.limits("framerate").max
    assert most < 200
    assert device.fit("framerate", 200) == pytest.approx(most, rel=1e-4)
    assert device.fit("framerate", 30) == pytest.approx(30, rel=1e-4)


def test_a_default_exposure_is_capped_by_a_frame_rate_that_bounds_it() -> None:
    with Device(FakeSdk(FakeCamera()), 0) as device:
        device.set("framerate", 100)
        assert device.fit("exposure", 20_000) == pytest.approx(10_000)


def test_a_rate_below_the_least_is_what_a_long_exposure_makes_it(device: Device) -> None:
    device.set("exposure", 4_000_000)
    assert device.set("framerate", 0.25) == pytest.approx(0.25)
    assert device.get("resulting_framerate") == pytest.approx(0.25)
    assert device.get("framerate") == pytest.approx(0.25)


def test_a_rate_below_the_least_names_the_exposure_that_makes_it(device: Device) -> None:
    with pytest.raises(SettingRangeError, match=r"1\.0 Hz is the minimum .*an exposure of 4e\+06 us"):
        device.set("framerate", 0.25)
    assert device.get("resulting_framerate") > 1


@pytest.mark.parametrize("value", [0, -1, 1e-300])
def test_no_exposure_makes_a_rate_of_nothing(device: Device, value: float) -> None:
    with pytest.raises(SettingRangeError, match="is the minimum"):
        device.set("framerate", value)


def test_an_exposure_ends_the_mode_in_which_pulses_time_it(device: Device) -> None:
    device.node_set("ExposureMode", "TriggerWidth")
    assert device.get("exposure") is None
    with pytest.raises(SettingLockedError, match="as long as each pulse"):
        device.limits("exposure")
    assert device.set("exposure", 2000) == 2000.0
    assert device.node_get("ExposureMode") == "Timed"


def test_an_exposure_that_is_refused_leaves_that_mode_as_it_was(device: Device) -> None:
    device.node_set("ExposureMode", "TriggerWidth")
    with pytest.raises(SettingRangeError, match="is the maximum"):
        device.set("exposure", 1e9)
    assert device.node_get("ExposureMode") == "TriggerWidth"
