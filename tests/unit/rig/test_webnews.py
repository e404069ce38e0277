"""What a live page shows of a rig, from members that are made by hand."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from llpyspin.camera.temperatures import TEMPERATURE_S
from llpyspin.errors import SettingError
from llpyspin.recording.session import Event
from llpyspin.rig import thermometers
from llpyspin.rig.thermometers import temperatures_of
from llpyspin.rig.webnews import MOST_EVENTS, events_of, folder_of, in_step

if TYPE_CHECKING:
    import pytest


def member(*arrivals_ms: float | None, failure: Exception | None = None) -> Any:
    """A camera with a frame for each trigger whose arrival is not None."""
    frames = {
        trigger: SimpleNamespace(host_timestamp_ns=round(ms * 1e6))
        for trigger, ms in enumerate(arrivals_ms)
        if ms is not None
    }
    newest = max(frames, default=None)
    follower = SimpleNamespace(
        newest=lambda: None if newest is None else (newest, frames[newest]), frame=frames.get
    )
    return SimpleNamespace(stint=SimpleNamespace(follower=follower), failure=failure, camera=None)


def test_cameras_in_step_have_frames_of_one_trigger() -> None:
    found = in_step({"a": member(1.0, 11.0, 21.0), "b": member(1.5, 11.25)})
    assert found == {"trigger": 1, "behind": 1, "arrival_ms": 0.25}


def test_trigger_without_a_frame_of_each_camera_has_no_spread() -> None:
    found = in_step({"a": member(1.0, None, 21.0), "b": member(1.5, 11.25)})
    assert found == {"trigger": 1, "behind": 1, "arrival_ms": None}


def test_one_camera_is_in_step_with_nobody() -> None:
    idle = SimpleNamespace(stint=None)
    assert in_step({"a": member(1.0), "b": idle}) is None  # type: ignore[dict-item]
    assert in_step({"a": member(1.0), "b": member()}) is None


def test_event_has_its_time_and_the_name_of_its_camera() -> None:
    events = [
        Event("lost", "gives no more frames", "20000003", 11_500_000_000, 75),
        Event("stopped", "the disk is full"),
    ]
    run: Any = SimpleNamespace(events=events, begun=10_000_000_000)
    assert events_of(run, {"20000003": "front"}) == [
        {"seconds": None, "camera": "", "text": "the disk is full"},
        {"seconds": 1.5, "camera": "front", "text": "gives no more frames"},
    ]


def test_run_without_a_recording_has_no_folder() -> None:
    recording: Any = SimpleNamespace(plan=SimpleNamespace(folder=PurePosixPath("/data/m1")))
    trial: Any = SimpleNamespace(plan=SimpleNamespace(folder=None))
    assert [folder_of(each) for each in (recording, trial, None)] == ["/data/m1", "", ""]


def test_number_of_events_on_the_page_is_limited() -> None:
    run: Any = SimpleNamespace(events=[Event("doubt", str(n)) for n in range(1000)], begun=None)
    texts = [each["text"] for each in events_of(run, {})]
    assert texts == [str(n) for n in range(999, 999 - MOST_EVENTS, -1)]
    assert events_of(None, {}) == []


class Thermometers:
    """What the cameras answer."""

    def __init__(self, **values: float | Exception) -> None:
        self.values = values
        self.asked: list[str] = []

    def of(self, camera: str) -> Any:
        def ask(operation: str, setting: str) -> float:
            assert (operation, setting) == ("get", "temperature")
            self.asked.append(camera)
            value = self.values[camera]
            if isinstance(value, Exception):
                raise value
            return value

        return SimpleNamespace(ask=ask)


def test_one_camera_at_a_time_is_asked_for_its_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = Thermometers(a=41.5, b=SettingError("no thermometer"), c=float("nan"))
    monkeypatch.setattr(thermometers, "acquisition_of", cameras.of)
    members: Any = {name: SimpleNamespace(camera=name, failure=None) for name in "abc"}
    now = [100.0]
    temperatures = temperatures_of(members, lambda: now[0])
    for _ in range(5):
        temperatures.catch_up(members)
    assert cameras.asked == ["a", "b", "c"]
    assert temperatures.known == {"a": 41.5}
    now[0] += TEMPERATURE_S
    members["a"].failure = OSError("gone")
    temperatures.catch_up(members)
    assert cameras.asked == ["a", "b", "c"]
    assert temperatures.known == {}
