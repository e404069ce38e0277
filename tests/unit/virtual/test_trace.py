"""``python -m llpyspin.virtual --trace`` prints each call into PySpin, and changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import types
import uuid
from typing import Any

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


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    cameras = [{"serial": "1001", "model": "BFS-U3-16S2M"}]
    config = json.dumps({"cameras": cameras, "world": uuid.uuid4().hex[:12]})
    return subprocess.run(
        [sys.executable, "-m", "llpyspin.virtual", *arguments],
        env={**os.environ, "LLPYSPIN_VIRTUAL": config},
        input=given,
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
    assert re.match(r"# llpyspin \S+, llpyspin\.virtual, Python 3\.\S+ on .*: .*program\.py$", lines.pop(0))
    assert all(re.match(r"\d\d:\d\d:\d\d\.\d{6} +\d+\.\d{3} ms  \w+  ", line) for line in lines)
    calls = [line.split("  ")[-1] for line in lines]
    assert calls[0] == "System.GetInstance() -> <SystemPtr>"
    assert "ExposureTime.SetValue(500.0) -> None" in calls
    assert any(c.startswith("ExposureTime.SetValue(-1.0) !! SpinnakerException: Spinnaker:") for c in calls)
    assert "IsWritable(<CFloatPtr Gain>) -> False" in calls
    assert "CameraPtr 1001.GetNextImage(5000) -> <ImagePtr>" in calls
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


def test_calls_within_a_callback_of_the_program_are_printed():
    module = types.ModuleType("shape")

    class Node:
        def set(self, told: Any) -> None:
            told(self)

        def get(self) -> int:
            return 3

    Node.__module__ = "shape"
    module.Node = Node  # type: ignore[attr-defined]
    lines: list[str] = []
    trace(module, lines.append)
    Node().set(lambda node: node.get())
    calls = [line.split("  ")[-1].rstrip() for line in lines]
    assert calls[0] == "Node.get() -> 3"
    assert re.fullmatch(r"Node\.set\(<function.*\) -> None", calls[1])


def test_call_that_does_not_return_is_told():
    module = types.ModuleType("shape")
    module.wait = lambda event: event.wait(30)  # type: ignore[attr-defined]
    told, event = threading.Event(), threading.Event()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        told.set()

    trace(module, say, long_s=0.05)
    thread = threading.Thread(target=module.wait, args=[event], name="waiter")
    thread.start()
    assert told.wait(20)
    event.set()
    thread.join()
    assert re.fullmatch(r"# waiter  wait\(<Event>\) has not returned for 0\.05 s\n", lines[0])
    assert lines[-1].endswith("wait(<Event>) -> True\n")


def written(path: Any, text: str) -> str:
    path.write_text(textwrap.dedent(text))
    return str(path)


LONELY = """
    import PySpin

    def work():
        system = PySpin.System.GetInstance()
        cameras = system.GetCameras()
        cam = cameras.GetBySerial("1001")
        cam.Init()
        cam.DeInit()
        del cam
        cameras.Clear()
        system.ReleaseInstance()

    work()
"""


def test_traced_calls_keep_nothing(tmp_path):
    done = run("--trace", written(tmp_path / "program.py", LONELY))
    assert done.returncode == 0, done.stderr


STANDING = """
    import atexit, os, sys, threading

    VALUE = 7

    def bye():
        print(VALUE, vars(sys.modules["__main__"]) is globals())

    def late():
        threading.main_thread().join()
        print(vars(sys.modules["__main__"]) is globals())

    atexit.register(bye)
    threading.Thread(target=late).start()
    print(sys.argv[1:], sys.stdin.read(), os.path.isabs(__file__), __spec__)
    raise SystemExit(5)
"""


@pytest.mark.parametrize("options", [(), ("--trace",)])
def test_module_of_the_script_stays_main_to_the_end(options, tmp_path):
    script = written(tmp_path / "program.py", STANDING)
    untraced = subprocess.run(
        [sys.executable, script, "a", "-b"],
        input="text",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    done = run(*options, script, "a", "-b", given="text")
    assert (done.returncode, done.stdout) == (untraced.returncode, untraced.stdout)
    assert done.stdout.splitlines() == ["['a', '-b'] text True None", "True", "7 True"]


def test_uncaught_error_shows_nothing_but_the_script(tmp_path):
    script = written(tmp_path / "program.py", "def f():\n    raise ValueError('too bad')\nf()\n")
    done = run(script)
    assert done.returncode == 1
    assert done.stderr.splitlines()[:2] == [
        "Traceback (most recent call last):",
        f'  File "{script}", line 3, in <module>',
    ]
    assert done.stderr.splitlines()[-1] == "ValueError: too bad"


CHILDREN = """
    import multiprocessing, subprocess, sys
    import PySpin

    def count(queue):
        from PySpin.PySpin import RW
        system = PySpin.System.GetInstance()
        cameras = system.GetCameras()
        queue.put((RW, [cam.GetUniqueID() for cam in cameras]))
        cameras.Clear()

    if __name__ == "__main__":
        context = multiprocessing.get_context("spawn")
        queue = context.Queue()
        child = context.Process(target=count, args=[queue])
        child.start()
        print(queue.get(timeout=50))
        child.join()
        print(child.exitcode)
        run = subprocess.run([sys.executable, "-c", "import PySpin; print(PySpin.RW)"], check=True)
"""


def test_processes_of_the_program_have_virtual_cameras_too(tmp_path):
    done = run("--trace", written(tmp_path / "program.py", CHILDREN))
    assert done.stdout.splitlines() == ["(4, ['1001'])", "0", "4"], done.stderr
    assert re.search(r"  SpawnProcess-1/MainThread  CameraPtr 1001\.GetUniqueID\(\) -> '1001'\n", done.stderr)
