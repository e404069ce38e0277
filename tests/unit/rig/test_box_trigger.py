"""A pulse box as the trigger of a rig: in files and in code; mistakes are named with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RigConfigError
from llpyspin.rig.boxes.boxtrigger import BoxTrigger
from llpyspin.rig.boxes.contract import BoxCount, BoxIdentity, FirstPulse
from llpyspin.rig.boxes.serialbox import SerialBox
from llpyspin.rig.config import RigConfig
from llpyspin.rig.parsing import cameras_from, config_from, load_config

if TYPE_CHECKING:
    import pathlib

FILE = """\
trigger: {box: /dev/ttyACM0, pulse_us: 500}
framerate: 100
cameras:
  - "12345678"
  - {serial: "87654321", role: secondary}
"""


class OwnBox:
    """A driver that somebody has written."""

    def identify(self) -> BoxIdentity:
        return BoxIdentity("own")

    def start(self, rate_hz: float, count: int | None = None) -> FirstPulse | None:
        return None

    def count(self) -> BoxCount:
        return BoxCount(0)

    def stop(self) -> BoxCount:
        return BoxCount(0, "stopped")

    def close(self) -> None:
        pass


def test_box_of_a_file_makes_all_cameras_secondaries(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(FILE)
    config = load_config(path)
    assert config.box == config.trigger == BoxTrigger("/dev/ttyACM0", 500)
    assert config.external
    assert config.primary is None
    assert [camera.role for camera in config.cameras] == ["secondary", "secondary"]
    driver = config.box.driver()
    assert isinstance(driver, SerialBox)
    assert (driver.port, driver.pulse_us) == ("/dev/ttyACM0", 500)
    assert config.box.label == "the pulse box (/dev/ttyACM0)"


def test_box_can_be_named_in_code_in_three_ways() -> None:
    own = OwnBox()
    for given, box in [({"box": "/dev/x"}, "/dev/x"), (BoxTrigger("/dev/x"), "/dev/x"), (own, own)]:
        config = RigConfig(cameras_from(["1", "2"]), trigger=given, framerate=50)  # type: ignore[arg-type]
        assert config.box is not None
        assert config.box.box is box
    assert config.box.driver() is own
    assert config.box.label == "the pulse box (OwnBox)"
    assert RigConfig(cameras_from(["1"]), trigger={"box": own}, framerate=50).box == BoxTrigger(own)  # type: ignore[arg-type]


def test_other_triggers_are_no_box() -> None:
    assert RigConfig(cameras_from(["1"])).box is None
    assert not RigConfig(cameras_from(["1"])).external
    assert RigConfig(cameras_from(["1"]), trigger="external").box is None


def document(**keys: Any) -> dict[str, Any]:
    return {"cameras": ["1", "2"], "framerate": 50, "trigger": {"box": "/dev/ttyACM0"}, **keys}


MISTAKES = [
    (document(framerate=None), "a pulse box needs the rate of its pulses: set framerate"),
    (document(trigger={}), "trigger needs box: a serial port, like /dev/ttyACM0"),
    (document(trigger={"box": 3}), "box must be a serial port, like /dev/ttyACM0, not 3"),
    (document(trigger={"box": ""}), "box must be a serial port"),
    (document(trigger={"box": "/dev/x", "puls_us": 3}), "'puls_us' is not known; did you mean 'pulse_us'"),
    (document(trigger={"box": "/dev/x", "pulse_us": 0}), "pulse_us must be a positive number of us, not 0"),
    (document(trigger={"box": "/dev/x", "pulse_us": 10001}), "at 50 Hz a pulse lasts at most 10000 us"),
    (document(trigger=["/dev/x"]), "trigger must be one of primary, external, or {box"),
    (document(sync="ptp"), "an external trigger needs wires"),
    (
        document(cameras=[{"serial": "1", "role": "primary"}]),
        "the trigger is external: it must be a secondary",
    ),
]


@pytest.mark.parametrize(("given", "text"), MISTAKES)
def test_mistake_in_a_file_is_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(RigConfigError, match=text):
        config_from(given, "rig.yaml")


@pytest.mark.parametrize(("given", "text"), MISTAKES)
def test_mistake_in_code_is_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(RigConfigError, match=text):
        RigConfig(cameras_from(given["cameras"]), **{key: given[key] for key in given if key != "cameras"})


@pytest.mark.parametrize("trigger", [BoxTrigger(5), BoxTrigger("/dev/x", "long"), BoxTrigger(OwnBox(), -1)])  # type: ignore[arg-type]
def test_box_trigger_with_wrong_values_is_refused(trigger: BoxTrigger) -> None:
    with pytest.raises(RigConfigError, match=r"(box|pulse_us) must be"):
        RigConfig(cameras_from(["1"]), trigger=trigger, framerate=50)


def test_mistake_in_a_file_has_its_place(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(FILE.replace("500", "6000"))
    with pytest.raises(RigConfigError, match=r"line 1.*at 100 Hz a pulse lasts at most 5000 us") as raised:
        load_config(path)
    assert [mistake.line for mistake in raised.value.mistakes] == [1]
