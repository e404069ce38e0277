"""Camera processes armed as primary and secondaries, on virtual cameras that are wired together."""

from __future__ import annotations

import itertools
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import (
    CameraLostError,
    CameraProcessError,
    SettingError,
    SettingLockedError,
    SettingRangeError,
)
from llpyspin.frames import EVERY, FrameReader
from llpyspin.processes.child import CameraProcess
from llpyspin.roles import Lines, Role
from llpyspin.virtual import fault, read_stamp
from tests.process.conftest import make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.frames import FrameInfo
    from llpyspin.roles import Armed, Tally

MONO = "BFS-U3-16S2M"
GIGE = "BFS-PGE-16S2M"
RATE = 100.0
PERIOD = 10_000_000


@dataclass
class Camera:
    """A camera process and the reader of its frames."""

    serial: str
    process: CameraProcess
    reader: FrameReader
    armed: Armed | None = None

    def ask(self, operation: str, *arguments: Any, **timing: float) -> Any:
        return self.process.request(operation, *arguments, **timing)

    def arm(self, kind: Any, **more: Any) -> Armed:
        armed: Armed = self.ask("arm", Role(kind, **more))
        self.armed = armed
        return armed

    def infos(self) -> list[FrameInfo]:
        """The journal of all frames since arming."""
        assert self.armed is not None
        found = [self.reader.journal(index) for index in range(self.armed.published, self.reader.newest + 1)]
        return [info for info in found if info is not None]

    def wait_for(self, frames: int) -> None:
        for _ in range(frames):
            self.reader.next(5, backlog=EVERY).release()


@contextmanager
def rig(
    monkeypatch: pytest.MonkeyPatch, *models: str, faults: Any = (), wires: Any = None
) -> Iterator[list[Camera]]:
    """A camera of each model, small and fast; the first is wired to all others."""
    world = make_world(*models)
    first, others = world.serials[0], world.serials[1:]
    world.config["wires"] = (
        [f"{first}:Line1 -> {other}:Line3" for other in others] if wires is None else wires
    )
    world.config["faults"] = [{"serial": world.serials[which], **what} for which, what in faults]
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", world.environment["LLPYSPIN_VIRTUAL"])
    cameras: list[Camera] = []
    try:
        processes = [CameraProcess(serial) for serial in world.serials]  # they start side by side
        for serial, process in zip(world.serials, processes, strict=True):
            _, address = process.request("open", serial, "virtual", None, timeout_s=60)
            process.request("set", "roi", (0, 0, 128, 320))
            process.request("set", "exposure", 1000)
            cameras.append(Camera(serial, process, FrameReader(address)))
        cameras[0].ask("set", "framerate", RATE)
        yield cameras
    finally:
        for camera in cameras:
            camera.reader.close()
        for process in processes:
            process.close()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[Camera]]]:
    made: list[Any] = []

    def start(*models: str, **more: Any) -> list[Camera]:
        context = rig(monkeypatch, *models, **more)
        made.append(context)
        return context.__enter__()

    yield start
    for context in made:
        context.__exit__(None, None, None)


def record(cameras: list[Camera], frames: int, *, quiet_s: float = 0.3) -> list[Tally]:
    """Fire the first of cameras that are armed, hold it after a while, drain all."""
    cameras[0].wait_for(cameras[0].reader.unread)  # of the time before
    cameras[0].ask("fire")
    cameras[0].wait_for(frames)
    cameras[0].ask("hold")
    return [camera.ask("drain", quiet_s, 5.0) for camera in cameras]


def arm_all(cameras: list[Camera]) -> None:
    for number, camera in enumerate(cameras):
        camera.arm("secondary" if number else "primary")


@pytest.mark.parametrize(("model", "first"), [(MONO, 0), (GIGE, 1)])
def test_after_holding_all_cameras_have_exactly_the_same_frames(
    make: Callable[..., list[Camera]], model: str, first: int
) -> None:
    cameras = make(model, model, model)
    arm_all(cameras)
    time.sleep(0.2)  # armed is not fired: nothing comes
    assert [camera.reader.newest for camera in cameras] == [-1, -1, -1]
    tallies = record(cameras, 25)
    triggers = tallies[0].exposures
    assert triggers is not None
    assert triggers >= 25
    for camera, tally in zip(cameras, tallies, strict=True):
        assert tally.published == tally.exposures == triggers
        assert (tally.lost, tally.incomplete, tally.dropped) == (0, 0, 0)
        assert tally.pulses == (None if camera is cameras[0] else triggers)
        assert tally.last_frame_id == triggers - 1 + first
        infos = camera.infos()
        assert [info.frame_id for info in infos] == list(range(first, triggers + first))
        steps = {b.camera_timestamp_ns - a.camera_timestamp_ns for a, b in itertools.pairwise(infos)}
        assert steps == {PERIOD}
        with camera.reader.at(camera.reader.newest) as frame:
            pixels = np.frombuffer(frame.data, np.uint8).reshape(128, 320)
            assert read_stamp(pixels).frame == triggers - 1
    assert cameras[0].armed is not None
    assert (cameras[0].armed.first_id, cameras[0].armed.period_ns) == (first, PERIOD)


def test_a_primary_fires_again_and_numbers_go_on(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    arm_all(cameras)
    before = record(cameras, 5)
    after = record(cameras, 5)
    assert before[0].exposures == before[1].exposures == before[1].published
    assert after[0].exposures == after[1].exposures == after[1].published
    assert after[1].published >= before[1].published + 5
    assert [info.frame_id for info in cameras[1].infos()] == list(range(after[1].published))


def test_frames_lost_on_the_wire_count_as_lost_and_as_exposed(
    make: Callable[..., list[Camera]],
) -> None:
    cameras = make(MONO, MONO)
    fault(cameras[1].serial, "lose", at=[3, 4, 9])
    fault(cameras[0].serial, "incomplete", at=[5])
    arm_all(cameras)
    primary, secondary = record(cameras, 20)
    assert (primary.incomplete, primary.lost) == (1, 0)
    assert (secondary.lost, secondary.incomplete) == (3, 0)
    assert secondary.exposures == primary.exposures == secondary.published + 3
    there = {info.frame_id for info in cameras[1].infos()}
    assert set(range(12)) - there == {3, 4, 9}
    missed = {info.frame_id: info.missed for info in cameras[1].infos() if info.missed}
    assert missed == {5: 2, 10: 1}


def test_triggers_during_readout_are_counted_and_leave_no_gap_in_ids(
    make: Callable[..., list[Camera]],
) -> None:
    cameras = make(MONO, MONO)
    fault(cameras[1].serial, "miss", at=[2, 7])
    arm_all(cameras)
    primary, secondary = record(cameras, 15)
    assert secondary.pulses == primary.exposures
    assert secondary.exposures == secondary.published == primary.published - 2
    assert secondary.lost == 0
    infos = cameras[1].infos()
    assert [info.frame_id for info in infos] == list(range(secondary.published))
    steps = [
        round((b.camera_timestamp_ns - a.camera_timestamp_ns) / PERIOD) for a, b in itertools.pairwise(infos)
    ]
    assert [place for place, step in enumerate(steps) if step == 2] == [1, 5]


def test_secondary_with_long_exposure_takes_every_other_trigger(
    make: Callable[..., list[Camera]],
) -> None:
    cameras = make(MONO, MONO)
    cameras[1].ask("set", "exposure", 15_000)
    assert cameras[1].ask("follow_limit").most_framerate == pytest.approx(1e6 / 15_000, rel=1e-3)
    arm_all(cameras)
    primary, secondary = record(cameras, 20)
    assert secondary.pulses == primary.exposures
    assert secondary.exposures == secondary.published == (primary.published + 1) // 2


def test_a_secondary_follows_the_rate_that_it_is_said_to_follow(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    cameras[1].ask("set", "exposure", 5000)
    most = cameras[1].ask("follow_limit").most_framerate
    assert most == pytest.approx(200, rel=1e-3)
    cameras[0].ask("set", "framerate", most)
    arm_all(cameras)
    primary, secondary = record(cameras, 40)
    assert secondary.published == secondary.pulses == primary.published


def test_draining_ends_at_once_when_the_last_frame_is_there(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    arm_all(cameras)
    cameras[0].ask("fire")
    cameras[0].wait_for(5)
    cameras[0].ask("hold")
    triggers = cameras[0].ask("tally").exposures
    started = time.monotonic()
    tally = cameras[1].ask("drain", 30.0, 40.0, triggers, timeout_s=60)
    assert time.monotonic() - started < 10
    assert tally.published == triggers


def test_draining_a_camera_that_never_rests_ends_in_time(make: Callable[..., list[Camera]]) -> None:
    (camera,) = make(MONO)
    camera.arm("primary")
    camera.ask("fire")
    started = time.monotonic()
    camera.ask("drain", 1.0, 0.5)
    assert 0.5 <= time.monotonic() - started < 5


def test_arming_a_stream_ends_it_and_begins_anew_where_the_reader_knows_it(
    make: Callable[..., list[Camera]],
) -> None:
    (camera,) = make(MONO)
    camera.ask("start")
    camera.wait_for(3)
    armed = camera.arm("primary", buffer_count=20)
    assert armed.published >= 3
    assert armed.buffers == 20
    assert camera.ask("published") == armed.published
    camera.ask("fire")
    deadline = time.monotonic() + 5
    while camera.reader.newest < armed.published and time.monotonic() < deadline:
        camera.reader.next(5, backlog=EVERY).release()
    info = camera.reader.journal(armed.published)
    assert info is not None
    assert info.frame_id == 0


def test_what_would_break_the_role_is_locked_until_the_camera_is_disarmed(
    make: Callable[..., list[Camera]],
) -> None:
    (camera,) = make(MONO)
    snapshot = camera.ask("snapshot")
    camera.arm("secondary")
    for name, value in (("framerate", 50), ("roi", None), ("binsize", 2)):
        with pytest.raises(SettingLockedError, match=f"{name} cannot be changed while .* armed as secondary"):
            camera.ask("set", name, value)
    with pytest.raises(SettingLockedError, match="armed"):
        camera.ask("restore", snapshot)
    camera.ask("set", "exposure", 1500)  # harms nobody
    tally = camera.ask("disarm")
    assert tally.published == 0
    assert camera.ask("set", "framerate", 50) == pytest.approx(50, rel=1e-3)
    assert camera.ask("node_get", "TriggerMode") == "Off"
    camera.ask("start")
    camera.wait_for(2)


def test_single_pulses_show_which_camera_is_wired(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO, MONO, wires=["20000001:Line1 -> 20000002:Line3"])
    arm_all(cameras)
    assert cameras[0].ask("pulse", 3, 0.05) == 3
    seen = [camera.ask("drain", 0.2, 2.0, 3).pulses for camera in cameras[1:]]
    assert seen == [3, 0]
    for count, interval in ((0, 0.1), (10, 1.0), (3, -1.0)):
        with pytest.raises(SettingRangeError):
            cameras[0].ask("pulse", count, interval)


def test_a_primary_without_its_pull_up_is_seen_by_nobody(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    cameras[0].arm("primary", lines=Lines("Line1", "ExposureActive", None, "Line3"))
    cameras[1].arm("secondary")
    cameras[0].ask("pulse", 2, 0.05)
    assert cameras[1].ask("drain", 0.2, 2.0).pulses == 0
    assert cameras[0].ask("tally").exposures == 2


def test_a_line_that_is_not_there_leaves_the_camera_free(make: Callable[..., list[Camera]]) -> None:
    (camera,) = make(MONO)
    with pytest.raises(SettingError, match="LineSelector"):
        camera.arm("secondary", lines=Lines(None, "Off", None, "Line7"))
    with pytest.raises(SettingError, match="not armed"):
        camera.ask("tally")
    camera.ask("start")
    camera.wait_for(2)


def test_a_killed_primary_is_an_error_and_its_secondary_drains(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    arm_all(cameras)
    cameras[0].ask("fire")
    cameras[0].wait_for(5)
    os.kill(cameras[0].process.pid, signal.SIGKILL)
    with pytest.raises(CameraProcessError, match="SIGKILL"):
        cameras[0].ask("hold")
    tally = cameras[1].ask("drain", 0.3, 5.0)
    assert tally.published == tally.exposures >= 5


def test_an_unplugged_camera_is_lost_to_every_request(make: Callable[..., list[Camera]]) -> None:
    cameras = make(MONO, MONO)
    arm_all(cameras)
    cameras[0].ask("fire")
    cameras[0].wait_for(3)
    fault(cameras[1].serial, "unplug")
    with pytest.raises(CameraLostError, match=cameras[1].serial):
        cameras[1].ask("drain", 5.0, 8.0)
    for request in ("tally", "disarm", "clock"):
        with pytest.raises(CameraLostError):
            cameras[1].ask(request)
    cameras[0].ask("hold")
    assert cameras[0].ask("drain", 0.2, 5.0).published >= 3


def test_free_cameras_can_be_armed_too(make: Callable[..., list[Camera]]) -> None:
    (camera,) = make(MONO)
    armed = camera.arm("free")
    assert armed.period_ns == PERIOD
    camera.wait_for(5)
    tally = camera.ask("disarm")
    assert tally.published >= 5
    assert tally.exposures is not None


def test_primary_with_a_stalled_process_still_sends_its_triggers(
    make: Callable[..., list[Camera]],
) -> None:
    cameras = make(MONO, MONO)
    arm_all(cameras)
    cameras[0].ask("fire")
    cameras[0].wait_for(5)
    os.kill(cameras[0].process.pid, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(cameras[0].process.pid, signal.SIGCONT)
    newest = cameras[0].reader.newest
    while cameras[0].reader.newest < newest + 20:
        cameras[0].reader.next(5, backlog=EVERY).release()
    cameras[0].ask("hold")
    primary, secondary = (camera.ask("drain", 0.5, 5.0) for camera in cameras)
    for tally in (primary, secondary):
        assert tally.exposures == primary.exposures
        assert tally.published + tally.lost == primary.exposures
    assert primary.lost > 0
    assert secondary.pulses == primary.exposures


def ptp(kind: Any, group: int = 7) -> Role:
    return Role(kind, sync="ptp", group=group)


@pytest.mark.slow
def test_cameras_with_a_common_clock_expose_together_without_a_wire(
    make: Callable[..., list[Camera]],
) -> None:
    cameras = make(GIGE, GIGE, GIGE, wires=[])
    cameras[0].ask("set", "framerate", 20)
    for number, camera in enumerate(cameras):
        camera.armed = camera.ask("arm", ptp("secondary" if number else "primary"), timeout_s=60)
    assert cameras[0].armed is not None
    period = cameras[0].armed.period_ns
    assert period == 50_000_000
    tallies = record(cameras, 12)
    triggers = tallies[0].pulses
    assert triggers is not None
    stamps = []
    for camera, tally in zip(cameras, tallies, strict=True):
        assert (tally.exposures, tally.lost) == (tally.frames, 0)
        assert 12 <= tally.frames <= triggers  # fewer only where this machine was too late to ask
        infos = camera.infos()
        assert [info.frame_id for info in infos] == list(range(1, tally.frames + 1))
        stamps.append([info.camera_timestamp_ns for info in infos])
    assert stamps[0] == stamps[1] == stamps[2]  # exposed by the same clock
    assert {(stamp - stamps[0][0]) % period for stamp in stamps[0]} == {0}
    assert cameras[0].ask("pulse", 1, 0.0) == 1
    frames = tallies[0].frames + 1
    assert [camera.ask("drain", 0.3, 5.0, frames).frames for camera in cameras] == [frames] * 3
    for camera in cameras:
        camera.ask("disarm")
        assert camera.ask("node_get", "GevIEEE1588") is False


@pytest.mark.slow
def test_two_groups_that_share_a_clock_do_not_trigger_each_other(make: Callable[..., list[Camera]]) -> None:
    cameras = make(GIGE, GIGE, wires=[])
    cameras[0].ask("arm", ptp("primary", 1), timeout_s=60)
    cameras[1].armed = cameras[1].ask("arm", ptp("secondary", 2), timeout_s=60)
    assert record(cameras, 5)[1].frames == 0


def test_usb_cameras_have_no_common_clock_and_say_so(make: Callable[..., list[Camera]]) -> None:
    (camera,) = make(MONO)
    with pytest.raises(SettingError, match="GevIEEE1588"):
        camera.ask("arm", ptp("secondary"))
    assert camera.ask("node_get", "TriggerMode") == "Off"
