"""Virtual cameras at work, through the PySpin surface: acquisition, triggers, lines, counters, faults."""

from __future__ import annotations

import json
import re
import time
import uuid
from itertools import pairwise

import numpy as np
import pytest

import llpyspin.virtual as PySpin
from llpyspin.errors import CameraError, CameraNotFoundError
from llpyspin.virtual import system as system_module
from llpyspin.virtual.stamp import read_stamp

PRIMARY, SECONDARY, GIGE, COLOR, FREE = "12345678", "87654321", "11111111", "22222222", "33333333"
CONFIG = {
    "cameras": [
        {"serial": PRIMARY, "model": "BFS-U3-16S2M"},
        {"serial": SECONDARY, "model": "BFS-U3-04S2M"},
        {"serial": GIGE, "model": "BFS-PGE-16S2M"},
        {"serial": COLOR, "model": "BFS-U3-16S2C"},
        {"serial": FREE, "model": "benchmark"},
    ],
    "wires": [f"{PRIMARY}:Line1 -> {SECONDARY}:Line3", f"{PRIMARY}:Line2 -> {SECONDARY}:Line0"],
}
DEFAULTS = {"Width": 320, "Height": 240, "ExposureAuto": "Off", "GainAuto": "Off"}
PACED = {"AcquisitionFrameRateEnable": 1, "AcquisitionFrameRate": 100}
NO_IMAGE = "Spinnaker: Failed waiting for EventData on NEW_BUFFER_DATA event. [-1011]"
GONE = "Spinnaker: Camera has been removed from the list and is no longer valid. [-1002]"


class Bench:
    """Opens cameras and puts them away."""

    def __init__(self) -> None:
        self.system = PySpin.System.GetInstance()
        self.opened = []

    def open(self, serial=PRIMARY, **settings):
        camera = self.system.GetCameras().GetBySerial(serial)
        assert camera.IsValid()
        camera.Init()
        self.opened.append(camera)
        camera.TLStream.StreamBufferCountManual.SetValue(60)  # so that a busy machine loses nothing
        set_all(camera, **(DEFAULTS | ({} if serial == FREE else PACED) | settings))
        return camera

    def close(self) -> None:
        for camera in self.opened:
            if camera.IsStreaming():
                camera.EndAcquisition()
            camera.DeInit()
            del camera
        self.opened.clear()
        self.system.ReleaseInstance()


def value_of(camera, name: str):
    return PySpin.CValuePtr(camera.GetNodeMap().GetNode(name))


def set_all(camera, **settings) -> None:
    """Write nodes by name; "Selector.Entry.Node" is written Selector_Entry__Node."""
    for name, value in settings.items():
        *selected, node_name = name.split("__")
        for selection in selected:
            selector, entry = selection.split("_", 1)
            value_of(camera, selector).FromString(entry)
        value_of(camera, node_name).FromString(str(value))


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps({**CONFIG, "world": f"test-{uuid.uuid4().hex[:12]}"}))


@pytest.fixture
def bench(world):
    there = Bench()
    yield there
    try:
        there.close()
    finally:
        system_module.System._instance = None  # a failed test must not fail the next


def grab(camera, count: int, timeout_ms: int = 5000) -> list[tuple[int, int, int]]:
    """Frame id, timestamp and number in the pixels of the next images."""
    found = []
    for _ in range(count):
        image = camera.GetNextImage(timeout_ms)
        found.append((image.GetFrameID(), image.GetTimeStamp(), read_stamp(image.GetNDArray()).frame))
        image.Release()
    return found


def drain(camera, timeout_ms: int = 200) -> list[tuple[int, int, int]]:
    """All images that come until none does for a while."""
    found = []
    while True:
        try:
            found += grab(camera, 1, timeout_ms)
        except PySpin.SpinnakerException as error:
            assert error.errorcode == -1011
            return found


def wait_for(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def trigger(camera, times: int = 1) -> None:
    for _ in range(times):
        camera.TriggerSoftware.Execute()


# -- free-running


def test_free_running_images_have_no_gap_and_a_regular_period(bench):
    camera = bench.open(ExposureTime=500, AcquisitionFrameRateEnable=1, AcquisitionFrameRate=200)
    camera.BeginAcquisition()
    found = grab(camera, 100)
    assert [(frame_id, number) for frame_id, _, number in found] == [(n, n) for n in range(100)]
    assert {later[1] - earlier[1] for earlier, later in pairwise(found)} == {5_000_000}


def test_the_rate_changes_while_streaming_without_a_lost_frame(bench):
    camera = bench.open(ExposureTime=500, AcquisitionFrameRateEnable=1, AcquisitionFrameRate=200)
    camera.BeginAcquisition()
    grab(camera, 5)
    camera.AcquisitionFrameRate.SetValue(50.0)
    found = grab(camera, 20)
    assert [b[0] - a[0] for a, b in pairwise(found)] == [1] * 19
    assert found[-1][1] - found[-2][1] == 20_000_000
    assert camera.AcquisitionResultingFrameRate.GetValue() == pytest.approx(50.0)


def test_a_second_acquisition_counts_from_the_beginning(bench):
    camera = bench.open(ExposureTime=500)
    for _ in range(2):
        camera.BeginAcquisition()
        assert [n for _, _, n in grab(camera, 3)] == [0, 1, 2]
        camera.EndAcquisition()


def test_gige_cameras_count_images_from_one(bench):
    camera = bench.open(GIGE, ExposureTime=500)
    camera.BeginAcquisition()
    assert [(frame_id, number) for frame_id, _, number in grab(camera, 3)] == [(1, 0), (2, 1), (3, 2)]


@pytest.mark.parametrize(("mode", "count"), [("SingleFrame", 1), ("MultiFrame", 4)])
def test_single_and_multi_frame_acquisitions_end_by_themselves(bench, mode, count):
    camera = bench.open(ExposureTime=500, AcquisitionMode=mode, AcquisitionFrameCount=4)
    camera.BeginAcquisition()
    assert len(drain(camera)) == count


def test_frame_rate_limits_follow_the_region_of_interest(bench):
    camera = bench.open()
    small = camera.AcquisitionFrameRate.GetMax()
    set_all(camera, Width=1440, Height=1080)
    assert camera.AcquisitionFrameRate.GetMax() == pytest.approx(226, abs=0.1)
    assert small > 800
    camera.DeviceLinkThroughputLimit.SetValue(100_000_000)
    assert camera.AcquisitionFrameRate.GetMax() == pytest.approx(64.3, abs=0.1)


def test_usb3_camera_keeps_frames_until_a_buffer_is_free(bench):
    camera = bench.open(ExposureTime=500, AcquisitionMode="MultiFrame", AcquisitionFrameCount=30)
    camera.TLStream.StreamBufferCountManual.SetValue(5)
    camera.BeginAcquisition()
    held = [camera.GetNextImage(5000) for _ in range(5)]
    wait_for(lambda: camera.TransferQueueCurrentBlockCount.GetValue() == 25)
    with pytest.raises(PySpin.SpinnakerException, match="-1011"):
        camera.GetNextImage(10)
    assert camera.GetNumImagesInUse() == 5
    for image in held:
        image.Release()
    assert [frame for frame, *_ in grab(camera, 25)] == list(range(5, 30))
    assert camera.TLStream.StreamLostFrameCount.GetValue() == 0
    assert camera.TransferQueueOverflowCount.GetValue() == 0


# -- what an image tells


def test_chunks_tell_how_the_image_was_taken(bench):
    camera = bench.open(ExposureTime=1234, Gain=6.0, OffsetX=8, ChunkModeActive=1)
    for name in ("ExposureTime", "Gain", "FrameID", "Timestamp", "OffsetX", "Width", "BlackLevel"):
        set_all(camera, **{f"ChunkSelector_{name}__ChunkEnable": 1})
    camera.BeginAcquisition()
    image = camera.GetNextImage(5000)
    chunks = image.GetChunkData()
    assert chunks.GetExposureTime() == 1234
    assert chunks.GetGain() == pytest.approx(6.0, abs=0.001)
    assert (chunks.GetFrameID(), chunks.GetTimestamp()) == (image.GetFrameID(), image.GetTimeStamp())
    assert (chunks.GetOffsetX(), chunks.GetWidth(), chunks.GetHeight()) == (8, 320, 0)
    assert chunks.GetBlackLevel() == pytest.approx(camera.BlackLevel.GetValue())
    assert image.HasChunkData()
    image.Release()
    with pytest.raises(PySpin.SpinnakerException, match="-1013"):
        chunks.GetGain()


def test_the_clock_can_be_latched_and_is_that_of_the_images(bench):
    camera = bench.open(ExposureTime=500)
    camera.TimestampLatch.Execute()
    before = camera.TimestampLatchValue.GetValue()
    camera.BeginAcquisition()
    [(_, stamp, _)] = grab(camera, 1)
    camera.TimestampLatch.Execute()
    assert before < stamp < camera.TimestampLatchValue.GetValue()


def test_the_clock_of_a_gige_camera_can_be_reset(bench):
    camera = bench.open(GIGE)
    camera.TimestampReset.Execute()
    camera.TimestampLatch.Execute()
    assert 0 < camera.TimestampLatchValue.GetValue() < 60_000_000_000


def test_a_longer_exposure_brightens_the_images_of_a_running_stream(bench):
    camera = bench.open(ExposureTime=1000, AcquisitionFrameRateEnable=1, AcquisitionFrameRate=60)

    def brightness() -> float:
        image = camera.GetNextImage(5000)
        value = image.GetNDArray()[120:160].mean()
        image.Release()
        return value

    camera.BeginAcquisition()
    dark = brightness()
    camera.ExposureTime.SetValue(12_000.0)
    deadline = time.monotonic() + 10
    while brightness() < 3 * dark:
        assert time.monotonic() < deadline


def test_automatic_exposure_brings_the_image_to_its_target(bench):
    camera = bench.open(Width=1440, Height=1080, ExposureAuto="Continuous", GainAuto="Continuous")
    camera.BeginAcquisition()
    image = camera.GetNextImage(5000)
    assert 100 < image.GetNDArray().mean() < 155
    image.Release()
    with pytest.raises(PySpin.SpinnakerException, match="-2006"):
        camera.ExposureTime.SetValue(100.0)
    camera.EndAcquisition()
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Once)
    camera.BeginAcquisition()
    assert camera.ExposureAuto.GetValue() == PySpin.ExposureAuto_Off


def test_colour_cameras_give_bayer_and_interleaved_images(bench):
    for name, shape in (("BayerRG8", (240, 320)), ("BGR8", (240, 320, 3)), ("RGB8Packed", (240, 320, 3))):
        camera = bench.open(COLOR, PixelFormat=name)
        camera.BeginAcquisition()
        image = camera.GetNextImage(5000)
        assert image.GetNDArray().shape == shape
        assert read_stamp(image.GetNDArray()).camera == int(COLOR)
        image.Release()
        camera.EndAcquisition()
        camera.DeInit()
        bench.opened.clear()


def test_image_events_bring_every_image_to_the_handler(bench):
    class Handler(PySpin.ImageEventHandler):
        def __init__(self) -> None:
            super().__init__()
            self.numbers = []

        def OnImageEvent(self, image) -> None:
            self.numbers.append(read_stamp(image.GetNDArray()).frame)
            image.Release()

    camera = bench.open(ExposureTime=500, AcquisitionMode="MultiFrame", AcquisitionFrameCount=20)
    handler = Handler()
    camera.RegisterEventHandler(handler)
    camera.BeginAcquisition()
    deadline = time.monotonic() + 10
    while len(handler.numbers) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    camera.EndAcquisition()
    camera.UnregisterEventHandler(handler)
    assert handler.numbers == list(range(20))


# -- triggers


def test_software_triggers_give_one_image_each_and_none_without(bench):
    camera = bench.open(ExposureTime=500, TriggerSource="Software", TriggerMode="On")
    camera.BeginAcquisition()
    with pytest.raises(PySpin.SpinnakerException, match=re.escape(NO_IMAGE)):
        camera.GetNextImage(50)
    for number in range(5):
        trigger(camera)
        assert grab(camera, 1)[0][2] == number
    assert drain(camera) == []


def test_triggers_that_come_while_the_sensor_is_busy_are_ignored(bench):
    camera = bench.open(ExposureTime=200_000, TriggerSource="Software", TriggerMode="On")
    camera.BeginAcquisition()
    trigger(camera, 5)
    assert len(drain(camera, 600)) == 1


def test_a_trigger_delay_moves_the_exposure(bench):
    camera = bench.open(ExposureTime=1000, TriggerSource="Software", TriggerMode="On", TriggerDelay=50_000)
    camera.BeginAcquisition()
    camera.TimestampLatch.Execute()
    asked = camera.TimestampLatchValue.GetValue()
    trigger(camera)
    assert grab(camera, 1)[0][1] - asked >= 51_000_000


def test_a_burst_trigger_gives_a_burst(bench):
    camera = bench.open(ExposureTime=500, AcquisitionBurstFrameCount=4, TriggerSelector="FrameBurstStart")
    set_all(camera, TriggerSource="Software", TriggerMode="On")
    camera.BeginAcquisition()
    assert drain(camera, 100) == []
    for start in (0, 4):
        trigger(camera)
        assert [n for _, _, n in drain(camera)] == list(range(start, start + 4))


def test_an_acquisition_start_trigger_lets_the_camera_run(bench):
    camera = bench.open(ExposureTime=500, TriggerSelector="AcquisitionStart")
    set_all(camera, TriggerSource="Software", TriggerMode="On")
    camera.BeginAcquisition()
    assert drain(camera, 100) == []
    trigger(camera)
    assert [n for _, _, n in grab(camera, 10)] == list(range(10))


# -- lines and wires


def pair(bench, *, supply=1, **secondary_settings):
    """A primary that waits for software triggers, and a secondary that waits for the primary."""
    secondary = bench.open(
        SECONDARY,
        ExposureTime=1000,
        TriggerOverlap="ReadOut",
        **{"TriggerSource": "Line3", "TriggerMode": "On", **secondary_settings},
    )
    primary = bench.open(PRIMARY, ExposureTime=3000, TriggerSource="Software", TriggerMode="On")
    set_all(primary, LineSelector_Line2__V3_3Enable=supply)
    secondary.BeginAcquisition()
    primary.BeginAcquisition()
    return primary, secondary


def run(primary, secondary, frames: int = 5):
    mine, theirs = [], []
    for _ in range(frames):
        trigger(primary)
        mine += grab(primary, 1)
        theirs += drain(secondary, 100)
    return mine, theirs


def differences(mine, theirs) -> set[int]:
    return {their[1] - my[1] for my, their in zip(mine, theirs, strict=True)}


def test_a_secondary_exposes_with_its_primary_at_a_constant_distance(bench):
    mine, theirs = run(*pair(bench))
    assert len(mine) == len(theirs) == 5
    assert len(differences(mine, theirs)) == 1


def test_the_falling_edge_is_the_end_of_the_primarys_exposure(bench):
    primary, secondary = pair(bench)
    [rising] = differences(*run(primary, secondary))
    secondary.TriggerActivation.SetValue(PySpin.TriggerActivation_FallingEdge)
    [falling] = differences(*run(primary, secondary))
    assert falling - rising == 3_000_000
    set_all(primary, LineSelector_Line1__LineInverter=1)
    drain(secondary)
    [inverted] = differences(*run(primary, secondary))
    assert inverted == rising


def test_the_open_collector_gives_no_edges_without_a_pull_up(bench):
    primary, secondary = pair(bench, supply=0)
    mine, theirs = run(primary, secondary, 3)
    assert (len(mine), len(theirs)) == (3, 0)
    set_all(primary, LineSelector_Line2__V3_3Enable=1)
    assert len(run(primary, secondary, 3)[1]) == 3


def test_line2_drives_a_wire_by_itself(bench):
    primary, secondary = pair(bench, supply=0, TriggerSource="Line0")
    assert run(primary, secondary, 2)[1] == []
    set_all(primary, LineSelector_Line2__LineMode="Output", LineSource="ExposureActive")
    drain(secondary)
    assert len(run(primary, secondary, 3)[1]) == 3


def test_the_width_of_the_primarys_exposure_is_that_of_the_secondary(bench):
    primary, secondary = pair(bench, TriggerMode="Off")
    secondary.EndAcquisition()
    set_all(secondary, ExposureMode="TriggerWidth", TriggerMode="On", ChunkModeActive=1)
    set_all(secondary, ChunkSelector_ExposureTime__ChunkEnable=1)
    secondary.BeginAcquisition()
    trigger(primary)
    image = secondary.GetNextImage(5000)
    assert image.GetChunkData().GetExposureTime() == 3000
    image.Release()


def test_user_outputs_are_seen_at_the_other_end_of_the_wire(bench):
    secondary = bench.open(SECONDARY)
    primary = bench.open(PRIMARY)
    set_all(primary, LineSelector_Line2__V3_3Enable=1, LineSelector_Line1__LineSource="UserOutput1")
    set_all(secondary, LineSelector="Line3")
    for level in (True, False, True):
        set_all(primary, UserOutputSelector_UserOutput1__UserOutputValue=int(level))
        wait_for(lambda level=level: secondary.LineStatus.GetValue() == level)
        assert bool(secondary.LineStatusAll.GetValue() & 8) == level
        assert bool(primary.LineStatusAll.GetValue() & 2) == level


def test_a_user_output_triggers_a_waiting_secondary(bench):
    primary, secondary = pair(bench)
    set_all(primary, LineSelector_Line1__LineSource="UserOutput0")
    set_all(primary, UserOutputSelector_UserOutput0__UserOutputValue=1)
    assert len(drain(secondary)) == 1


def test_a_counter_makes_a_pulse_of_its_own_length_from_each_exposure(bench):
    primary, secondary = pair(bench, TriggerActivation="FallingEdge")
    set_all(primary, CounterSelector_Counter0__CounterEventSource="MHzTick", CounterDuration=700)
    set_all(primary, CounterTriggerSource="ExposureStart", LineSelector_Line1__LineSource="Counter0Active")
    [distance] = differences(*run(primary, secondary))
    primary.CounterDuration.SetValue(1700)
    [longer] = differences(*run(primary, secondary))
    assert longer - distance == 1_000_000


def test_a_counter_counts_exposures_and_ends_when_it_is_full(bench):
    camera = bench.open(ExposureTime=500, TriggerSource="Software", TriggerMode="On")
    set_all(camera, CounterSelector_Counter0__CounterEventSource="ExposureStart", CounterDuration=3)
    camera.BeginAcquisition()
    values = []
    for _ in range(4):
        trigger(camera)
        grab(camera, 1)
        values.append(camera.CounterValue.GetValue())
    assert values == [1, 2, 3, 3]
    assert camera.CounterStatus.GetCurrentEntry().GetSymbolic() == "CounterCompleted"


def test_a_full_counter_can_be_a_trigger(bench):
    primary, secondary = pair(bench, TriggerSource="Counter0End")
    set_all(secondary, CounterSelector_Counter0__CounterEventSource="Line3", CounterDuration=3)
    set_all(secondary, CounterResetSource="Counter0End")
    assert len(run(primary, secondary, 9)[1]) == 3


def test_frame_trigger_wait_tells_whether_a_trigger_would_be_taken(bench):
    camera = bench.open(ExposureTime=300_000, TriggerSource="Software", TriggerMode="On")
    set_all(camera, LineSelector_Line1__LineSource="FrameTriggerWait")
    assert not camera.LineStatus.GetValue()
    camera.BeginAcquisition()
    assert camera.LineStatus.GetValue()
    trigger(camera)
    wait_for(lambda: not camera.LineStatus.GetValue())
    wait_for(lambda: camera.LineStatus.GetValue())


# -- a camera without limits


def test_benchmark_camera_delivers_at_reading_speed_without_loss(bench):
    camera = bench.open(FREE, Width=720, Height=540)
    camera.BeginAcquisition()
    assert [(i, n) for i, _, n in grab(camera, 200)] == [(n, n) for n in range(200)]
    assert camera.TLStream.StreamLostFrameCount.GetValue() == 0
    held = [camera.GetNextImage(1000) for _ in range(60)]
    with pytest.raises(PySpin.SpinnakerException, match="-1011"):
        camera.GetNextImage(20)
    held.pop().Release()
    assert grab(camera, 1)[0][2] == 260
    del held


def test_the_benchmark_camera_keeps_to_a_rate_and_to_triggers(bench):
    camera = bench.open(FREE, ExposureTime=10, AcquisitionFrameRateEnable=1, AcquisitionFrameRate=400)
    camera.BeginAcquisition()
    found = grab(camera, 30)
    assert {b[1] - a[1] for a, b in pairwise(found)} == {2_500_000}
    camera.EndAcquisition()
    set_all(camera, TriggerSource="Software", TriggerMode="On")
    camera.BeginAcquisition()
    trigger(camera)
    assert len(drain(camera)) == 1


# -- faults


def test_incomplete_images_say_so(bench):
    camera = bench.open(ExposureTime=500)
    camera.BeginAcquisition()
    PySpin.fault(PRIMARY, "incomplete", frames=2)
    statuses = []
    for _ in range(40):
        image = camera.GetNextImage(5000)
        statuses.append((image.IsIncomplete(), image.GetImageStatus()))
        image.Release()
    assert statuses.count((True, PySpin.SPINNAKER_IMAGE_STATUS_DATA_INCOMPLETE)) == 2
    assert statuses.count((False, 0)) == 38
    assert camera.TLStream.StreamIncompleteFrameCount.GetValue() == 2


def test_lost_frames_leave_gaps_in_ids_and_numbers(bench):
    camera = bench.open(ExposureTime=500)
    camera.BeginAcquisition()
    found = grab(camera, 2)
    PySpin.fault(PRIMARY, "lose", frames=3)
    found += grab(camera, 60)
    assert sum(b[0] - a[0] - 1 for a, b in pairwise(found)) == 3
    assert all(frame_id == number for frame_id, _, number in found)
    PySpin.fault(PRIMARY, "lose", rate=1.0)
    drain(camera, 100)
    PySpin.fault(PRIMARY, "mend")
    grab(camera, 1)


def test_a_stall_holds_images_back_and_loses_what_does_not_fit(bench):
    camera = bench.open(ExposureTime=500)
    camera.BeginAcquisition()
    found = grab(camera, 2)
    PySpin.fault(PRIMARY, "stall", seconds=0.6)
    found += grab(camera, 60)
    gaps = [b[0] - a[0] for a, b in pairwise(found) if b[0] - a[0] > 1]
    assert gaps
    assert max(gaps) > 20


def test_an_unplugged_camera_is_noticed_and_comes_back_when_plugged_in(bench):
    camera = bench.open(ExposureTime=500)
    camera.BeginAcquisition()
    grab(camera, 2)
    PySpin.fault(PRIMARY, "unplug")
    drain_errors = set()
    deadline = time.monotonic() + 10
    while GONE not in drain_errors:
        assert time.monotonic() < deadline
        try:
            camera.GetNextImage(100).Release()
        except PySpin.SpinnakerException as error:
            drain_errors.add(str(error))
    assert drain_errors == {NO_IMAGE, GONE}
    camera.EndAcquisition()
    camera.DeInit()
    bench.opened.clear()
    assert not bench.system.GetCameras().GetBySerial(PRIMARY).IsValid()
    PySpin.fault(PRIMARY, "plug")
    again = bench.open()
    again.BeginAcquisition()
    assert [n for _, _, n in grab(again, 3)] == [0, 1, 2]


def test_a_reset_camera_is_another_one_afterwards(bench):
    camera = bench.open(ExposureTime=500)
    camera.DeviceReset.Execute()
    wait_for(lambda: not camera.get().IsValid())
    with pytest.raises(PySpin.SpinnakerException, match="-1002"):
        camera.BeginAcquisition()
    again = bench.open()
    assert again.ExposureAuto.GetValue() == PySpin.ExposureAuto_Off
    again.BeginAcquisition()
    assert [n for _, _, n in grab(again, 2)] == [0, 1]


def test_slow_nodes_take_their_time(bench):
    camera = bench.open()
    PySpin.fault(PRIMARY, "slow_nodes", ms=60)
    before = time.monotonic()
    camera.Width.GetValue()
    assert time.monotonic() - before >= 0.06
    PySpin.fault(PRIMARY, "mend")


def test_a_drifting_clock_moves_away_from_the_hosts(bench):
    camera = bench.open(ExposureTime=500)

    def latch() -> int:
        camera.TimestampLatch.Execute()
        return camera.TimestampLatchValue.GetValue()

    PySpin.fault(PRIMARY, "clock_drift", ppm=10_000)
    first_host, first = time.monotonic_ns(), latch()
    camera.BeginAcquisition()
    grab(camera, 100)
    last, last_host = latch(), time.monotonic_ns()
    gained = (last - first) - (last_host - first_host)
    assert gained > 0.005 * (last_host - first_host)


@pytest.mark.parametrize("where", ["get_next", "node", "stop"])
def test_a_hang_lasts_as_long_as_it_was_told(bench, where):
    camera = bench.open(ExposureTime=500)
    camera.BeginAcquisition()
    PySpin.fault(PRIMARY, "hang", where=where, seconds=0.3)
    before = time.monotonic()
    {"get_next": lambda: grab(camera, 1), "node": camera.Width.GetValue, "stop": camera.EndAcquisition}[
        where
    ]()
    assert time.monotonic() - before >= 0.2


def test_a_hang_on_opening_waits_for_the_next_opening(bench):
    PySpin.fault(PRIMARY, "hang", where="init", seconds=0.4)
    before = time.monotonic()
    bench.open()
    assert time.monotonic() - before >= 0.2


@pytest.mark.parametrize(
    ("kind", "arguments", "complaint"),
    [
        ("explode", {}, "unknown fault 'explode'; there are incomplete, lose"),
        ("lose", {}, "one of rate, frames and at"),
        ("lose", {"rate": 0.1, "frames": 2}, "one of rate, frames and at"),
        ("lose", {"rate": 1.5}, "rate must be a number from 0 to 1"),
        ("lose", {"frames": 2.5}, "frames must be a whole number"),
        ("stall", {}, "needs seconds="),
        ("stall", {"seconds": float("nan")}, "seconds must be"),
        ("unplug", {"seconds": 1}, "takes says; not seconds"),
        ("hang", {"where": "nowhere"}, "one of get_next, node, init, stop"),
        ("slow_nodes", {"ms": "many"}, "ms must be a number"),
    ],
)
def test_faults_that_make_no_sense_are_refused(world, kind, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        PySpin.fault(PRIMARY, kind, **arguments)


def test_faults_of_cameras_that_are_not_there_or_not_open_are_refused(world):
    with pytest.raises(CameraNotFoundError, match="no virtual camera '99'; there are: 12345678"):
        PySpin.fault("99", "lose", frames=1)
    with pytest.raises(CameraError, match="12345678 is not open in any process"):
        PySpin.fault(PRIMARY, "lose", frames=1)


def test_user_buffers_receive_the_images(bench):
    camera = bench.open(ExposureTime=500)
    memory = bytearray(12 * 320 * 240)
    base = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
    camera.SetBufferOwnership(PySpin.SPINNAKER_BUFFER_OWNERSHIP_USER)
    camera.SetUserBuffers(memory, len(memory))
    camera.BeginAcquisition()
    for number in range(30):
        image = camera.GetNextImage(5000)
        address = image.GetNDArray().__array_interface__["data"][0]
        assert base <= address <= base + len(memory) - 320 * 240
        inside = np.frombuffer(memory, np.uint8, 320 * 240, address - base).reshape(240, 320)
        assert read_stamp(inside).frame == number
        image.Release()
