"""The container of a recording: by the option, by the suffix, or by the codec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.doctor import storing
from llpyspin.errors import RecordingError, RigConfigError, SettingRangeError
from llpyspin.recording.options import CONTAINERS, RecordingOptions
from llpyspin.recording.optiontypes import OptionTypes
from llpyspin.recording.plan import plan_of
from llpyspin.recording.sinks import Picture, choose
from llpyspin.recording.sinks.pyav import CONTAINERS as OF_LIBAV
from llpyspin.rig import RigConfig
from llpyspin.rig.config import CameraConfig
from llpyspin.rig.plan import options_of

if TYPE_CHECKING:
    from pathlib import Path

GRAY = Picture(height=48, width=64, rate=30.0)


@pytest.mark.parametrize(
    ("container", "name", "suffix"),
    [
        (None, "mouse", None),
        (None, "mouse.avi", ".avi"),
        (None, "mouse.3", None),
        ("mp4", "mouse", ".mp4"),
        ("mp4", "mouse.mp4", ".mp4"),
        ("mp4", "mouse.3", ".mp4"),
        ("mkv", "mouse", ".mkv"),
        ("matroska", "mouse.mkv", ".mkv"),
        ("mov", "", ".mov"),
    ],
)
def test_suffix_follows_from_container_and_name(container: str | None, name: str, suffix: str | None) -> None:
    assert RecordingOptions(container=container).suffix_of(name) == suffix


def test_every_container_is_one_of_ffmpeg() -> None:
    assert set(CONTAINERS.values()) == set(OF_LIBAV)
    assert {form for form, _ in OF_LIBAV.values()} <= set(CONTAINERS)
    assert all(RecordingOptions(container=name) for name in CONTAINERS)
    assert OptionTypes().container is None


@pytest.mark.parametrize("container", ["", "MP4", ".mp4", "webm", 4, ["mp4"]])
def test_unknown_container_is_refused(container: Any) -> None:
    with pytest.raises(SettingRangeError, match="container must be 'mkv', 'mp4', 'mov' or 'avi'"):
        RecordingOptions(container=container)


def test_suffix_that_contradicts_the_container_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RecordingError, match=r"mouse\.mkv ends in \.mkv, but container='mp4' makes \.mp4 files.*mouse\.mp4"
    ):
        plan_of(tmp_path / "mouse.mkv", container="mp4")
    assert not list(tmp_path.iterdir())
    plan = plan_of(tmp_path / "mouse.mp4", container="mp4")
    assert plan is not None
    assert plan.options.container == "mp4"


@pytest.mark.parametrize(
    ("codec", "suffix", "text"),
    [
        ("raw", ".mp4", r"raw makes \.raw files, not \.mp4"),
        ("tiff", ".mkv", r"tiff makes \.tif or \.tiff files, not \.mkv"),
        ("spinvideo", ".mov", r"spinvideo makes \.avi or \.mp4 files, not \.mov"),
        ("ffv1", ".mov", r'ffv1 cannot be written into \.mov files.*container="mkv"'),
    ],
)
def test_codec_that_does_not_go_into_the_container_says_so(codec: str, suffix: str, text: str) -> None:
    with pytest.raises(RecordingError, match=text):
        choose(codec, GRAY, suffix)


def test_codec_without_an_encoder_does_not_blame_the_container() -> None:
    deep = Picture(height=48, width=64, rate=30.0, bits=16)
    with pytest.raises(RecordingError, match=r"no encoder for h264 of .*16 bit.* works here"):
        choose("h264", deep, ".mp4")


def test_container_of_a_rig_is_kept_and_can_be_overridden() -> None:
    rig = RigConfig((CameraConfig("12345678"),), record={"container": "mp4"})
    assert options_of(rig, None, {})[0].container == "mp4"
    assert options_of(rig, None, {"container": "mov"})[0].container == "mov"
    with pytest.raises(RigConfigError, match="container must be"):
        RigConfig((CameraConfig("12345678"),), record={"container": "webm"})


def test_measurement_of_the_doctor_is_of_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(storing, "measure", lambda *given: asked.append(given))

    class Demand:
        class picture:
            nbytes = 1

    class Rig:
        cameras = (Demand,)
        options = RecordingOptions(container="mp4")

    rig: Any = Rig
    storing.measure_rig(rig)
    assert asked[0][-1] == {"suffix": ".mp4"}
