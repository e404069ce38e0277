"""The sequencer: frames have the exposure, gain and region of their set, one set after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import llpyspin.virtual as PySpin
from tests.unit.virtual_cameras import Bench, close_all, world

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT, LONG = 1000.0, 4000.0
CHUNKS = ("ExposureTime", "Gain", "Width", "Height", "SequencerSetActive", "Timestamp")


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A USB3 and a GigE camera, initialised, at 50 Hz with a small image."""
    with world(monkeypatch, "BFS-U3-16S2M", "BFS-PGE-16S2M") as system:
        found = system.GetCameras()
        opened = [found[0], found[1]]
        found.Clear()
        for camera in opened:
            camera.Init()
            prepare(camera)
        yield opened
        close_all(opened)


def prepare(camera: Any) -> None:
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    camera.GainAuto.SetValue(PySpin.GainAuto_Off)
    camera.Width.SetValue(320)
    camera.Height.SetValue(240)
    camera.AcquisitionFrameRateEnable.SetValue(True)
    camera.AcquisitionFrameRate.SetValue(50.0)
    camera.ChunkModeActive.SetValue(True)
    for name in CHUNKS:
        camera.ChunkSelector.SetValue(getattr(PySpin, f"ChunkSelector_{name}"))
        camera.ChunkEnable.SetValue(True)


def save_set(camera: Any, number: int, following: int, **values: float) -> None:
    """Set up one set of the sequencer, as the vendor's example does."""
    camera.SequencerSetSelector.SetValue(number)
    for name, value in values.items():
        getattr(camera, name).SetValue(value)
    camera.SequencerTriggerSource.SetValue(PySpin.SequencerTriggerSource_FrameStart)
    camera.SequencerSetNext.SetValue(following)
    camera.SequencerSetSave.Execute()


def set_up(camera: Any, *sets: dict[str, float]) -> None:
    """Sets that follow one another in a circle; the sequencer is on afterwards."""
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_On)
    for number, values in enumerate(sets):
        save_set(camera, number, (number + 1) % len(sets), **values)
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_Off)
    assert camera.SequencerConfigurationValid.ToString() == "Yes"
    camera.SequencerMode.SetValue(PySpin.SequencerMode_On)


def frames(camera: Any, count: int) -> list[tuple[Any, ...]]:
    """Set, exposure, gain, grey (without stamp and movement) and timestamp of the next images."""
    found = []
    for _ in range(count):
        image = camera.GetNextImage(5000)
        chunks = image.GetChunkData()
        pixels = image.GetNDArray()
        level = float(np.mean(np.sort(pixels, axis=None)[pixels.size // 4 : -pixels.size // 4]))
        found.append(
            (
                chunks.GetSequencerSetActive(),
                chunks.GetExposureTime(),
                round(chunks.GetGain(), 2),
                level,
                image.GetTimeStamp(),
            )
        )
        image.Release()
    return found


@pytest.mark.parametrize("index", [0, 1])
def test_frames_have_the_exposure_and_gain_of_their_set(cameras: list[Any], index: int) -> None:
    camera = cameras[index]
    dark = {"ExposureTime": SHORT / 10, "Gain": 0.0}
    set_up(camera, dark, {"ExposureTime": SHORT / 5, "Gain": 0.0}, {"ExposureTime": SHORT / 10, "Gain": 12.0})
    camera.BeginAcquisition()
    seen = frames(camera, 9)
    assert [frame[0] for frame in seen] == [0, 1, 2] * 3
    assert [frame[1] for frame in seen] == [100.0, 200.0, 100.0] * 3
    assert [frame[2] for frame in seen] == [0.0, 0.0, pytest.approx(12.0, abs=0.05)] * 3
    for first, second, third in zip(seen[::3], seen[1::3], seen[2::3], strict=True):
        assert second[3] > first[3] + 1
        # twice and four times the light; what does not depend on it (black level, stamp) falls out
        assert (third[3] - first[3]) / (second[3] - first[3]) == pytest.approx(3, rel=0.2)


def test_each_acquisition_begins_with_the_first_set(cameras: list[Any]) -> None:
    camera = cameras[0]
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
    camera.SequencerMode.SetValue(PySpin.SequencerMode_Off)
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_On)
    camera.SequencerSetStart.SetValue(1)
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_Off)
    camera.SequencerMode.SetValue(PySpin.SequencerMode_On)
    for _ in range(2):
        assert camera.SequencerSetActive.GetValue() == 1
        camera.BeginAcquisition()
        assert [frame[1] for frame in frames(camera, 3)] == [LONG, SHORT, LONG]
        camera.EndAcquisition()


def test_set_without_a_trigger_is_never_left(cameras: list[Any]) -> None:
    camera = cameras[0]
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_On)
    save_set(camera, 0, 1, ExposureTime=SHORT)
    save_set(camera, 1, 0, ExposureTime=LONG)
    camera.SequencerTriggerSource.SetValue(PySpin.SequencerTriggerSource_Off)
    camera.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_Off)
    camera.SequencerMode.SetValue(PySpin.SequencerMode_On)
    camera.BeginAcquisition()
    assert [frame[0] for frame in frames(camera, 4)] == [0, 1, 1, 1]


def test_long_exposures_put_off_the_next_frame_only(cameras: list[Any]) -> None:
    camera = cameras[0]
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": 50_000.0})
    camera.BeginAcquisition()
    seen = frames(camera, 7)
    starts = [frame[4] - round(frame[1] * 1000) for frame in seen]
    gaps = np.diff(starts) / 1e6
    assert gaps[::2] == pytest.approx([20.0] * 3, abs=0.01)
    assert gaps[1::2] == pytest.approx([50.0] * 3, abs=0.2)  # the read-out may outlast the next exposure


def test_triggered_frames_go_through_the_sets(cameras: list[Any]) -> None:
    camera = cameras[0]
    camera.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    camera.TriggerMode.SetValue(PySpin.TriggerMode_On)
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
    camera.BeginAcquisition()
    exposures = []
    for _ in range(4):
        camera.TriggerSoftware.Execute()
        exposures += [frame[1] for frame in frames(camera, 1)]
    assert exposures == [SHORT, LONG, SHORT, LONG]


def test_gige_sets_have_regions_of_their_own(cameras: list[Any]) -> None:
    camera = cameras[1]
    set_up(camera, {"Width": 320, "Height": 240, "OffsetX": 0}, {"Width": 160, "Height": 80, "OffsetX": 64})
    camera.BeginAcquisition()
    for number in range(6):
        image = camera.GetNextImage(5000)
        odd = number % 2
        assert (image.GetWidth(), image.GetHeight()) == ((160, 80) if odd else (320, 240))
        assert image.GetXOffset() == (64 if odd else 0)
        assert image.GetNDArray().shape == ((80, 160) if odd else (240, 320))
        assert PySpin.read_stamp(image.GetNDArray()).frame == number
        image.Release()


def test_feature_that_is_not_enabled_stays_as_it_is(cameras: list[Any]) -> None:
    camera = cameras[0]
    nodes = camera.GetNodeMap()
    PySpin.CEnumerationPtr(nodes.GetNode("SequencerFeatureSelector")).FromString("Gain")
    PySpin.CBooleanPtr(nodes.GetNode("SequencerFeatureEnable")).SetValue(False)
    set_up(camera, {"ExposureTime": SHORT, "Gain": 0.0}, {"ExposureTime": LONG, "Gain": 6.0})
    camera.BeginAcquisition()
    seen = frames(camera, 4)
    assert [frame[1] for frame in seen] == [SHORT, LONG, SHORT, LONG]
    assert [frame[2] for frame in seen] == [pytest.approx(6.0, abs=0.05)] * 4


def test_settings_changed_meanwhile_leave_the_turn_as_it_is(cameras: list[Any]) -> None:
    camera = cameras[0]
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
    camera.BeginAcquisition()
    assert [frame[0] for frame in frames(camera, 3)] == [0, 1, 0]
    camera.BlackLevel.SetValue(5.0)
    later = [frame[0] for frame in frames(camera, 6)]
    assert later == [1, 0] * 3


def test_what_the_sequencer_sets_is_locked_while_it_is_on(cameras: list[Any]) -> None:
    camera = cameras[0]
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
    for name in (
        "ExposureTime",
        "Gain",
        "ExposureAuto",
        "SequencerSetSave",
        "SequencerSetNext",
        "UserSetLoad",
    ):
        assert not PySpin.IsWritable(getattr(camera, name)), name
    assert not PySpin.IsWritable(camera.SequencerConfigurationMode)
    assert PySpin.IsWritable(camera.SequencerMode)
    camera.BeginAcquisition()
    assert not PySpin.IsWritable(camera.SequencerMode)
    camera.EndAcquisition()
    camera.SequencerMode.SetValue(PySpin.SequencerMode_Off)
    assert PySpin.IsWritable(camera.ExposureTime)


def test_sequencer_turns_the_automatic_functions_off(cameras: list[Any]) -> None:
    camera = cameras[0]
    set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
    camera.SequencerMode.SetValue(PySpin.SequencerMode_Off)
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Continuous)
    camera.SequencerMode.SetValue(PySpin.SequencerMode_On)
    assert camera.ExposureAuto.ToString() == "Off"
    assert camera.ExposureTime.GetValue() == SHORT


def test_set_that_was_not_saved_makes_the_whole_invalid() -> None:
    bench = Bench()
    bench.node("SequencerConfigurationMode").FromString("On")
    for number, following in ((0, 1), (1, 2)):
        bench.node("SequencerSetSelector").SetValue(number)
        bench.node("SequencerTriggerSource").FromString("FrameStart")
        bench.node("SequencerSetNext").SetValue(following)
        bench.node("SequencerSetSave").Execute()
        assert bench.node("SequencerSetValid").ToString() == "Yes"
    bench.node("SequencerSetSelector").SetValue(2)
    assert bench.node("SequencerSetValid").ToString() == "No"
    assert bench.node("SequencerConfigurationValid").ToString() == "No"
    bench.node("SequencerSetSave").Execute()
    assert bench.node("SequencerConfigurationValid").ToString() == "Yes"
    bench.node("SequencerConfigurationReset").Execute()
    assert bench.node("SequencerConfigurationValid").ToString() == "No"


def test_set_is_loaded_only_if_it_was_saved() -> None:
    bench = Bench()
    bench.node("ExposureAuto").FromString("Off")
    bench.node("ExposureTime").SetValue(SHORT)
    bench.node("SequencerSetSave").Execute()
    bench.node("ExposureTime").SetValue(LONG)
    bench.node("SequencerSetLoad").Execute()
    assert bench.node("ExposureTime").GetValue() == SHORT
    bench.node("SequencerSetSelector").SetValue(3)
    with pytest.raises(PySpin.SpinnakerException, match=r"set 3 was never saved.*\[-2006\]"):
        bench.node("SequencerSetLoad").Execute()


def test_user_sets_leave_the_sequencer_as_it_is() -> None:
    bench = Bench()
    bench.node("UserSetSelector").FromString("UserSet0")
    bench.node("UserSetSave").Execute()
    bench.node("SequencerSetSave").Execute()
    bench.node("UserSetLoad").Execute()
    assert bench.node("SequencerSetValid").ToString() == "Yes"
    bench.node("UserSetSave").Execute()
    bench.node("DeviceReset").Execute()
    assert bench.node("SequencerSetValid").ToString() == "No"


def test_settings_of_each_element_outlive_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        camera = system.GetCameras()[0]
        camera.Init()
        camera.TriggerSelector.SetValue(PySpin.TriggerSelector_FrameBurstStart)
        camera.TriggerMode.SetValue(PySpin.TriggerMode_On)
        camera.DeInit()
        camera.Init()
        assert camera.TriggerSelector.ToString() == "FrameBurstStart"
        assert camera.TriggerMode.ToString() == "On"
        camera.DeInit()
        del camera


def test_sets_outlive_the_program_in_a_named_world(monkeypatch: pytest.MonkeyPatch) -> None:
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        for last in (False, True):
            camera = system.GetCameras()[0]
            camera.Init()
            if not last:
                camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
                set_up(camera, {"ExposureTime": SHORT}, {"ExposureTime": LONG})
                camera.SequencerMode.SetValue(PySpin.SequencerMode_Off)
            assert camera.SequencerConfigurationValid.ToString() == "Yes"
            camera.DeInit()
            del camera
