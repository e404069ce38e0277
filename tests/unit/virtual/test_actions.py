"""What cameras answer to action commands, and where the answers are written."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual as PySpin
from llpyspin.deadlines import Deadline
from tests.unit.virtual_cameras import close_all, world

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = PySpin.SPINNAKER_ACTION_COMMAND_STATUS_OK
NO_REF_TIME = PySpin.SPINNAKER_ACTION_COMMAND_STATUS_NO_REF_TIME
LATE = PySpin.SPINNAKER_ACTION_COMMAND_STATUS_ACTION_LATE
OVERFLOW = PySpin.SPINNAKER_ACTION_COMMAND_STATUS_OVERFLOW
KEYS = (7, 1, 1)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with world(monkeypatch, "BFS-PGE-16S2M", "BFS-PGE-16S2M", "BFS-U3-16S2M") as system:
        yield system


@pytest.fixture
def cameras(system: Any) -> Iterator[Any]:
    """Two GigE cameras that wait for actions."""
    found = system.GetCameras()
    opened = [found[0], found[1]]
    found.Clear()
    for camera in opened:
        camera.Init()
        camera.ActionDeviceKey.SetValue(7)
        camera.ActionGroupKey.SetValue(1)
        camera.ActionGroupMask.SetValue(1)
    yield opened
    close_all(opened)


def results(count: int) -> list[Any]:
    return [PySpin.ActionCommandResult() for _ in range(count)]


def send(system: Any, *words: int, places: int = 2) -> list[tuple[int, int]]:
    """Send an action command; the answers."""
    size, into = ctypes.c_uint(places), results(places)
    system.SendActionCommand(*words, size, into)
    return [(each.DeviceAddress, each.Status) for each in into[: size.value]]


def synchronise(camera: Any) -> int:
    """Follow the common clock; what it shows now."""
    camera.GevIEEE1588.SetValue(True)
    deadline = Deadline(5)
    while camera.GevIEEE1588Status.ToString() != "Slave":
        assert not deadline.passed
        time.sleep(0.01)
    camera.TimestampLatch.Execute()
    return int(camera.TimestampLatchValue.GetValue())


def test_each_camera_that_is_meant_answers(system: Any, cameras: list[Any]) -> None:
    addresses = {camera.GevCurrentIPAddress.GetValue() for camera in cameras}
    assert len(addresses) == 2
    answers = send(system, *KEYS, 0)
    assert {address for address, _ in answers} == addresses
    assert {status for _, status in answers} == {OK}


def test_camera_with_another_key_does_not_answer(system: Any, cameras: list[Any]) -> None:
    cameras[1].ActionDeviceKey.SetValue(8)
    assert send(system, *KEYS, 0) == [(cameras[0].GevCurrentIPAddress.GetValue(), OK)]


def test_place_without_an_answer_stays_as_it_was(system: Any, cameras: list[Any]) -> None:
    cameras[1].ActionGroupMask.SetValue(2)
    size, into = ctypes.c_uint(2), results(2)
    into[1].Status = 99
    system.SendActionCommand(*KEYS, 0, size, into)
    assert size.value == 1
    assert (into[0].Status, into[1].Status) == (OK, 99)


def test_answer_without_a_place_is_left_out(system: Any, cameras: list[Any]) -> None:
    size, one = ctypes.c_uint(1), PySpin.ActionCommandResult()
    system.SendActionCommand(*KEYS, 0, size, one)
    assert size.value == 1
    assert one.DeviceAddress in {camera.GevCurrentIPAddress.GetValue() for camera in cameras}


def test_results_are_ignored_without_their_number(system: Any, cameras: list[Any]) -> None:
    into = results(2)
    into[0].Status = 99
    system.SendActionCommand(*KEYS, 0, None, into)
    size = ctypes.c_uint(0)
    system.SendActionCommand(*KEYS, 0, size, into)
    assert (size.value, into[0].Status) == (0, 99)


def test_action_for_a_time_without_a_common_clock_is_refused(system: Any, cameras: list[Any]) -> None:
    cameras[1].ActionDeviceKey.SetValue(8)
    for at in (1, 1 << 62):
        assert [status for _, status in send(system, *KEYS, at)] == [NO_REF_TIME]


def test_action_for_a_time_is_placed_or_late_or_one_too_many(system: Any, cameras: list[Any]) -> None:
    camera = cameras[0]
    cameras[1].ActionDeviceKey.SetValue(8)
    now = synchronise(camera)
    places = camera.ActionQueueSize.GetValue()
    far = now + 600_000_000_000
    assert [status for _, status in send(system, *KEYS, now - 1000)] == [LATE]
    for number in range(places):
        assert [status for _, status in send(system, *KEYS, far + number)] == [OK]
    assert [status for _, status in send(system, *KEYS, far + places)] == [OVERFLOW]


def test_interface_passes_answers_on(system: Any, cameras: list[Any]) -> None:
    interfaces = system.GetInterfaces()
    gige = next(each for each in interfaces if each.GetCameras().GetSize() == 2)
    size, into = ctypes.c_uint(2), results(2)
    gige.SendActionCommand(*KEYS, 0, size, into)
    assert size.value == 2
    gige._point(None)
    interfaces.Clear()


def test_wrong_kinds_of_results_are_refused_as_by_the_wrapper(system: Any) -> None:
    with pytest.raises(TypeError, match=r"argument 6 of type 'unsigned int \*'"):
        system.SendActionCommand(*KEYS, 0, 2)
    for wrong in ([1], "results", 7):
        with pytest.raises(TypeError, match=r"argument 7 of type"):
            system.SendActionCommand(*KEYS, 0, ctypes.c_uint(1), wrong)


def test_more_results_than_places_are_refused(system: Any) -> None:
    with pytest.raises(PySpin.SpinnakerException, match=r"2 results are expected.*room for 1.*\[-1009\]"):
        system.SendActionCommand(*KEYS, 0, ctypes.c_uint(2), results(1))
