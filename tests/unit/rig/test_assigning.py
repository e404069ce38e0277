"""Settings of all cameras of a rig: set in all or in none, and read as what they have in common."""

from __future__ import annotations

import inspect
import logging
import os
import signal
import threading
import time
from typing import Any

import pytest

from llpyspin.errors import (
    CameraLostError,
    RigError,
    RigSettingError,
    SettingError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.rig import Rig, RigConfig, assigning
from llpyspin.rig.config import CameraConfig
from llpyspin.rig.held import Held
from llpyspin.settings import AutomaticNumber, Limits
from llpyspin.settings.applying import SETTINGS

PLAIN = {"binsize": 1, "roi": (0, 0, 1080, 1440), "exposure": 1500.0, "framerate": 30.0, "gain": 0.0}


class Camera:
    """A camera's settings, of which it refuses some values."""

    def __init__(self, name: str, *, primary: bool = False, most: float = 1e6, **values: Any) -> None:
        self.name = name
        self.primary = primary
        self.held = self.camera = self
        self.most = most
        self.values: dict[str, Any] = {**PLAIN, **values}
        self.chosen: dict[str, Any] = {}
        self.sticks = False  # nothing can be put back
        self.locked = False
        if not primary:
            del self.values["framerate"]

    def value_of(self, name: str) -> Any:
        if name not in self.values:
            raise SettingError(f"this camera has no {name}", setting=name)
        return self.values[name]

    def present(self) -> Held:
        return Held(dict(self.values), None)

    def check_unlocked(self, name: str, value: object) -> None:
        if self.locked:
            raise SettingLockedError(f"{self.name} is primed", setting=name, value=value)

    def assign(self, name: str, value: Any) -> None:
        self.value_of(name)
        if isinstance(value, (int, float)) and value > self.most:
            raise SettingRangeError(f"{name} {value} refused: {self.most} is the maximum", setting=name)
        if name == "binsize":
            self.values["roi"] = (0, 0, 1080 // value, 1440 // value)
        self.values[name] = value

    def put_back(self, held: Held) -> None:
        if self.sticks:
            raise CameraLostError(f"{self.name} is gone", camera=self.name)
        self.values = dict(held.values)

    def choose(self, name: str, value: Any) -> None:
        self.chosen[name] = value

    def limits(self, name: str) -> Limits:
        return Limits(0, self.most)


def rig(*cameras: Camera) -> dict[str, Any]:
    return {each.name: each for each in cameras}


CONFIG = RigConfig((CameraConfig("1"),))


def test_setting_goes_to_all_cameras(caplog: pytest.LogCaptureFixture) -> None:
    top, side = Camera("top", primary=True), Camera("side")
    with caplog.at_level(logging.INFO, "llpyspin"):
        assigning.assign(rig(top, side), CONFIG, "exposure", 3000)
    assert (top.values["exposure"], side.values["exposure"]) == (3000, 3000)
    assert (top.chosen, side.chosen) == ({"exposure": 3000}, {"exposure": 3000})
    assert caplog.messages == ["setting exposure of top, side to 3000 us"]
    assert assigning.value_of(rig(top, side), CONFIG, "exposure") == 3000


def test_refusal_of_one_camera_leaves_all_as_they_were() -> None:
    top, side, low = Camera("top", primary=True), Camera("side", most=2000), Camera("low")
    before = [dict(each.values) for each in (top, side, low)]
    with pytest.raises(RigSettingError) as caught:
        assigning.assign(rig(top, side, low), CONFIG, "exposure", 3000)
    error = caught.value
    assert [dict(each.values) for each in (top, side, low)] == before
    assert list(error.failures) == ["side"]
    assert isinstance(error, RigError)
    assert isinstance(error, SettingError)
    assert (error.setting, error.value) == ("exposure", 3000)
    assert str(error) == (
        "exposure 3000 refused by 1 of 3 cameras; no camera was changed. "
        "They hold: top 1500.0 us, side 1500.0 us, low 1500.0 us.\n"
        "  side: exposure 3000 refused: 2000 is the maximum"
    )
    assert not top.chosen


def test_what_a_setting_moves_is_put_back_too() -> None:
    top, side = Camera("top", primary=True, roi=(0, 0, 100, 100)), Camera("side", most=1)
    with pytest.raises(RigSettingError):
        assigning.assign(rig(top, side), CONFIG, "binsize", 2)
    assert (top.values["binsize"], top.values["roi"]) == (1, (0, 0, 100, 100))


def test_camera_that_cannot_be_put_back_is_named_with_what_it_holds() -> None:
    top, side = Camera("top", primary=True), Camera("side", most=2000)
    top.sticks = True
    with pytest.raises(
        RigSettingError, match=r"top could not be put back.*top 3000.* us, side 1500"
    ) as caught:
        assigning.assign(rig(top, side), CONFIG, "exposure", 3000.0)
    assert set(caught.value.failures) == {"side", "top"}


def test_different_values_are_read_by_name() -> None:
    cameras = rig(Camera("top", primary=True), Camera("side", exposure=2000.0))
    assert assigning.value_of(cameras, CONFIG, "exposure") == {"top": 1500.0, "side": 2000.0}
    assert assigning.value_of(cameras, CONFIG, "gain") == 0.0


def test_number_and_the_same_number_by_an_automatic_differ() -> None:
    automatic = AutomaticNumber(1500.0, "auto")
    cameras = rig(Camera("top", primary=True), Camera("side", exposure=automatic))
    assert assigning.value_of(cameras, CONFIG, "exposure") == {"top": 1500.0, "side": automatic}
    both = rig(Camera("top", primary=True, exposure=automatic), Camera("side", exposure=automatic))
    assert assigning.value_of(both, CONFIG, "exposure") == "auto"


def test_camera_without_the_setting_reads_as_none() -> None:
    cameras = rig(Camera("top", primary=True, gamma=1.0), Camera("side"))
    assert assigning.value_of(cameras, CONFIG, "gamma") == {"top": 1.0, "side": None}
    with pytest.raises(SettingError, match="no white_balance"):
        assigning.value_of(cameras, CONFIG, "white_balance")
    with pytest.raises(RigSettingError, match="side: this camera has no gamma"):
        assigning.assign(cameras, CONFIG, "gamma", 0.8)
    assert cameras["top"].values["gamma"] == 1.0


def test_mapping_sets_each_camera_to_its_own_value() -> None:
    top, side = Camera("top", primary=True), Camera("side")
    assigning.assign(rig(top, side), CONFIG, "exposure", {"side": 900})
    assert assigning.value_of(rig(top, side), CONFIG, "exposure") == {"top": 1500.0, "side": 900}
    with pytest.raises(SettingError, match=r"no camera is called 'sied'\. Did you mean 'side'"):
        assigning.assign(rig(top, side), CONFIG, "exposure", {"top": 1, "sied": 900})
    assert top.values["exposure"] == 1500.0


def test_frame_rate_is_that_of_the_primary() -> None:
    top, side = Camera("top", primary=True), Camera("side")
    assigning.assign(rig(top, side), CONFIG, "framerate", 50)
    assert assigning.value_of(rig(side, top), CONFIG, "framerate") == 50
    assert "framerate" not in side.values
    assert list(assigning.limits_of(rig(side, top), "framerate")) == ["top"]
    assert list(assigning.limits_of(rig(side, top), "exposure")) == ["side", "top"]


def test_rate_of_an_external_trigger_can_only_be_read() -> None:
    config = RigConfig((CameraConfig("1"),), trigger="external", framerate=40)
    assert assigning.value_of(rig(Camera("side")), config, "framerate") == 40
    with pytest.raises(SettingError, match=r"external trigger gives the pulses \(expected rate: 40 Hz\)"):
        assigning.assign(rig(Camera("side")), config, "framerate", 50)


def test_primed_camera_locks_the_setting_of_all() -> None:
    top, side = Camera("top", primary=True), Camera("side")
    side.locked = True
    with pytest.raises(SettingLockedError, match="side is primed"):
        assigning.assign(rig(top, side), CONFIG, "exposure", 3000)
    assert top.values["exposure"] == 1500.0


def test_unknown_setting_of_a_rig_is_answered_with_the_right_one() -> None:
    cameras = rig(Camera("top"))
    for ask in (
        lambda: assigning.value_of(cameras, CONFIG, "shutter"),
        lambda: assigning.limits_of(cameras, "shutter"),
        lambda: assigning.assign(cameras, CONFIG, "shutter", 1),
    ):
        with pytest.raises(SettingError, match=r"of a rig is called 'shutter'\. Did you mean 'exposure'"):
            ask()


def test_rig_has_each_setting_of_the_table() -> None:
    for name in SETTINGS:
        assert name in (inspect.getdoc(getattr(Rig, name)) or "")


def test_mapping_without_a_camera_is_refused() -> None:
    with pytest.raises(SettingError, match="names no camera"):
        assigning.assign(rig(Camera("top", primary=True)), CONFIG, "exposure", {})


def test_rate_of_a_secondary_is_that_of_the_primary() -> None:
    with pytest.raises(SettingError, match=r"side follows the pulses of top. Set framerate of top"):
        assigning.assign(rig(Camera("top", primary=True), Camera("side")), CONFIG, "framerate", {"side": 60})


def test_setting_that_is_interrupted_leaves_all_cameras_as_they_were() -> None:
    class Slow(Camera):
        def assign(self, name: str, value: Any) -> None:
            asked.set()
            assert go_on.wait(20)
            super().assign(name, value)

    asked, go_on = threading.Event(), threading.Event()
    top, side = Camera("top", primary=True), Slow("side")

    def interrupt() -> None:
        assert asked.wait(20)
        until = time.monotonic() + 20
        while top.values["exposure"] != 3000 and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        assigning.assign(rig(top, side), CONFIG, "exposure", 3000)
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("rig-"):
            thread.join(20)
    assert (top.values["exposure"], side.values["exposure"]) == (1500.0, 1500.0)
    assert not top.chosen
