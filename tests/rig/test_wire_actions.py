"""Action commands and the common clock of the test devices: through the Spinnaker SDK, and byte by byte."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from tests.rig.gvcp_client import ACTION, GvcpClient

if TYPE_CHECKING:
    from tests.rig.rig import WireRig

FIRST = "169.254.10.10"
NO_REF_TIME, OVERFLOW, ACTION_LATE = 0x8013, 0x8015, 0x8016
SCHEDULED = 0x81
SLAVE = 8
EXPOSURE_NS = 1_000_000

SDK = """if True:
    import json, sys, llpyspin.sdk
    from llpyspin.deadlines import Deadline
    PySpin = llpyspin.sdk.load("rotpy")
    system = PySpin.System.GetInstance()
    found = system.GetCameras()
    cameras = [found.GetBySerial(serial) for serial in sys.argv[1:]]

    def node(camera, name, kind):
        return kind(camera.GetNodeMap().GetNode(name))

    for camera in cameras:
        camera.Init()
        camera.GevSCPSPacketSize.SetValue(9000)
        camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
        camera.ExposureTime.SetValue(1000)
        camera.Height.SetValue(540)
        for name, value in (("ActionDeviceKey", 7), ("ActionGroupKey", 5), ("ActionGroupMask", 3)):
            node(camera, name, PySpin.CIntegerPtr).SetValue(value)
        camera.TriggerSource.SetValue(PySpin.TriggerSource_Action0)
        camera.TriggerMode.SetValue(PySpin.TriggerMode_On)
        camera.BeginAcquisition()

    def image(camera, ms=3000):
        try:
            image = camera.GetNextImage(ms)
        except PySpin.SpinnakerException as error:
            return error.errorcode
        seen = [image.GetFrameID(), image.GetTimeStamp()]
        image.Release()
        return seen

    def act(*words, ms=3000):
        system.SendActionCommand(*words)
        return [image(camera, ms) for camera in cameras]

    def now(camera):
        node(camera, "TimestampLatch", PySpin.CCommandPtr).Execute()
        return node(camera, "TimestampLatchValue", PySpin.CIntegerPtr).GetValue()

    def status(camera):
        return node(camera, "GevIEEE1588Status", PySpin.CEnumerationPtr).GetCurrentEntry().GetSymbolic()

    report = {"at once": act(7, 5, 1), "other key": act(8, 5, 1, ms=300), "other mask": act(7, 5, 4, ms=300)}
    report["no clock"] = act(7, 5, 1, now(cameras[0]) + 10**8, ms=300)
    report["before"] = [status(camera) for camera in cameras]
    for camera in cameras:
        node(camera, "GevIEEE1588", PySpin.CBooleanPtr).SetValue(True)
    deadline = Deadline(10)
    while [status(camera) for camera in cameras] != ["Slave", "Slave"]:
        assert not deadline.passed
    times = [now(cameras[0]) + (5 + number) * 10**8 for number in range(3)]
    for at in times:
        system.SendActionCommand(7, 5, 1, at)
    report["times"] = times
    report["scheduled"] = [[image(camera) for camera in cameras] for _ in times]
    report["late"] = act(7, 5, 1, times[0])
    try:
        system.SendActionCommand(7, 5, 1, 0, 2, [1, 2])
    except PySpin.SpinnakerException as error:
        report["answers"] = error.errorcode
    print(json.dumps(report), flush=True)
    for camera in cameras:
        camera.EndAcquisition()
        camera.DeInit()
    del camera, cameras
    found.Clear()
    system.ReleaseInstance()
"""


@pytest.fixture(scope="module")
def sdk_report(two_devices: WireRig) -> dict[str, Any]:
    for serial in two_devices.serials:
        two_devices.command("restore", serial)
    done = two_devices.run(SDK, *two_devices.serials)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_action_through_the_sdk_exposes_all_that_are_meant(sdk_report: dict[str, Any]) -> None:
    assert [frame[0] for frame in sdk_report["at once"]] == [1, 1]
    assert sdk_report["other key"] == sdk_report["other mask"] == [-1011, -1011]


def test_scheduled_action_needs_the_common_clock(sdk_report: dict[str, Any]) -> None:
    assert sdk_report["no clock"] == [-1011, -1011]
    assert sdk_report["before"] == ["Disabled", "Disabled"]


def test_scheduled_actions_expose_at_their_times(sdk_report: dict[str, Any]) -> None:
    due = [[[2 + n, at + EXPOSURE_NS]] * 2 for n, at in enumerate(sdk_report["times"])]
    assert sdk_report["scheduled"] == due


def test_action_whose_time_has_passed_exposes_at_once(sdk_report: dict[str, Any]) -> None:
    assert [frame[0] for frame in sdk_report["late"]] == [5, 5]
    assert all(frame[1] > sdk_report["times"][-1] for frame in sdk_report["late"])


def test_answers_of_actions_are_refused_through_rotpy(sdk_report: dict[str, Any]) -> None:
    assert sdk_report["answers"] == -1003


@pytest.fixture
def client(wire: WireRig) -> Any:
    """Controls the first device, which follows the common clock."""
    with GvcpClient(FIRST) as client:
        assert client.write(0xA00, 2) == 0
        yield client
        client.write(0xA00, 0)


def follow_clock(client: GvcpClient) -> None:
    assert client.read(0x96C) != SLAVE
    assert client.write(0x954, client.read(0x954) | 1 << 19) == 0
    deadline = Deadline(10)
    while client.read(0x96C) != SLAVE:
        assert not deadline.passed


def camera_now(client: GvcpClient) -> int:
    assert client.write(0x944, 2) == 0
    return client.read(0x948) << 32 | client.read(0x94C)


def action(*, at: int = 0) -> bytes:
    return struct.pack(">III", 7, 5, 1) + (struct.pack(">Q", at) if at else b"")


def set_keys(client: GvcpClient) -> None:
    for address, value in ((0x90C, 7), (0x9800, 5), (0x9804, 3)):
        assert client.write(address, value) == 0


def test_action_is_answered_by_the_one_that_is_meant(client: GvcpClient) -> None:
    set_keys(client)
    with GvcpClient("255.255.255.255", 0.5) as everybody:
        answer = everybody.ask(ACTION, action())
        assert (answer.status, answer.code, answer.sender) == (0, ACTION + 1, FIRST)
        with pytest.raises(TimeoutError):
            everybody.answer()  # the second device has other keys


def test_scheduled_action_without_a_clock_is_refused(client: GvcpClient) -> None:
    set_keys(client)
    answer = client.ask(ACTION, action(at=camera_now(client) + 10**9), SCHEDULED)
    assert answer.status == NO_REF_TIME


def test_registers_show_the_common_clock(client: GvcpClient) -> None:
    follow_clock(client)
    first = camera_now(client)
    assert client.read(0x954) >> 19 & 1
    assert first < camera_now(client) < first + 10**10


def test_scheduled_action_that_is_late_says_so(client: GvcpClient) -> None:
    set_keys(client)
    follow_clock(client)
    assert client.ask(ACTION, action(at=camera_now(client) - 1000), SCHEDULED).status == ACTION_LATE


def test_queue_of_scheduled_actions_overflows(client: GvcpClient) -> None:
    set_keys(client)
    follow_clock(client)
    soon = camera_now(client) + 60 * 10**9
    places = client.read(0x970)
    answers = [client.ask(ACTION, action(at=soon + n), SCHEDULED).status for n in range(places + 1)]
    assert answers == [0] * places + [OVERFLOW]
