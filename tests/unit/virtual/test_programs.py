"""What programs written for PySpin do with a camera, beyond the plain grabbing of images."""

from __future__ import annotations

import binascii
import gc
import itertools
import threading
import time

import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual.stamp import read_stamp
from tests.unit.virtual_cameras import world


@pytest.fixture
def cam(monkeypatch):
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        camera = system.GetCameras().GetByIndex(0)
        camera.Init()
        camera.Width.SetValue(320)
        camera.Height.SetValue(240)
        camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
        camera.ExposureTime.SetValue(500.0)
        yield camera
        if camera.IsStreaming():
            camera.EndAcquisition()
        camera.DeInit()
        camera._point(None)  # what `del cam` does; the reference of the fixture outlives the test


def choose(camera, **entries: str) -> None:
    for name, entry in entries.items():
        PySpin.CEnumerationPtr(camera.GetNodeMap().GetNode(name)).FromString(entry)


def text(camera, name: str) -> str:
    return PySpin.CValuePtr(camera.GetNodeMap().GetNode(name)).ToString()


def enable_all_chunks(camera) -> None:
    camera.ChunkModeActive.SetValue(True)
    for entry in camera.ChunkSelector.GetEntries():
        pointer = PySpin.CEnumEntryPtr(entry)
        if PySpin.IsReadable(pointer):
            camera.ChunkSelector.SetIntValue(pointer.GetValue())
            if PySpin.IsWritable(camera.ChunkEnable):
                camera.ChunkEnable.SetValue(True)


# -- chunk data in the node map


def test_the_node_map_shows_the_chunks_of_the_image_that_came_last(cam):
    enable_all_chunks(cam)
    cam.OffsetX.SetValue(64)
    cam.BeginAcquisition()
    for _ in range(3):
        image = cam.GetNextImage(1000)
        assert cam.ChunkFrameID.GetValue() == image.GetFrameID()
        assert cam.ChunkTimestamp.GetValue() == image.GetTimeStamp()
        assert (cam.ChunkWidth.GetValue(), cam.ChunkHeight.GetValue()) == (320, 240)
        assert cam.ChunkOffsetX.GetValue() == 64
        assert cam.ChunkExposureTime.GetValue() == 500.0
        assert text(cam, "ChunkPixelFormat") == "Mono8"
        crc = PySpin.CIntegerPtr(cam.GetNodeMap().GetNode("ChunkCRC")).GetValue()
        assert crc == binascii.crc32(image.GetData().tobytes()) == image.GetChunkData().GetCRC()
        image.Release()


def test_the_node_map_shows_nothing_of_a_chunk_that_is_not_enabled(cam):
    cam.ChunkModeActive.SetValue(True)
    cam.ChunkSelector.SetValue(PySpin.ChunkSelector_FrameID)
    cam.ChunkEnable.SetValue(True)
    cam.BeginAcquisition()
    for _ in range(2):
        cam.GetNextImage(1000).Release()
    assert cam.ChunkFrameID.GetValue() == 1
    assert not PySpin.IsReadable(cam.ChunkTimestamp)
    assert not PySpin.IsReadable(cam.ChunkExposureTime)


@pytest.mark.parametrize("pixel_format", ["Mono16", "Mono12p", "Mono10Packed"])
def test_the_chunk_of_the_pixel_format_names_every_format(cam, pixel_format):
    choose(cam, PixelFormat=pixel_format)
    enable_all_chunks(cam)
    cam.BeginAcquisition()
    cam.GetNextImage(1000).Release()
    assert text(cam, "ChunkPixelFormat") == pixel_format


# -- events


class Watcher(PySpin.NodeCallback):
    def __init__(self, enough: int) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.enough = enough
        self.done = threading.Event()

    def CallbackFunction(self, node) -> None:
        self.seen.append(PySpin.CIntegerPtr(node).GetValue())
        if len(self.seen) >= self.enough:
            self.done.set()


def test_event_node_callback_is_called_without_an_event_handler(cam):
    choose(cam, EventSelector="ExposureEnd", EventNotification="On")
    watcher = Watcher(5)
    PySpin.RegisterNodeCallback(cam.GetNodeMap().GetNode("EventExposureEndFrameID"), watcher)
    cam.BeginAcquisition()
    assert watcher.done.wait(10)
    cam.EndAcquisition()
    PySpin.DeregisterNodeCallback(watcher)
    assert watcher.seen[:5] == [0, 1, 2, 3, 4]


def test_a_callback_of_an_event_node_is_not_called_while_the_event_is_off(cam):
    watcher = Watcher(1)
    PySpin.RegisterNodeCallback(cam.GetNodeMap().GetNode("EventExposureEndFrameID"), watcher)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.GetNextImage(1000).Release()
    cam.EndAcquisition()
    PySpin.DeregisterNodeCallback(watcher)
    assert watcher.seen == []


# -- a counter that runs the camera


def pulse_width_modulation(camera, duration_us: int, delay_us: int) -> None:
    """Counter 0 starts again and again while the camera waits for a trigger, and is that trigger."""
    choose(camera, CounterSelector="Counter0", CounterEventSource="MHzTick")
    camera.CounterDuration.SetValue(duration_us)
    camera.CounterDelay.SetValue(delay_us)
    choose(camera, CounterTriggerSource="FrameTriggerWait", CounterTriggerActivation="LevelHigh")
    choose(camera, TriggerSource="Counter0Start", TriggerOverlap="ReadOut", TriggerMode="On")


def test_a_counter_that_follows_the_wait_for_a_trigger_paces_the_camera(cam):
    pulse_width_modulation(cam, 7000, 3000)
    cam.BeginAcquisition()
    stamps = []
    for _ in range(6):
        image = cam.GetNextImage(1000)
        stamps.append(image.GetTimeStamp())
        image.Release()
    assert {after - before for before, after in itertools.pairwise(stamps)} == {10_000_000}


def test_counter_of_the_wait_state_stops_and_starts_with_the_camera(cam):
    pulse_width_modulation(cam, 7000, 3000)
    for _ in range(2):
        cam.BeginAcquisition()
        image = cam.GetNextImage(1000)
        assert image.GetFrameID() == 0
        image.Release()
        cam.EndAcquisition()


def test_held_user_output_restarts_a_counter_until_it_is_released(cam):
    pulse_width_modulation(cam, 2000, 1000)
    choose(cam, CounterTriggerSource="UserOutput0", CounterTriggerActivation="LevelHigh")
    choose(cam, UserOutputSelector="UserOutput0")
    cam.UserOutputValue.SetValue(True)
    cam.BeginAcquisition()
    for number in range(5):
        image = cam.GetNextImage(1000)
        assert image.GetFrameID() == number
        image.Release()
    cam.UserOutputValue.SetValue(False)
    with pytest.raises(PySpin.SpinnakerException, match="-1011"):
        for _ in range(20):  # those that were on their way
            cam.GetNextImage(100).Release()


@pytest.mark.parametrize("activation", ["FallingEdge", "AnyEdge", "LevelHigh", "LevelLow"])
def test_software_trigger_takes_one_image_at_any_line_edge_setting(cam, activation):
    choose(cam, TriggerSource="Software", TriggerActivation=activation, TriggerMode="On")
    cam.BeginAcquisition()
    for number in range(3):
        cam.TriggerSoftware.Execute()
        image = cam.GetNextImage(5000)
        assert image.GetFrameID() == number
        image.Release()
        with pytest.raises(PySpin.SpinnakerException, match="-1011"):
            cam.GetNextImage(20)


def test_the_error_of_an_unplugged_camera_does_not_keep_the_camera_alive(monkeypatch):
    gc.disable()
    try:
        with world(monkeypatch, "BFS-U3-04S2M", collect=False) as system:
            cameras = system.GetCameras()
            camera = cameras[0]
            cameras.Clear()
            camera.Init()
            camera.BeginAcquisition()
            PySpin.fault("1001", "unplug")
            codes = set()
            deadline = time.monotonic() + 10
            while -1002 not in codes:
                assert time.monotonic() < deadline
                try:
                    camera.GetNextImage(50).Release()
                except PySpin.SpinnakerException as error:
                    codes.add(error.errorcode)
            camera.EndAcquisition()
            camera.DeInit()
            del camera  # and the System lets itself be released
    finally:
        gc.enable()


def number_in(array) -> int:
    return read_stamp(array).frame


def test_arrays_of_unreleased_images_stay_unchanged(cam):
    kept = []
    for _ in range(2):  # the next acquisition does not touch them either
        cam.BeginAcquisition()
        kept += [cam.GetNextImage(1000).GetNDArray() for _ in range(25)]
        cam.EndAcquisition()
    numbers = [number_in(array) for array in kept]
    assert numbers[:25] == sorted(set(numbers[:25]))
    assert numbers[25:] == sorted(set(numbers[25:]))


def test_the_array_of_an_image_that_was_released_shows_what_came_after(cam):
    cam.BeginAcquisition()
    image = cam.GetNextImage(1000)
    array = image.GetNDArray()
    image.Release()
    deadline = time.monotonic() + 10
    while number_in(array) == 0:
        assert time.monotonic() < deadline
        cam.GetNextImage(1000).Release()


def test_images_of_an_exposure_bracket_are_as_bright_as_their_exposure(cam):
    choose(cam, GainAuto="Off", TriggerSource="Software", TriggerMode="On")
    cam.BlackLevel.SetValue(cam.BlackLevel.GetMin())
    cam.BeginAcquisition()
    means = []
    for exposure in (500.0, 1000.0, 2000.0, 4000.0):
        cam.ExposureTime.SetValue(exposure)
        cam.TriggerSoftware.Execute()
        image = cam.GetNextImage(5000)
        means.append(float(image.GetNDArray()[100:].mean()))
        image.Release()
    for darker, brighter in itertools.pairwise(means):
        assert 1.7 < brighter / darker < 2.3
