"""``python -m llpyspin.virtual --trace`` prints each call into PySpin, and changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
import uuid

import pytest

from llpyspin.virtual.trace import trace

PROGRAM = """
import PySpin

class Images(PySpin.ImageEventHandler):
    def OnImageEvent(self, image):
        pass

system = PySpin.System.GetInstance()
cameras = system.GetCameras()
cam = cameras[0]
cam.Init()
cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
cam.ExposureTime.SetValue(500.0)
node = PySpin.CFloatPtr(cam.GetNodeMap().GetNode("Gain"))
print(PySpin.IsWritable(node), node.GetMin())
try:
    cam.ExposureTime.SetValue(-1.0)
except PySpin.SpinnakerException as error:
    print(error.errorcode)
cam.BeginAcquisition()
image = cam.GetNextImage(5000)
print(image.GetNDArray().shape)
image.Release()
cam.EndAcquisition()
cam.DeInit()
del cam, node, image
cameras.Clear()
system.ReleaseInstance()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    cameras = [{"serial": "1001", "model": "BFS-U3-16S2M"}]
    config = json.dumps({"cameras": cameras, "world": uuid.uuid4().hex[:12]})
    return subprocess.run(
        [sys.executable, "-m", "llpyspin.virtual", *arguments],
        env={**os.environ, "LLPYSPIN_VIRTUAL": config},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_trace_prints_calls_with_arguments_results_and_times(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    done = run("--trace", str(script))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["False 0.0", "-2002", "(1080, 1440)"]
    lines = done.stderr.splitlines()
    assert all(re.match(r" *\d+\.\d{3} ms  \w+  ", line) for line in lines)
    calls = [line.split("  ")[-1] for line in lines]
    assert calls[0] == "System.GetInstance() -> <SystemPtr>"
    assert "ExposureTime.SetValue(500.0) -> None" in calls
    assert any(c.startswith("ExposureTime.SetValue(-1.0) !! SpinnakerException: Spinnaker:") for c in calls)
    assert "IsWritable(<CFloatPtr Gain>) -> False" in calls
    assert "CameraPtr.GetNextImage(5000) -> <ImagePtr>" in calls
    assert "ImagePtr.GetNDArray() -> <array (1080, 1440) uint8>" in calls
    assert calls[-1] == "SystemPtr.ReleaseInstance() -> None"


def test_trace_works_on_another_module_of_the_shape(tmp_path):
    (tmp_path / "shape_of_pyspin.py").write_text("def IsReadable(node):\n    return node == 3\n")
    script = tmp_path / "program.py"
    script.write_text("import PySpin\nprint(PySpin.IsReadable(3))\n")
    done = subprocess.run(
        [sys.executable, "-m", "llpyspin.virtual", "--trace", "--module", "shape_of_pyspin", str(script)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "True\n"
    assert done.stderr.rstrip().endswith("IsReadable(3) -> True")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--module",), "needs the name"), (("--module", "no_such_module", __file__), "cannot be imported")],
)
def test_wrong_options_are_refused(arguments, says):
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_only_the_outermost_call_is_printed():
    module = types.ModuleType("shape")

    class Thing:
        @staticmethod
        def make():
            return Thing()

        def outer(self, value):
            return self.inner(value) + 1

        def inner(self, value):
            if value < 0:
                raise ValueError("below 0")
            return value

    module.Thing = Thing  # type: ignore[attr-defined]
    lines: list[str] = []
    trace(module, lines.append)
    trace(module, lines.append)  # once is enough
    assert Thing.make().outer(value=3) == 4
    with pytest.raises(ValueError, match="below 0"):
        Thing().inner(-1)
    calls = [line.split("  ")[-1].rstrip() for line in lines]
    assert calls == [
        "Thing.make() -> <Thing>",
        "Thing.outer(value=3) -> 4",
        "Thing.inner(-1) !! ValueError: below 0",
    ]
