"""Virtual cameras in several processes: one owner each, wires in between, nothing that outlives them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid

import pytest

from llpyspin.virtual.state import WorldState
from llpyspin.virtual.world import load_world

PRIMARY, SECONDARY = "12345678", "87654321"

BEGIN = """
import sys
import llpyspin.virtual as PySpin
def say(*words):
    print(*words, flush=True)
def heard():
    return sys.stdin.readline().strip()
system = PySpin.System.GetInstance()
cameras = system.GetCameras()
camera = cameras.GetBySerial({serial!r})
"""
OPEN = """
camera.Init()
camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
camera.ExposureTime.SetValue(1000.0)
camera.Width.SetValue(128)  # the rate depends on the rows alone, and a busy machine shall lose nothing
camera.TLStream.StreamBufferCountManual.SetValue(300)
say("open")
"""
GRAB = """
def grab_all():
    found = []
    try:
        while True:
            image = camera.GetNextImage(1500)
            number = PySpin.read_stamp(image.GetNDArray()).frame
            found.append([image.GetFrameID(), image.GetTimeStamp(), number])
            image.Release()
    except PySpin.SpinnakerException as error:
        assert error.errorcode == -1011, error
    return found
"""
ARMED = """
camera.TriggerSource.SetValue(PySpin.TriggerSource_Line3)
camera.TriggerOverlap.SetValue(PySpin.TriggerOverlap_ReadOut)
camera.TriggerMode.SetValue(PySpin.TriggerMode_On)
camera.BeginAcquisition()
say("armed")
heard()
say(grab_all())
camera.EndAcquisition()
"""
LEADING = """
camera.LineSelector.SetValue(PySpin.LineSelector_Line2)
camera.V3_3Enable.SetValue(True)
camera.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)
camera.AcquisitionFrameCount.SetValue(300)
camera.BeginAcquisition()
say(grab_all())
camera.EndAcquisition()
"""


class Child:
    """A Python process that runs a script and is talked to line by line."""

    def __init__(self, script: str, serial: str, *, before: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", BEGIN.format(serial=serial) + script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hears(self) -> str:
        line = self.process.stdout.readline().strip()
        assert line, f"the process ended with {self.process.wait(10)}"
        return line

    def say(self, word: str = "go") -> None:
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def start(monkeypatch):
    config = {
        "cameras": [
            {"serial": PRIMARY, "model": "BFS-U3-16S2M"},
            {"serial": SECONDARY, "model": "BFS-U3-16S2M"},
        ],
        "wires": [f"{PRIMARY}:Line1 -> {SECONDARY}:Line3"],
        "world": f"test-{uuid.uuid4().hex[:12]}",
    }
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    children = []

    def run(script: str, serial: str = PRIMARY, **more) -> Child:
        children.append(Child(script, serial, **more))
        return children[-1]

    yield run
    for child in children:
        child.close()


REFUSED = """
try:
    camera.Init()
except PySpin.SpinnakerException as error:
    say(error.errorcode)
else:
    say("opened")
"""


def test_a_camera_belongs_to_one_process_until_that_lets_go(start):
    owner = start(OPEN + "heard()\ncamera.DeInit()\nsay('closed')\nheard()")
    assert owner.hears() == "open"
    other = start("heard()\n" + REFUSED + "heard()\n" + REFUSED)
    other.say()
    assert other.hears() == "-1005"
    owner.say()
    assert owner.hears() == "closed"
    other.say()
    assert other.hears() == "opened"


def test_the_other_camera_is_free(start):
    assert start(OPEN + "heard()").hears() == "open"
    assert start(OPEN + "heard()", SECONDARY).hears() == "open"


def test_killing_the_process_frees_the_camera_at_once(start):
    owner = start(OPEN + "camera.BeginAcquisition()\nsay('streaming')\nheard()")
    assert [owner.hears(), owner.hears()] == ["open", "streaming"]
    owner.kill()
    assert start(REFUSED).hears() == "opened"


def test_a_forked_child_does_not_hold_the_camera_of_its_dead_parent(start):
    fork = "import os\npid = os.fork()\nif not pid:\n    import signal\n    signal.pause()\nsay(pid)\nheard()"
    owner = start(OPEN + fork)
    assert owner.hears() == "open"
    child = int(owner.hears())
    owner.kill()
    try:
        assert start(REFUSED).hears() == "opened"
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_camera_is_held_by_a_socket_and_nothing_else(start):
    owner = start(OPEN + "heard()")
    assert owner.hears() == "open"
    address = "\0" + load_world().address(PRIMARY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as rival, pytest.raises(OSError, match="in use"):
        rival.bind(address)
    owner.kill()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as rival:
        rival.bind(address)


@pytest.mark.slow
def test_secondary_follows_its_primary_at_full_rate_with_constant_delay(start):
    secondary = start(OPEN + GRAB + ARMED, SECONDARY)
    assert [secondary.hears(), secondary.hears()] == ["open", "armed"]
    primary = start(OPEN + GRAB + LEADING)
    assert primary.hears() == "open"
    secondary.say()
    mine, theirs = json.loads(primary.hears()), json.loads(secondary.hears())
    assert len(mine) == 300
    assert [number for _, _, number in theirs] == [number for _, _, number in mine]
    assert len({their[1] - my[1] for my, their in zip(mine, theirs, strict=True)}) == 1


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare")
def test_wires_and_faults_cross_network_namespaces(start, monkeypatch):
    import llpyspin.virtual as PySpin

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        config = {**json.loads(os.environ["LLPYSPIN_VIRTUAL"]), "sockets": folder}
        monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
        secondary = start(OPEN + GRAB + ARMED + "heard()", SECONDARY, before=("unshare", "--net"))
        assert [secondary.hears(), secondary.hears()] == ["open", "armed"]
        PySpin.fault(SECONDARY, "lose", frames=4)
        primary = start(OPEN + GRAB + LEADING.replace("300", "20"))
        assert primary.hears() == "open"
        secondary.say()
        mine, theirs = json.loads(primary.hears()), json.loads(secondary.hears())
        assert [number for _, _, number in theirs] == [number for _, _, number in mine][4:]
        assert start(REFUSED, SECONDARY, before=("unshare", "--net")).hears() == "-1005"
        secondary.kill()
        assert start(REFUSED, SECONDARY).hears() == "opened"


@pytest.mark.slow
def test_a_primary_does_not_care_whether_its_secondary_lives(start):
    secondary = start(OPEN + GRAB + ARMED, SECONDARY)
    assert [secondary.hears(), secondary.hears()] == ["open", "armed"]
    primary = start(OPEN + GRAB + LEADING)
    assert primary.hears() == "open"
    secondary.kill()
    assert len(json.loads(primary.hears())) == 300


def test_faults_reach_a_camera_in_another_process(start):
    import llpyspin.virtual as PySpin

    camera = start(
        OPEN + GRAB + "camera.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)\n"
        "camera.AcquisitionFrameCount.SetValue(20)\nheard()\ncamera.BeginAcquisition()\nsay(grab_all())"
    )
    assert camera.hears() == "open"
    PySpin.fault(PRIMARY, "lose", frames=4)
    camera.say()
    assert [frame_id for frame_id, _, _ in json.loads(camera.hears())] == list(range(4, 20))


@pytest.mark.slow
def test_unplugged_camera_stays_unplugged_when_its_process_dies(start):
    import llpyspin.virtual as PySpin

    camera = start(OPEN + "heard()")
    assert camera.hears() == "open"
    PySpin.fault(PRIMARY, "unplug")
    camera.kill()
    look = "say(camera.IsValid())"
    assert start(look).hears() == "False"
    PySpin.fault(PRIMARY, "plug")
    assert start(look).hears() == "True"


@pytest.mark.slow
def test_what_a_world_remembers_dies_with_its_last_process(start):
    name = load_world().name
    script = f"PySpin.fault({PRIMARY!r}, 'unplug')\nsay('out')\nheard()"
    child = start(script)
    assert child.hears() == "out"
    beside = start("say(camera.IsValid())\nheard()")
    assert beside.hears() == "False"
    child.kill()
    still = start("say(camera.IsValid())")
    assert still.hears() == "False"
    still.process.wait(10)
    beside.kill()
    assert not WorldState(name).unplugged(PRIMARY)


def test_a_fault_for_a_process_that_does_not_answer_ends_in_time(start, monkeypatch):
    import llpyspin.virtual as PySpin
    from llpyspin.errors import CameraError
    from llpyspin.virtual import faults

    camera = start(OPEN + "heard()")
    assert camera.hears() == "open"
    monkeypatch.setattr(faults, "_ANSWER_S", 0.2)
    os.kill(camera.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, camera.process.pid, os.WSTOPPED)
    with pytest.raises(CameraError, match="does not answer"):
        PySpin.fault(PRIMARY, "lose", frames=1)
