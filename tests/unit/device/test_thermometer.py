"""The temperature of a camera is never waited for."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from llpyspin.errors import CameraLostError, SettingError
from llpyspin.worker.thermometer import Thermometer


class Camera:
    """Answers with a value, or raises it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def get(self, name: str) -> Any:
        assert name == "temperature"
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def test_temperature_is_that_of_the_node() -> None:
    camera: Any = Camera(41.503)
    assert Thermometer().read(camera) == 41.5


@pytest.mark.parametrize(
    "value", [SettingError("no such node"), CameraLostError("gone"), None, "warm", float("nan"), float("inf")]
)
def test_camera_that_tells_no_temperature_has_none(value: Any) -> None:
    camera: Any = Camera(value)
    assert Thermometer().read(camera) is None


def test_node_that_hangs_is_asked_once_and_left() -> None:
    go_on, asked = threading.Event(), []

    class Hanging:
        def get(self, name: str) -> float:
            asked.append(name)
            assert go_on.wait(20)
            return 40.0

    camera: Any = Hanging()
    thermometer = Thermometer(0.02)
    assert thermometer.read(camera) is None
    go_on.set()
    assert thermometer.read(camera) is None
    assert asked == ["temperature"]
