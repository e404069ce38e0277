"""The device through the vendor's own SDK, with virtual GigE cameras on a virtual wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.device import Device
from llpyspin.frames import FrameFlags, FrameReader, FrameWriter
from llpyspin.virtual import read_stamp
from tests.device_contract import START_S, DeviceContract
from tests.rig.rig import wait_for_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.rig import Rig


@pytest.fixture(scope="class")
def opened(two_cameras: Rig, spinnaker: Any) -> Iterator[Device]:
    with two_cameras.inside(), Device(spinnaker, two_cameras.serials[0]) as device:
        yield device


class TestThroughTheVendorsSdk(DeviceContract):
    pass


HOLD = """
import sys
from llpyspin import sdk
from llpyspin.device import Device
device = Device(sdk.load("rotpy"), sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
device.close()
"""

OPEN = """
import sys, time
from llpyspin import sdk
from llpyspin.device import Device, list_cameras
from llpyspin.errors import LlpyspinError
if sys.argv[3:]:
    print([(found.serial, found.in_use) for found in list_cameras(sdk.load("rotpy"))])
try:
    with Device(sdk.load("rotpy"), sys.argv[1], in_use_wait_s=float(sys.argv[2])) as device:
        print("opened", device.get("exposure"), device.node("TriggerMode").value, flush=True)
except LlpyspinError as error:
    print(type(error).__name__, error)
"""

LOSE = """
import sys
from llpyspin import sdk
from llpyspin.deadlines import Deadline
from llpyspin.device import Device
from llpyspin.errors import LlpyspinError
from llpyspin.frames import FrameWriter
device, writer = Device(sdk.load("rotpy"), sys.argv[1]), FrameWriter()
device.start(writer)
deadline = Deadline(20)
while not device.pump(1.0):
    assert not deadline.passed
print("streaming", flush=True)
sys.stdin.readline()

def tell(name, act):
    try:
        act()
    except LlpyspinError as error:
        print(name, type(error).__name__, flush=True)
    else:
        print(name, "ok", flush=True)

def until_lost():
    while not deadline.passed:
        device.pump(0.1)

deadline = Deadline(20)
tell("pump", until_lost)
tell("get", lambda: device.get("exposure"))
tell("set", lambda: device.set("exposure", 1000))
tell("snapshot", lambda: device.snapshot())
tell("stop", device.stop)
tell("close", device.close)
tell("close", device.close)
writer.close()
print("end", flush=True)
"""


@pytest.mark.slow
def test_a_camera_that_another_process_holds_is_in_use_until_that_lets_go(rig: Rig) -> None:
    holder = rig.popen(HOLD, rig.serials[1])
    try:
        wait_for_line(holder, "held", 60)
        refused = rig.run(OPEN, rig.serials[1], "1", "list").stdout
        assert f"('{rig.serials[1]}', True)" in refused and f"('{rig.serials[0]}', False)" in refused
        assert (
            f"CameraInUseError camera {rig.serials[1]} (Blackfly S BFS-PGE-16S2M, GigE) is in use" in refused
        )
        holder.communicate("let go\n", timeout=30)
        assert holder.returncode == 0
        assert rig.run(OPEN, rig.serials[1], "0").stdout.startswith("opened")
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.slow
def test_camera_of_a_killed_process_opens_after_the_heartbeat_timeout(rig: Rig) -> None:
    streaming = LOSE.replace("device.start", "device.set('exposure', 777); device.start")
    holder = rig.popen(streaming, rig.serials[1])
    try:
        wait_for_line(holder, "streaming", 60)
    finally:
        holder.kill()
        holder.communicate()
    opened = rig.run(OPEN, rig.serials[1], "8").stdout
    assert opened.startswith("opened") and opened.split()[2] == "Off"
    assert float(opened.split()[1]) != 777, "what the dead holder had set is still in the camera"


@pytest.mark.slow
def test_an_unplugged_camera_is_lost_and_everything_about_it_can_be_closed(rig: Rig) -> None:
    user = rig.popen(LOSE, rig.serials[1])
    try:
        wait_for_line(user, "streaming", 60)
        rig.command("unplug", rig.serials[1])
        said, errors = user.communicate("go on\n", timeout=60)
    finally:
        user.kill()
        user.communicate()
        rig.command("plug", rig.serials[1])
    lost = [f"{name} CameraLostError" for name in ("pump", "get", "set", "snapshot")]
    assert said.splitlines() == [*lost, "stop ok", "close ok", "close ok", "end"], errors
    assert user.returncode == 0, errors


def test_an_absent_camera_is_named_with_those_that_are_there(rig: Rig) -> None:
    said = rig.run(OPEN, "99999999", "0").stdout
    assert said.startswith("CameraNotFoundError there is no camera with serial number 99999999")
    assert all(f"{serial} (Blackfly S BFS-PGE-16S2M, GigE)" in said for serial in rig.serials)


@pytest.mark.slow
def test_lost_packets_make_incomplete_or_lost_frames_that_are_counted(rig: Rig, spinnaker: Any) -> None:
    with Device(spinnaker, rig.serials[0]) as device, FrameWriter() as writer:
        device.set("framerate", 30)
        with FrameReader(writer.address) as reader:
            rig.command("loss", rig.serials[0], 0.0005)
            device.start(writer)
            numbers, missed = [], 0
            deadline = Deadline(30)
            while len(numbers) < 60 or not missed:
                assert not deadline.passed
                before = device.counters.delivered
                if not device.pump(START_S) or device.counters.delivered == before:
                    continue
                data, info, layout = reader.copy_next(1.0, backlog=1000)
                image = np.asarray(data).reshape(layout.height, layout.width)
                assert info.flags == FrameFlags.NONE  # rotpy keeps nothing of a damaged image
                numbers.append((read_stamp(image).frame, info.frame_id))
                missed += info.missed
            device.stop()
        assert device.counters.incomplete > 0
        first, last = numbers[0], numbers[-1]
        assert last[0] - first[0] == last[1] - first[1]
        # ids count from 1: everything that the camera exposed was published or is missed
        assert last[1] == len(numbers) + missed
        assert device.counters.lost == missed


@pytest.mark.slow
def test_errors_that_somebody_keeps_do_not_keep_the_camera(rig: Rig) -> None:
    script = """
import logging, sys
logging.basicConfig(level="WARNING", stream=sys.stdout)
from llpyspin import sdk
from llpyspin.device import Device
from llpyspin.errors import LlpyspinError
device = Device(sdk.load("rotpy"), sys.argv[1])
kept = []
for act in (
    lambda: device.set("exposure", -1),
    lambda: device.node_set("Width", 33),
    lambda: device.node_set("SensorWidth", 1),
    lambda: device.node("Nope"),
    lambda: device.execute("TriggerSoftware"),
    lambda: device.pump(0.1),
):
    try:
        act()
    except LlpyspinError as error:
        kept.append(error)
device.close()
print(len(kept), "kept")
"""
    done = rig.run(script, rig.serials[0])
    assert (done.stdout, done.returncode) == ("6 kept\n", 0), done.stderr
