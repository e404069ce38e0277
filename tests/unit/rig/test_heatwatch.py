"""Which temperatures end a recording."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from llpyspin.camera.temperatures import Temperatures
from llpyspin.recording.budget import Budget
from llpyspin.rig.heatwatch import reason_of_heat


def test_only_temperatures_of_this_recording_count() -> None:
    told: list[str] = []
    run: Any = SimpleNamespace(
        plan=SimpleNamespace(budget=Budget(max_temperature=75)),
        notices=SimpleNamespace(tell=lambda event, text, camera: told.append(f"{event} {camera}")),
    )
    temperatures = Temperatures(lambda name: None)
    temperatures.known = {"a": 60.0, "b": 80.0}
    temperatures.read_at = {"a": 105.0, "b": 99.0}
    assert reason_of_heat(run, temperatures, since=100.0) == ""
    assert told == []
    temperatures.read_at["b"] = 101.0
    assert reason_of_heat(run, temperatures, since=100.0).startswith("camera b has 80.0 °C")
    assert told == ["temperature_high b"]
