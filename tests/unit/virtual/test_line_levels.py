"""The levels of the lines that virtual cameras send with each image are those at the end of its exposure."""

from __future__ import annotations

import json
import uuid

import pytest

from llpyspin.virtual import fault
from llpyspin.virtual import system as system_module
from llpyspin.virtual.levels import Levels
from tests.unit.virtual.test_engine import Bench, set_all, trigger, wait_for

BOX, CAMERA, OTHER = "12345678", "11111111", "44444444"
CHUNKS = {"ChunkModeActive": 1, "ChunkSelector_ExposureEndLineStatusAll__ChunkEnable": 1}


@pytest.fixture
def bench(monkeypatch):
    cameras = [{"serial": serial, "model": "BFS-PGE-16S2M"} for serial in (BOX, CAMERA, OTHER)]
    wires = [f"{BOX}:Line1 -> {CAMERA}:Line0", f"{OTHER}:Line1 -> {CAMERA}:Line3"]
    config = {"world": f"test-{uuid.uuid4().hex[:12]}", "cameras": cameras, "wires": wires}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    there = Bench()
    yield there
    try:
        there.close()
    finally:
        system_module.System._instance = None


def clock_of(camera) -> int:
    camera.TimestampLatch.Execute()
    return camera.TimestampLatchValue.GetValue()


def put(box, level: bool) -> None:
    set_all(box, UserOutputSelector_UserOutput0__UserOutputValue=int(level))


def box_of(bench):
    box = bench.open(BOX)
    set_all(box, LineSelector_Line2__V3_3Enable=1, LineSelector_Line1__LineSource="UserOutput0")
    return box


def levels_of(camera, count: int) -> list[tuple[int, int]]:
    """Time and levels of the next images."""
    found = []
    for _ in range(count):
        image = camera.GetNextImage(5000)
        found.append((image.GetTimeStamp(), image.GetChunkData().GetExposureEndLineStatusAll()))
        image.Release()
    return found


def test_levels_are_remembered_in_order() -> None:
    levels = Levels(["a", "b"])
    assert not levels["a"]
    for at, level in ((10, True), (20, False), (30, True)):
        levels.change("a", level, at)
    assert levels["a"]
    assert [levels.at("a", at) for at in (9, 10, 19, 20, 29, 30, 99)] == [0, 1, 1, 0, 0, 1, 1]
    assert not levels.at("b", 99)
    assert "a" in levels
    assert "c" not in levels


def test_forgotten_levels_are_the_earliest_that_are_known() -> None:
    levels = Levels(["a"])
    for at in range(1, 5001):
        levels.change("a", at % 2 == 1, at)
    assert levels.at("a", 5000) is False
    assert levels.at("a", 4999) is True
    assert levels.at("a", 0) is False
    assert levels.at("a", 905) is True


def test_image_that_leaves_late_has_the_levels_of_its_exposure(bench) -> None:
    box = box_of(bench)
    camera = bench.open(CAMERA, **CHUNKS)
    set_all(camera, LineSelector="Line0")
    camera.BeginAcquisition()
    levels_of(camera, 3)
    fault(CAMERA, "stall", seconds=0.6)
    switches = []
    for level in (True, False, True):
        begun = clock_of(camera)
        wait_for(lambda begun=begun: clock_of(camera) > begun + 80_000_000)
        before = clock_of(camera)
        put(box, level)
        wait_for(lambda level=level: camera.LineStatus.GetValue() == level)
        switches.append((before, clock_of(camera), level))
    found = levels_of(camera, 1)
    while found[-1][0] <= switches[-1][1]:
        found += levels_of(camera, 1)
    assert found[0][0] < switches[0][0]  # it came after the line had changed
    for at, status in found:
        if not any(before <= at <= after for before, after, _ in switches):
            earlier = [level for _, after, level in switches if at > after]
            assert (status & 1) == (earlier[-1] if earlier else False), (at, switches)
    assert {status & 1 for _, status in found} == {0, 1}


def test_level_of_another_camera_is_that_at_the_end_of_the_exposure(bench) -> None:
    other = bench.open(OTHER, ExposureTime=2000)
    set_all(other, LineSelector_Line2__V3_3Enable=1, LineSelector_Line1__LineSource="ExposureActive")
    set_all(other, TriggerSource="Software", TriggerMode="On")
    camera = bench.open(CAMERA, **CHUNKS)
    set_all(camera, TriggerSource="Line3", TriggerMode="On", TriggerActivation="RisingEdge")
    other.BeginAcquisition()
    for exposure, high in ((1000, True), (3000, False)):
        set_all(camera, ExposureTime=exposure)
        camera.BeginAcquisition()
        trigger(other)
        ((_, status),) = levels_of(camera, 1)
        assert bool(status & 8) is high, exposure
        camera.EndAcquisition()
        other.GetNextImage(5000).Release()


def test_inverted_line_has_the_other_level(bench) -> None:
    camera = bench.open(CAMERA, **CHUNKS)
    set_all(camera, LineSelector_Line0__LineInverter=1)
    camera.BeginAcquisition()
    assert levels_of(camera, 1)[0][1] & 1
