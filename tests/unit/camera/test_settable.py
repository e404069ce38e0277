"""What cameras say of their settings: the lines of the log, and what a change of the binning drops."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.camera.requested import RequestedRate
from llpyspin.camera.settable import Settable, Setting
from llpyspin.device import Device
from llpyspin.errors import SettingError, SettingRangeError
from llpyspin.settings import Roi
from llpyspin.settings.applying import SETTINGS, SHAPERS
from tests.unit.fake_sdk import FakeCamera, FakeSdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.settings import CameraInfo


class Direct(Settable):
    """A camera that is asked in this process."""

    strict = False
    nickname = "top"

    def __init__(self, device: Device) -> None:
        self._device = device
        self._requested = RequestedRate()

    @property
    def info(self) -> CameraInfo:
        return self._device.info

    def _ask(self, operation: str, *arguments: Any, timeout_s: float | None = None) -> Any:
        return getattr(self._device, operation)(*arguments)


@pytest.fixture
def camera() -> Iterator[Direct]:
    with Device(FakeSdk(FakeCamera()), 0) as device:
        yield Direct(device)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "llpyspin")
    return caplog


def said(lines: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    found = [(each.levelname, each.getMessage()) for each in lines.records]
    lines.clear()
    return found


def test_line_of_the_region_names_its_numbers(camera: Direct, lines: pytest.LogCaptureFixture) -> None:
    camera.roi = (200, 300, 480, 640)
    camera.roi = None
    assert said(lines) == [
        ("INFO", "setting the ROI parameters to (y=200, x=300, height=480, width=640)."),
        ("INFO", "setting the ROI parameters to (y=0, x=0, height=1080, width=1440)."),
    ]


def test_region_in_the_other_order_is_a_warning_with_the_right_one(
    camera: Direct, lines: pytest.LogCaptureFixture
) -> None:
    camera.roi = (800, 0, 640, 480)
    ((level, text),) = said(lines)
    assert level == "WARNING"
    assert "Did you mean (0, 800, 480, 640), that is (y=0, x=800, height=480, width=640)?" in text
    camera.strict = True
    with pytest.raises(SettingRangeError, match="Did you mean"):
        camera.roi = (800, 0, 640, 480)


def test_binning_that_drops_a_region_is_a_warning(camera: Direct, lines: pytest.LogCaptureFixture) -> None:
    camera.roi = (200, 300, 480, 640)
    said(lines)
    camera.binsize = 2
    assert said(lines) == [
        ("INFO", "setting binsize to 2 pixel(s)"),
        (
            "WARNING",
            "top: binsize 2 has dropped the ROI (y=200, x=300, height=480, width=640); it is now the full "
            "frame (y=0, x=0, height=540, width=720). Set roi again, in pixels of the binned image",
        ),
    ]


def test_binning_of_the_full_frame_says_what_that_is_now(
    camera: Direct, lines: pytest.LogCaptureFixture
) -> None:
    camera.binsize = 2
    assert said(lines)[1:] == [
        ("INFO", "the ROI is the full frame, which is now (y=0, x=0, height=540, width=720)")
    ]
    camera.binsize = 2
    assert len(said(lines)) == 1


def test_binning_together_with_a_region_drops_none(camera: Direct, lines: pytest.LogCaptureFixture) -> None:
    camera.roi = (200, 300, 480, 640)
    said(lines)
    assert camera.assign_all({"binsize": 2, "roi": (0, 0, 100, 200)}) == []
    assert {level for level, _ in said(lines)} == {"INFO"}
    assert camera.roi == Roi(0, 0, 100, 200)


def test_refused_binning_drops_no_region(camera: Direct, lines: pytest.LogCaptureFixture) -> None:
    camera.roi = (200, 300, 480, 640)
    said(lines)
    camera.binsize = 17
    assert [level for level, _ in said(lines)] == ["WARNING"]
    assert camera.roi == Roi(200, 300, 480, 640)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("exposure", "3 ms", r"the exposure to 3 ms: .*write 3000$"),
        ("exposure", float("nan"), "the exposure to nan us: "),
        ("gain", None, "the gain to None: "),
        ("framerate", "30", "the framerate to 30: .*without quotes: 30$"),
        ("binsize", "2x2", r"the binsize to 2x2: .*Write \(2, 2\)$"),
        ("binsize", "2", "the binsize to 2: .*pair"),
        ("gamma", "bright", "gamma to bright: "),
    ],
)
def test_refused_value_is_shown_as_it_was_written(
    camera: Direct, lines: pytest.LogCaptureFixture, name: str, value: object, said: str
) -> None:
    assert not camera.assign(name, value)
    assert re.match(f"failed to set {said}", lines.messages[-1])


def test_automatic_shows_what_it_has_found(camera: Direct, lines: pytest.LogCaptureFixture) -> None:
    camera.exposure = 2000
    camera.exposure = "auto"
    assert camera.exposure == "auto"
    camera.gain = "Continuous"
    camera.gain = "off"
    texts = [text for _, text in said(lines)]
    assert texts == [
        "setting exposure to 2000 us",
        "setting exposure to auto, at present 2000.0 us",
        "setting gain to auto, at present 0.0 dB",
        "setting gain to off, at present 0.0 dB",
    ]


def test_one_table_has_all_settings() -> None:
    descriptors = {name for name, value in vars(Settable).items() if isinstance(value, Setting)}
    assert descriptors == set(SETTINGS)
    with Device(FakeSdk(FakeCamera()), 0) as device:
        assert set(device.setting_names()) >= set(SETTINGS)
    assert {"pixel_format", "binsize", "roi"} == SHAPERS


def test_unknown_setting_is_answered_with_what_others_call_it(camera: Direct) -> None:
    for ask in (camera.limits, camera.value_of, lambda name: camera.assign(name, 1)):
        camera.strict = True
        with pytest.raises(SettingError, match=r"no setting is called 'fps'\. Did you mean 'framerate'"):
            ask("fps")


def test_serial_is_there(camera: Direct) -> None:
    assert camera.serial == camera.info.serial == "11111111"
