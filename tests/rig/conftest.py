"""Fixtures for tests through the vendor's SDK: see README.md."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import sdk
from llpyspin.deadlines import Deadline
from tests.rig.rig import Rig, WireRig, why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def rig_or_reason(request: pytest.FixtureRequest) -> None:
    """Skip, or with --require-rig fail, where no rig can be had."""
    reason = why_not()
    if not reason:
        return
    if request.config.getoption("--require-rig"):
        pytest.fail(f"no rig: {reason}", pytrace=False)
    pytest.skip(f"no rig: {reason}")


@pytest.fixture(scope="session")
def make_rig(rig_or_reason: None) -> Iterator[Callable[..., Rig]]:
    """``make_rig(cameras=2, **options)``: a rig of this kind, started once per session."""
    rigs: dict[Any, Rig] = {}

    def make(cameras: int = 2, **options: object) -> Rig:
        key = cameras, tuple(sorted(options.items()))
        if key not in rigs:
            rigs[key] = Rig(cameras, **options)
        return rigs[key]

    yield make
    for each in rigs.values():
        each.stop()


@pytest.fixture(scope="session")
def two_cameras(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig(2)


@pytest.fixture
def rig(two_cameras: Rig) -> Iterator[Rig]:
    """Two cameras, Line1 of each wired to Line3 of the other; the test runs inside of their network."""
    with two_cameras.inside():
        yield two_cameras
        for serial in two_cameras.serials:
            two_cameras.command("restore", serial)


@pytest.fixture(scope="session")
def spinnaker(two_cameras: Rig) -> Iterator[Any]:
    """The real SDK in this process, through rotpy, with PySpin's shape; started once, for it takes 5 s."""
    PySpin = sdk.load("rotpy")
    from llpyspin.sdk.rotpy._system import shut_down

    with two_cameras.inside():  # the SDK's own threads stay in there
        PySpin.System.GetInstance()
    yield PySpin
    with two_cameras.inside():
        shut_down()  # and not ReleaseInstance: the report of a failed test holds cameras


@pytest.fixture(scope="session")
def two_devices(rig_or_reason: None) -> Iterator[WireRig]:
    """Two of our own test devices (``tests.rig.wire``), Line1 of each wired to Line3 of the other."""
    bench = WireRig(2)
    yield bench
    bench.stop()


@pytest.fixture
def wire(two_devices: WireRig) -> Iterator[WireRig]:
    """The two test devices in their factory state; the test runs inside of their network."""
    for serial in two_devices.serials:
        two_devices.command("restore", serial)
    with two_devices.inside():
        yield two_devices


@pytest.fixture(scope="module")
def open_camera(two_cameras: Rig, spinnaker: Any) -> Iterator[Any]:
    """The second camera, initialised once for a module, for that takes 2 s."""
    with two_cameras.inside():
        system = spinnaker.System.GetInstance()
        camera = system.GetCameras().GetBySerial(two_cameras.serials[1])
        camera.Init()
    yield weakref.proxy(camera)  # pytest keeps what fixtures give, and the SDK cannot end while it is kept
    with two_cameras.inside():
        camera.DeInit()
        del camera
        system.ReleaseInstance()


@pytest.fixture
def camera(rig: Rig, spinnaker: Any, open_camera: Any) -> Iterator[Any]:
    """The second camera of the rig in this process, to run freely at 30 Hz; the first is left to others."""
    camera = open_camera
    if not camera.IsInitialized():
        camera.Init()
    camera.UserSetLoad.Execute()
    deadline = Deadline(5)
    while not camera.UserSetLoad.IsDone():
        assert not deadline.passed
        time.sleep(0.005)
    camera.GetNodeMap().InvalidateNodes()
    camera.ExposureAuto.SetValue(spinnaker.ExposureAuto_Off)
    camera.GainAuto.SetValue(spinnaker.GainAuto_Off)
    camera.ExposureTime.SetValue(5000)
    camera.AcquisitionFrameRateEnable.SetValue(True)
    camera.AcquisitionFrameRate.SetValue(30)
    camera.GevSCPSPacketSize.SetValue(9000)
    yield camera
    if camera.IsStreaming():
        camera.EndAcquisition()
    camera.SetBufferOwnership(spinnaker.SPINNAKER_BUFFER_OWNERSHIP_SYSTEM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/rig/" in str(item.path):
            item.add_marker(pytest.mark.rig)
            item.add_marker(pytest.mark.timeout(300))
