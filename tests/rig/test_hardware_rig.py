"""What the vendor's SDK itself says to the faults that virtual cameras show on request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llpyspin.device.sdkcall import AGAIN_S
from llpyspin.virtual.fault_kinds import LOST_TEXTS
from tests.rig.rig import wait_for_line

if TYPE_CHECKING:
    from tests.rig.rig import Rig

REGISTERS = (
    "Error writing to device [SN:",
    "Error reading from device [SN:",
    "Invalid user buffer parameters.",
)


@pytest.mark.parametrize("text", [*(text for text, _ in LOST_TEXTS.values()), *REGISTERS])
def test_the_sdk_has_the_texts_that_virtual_cameras_give(two_cameras: Rig, text: str) -> None:
    import rotpy

    del two_cameras  # skips where there is no SDK
    libraries = Path(rotpy.__file__).parent.parent.glob("rotpy.libs/libSpinnaker-*.so*")
    assert any(text.encode() in library.read_bytes() for library in libraries)


REFUSED = """
import logging, sys
from llpyspin import sdk
from llpyspin.deadlines import Deadline
from llpyspin.device import Device
from llpyspin.frames import FrameWriter
from llpyspin.sdk.rotpy._camera import CameraPtr
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
whole = CameraPtr.SetUserBuffers
CameraPtr.SetUserBuffers = lambda self, memory, *size: whole(self, memory[:1000])
with Device(sdk.load("rotpy"), sys.argv[1]) as device, FrameWriter() as writer:
    device.start(writer)
    deadline = Deadline(20)
    while not device.counters.delivered:
        assert not deadline.passed
        device.pump(1.0)
    print("copied" if not device.zero_copy else "lent")
    device.stop()
"""

FROZEN = """
import sys, time
from llpyspin import sdk
from llpyspin.device import Device
from llpyspin.errors import LlpyspinError
device = Device(sdk.load("rotpy"), sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
began = time.monotonic()
try:
    device.set("exposure", 1234.0)
except LlpyspinError as error:
    print(type(error).__name__, round(time.monotonic() - began, 1), error, flush=True)
else:
    print("set", flush=True)
device.close()
print("end", flush=True)
"""


@pytest.mark.slow
def test_refused_buffer_memory_is_replaced_by_that_of_the_sdk(rig: Rig) -> None:
    done = rig.run(REFUSED, rig.serials[1])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "copied"
    assert "Invalid user buffer parameters" in done.stdout


@pytest.mark.slow
def test_a_register_that_cannot_be_written_is_a_lost_camera_in_time(rig: Rig) -> None:
    user = rig.popen(FROZEN, rig.serials[1])
    try:
        wait_for_line(user, "open", 60)
        rig.command("freeze", rig.serials[1])
        said, errors = user.communicate("go on\n", timeout=60)
    finally:
        user.kill()
        user.communicate()
        rig.command("thaw", rig.serials[1])
    first, *_, last = said.splitlines()
    name, seconds, *_ = first.split()
    assert (name, last, user.returncode) == ("CameraLostError", "end", 0), errors
    assert float(seconds) < 4 * AGAIN_S
