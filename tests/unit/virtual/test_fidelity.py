"""What real cameras and the real SDK do, and the virtual ones once did not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual as PySpin
from llpyspin.deadlines import Deadline
from llpyspin.system.users import this_user
from llpyspin.virtual.catalogue import model_named
from llpyspin.virtual.factory import camera_features
from llpyspin.virtual.keeping import Keeping
from llpyspin.virtual.registers import RegisterMemory
from llpyspin.virtual.state import WorldState
from llpyspin.virtual.world import World
from tests.unit.virtual_cameras import Bench, world

if TYPE_CHECKING:
    from collections.abc import Iterator


def opened(system: Any, index: int = 0) -> Any:
    """A camera of short exposures, and small images."""
    camera = system.GetCameras().GetByIndex(index)
    camera.Init()
    camera.Width.SetValue(320)
    camera.Height.SetValue(240)
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    camera.ExposureTime.SetValue(500.0)
    return camera


def closed(camera: Any) -> None:
    if camera.IsStreaming():
        camera.EndAcquisition()
    camera.DeInit()
    camera._point(None)


@pytest.fixture
def cam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        camera = opened(system)
        yield camera
        closed(camera)


def images(camera: Any, timeout: int = 300) -> list[int]:
    """Frame ids until no image comes any more, at most 500."""
    found: list[int] = []
    for _ in range(500):
        try:
            image = camera.GetNextImage(timeout)
        except PySpin.SpinnakerException:
            break
        found.append(image.GetFrameID())
        image.Release()
    return found


# -- commands


@pytest.mark.parametrize(
    "name",
    [
        *("UserSetLoad", "UserSetSave", "SequencerSetSave", "SequencerSetLoad", "DefectTableSave"),
        *("SequencerConfigurationReset", "DefectTableApply", "DefectTableFactoryRestore"),
    ],
)
def test_command_whose_state_can_be_asked_for_is_readable(name):
    command = Bench().node(name)
    assert command.GetAccessMode() == PySpin.RW
    assert command.IsDone()


def test_acquisition_start_is_write_only_at_any_time(cam):
    assert cam.AcquisitionStart.GetAccessMode() == PySpin.WO
    cam.BeginAcquisition()
    assert cam.AcquisitionStart.GetAccessMode() == PySpin.WO


def test_acquisition_stop_ends_the_stream_and_start_resumes_it(cam):
    cam.AcquisitionStop.Execute()  # nothing to stop yet
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    cam.AcquisitionStop.Execute()
    before = images(cam)
    assert len(before) < 500
    cam.AcquisitionStart.Execute()
    image = cam.GetNextImage(2000)
    assert image.GetFrameID() == [0, *before][-1] + 1
    image.Release()


def test_acquisition_start_counts_the_frames_anew(cam):
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)
    cam.AcquisitionFrameCount.SetValue(2)
    cam.BeginAcquisition()
    assert images(cam) == [0, 1]
    cam.AcquisitionStart.Execute()
    assert images(cam) == [2, 3]


def test_acquisition_start_changes_nothing_while_frames_come(cam):
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)
    cam.AcquisitionFrameCount.SetValue(3)
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    cam.BeginAcquisition()
    for number in range(3):
        cam.TriggerSoftware.Execute()
        image = cam.GetNextImage(2000)
        assert image.GetFrameID() == number
        image.Release()
        if number < 2:
            cam.AcquisitionStart.Execute()
    cam.TriggerSoftware.Execute()
    assert images(cam, 100) == []


# -- what a model's sensor has


@pytest.mark.parametrize(
    ("model", "bits"),
    [
        ("BFS-U3-04S2M", ["Bit8", "Bit10", "Bit12"]),
        ("BFS-U3-16S2M", ["Bit10", "Bit12"]),
        ("FFY-U3-16S2M", ["Bit10"]),
    ],
)
def test_bit_depths_are_those_of_the_sensor(model, bits):
    node = Bench(model).node("AdcBitDepth")
    assert [e.GetSymbolic() for e in node.GetEntries() if PySpin.IsAvailable(e)] == bits
    for entry in bits:
        node.FromString(entry)


@pytest.mark.parametrize(("model", "average"), [("BFS-U3-16S2M", False), ("BFS-U3-51S5M", True)])
def test_binning_averages_where_the_sensor_can(model, average):
    bench = Bench(model)
    entry = bench.node("BinningHorizontalMode").GetEntryByName("Average")
    assert PySpin.IsAvailable(entry) == average


def test_sensor_and_processor_share_the_binning():
    bench = Bench("BFS-U3-16S2M")
    selector, binning = bench.node("BinningSelector"), bench.node("BinningVertical")

    def parts() -> list[int]:
        found = []
        for entry in ("All", "Sensor", "ISP"):
            selector.FromString(entry)
            found.append(binning.GetValue())
        return found

    selector.FromString("Sensor")
    binning.SetValue(2)
    assert parts() == [2, 2, 1]
    selector.FromString("ISP")
    binning.SetValue(2)
    assert parts() == [4, 2, 2]
    assert bench.node("Height").GetValue() == 270
    selector.FromString("All")
    binning.SetValue(3)
    assert parts() == [3, 1, 3]


def test_colour_sensor_does_not_bin_by_itself():
    bench = Bench("BFS-U3-16S2C")
    bench.node("BinningSelector").FromString("Sensor")
    assert not PySpin.IsWritable(bench.node("BinningHorizontal"))
    bench.node("BinningSelector").FromString("ISP")
    bench.node("BinningHorizontal").SetValue(2)
    assert bench.node("Width").GetValue() == 720


# -- nodes without data


def test_chunk_nodes_are_readable_only_when_their_chunk_has_come(cam):
    cam.ChunkModeActive.SetValue(True)
    cam.ChunkSelector.SetValue(PySpin.ChunkSelector_FrameID)
    cam.ChunkEnable.SetValue(True)
    assert not PySpin.IsReadable(cam.ChunkFrameID)
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    assert cam.ChunkFrameID.GetValue() == 0
    assert not PySpin.IsReadable(cam.ChunkGain)
    cam.EndAcquisition()
    cam.DeInit()
    cam.Init()
    assert not PySpin.IsReadable(cam.ChunkFrameID)


def test_event_nodes_are_readable_only_when_the_event_has_come(cam):
    assert cam.EventExposureEnd.GetValue() == 40003
    assert not PySpin.IsReadable(cam.EventExposureEndFrameID)
    assert not PySpin.IsReadable(cam.EventTestTimestamp)
    cam.TestEventGenerate.Execute()
    assert cam.EventTestTimestamp.GetValue() > 0
    cam.EventSelector.SetValue(PySpin.EventSelector_ExposureEnd)
    cam.EventNotification.SetValue(PySpin.EventNotification_On)
    cam.BeginAcquisition()
    for _ in range(2):
        cam.GetNextImage(2000).Release()
    assert cam.EventExposureEndFrameID.GetValue() >= 0


class Hears(PySpin.DeviceEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, int]] = []

    def OnDeviceEvent(self, eventName: str) -> None:
        self.heard.append((eventName, self.GetDeviceEventId()))


def test_test_event_reaches_a_device_event_handler(cam):
    handler = Hears()
    cam.RegisterEventHandler(handler)
    cam.TestEventGenerate.Execute()
    cam.UnregisterEventHandler(handler)
    assert handler.heard == [("EventTest", 20479)]


# -- buffers


def triggered(camera: Any, buffers: int, triggers: int) -> None:
    """Software triggers, more than there are buffers, all of them exposed."""
    camera.TLStream.StreamBufferCountManual.SetValue(buffers)
    camera.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    camera.TriggerMode.SetValue(PySpin.TriggerMode_On)
    camera.EventSelector.SetValue(PySpin.EventSelector_ExposureEnd)
    camera.EventNotification.SetValue(PySpin.EventNotification_On)
    camera.BeginAcquisition()
    started = camera.TLStream.StreamStartedFrameCount
    queued = camera.TransferQueueCurrentBlockCount
    for number in range(triggers):
        camera.TriggerSoftware.Execute()
        for tries in count():
            if started.GetValue() + queued.GetValue() == number + 1:
                break
            assert tries < 20_000, "a trigger was missed"


@pytest.mark.parametrize(
    ("mode", "ids"),
    [
        ("OldestFirst", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("NewestFirst", [5, 6, 7, 8, 9, 4, 3, 2, 1, 0]),
        ("OldestFirstOverwrite", [6, 7, 8, 9]),
        ("NewestOnly", [9]),
    ],
)
def test_usb3_camera_gives_all_images_in_the_modes_that_keep_them(cam, mode, ids):
    cam.TLStream.StreamBufferHandlingMode.FromString(mode)
    triggered(cam, 6, 10)
    found = images(cam)
    if mode == "NewestFirst":  # the order depends on who is faster
        assert sorted(found) == sorted(ids)
    else:  # the last image may still be on its way when the first one is read, which it would have replaced
        assert found[-len(ids) :] == ids
        assert len(found) <= min(len(ids) + 1, 10)


def test_gige_camera_loses_what_finds_no_buffer(monkeypatch):
    with world(monkeypatch, "BFS-PGE-16S2M") as system:
        camera = opened(system)
        triggered(camera, 6, 10)
        lost = camera.TLStream.StreamLostFrameCount
        deadline = Deadline(20)
        while lost.GetValue() < 4:  # the last one counts as begun before it looks for a buffer
            assert not deadline.passed
        assert images(camera) == [1, 2, 3, 4, 5, 6]
        assert lost.GetValue() == 4
        closed(camera)


@pytest.mark.parametrize("mode", ["OldestFirst", "OldestFirstOverwrite", "NewestFirst", "NewestOnly"])
def test_one_buffer_is_enough(cam, mode):
    assert cam.TLStream.StreamBufferCountManual.GetMin() == 1
    cam.TLStream.StreamBufferHandlingMode.FromString(mode)
    cam.TLStream.StreamBufferCountManual.SetValue(1)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.GetNextImage(2000).Release()


def test_transfer_queue_holds_as_many_images_as_the_camera_has_memory_for(cam):
    assert cam.TransferQueueMaxBlockCount.GetValue() == 240_000_000 // (320 * 240)
    cam.Width.SetValue(160)
    assert cam.TransferQueueMaxBlockCount.GetValue() == 240_000_000 // (160 * 240)


# -- event handlers


class Images(PySpin.ImageEventHandler):
    """Fails at the first image."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[int] = []
        self.enough = threading.Event()

    def OnImageEvent(self, image: Any) -> None:
        self.ids.append(image.GetFrameID())
        if len(self.ids) == 1:
            raise ValueError("at the first image")
        if len(self.ids) == 3:
            self.enough.set()


def test_image_handler_stays_registered_over_deinit(cam):
    """As the real SDK does it: DeInit succeeds, and the handler gets images after the next Init."""
    handler = Images()
    cam.RegisterEventHandler(handler)
    cam.DeInit()
    assert not cam.IsInitialized()
    cam.Init()
    cam.BeginAcquisition()
    assert handler.enough.wait(20)
    cam.EndAcquisition()
    cam.UnregisterEventHandler(handler)


def test_error_in_an_image_handler_is_printed_and_images_go_on(cam, capsys):
    handler = Images()
    cam.RegisterEventHandler(handler)
    cam.BeginAcquisition()
    assert handler.enough.wait(20)
    cam.EndAcquisition()
    cam.UnregisterEventHandler(handler)
    assert handler.ids[:3] == [0, 1, 2]
    printed = capsys.readouterr().err
    assert "error in the event handler Images.OnImageEvent" in printed
    assert "at the first image" in printed


class Fails(PySpin.DeviceEventHandler):
    def OnDeviceEvent(self, eventName: str) -> None:
        raise ValueError(eventName)


def test_error_in_a_device_event_handler_does_not_lose_the_camera(cam, capsys):
    handler = Fails()
    cam.RegisterEventHandler(handler)
    cam.EventSelector.SetValue(PySpin.EventSelector_ExposureEnd)
    cam.EventNotification.SetValue(PySpin.EventNotification_On)
    cam.BeginAcquisition()
    for _ in range(5):
        cam.GetNextImage(2000).Release()
    cam.EndAcquisition()
    cam.UnregisterEventHandler(handler)
    assert "ValueError: EventExposureEnd" in capsys.readouterr().err


class Log(PySpin.LoggingEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def OnLogEvent(self, eventPtr: Any) -> None:
        self.lines.append(eventPtr.GetLogMessage())


def test_log_says_what_the_search_for_cameras_finds(cam):
    system = PySpin.System.GetInstance()
    log = Log()
    system.RegisterLoggingEventHandler(log)
    system.SetLoggingEventPriorityLevel(PySpin.SPINNAKER_LOG_LEVEL_DEBUG)
    system.GetCameras().Clear()
    system.UnregisterLoggingEventHandler(log)
    assert any("searched for cameras" in line for line in log.lines)
    assert any("Camera 1001" in line for line in log.lines)


# -- lines


def wired(monkeypatch: pytest.MonkeyPatch) -> Any:
    models = ("BFS-U3-16S2M", "BFS-U3-16S2M")
    return world(monkeypatch, *models, wires=["1001:Line1 -> 1002:Line3"])


def with_supply(camera: Any) -> None:
    camera.LineSelector.SetValue(PySpin.LineSelector_Line2)
    camera.V3_3Enable.SetValue(True)


def triggered_by_line(camera: Any) -> None:
    camera.TriggerSource.SetValue(PySpin.TriggerSource_Line3)
    camera.TriggerOverlap.SetValue(PySpin.TriggerOverlap_ReadOut)
    camera.TriggerMode.SetValue(PySpin.TriggerMode_On)


def level_of_line3(camera: Any) -> bool:
    return bool(camera.LineStatusAll.GetValue() >> 3 & 1)


def becomes(look: Any, wanted: bool) -> bool:
    deadline = time.monotonic() + 5
    while look() != wanted and time.monotonic() < deadline:
        time.sleep(0.001)
    return bool(look() == wanted)


def test_first_trigger_after_a_restart_is_taken(monkeypatch):
    """The secondary stops while its input is high, which falls when the exposure of the primary ends."""
    with wired(monkeypatch) as system:
        primary, secondary = opened(system, 0), opened(system, 1)
        primary.ExposureTime.SetValue(400_000.0)
        with_supply(primary)
        triggered_by_line(secondary)
        for _ in range(2):
            secondary.BeginAcquisition()
            primary.AcquisitionMode.SetValue(PySpin.AcquisitionMode_SingleFrame)
            primary.BeginAcquisition()
            image = secondary.GetNextImage(5000)
            assert image.GetFrameID() == 0
            image.Release()
            assert level_of_line3(secondary)
            secondary.EndAcquisition()
            primary.EndAcquisition()
            assert level_of_line3(secondary)
            assert becomes(lambda: level_of_line3(secondary), wanted=False)
        closed(primary)
        closed(secondary)


def test_line_falls_when_a_stop_ends_an_open_exposure(monkeypatch):
    with wired(monkeypatch) as system:
        primary, secondary = opened(system, 0), opened(system, 1)
        with_supply(primary)
        primary.ExposureMode.SetValue(PySpin.ExposureMode_TriggerWidth)
        primary.TriggerSource.FromString("UserOutput0")
        primary.TriggerMode.SetValue(PySpin.TriggerMode_On)
        primary.BeginAcquisition()
        primary.UserOutputSelector.FromString("UserOutput0")
        primary.UserOutputValue.SetValue(True)
        assert becomes(lambda: level_of_line3(secondary), wanted=True)
        primary.EndAcquisition()
        assert becomes(lambda: level_of_line3(secondary), wanted=False)
        closed(primary)
        closed(secondary)


def test_trigger_wait_is_high_only_while_the_camera_streams(monkeypatch):
    with wired(monkeypatch) as system:
        primary, secondary = opened(system, 0), opened(system, 1)
        with_supply(primary)
        primary.LineSelector.SetValue(PySpin.LineSelector_Line1)
        primary.LineSource.FromString("FrameTriggerWait")
        primary.TriggerSource.SetValue(PySpin.TriggerSource_Software)
        primary.TriggerMode.SetValue(PySpin.TriggerMode_On)
        for _ in range(2):
            primary.BeginAcquisition()
            assert becomes(lambda: level_of_line3(secondary), wanted=True)
            primary.TriggerSoftware.Execute()
            primary.GetNextImage(2000).Release()
            primary.EndAcquisition()
            assert becomes(lambda: level_of_line3(secondary), wanted=False)
        closed(primary)
        closed(secondary)


# -- what lasts longer than a program


PROGRAM = """
import sys
import llpyspin.virtual as PySpin
system = PySpin.System.GetInstance()
cameras = system.GetCameras()
cam = cameras[0]
cam.Init()
exec(sys.argv[1])
print(cam.ExposureAuto.ToString(), cam.ExposureTime(), cam.Width())
cam.DeInit()
del cam
cameras.Clear()
if "unplug" in sys.argv:
    PySpin.fault("1001", "unplug")
    PySpin.fault("1001", "plug")
system.ReleaseInstance()
"""
SET = (
    "cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off); "
    "cam.ExposureTime.SetValue({}); cam.Width.SetValue(640)"
)
CHOOSE = "; cam.UserSetSelector.SetValue(PySpin.UserSetSelector_UserSet0); "


def in_a_program(line: str, *more: str, name: str | None) -> str:
    config: dict[str, Any] = {"cameras": [{"serial": "1001", "model": "BFS-U3-16S2M"}]}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, line, *more],
        env={**os.environ, "LLPYSPIN_VIRTUAL": json.dumps(config | ({"world": name} if name else {}))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_settings_and_user_sets_last_in_a_named_world():
    name = uuid.uuid4().hex[:12]
    save = SET.format(3000) + CHOOSE + "cam.UserSetSave(); cam.ExposureTime.SetValue(4000)"
    assert in_a_program(save, name=name) == "Off 4000.0 640"
    assert in_a_program("", name=name) == "Off 4000.0 640"
    load = "pass" + CHOOSE + "cam.UserSetLoad()"
    assert in_a_program(load, name=name) == "Off 3000.0 640"
    default = SET.format(5000) + "; cam.UserSetDefault.SetValue(PySpin.UserSetDefault_UserSet0)"
    assert in_a_program(default, "unplug", name=name) == "Off 5000.0 640"
    assert in_a_program("", name=name) == "Off 3000.0 640"  # without power, it starts with the default set
    assert in_a_program("cam.FactoryReset()", name=name).startswith("Continuous")


def test_settings_do_not_last_in_a_world_without_a_name(monkeypatch):
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        camera = opened(system)
        camera.ExposureTime.SetValue(777)
        closed(camera)
    assert in_a_program(SET.format(3000), name=None) == "Off 3000.0 640"
    assert in_a_program("", name=None).startswith("Continuous")


def test_camera_ignores_settings_that_it_cannot_have_left(monkeypatch):
    memory = RegisterMemory(camera_features(model_named("BFS-U3-16S2M"), "1"))
    place = World(f"{this_user()}.{uuid.uuid4().hex[:12]}", ())
    WorldState(place.name)
    kept = Keeping(place, "1", memory)
    assert kept.settings() is None
    kept._write("settings", [["Width", 0, 640], ["Width", 0, "wide"], ["Nothing", 0, 1], 7, ["Gain"]])
    found = kept.settings()
    assert found == memory.factory_values() | {("Width", 0): 640}
    kept._write("settings", "[" * 10)
    assert kept.settings() == memory.factory_values()


def test_sequencer_that_is_not_valid_refuses_to_start():
    bench = Bench()
    bench.node("SequencerMode").FromString("Off")
    with pytest.raises(PySpin.SpinnakerException, match="-2006"):
        bench.node("SequencerMode").FromString("On")
    assert bench.node("SequencerMode").ToString() == "Off"
