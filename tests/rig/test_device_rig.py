"""The device through the vendor's own SDK, with virtual GigE cameras on a virtual wire."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.device import Device, list_cameras
from llpyspin.errors import CameraInUseError, CameraLostError, CameraNotFoundError
from llpyspin.frames import FrameFlags, FrameReader, FrameWriter
from llpyspin.virtual import read_stamp
from tests.device_contract import START_S, DeviceContract
from tests.rig.rig import wait_for_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.rig import Rig

HOLD = """
import sys, time
from llpyspin import sdk
from llpyspin.device import Device
device = Device(sdk.load("rotpy"), sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
device.close()
"""


@pytest.fixture(scope="class")
def opened(two_cameras: Rig, spinnaker: Any) -> Iterator[Device]:
    with two_cameras.inside(), Device(spinnaker, two_cameras.serials[0]) as device:
        yield device


class TestThroughTheVendorsSdk(DeviceContract):
    pass
