"""A primary and two secondaries through the real SDK: Line1 of the first is wired to Line3 of both others."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.frames import EVERY, FrameReader
from llpyspin.processes.child import CameraProcess
from llpyspin.roles import Role
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.frames import FrameInfo
    from llpyspin.roles import Armed, Tally
    from tests.rig.rig import Rig

RATE = 20.0
PERIOD = 50_000_000
BUFFERS = 40


@dataclass
class Camera:
    serial: str
    process: CameraProcess
    address: str

    def ask(self, operation: str, *arguments: Any) -> Any:
        return self.process.request(operation, *arguments, timeout_s=60)


@pytest.fixture(scope="module")
def three(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig(3)


@pytest.fixture(scope="module")
def opened(three: Rig) -> Iterator[list[Camera]]:
    """Their processes, opened once for the module: the SDK takes its time."""
    with three.inside():
        processes = [CameraProcess(serial) for serial in three.serials]

    def take(process: CameraProcess, serial: str) -> Camera:
        _, address = process.request("open", serial, "rotpy", None, timeout_s=60)
        return Camera(serial, process, address)

    try:
        with ThreadPoolExecutor(len(processes)) as pool:
            yield list(pool.map(take, processes, three.serials))
    finally:
        for process in processes:
            process.close()


@pytest.fixture
def cameras(three: Rig, opened: list[Camera]) -> Iterator[list[Camera]]:
    with three.inside():  # the sockets of the frames are in there
        for camera in opened:
            camera.ask("set", "exposure", 3000)
        opened[0].ask("set", "framerate", RATE)
        yield opened
        for camera in opened:
            three.command("loss", camera.serial, 0)
            camera.ask("disarm")


def arm(cameras: list[Camera]) -> list[Armed]:
    return [
        camera.ask("arm", Role("secondary" if number else "primary", buffer_count=BUFFERS))
        for number, camera in enumerate(cameras)
    ]


def read_all(camera: Camera, armed: Armed, seconds: float) -> list[tuple[FrameInfo, int]]:
    """Read every frame from arming on; gives each with the number in its pixels."""
    frames = []
    until = time.monotonic() + seconds
    with FrameReader(camera.address, since=armed.published) as reader:
        while time.monotonic() < until:
            with reader.next(15, backlog=EVERY, incomplete=False) as frame:
                pixels = np.frombuffer(frame.data, np.uint8)
                stamp = read_stamp(pixels.reshape(frame.layout.height, frame.layout.width))
                assert stamp.camera == int(camera.serial)
                frames.append((frame.info, stamp.frame))
    return frames


def run(cameras: list[Camera], seconds: float) -> tuple[list[list[tuple[FrameInfo, int]]], list[Tally]]:
    armed = arm(cameras)
    with ThreadPoolExecutor(len(cameras)) as pool:
        reading = [
            pool.submit(read_all, *each, seconds) for each in zip(cameras, armed, strict=True)
        ]  # all of them wait for the first frame
        cameras[0].ask("fire")
        frames = [each.result() for each in reading]
    cameras[0].ask("hold")
    triggers = cameras[0].ask("drain", 1.0, 30.0).exposures
    return frames, [camera.ask("drain", 1.0, 30.0, triggers) for camera in cameras]


@pytest.mark.slow
def test_pixels_show_every_trigger_in_all_cameras(cameras: list[Camera]) -> None:
    frames, tallies = run(cameras, 3.0)
    triggers = tallies[0].exposures
    assert triggers is not None
    assert triggers > 30
    for camera, read, tally in zip(cameras, frames, tallies, strict=True):
        assert (tally.exposures, tally.frames, tally.lost) == (triggers, triggers, 0)
        assert tally.pulses == (None if camera is cameras[0] else triggers)
        assert tally.last_frame_id == triggers
        assert [info.frame_id for info, _ in read] == list(range(1, len(read) + 1))
        assert [number for _, number in read] == list(range(len(read)))
        stamps = [info.camera_timestamp_ns for info, _ in read]
        assert {later - sooner for sooner, later in itertools.pairwise(stamps)} == {PERIOD}


def test_nothing_is_exposed_before_firing_and_after_holding(cameras: list[Camera]) -> None:
    before = [each.published for each in arm(cameras)]
    time.sleep(0.5)
    assert [camera.ask("published") for camera in cameras] == before
    cameras[0].ask("fire")
    time.sleep(0.5)
    cameras[0].ask("hold")
    held = [camera.ask("drain", 0.5, 20.0) for camera in cameras]
    time.sleep(0.5)
    after = [camera.ask("tally") for camera in cameras]
    assert after == held
    assert held[0].exposures == held[1].exposures == held[2].exposures
    assert held[0].frames > 0


@pytest.mark.slow
def test_what_the_wire_loses_is_missed_by_id_and_counted_by_the_camera(
    three: Rig, cameras: list[Camera]
) -> None:
    three.command("loss", cameras[2].serial, 0.0003)
    frames, tallies = run(cameras, 3.0)
    three.command("loss", cameras[2].serial, 0)
    triggers = tallies[0].exposures
    assert [tally.exposures for tally in tallies] == [triggers] * 3
    assert tallies[1].frames == triggers
    missed = sum(info.missed for info, _ in frames[2])
    assert missed > 0
    assert all(number == info.frame_id - 1 for info, number in frames[2])
    assert tallies[2].frames < triggers
    # The frame before a gap tells of it; those after the last one that came are known from the counter.
    assert tallies[2].frames + tallies[2].lost <= triggers


def test_single_pulses_reach_both_secondaries(cameras: list[Camera]) -> None:
    arm(cameras)
    assert cameras[0].ask("pulse", 3, 0.2) == 3
    for camera in cameras:
        tally = camera.ask("drain", 1.0, 20.0, 3)
        assert tally.exposures == 3
    assert [camera.ask("tally").pulses for camera in cameras] == [None, 3, 3]


def test_the_clock_of_a_camera_is_read_against_the_hosts(cameras: list[Camera]) -> None:
    arm(cameras)
    first = cameras[1].ask("clock")
    time.sleep(0.2)
    second = cameras[1].ask("clock")
    apart = abs((second.camera_ns - first.camera_ns) - (second.host_ns - first.host_ns))
    assert apart <= first.uncertainty_ns + second.uncertainty_ns


@pytest.mark.slow
def test_a_camera_that_was_disarmed_runs_freely_again(cameras: list[Camera]) -> None:
    arm(cameras)
    for camera in cameras:
        tally = camera.ask("disarm")
        assert 45 <= tally.temperature_c < 46
        assert camera.ask("node_get", "TriggerMode") == "Off"
    assert cameras[0].ask("get", "framerate") == pytest.approx(RATE)
    cameras[2].ask("start")
    with FrameReader(cameras[2].address) as reader:
        reader.next(5).release()
    arm([cameras[0]])  # so that the end finds something to disarm
    for camera in cameras[1:]:
        camera.ask("arm", Role("secondary"))
