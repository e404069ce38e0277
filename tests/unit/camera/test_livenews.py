"""What a live view shows of a single camera, from a camera that is made by hand."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.camera.livenews import news_of
from llpyspin.errors import CameraClosedError, CameraLostError, LlpyspinError
from llpyspin.recording.status import WriterStatus


class Camera:
    """A camera in some state."""

    nickname = "top"
    kind = "primary"

    def __init__(self, state: str = "streaming", writer: WriterStatus | Exception | None = None) -> None:
        self.state = state
        self.asked = 0
        self.temperature: float | Exception | None = 41.5
        self.recording: Any = None if writer is None else SimpleNamespace(status=lambda: _or_raise(writer))

    def value_of(self, name: str) -> Any:
        assert name == "temperature"
        self.asked += 1
        return _or_raise(self.temperature)


class Source:
    """Where its frames are."""

    address = "there"
    info = SimpleNamespace(serial="20000001")

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure

    def check_open(self) -> None:
        _or_raise(self._failure)


def _or_raise(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def shown(camera: Camera, source: Source | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The status, and the camera in it."""
    source = Source() if source is None else source
    news = news_of(camera, source)()  # type: ignore[arg-type]
    assert news is not None
    assert news.addresses == {"top": "there"}
    (found,) = news.status["cameras"]
    return news.status, found


@pytest.mark.parametrize(
    ("state", "word", "folder"),
    [
        ("streaming", "streaming", ""),
        ("not primed", "not primed", ""),
        ("primed", "primed", ""),
        ("triggered", "triggered", ""),
        ("primed to record to a to b.mkv", "primed", "a to b.mkv"),
        ("recording to a.mkv", "recording", "a.mkv"),
        ("recording to /to record to/a.mkv", "recording", "/to record to/a.mkv"),
        ("closed", "closed", ""),
    ],
)
def test_state_is_a_word_and_the_file_stands_beside_it(state: str, word: str, folder: str) -> None:
    status, camera = shown(Camera(state))
    assert (status["state"], camera["state"], status["folder"]) == (word, word, folder)


def test_recording_camera_has_the_figures_of_its_writer() -> None:
    writer = WriterStatus(
        "recording", 50, 45, 1, {"ring": 4, "sensor": 0}, backlog=7, spilled=3, rate=29.9712, disk_free=10**9
    )
    _, camera = shown(Camera("recording to a.mkv", writer))
    assert {
        "rate": 29.97,
        "frames": 45,
        "incomplete": 1,
        "lost": {"ring": 4},
        "backlog": 7,
    }.items() <= camera.items()
    assert (camera["spilled"], camera["disk_free"]) == (3, 10**9)


def test_camera_without_a_recording_claims_no_figures() -> None:
    _, camera = shown(Camera())
    assert (camera["frames"], camera["lost"], camera["disk_free"]) == (0, {}, None)
    assert (camera["serial"], camera["role"]) == ("20000001", "primary")


def test_recording_that_is_being_completed_says_so() -> None:
    status, _ = shown(Camera("recording to a.mkv", WriterStatus("finishing")))
    assert (status["state"], status["folder"]) == ("finishing", "a.mkv")


def test_writer_that_has_just_ended_is_no_error() -> None:
    _, camera = shown(Camera("recording to a.mkv", CameraClosedError("it has ended")))
    assert camera["frames"] == 0


def test_lost_camera_says_why() -> None:
    status, camera = shown(Camera("lost"), Source(CameraLostError("top was unplugged")))
    assert (status["state"], camera["failure"]) == ("lost", "top was unplugged")


def test_temperature_is_read_rarely_and_not_before_a_trigger() -> None:
    camera, source = Camera("primed"), Source()
    news = news_of(camera, source)  # type: ignore[arg-type]
    news()
    assert camera.asked == 0
    camera.state = "triggered"
    found = [news() for _ in range(5)][-1]
    assert camera.asked == 1
    assert found is not None
    assert found.status["cameras"][0]["temperature"] == 41.5


@pytest.mark.parametrize("value", [None, float("nan"), LlpyspinError("no thermometer")])
def test_camera_without_a_thermometer_has_no_temperature(value: Any) -> None:
    camera = Camera()
    camera.temperature = value
    assert shown(camera)[1]["temperature"] is None


def test_news_keep_no_camera() -> None:
    camera, source = Camera(), Source()
    news = news_of(camera, source)  # type: ignore[arg-type]
    del camera
    gc.collect()
    assert news() is None
