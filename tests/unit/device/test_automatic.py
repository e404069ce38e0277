"""Values that the camera chooses by itself: "auto", "once" and "off", and how they are read again."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.errors import SettingError, SettingRangeError
from llpyspin.recording.tree import to_tree
from llpyspin.settings import AutomaticNumber, AutomaticRatios, Limits, given_again
from tests.unit.fake_sdk import NI, RO, RW, FakeCamera
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

COLOR = "BFS-U3-16S2C"
NODES = {"exposure": "ExposureAuto", "gain": "GainAuto", "white_balance": "BalanceWhiteAuto"}


@pytest.fixture
def colored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    with world(monkeypatch, COLOR, collect=False), Device(llpyspin.virtual, 0) as opened:
        yield opened


@pytest.mark.parametrize(
    ("word", "entry", "mode"),
    [
        ("auto", "Continuous", "auto"),
        ("Auto", "Continuous", "auto"),
        ("continuous", "Continuous", "auto"),
        ("Continuous", "Continuous", "auto"),
        ("once", "Once", "once"),
        (" ONCE ", "Once", "once"),
    ],
)
@pytest.mark.parametrize("name", ["exposure", "gain"])
def test_words_switch_the_automatic_and_are_read_again(
    device: Device, camera: FakeCamera, name: str, word: str, entry: str, mode: str
) -> None:
    number = device.get(name)
    got = device.set(name, word)
    assert camera.value(NODES[name]) == entry
    assert isinstance(got, AutomaticNumber)
    assert (got, got.mode, float(got)) == (mode, mode, number)
    assert device.get(name) == mode


@pytest.mark.parametrize("name", ["exposure", "gain"])
def test_number_and_off_end_the_automatic(device: Device, camera: FakeCamera, name: str) -> None:
    device.set(name, "auto")
    before = float(device.get(name))
    got = device.set(name, "off")
    assert (type(got), got, camera.value(NODES[name])) == (float, before, "Off")
    device.set(name, "auto")
    got = device.set(name, 20)
    assert (type(got), got, camera.value(NODES[name])) == (float, 20.0, "Off")


def test_automatic_exposure_ends_the_mode_in_which_pulses_time_it(device: Device, camera: FakeCamera) -> None:
    camera.nodes["ExposureMode"].value = "TriggerWidth"
    device.set("exposure", "auto")
    assert camera.log == [("ExposureMode", "Timed"), ("ExposureAuto", "Continuous")]


@pytest.mark.parametrize("word", ["fast", "", "on", "Off course", "3000"])
def test_other_words_are_refused_with_those_that_there_are(
    device: Device, camera: FakeCamera, word: str
) -> None:
    with pytest.raises(SettingRangeError, match=r'a number of us, "auto", "once" or "off"'):
        device.set("exposure", word)
    with pytest.raises(SettingRangeError, match=r"framerate '.*' refused: a number is needed"):
        device.set("framerate", word)
    assert camera.log == []


@pytest.mark.parametrize("word", ["auto", "once"])
def test_camera_without_the_automatic_says_so(device: Device, camera: FakeCamera, word: str) -> None:
    camera.nodes["GainAuto"].access = NI
    with pytest.raises(SettingError, match=r"no automatic gain \(no node GainAuto\)"):
        device.set("gain", word)
    assert device.set("gain", "off") == device.get("gain")
    assert device.limits("gain").entries == ()


def test_camera_without_once_names_what_it_has(device: Device, camera: FakeCamera) -> None:
    camera.nodes["GainAuto"].entries = ("Off", "Continuous")
    with pytest.raises(SettingRangeError, match=r"gain 'once' refused: .* has only 'auto', 'off'"):
        device.set("gain", "once")
    assert device.limits("gain").entries == ("auto", "off")


def test_limits_name_the_words_besides_the_numbers(device: Device) -> None:
    limits = device.limits("exposure")
    assert limits.entries == ("auto", "once", "off")
    assert str(limits).endswith(" us, or one of auto, once, off")
    assert device.limits("framerate").entries == ()


def test_refused_automatic_changes_nothing(device: Device, camera: FakeCamera) -> None:
    camera.nodes["ExposureMode"].value = "TriggerWidth"
    camera.refuse = {"ExposureAuto"}
    with pytest.raises(SettingRangeError):
        device.set("exposure", "auto")
    assert (camera.value("ExposureAuto"), camera.value("ExposureMode")) == ("Off", "TriggerWidth")


@pytest.mark.parametrize("name", ["exposure", "gain", "white_balance"])
def test_all_three_settings_take_the_same_words(colored: Device, name: str) -> None:
    for word, mode in (("auto", "auto"), ("continuous", "auto"), ("Once", "once")):
        assert colored.set(name, word) == mode
    off = colored.set(name, "off")
    assert type(off) in (float, tuple)
    assert not hasattr(off, "mode")
    assert colored.limits(name).entries == ("auto", "once", "off")
    with pytest.raises(SettingRangeError, match='"auto", "once" or "off"'):
        colored.set(name, "sunny")


@pytest.mark.parametrize("name", ["exposure", "gain", "white_balance"])
@pytest.mark.parametrize("word", ["auto", "off"])
def test_snapshot_brings_an_automatic_back(colored: Device, name: str, word: str) -> None:
    numbers = {"exposure": 2000, "gain": 3, "white_balance": (1.5, 1.25)}
    colored.set(name, numbers[name])
    colored.set(name, word)
    taken, before = colored.snapshot(), colored.get(name)
    colored.set(name, "off" if word == "auto" else "auto")
    assert colored.restore(taken).ok
    assert colored.node_get(NODES[name]) == {"auto": "Continuous", "off": "Off"}[word]
    assert type(colored.get(name)) is type(before)


# -- the values


def test_automatic_number_is_a_number() -> None:
    exposure = AutomaticNumber(1500.0, "auto")
    assert (exposure / 2, f"{exposure:g}", f"{exposure}", np.float64(exposure)) == (
        750.0,
        "1500",
        "1500.0",
        1500,
    )
    assert repr(exposure) == "1500.0 (auto)"
    assert (exposure == "auto", exposure == "Continuous", exposure == "off", exposure != "once") == (
        *(True, True, False, True),
    )
    assert (exposure == 1500, exposure != 1500, exposure < 2000) == (True, False, True)
    assert {exposure: 1}[1500.0] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    "value", [AutomaticNumber(1500.0, "once"), AutomaticRatios((1.5, 1.25), "auto")], ids=["number", "ratios"]
)
def test_automatic_values_go_between_processes_and_into_json(value: Any) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert (again, again.mode, repr(again)) == (value, value.mode, repr(value))
    assert json.loads(json.dumps(to_tree({"value": value})))["value"] in (1500.0, [1.5, 1.25])


def test_automatic_ratios_are_a_pair() -> None:
    ratios = AutomaticRatios((1.5, 1.25), "auto")
    red, blue = ratios
    assert (red, blue, ratios == (1.5, 1.25), ratios == "auto", ratios != "off") == (
        1.5,
        1.25,
        True,
        True,
        True,
    )
    assert repr(ratios) == "(1.5, 1.25) (auto)"


def test_choice_without_numbers_reads_as_before() -> None:
    assert str(Limits(entries=("Off", "On"))) == "one of Off, On"


def test_refused_update_leaves_the_choice_to_the_camera(
    device: Device, camera: FakeCamera, caplog: pytest.LogCaptureFixture
) -> None:
    auto, time = camera.nodes["ExposureAuto"], camera.nodes["ExposureTime"]
    time.access = lambda camera: RO if auto.value == "Continuous" else RW
    auto.after = lambda camera, value: setattr(time, "value", time.value + 1)  # it goes on choosing
    device.set("exposure", "auto")
    with pytest.raises(SettingRangeError):
        device.update({"exposure": 3000, "gain": 1000})
    assert device.get("exposure") == "auto"
    assert not caplog.records


def test_misspelt_word_names_the_right_one(device: Device) -> None:
    with pytest.raises(SettingRangeError, match=r'or "off"\. Did you mean \'auto\'\?$'):
        device.set("exposure", "automatic")


def test_automatic_value_is_given_again_as_its_word() -> None:
    assert given_again(AutomaticNumber(1523.0, "auto")) == "auto"
    assert given_again(AutomaticRatios((1.5, 2.0), "once")) == "once"
    assert given_again(1523.0) == 1523.0


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("exposure", "3 ms", "3 ms is 3000 us: write 3000"),
        ("exposure", "1500us", "Write the number without its unit: 1500"),
        ("exposure", "30 Hz", "Write a number of us, without a unit"),
        ("gain", "3 dB", "Write the number without its unit: 3"),
        ("framerate", "0.2 kHz", "0.2 kHz is 200 Hz: write 200"),
        ("framerate", "30 fps", "Write the number without its unit: 30"),
    ],
)
def test_number_with_a_unit_is_answered_with_what_to_write(
    device: Device, name: str, written: str, said: str
) -> None:
    with pytest.raises(SettingRangeError) as caught:
        device.set(name, written)
    assert str(caught.value).endswith(said)
