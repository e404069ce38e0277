"""The settings that a live page offers, from cameras that are made by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.errors import CameraLostError, LlpyspinError, SettingError
from llpyspin.rig.webchoices import PERIOD_S, Choices, told
from llpyspin.settings import AutomaticNumber, Limits


class Camera:
    """A camera with some settings; it counts how often it is asked."""

    def __init__(self, name: str, *, primary: bool = False, **values: Any) -> None:
        self.name = name
        self.primary = primary
        self.failure: Exception | None = None
        self.values = values
        self.asked = 0
        self.camera = SimpleNamespace(limits=self.limits)
        self.held = SimpleNamespace(value_of=self.value_of)

    def limits(self, name: str) -> Limits:
        return Limits(0, 40.5, entries=("auto", "once", "off")) if name == "gain" else Limits(1.0, 200.0)

    def value_of(self, name: str) -> Any:
        self.asked += 1
        found = self.values.get(name, SettingError(f"no {name}"))
        if isinstance(found, LlpyspinError):
            raise found
        return found


def offered(*cameras: Camera) -> dict[str, Any]:
    choices = Choices()
    members: Any = {each.name: each for each in cameras}
    choices.catch_up(members)
    return {each["name"]: each for each in choices.known}


def test_page_shows_value_limits_and_words() -> None:
    found = offered(Camera("a", gain=AutomaticNumber(2.5, "auto")), Camera("b", gain=3))
    assert found == {
        "gain": {
            "name": "gain",
            "unit": "dB",
            "cameras": [
                {"name": "a", "value": 2.5, "auto": True, "min": 0.0, "max": 40.5, "words": ["auto"]},
                {"name": "b", "value": 3.0, "auto": False, "min": 0.0, "max": 40.5, "words": ["auto"]},
            ],
        }
    }


def test_only_the_primary_has_a_frame_rate_to_set() -> None:
    found = offered(Camera("a", primary=True, framerate=100.0), Camera("b", framerate=30.0))
    assert [each["name"] for each in found["framerate"]["cameras"]] == ["a"]


def test_camera_that_is_gone_is_left_out() -> None:
    gone = Camera("b", gain=1.0)
    gone.failure = OSError("gone")
    found = offered(Camera("a", gain=1.0), gone, Camera("c", gain=CameraLostError("gone just now")))
    assert [each["name"] for each in found["gain"]["cameras"]] == ["a"]


def test_value_that_json_cannot_hold_is_unknown() -> None:
    found = offered(Camera("a", gain=float("nan")))
    assert found["gain"]["cameras"][0]["value"] is None


def test_cameras_are_asked_now_and_then_and_after_a_change() -> None:
    now = [0.0]
    choices = Choices(lambda: now[0])
    camera = Camera("a", gain=1.0)
    members: Any = {"a": camera}
    asked = []
    for step in (0.0, PERIOD_S / 2, PERIOD_S):
        now[0] += step
        choices.catch_up(members)
        choices.catch_up(members)
        asked.append(camera.asked)
    assert asked[0] == asked[1] < asked[2]
    choices.renew()
    choices.catch_up(members)
    assert camera.asked > asked[2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3000.0, "3000 us"),
        (1 / 3, "0.333 us"),
        (1234567.0, "1234567 us"),
        (AutomaticNumber(1500.0, "auto"), "1500 us (auto)"),
        ({"a": 1.0, "b": None}, "1 us (a), unknown (b)"),
        ("off", "off"),
    ],
)
def test_value_is_told_to_people(value: object, text: str) -> None:
    assert told(value, "exposure") == text
