"""The device over virtual cameras."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual
from llpyspin.device import Device, list_cameras
from llpyspin.errors import CameraInUseError, CameraLostError, CameraNotFoundError, SettingError, SettingRangeError
from llpyspin.frames import FrameFlags, FrameReader, FrameWriter
from llpyspin.virtual import fault
from tests.device_contract import DeviceContract
from tests.process.conftest import make_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

MODELS = ["BFS-U3-16S2M", "BFS-PGE-16S2M", "BFS-U3-04S2M", "BFS-U3-51S5M"]


@pytest.fixture(scope="class", params=MODELS)
def opened(request: pytest.FixtureRequest) -> Iterator[Device]:
    config = {"world": uuid.uuid4().hex[:12], "cameras": [{"serial": "20000001", "model": request.param}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
        with Device(llpyspin.virtual, 0) as device:
            yield device


class TestVirtualCameras(DeviceContract):
    pass
