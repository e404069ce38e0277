"""Libraries change nothing of the process that uses them but what this package takes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import pytest

from llpyspin.recording.sinks.encoders import ENCODERS
from llpyspin.system.priorities import begin_normally, never_raised
from tests.host_state import raised_threads

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may raise priorities")

MEASURED = """
import json, sys
from tests.host_state import changes, host_state
before = host_state()
{work}
print(json.dumps(changes(before, host_state())))
"""
LIBRARIES = {
    "numpy": "import numpy; numpy.linalg.inv(numpy.eye(200) * 3)",
    "opencv": "from llpyspin.extras import opencv; import numpy; "
    "opencv('x').GaussianBlur(numpy.zeros((800, 800), 'uint8'), (9, 9), 0)",
    "pyav": "from llpyspin.extras import library; library('av', 'x')",
    "hdf5": "from llpyspin.extras import library; library('h5py', 'x')",
    "tiff": "from llpyspin.extras import library; library('tifffile', 'x'); library('imagecodecs', 'x')",
    "genicam": "from llpyspin.virtual._libpython import import_genapi; import_genapi()",
    "virtual cameras": "import llpyspin.virtual as s; x = s.System.GetInstance(); x.ReleaseInstance()",
    "rotpy": "import rotpy.system; x = rotpy.system.SpinSystem(); x.get_library_version()",
    "uvloop": "import asyncio, uvloop; loop = uvloop.new_event_loop(); "
    "loop.run_until_complete(asyncio.sleep(0.01)); loop.close()",
    "rich and yaml": "import rich.live, yaml; yaml.safe_load('a: 1.5')",
}
WRITTEN = """
import numpy, tempfile
from pathlib import Path
from llpyspin.errors import LlpyspinError
from llpyspin.recording.sinks import Picture, choose, open_sink
picture = Picture(64, 64)
states = []
try:
    choice = choose({codec!r}, picture)
except LlpyspinError as error:
    assert not changes(before, host_state()), "trying it has changed this"
    sys.exit(f"cannot: {{error}}")
with tempfile.TemporaryDirectory() as folder:
    sink = open_sink(Path(folder, "a" + choice.suffix), picture, choice)
    states.append(changes(before, host_state()))
    for value in range(9):
        sink.write(numpy.full((64, 64), value, numpy.uint8))
    states.append(changes(before, host_state()))
    sink.close()
assert not any(states), states
"""


def measured(work: str) -> dict[str, Any]:
    """What some work changes in a process of its own."""
    child = subprocess.run(
        [sys.executable, "-c", MEASURED.format(work=work)], capture_output=True, text=True, check=False
    )
    if "No module named" in child.stderr or child.stderr.startswith("cannot: "):
        pytest.skip(child.stderr.splitlines()[-1][:200])
    assert child.returncode == 0, child.stderr
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_leave_the_process_as_it_was(name: str) -> None:
    found = measured(LIBRARIES[name])
    if name == "rotpy" and "environment" in found:  # where its SDK lies, which the SDK reads when it starts
        before, after = (set(entries) for entries in found.pop("environment"))
        changed = {entry.split("=")[0] for entry in before ^ after}
        assert changed <= {"PATH", "GENICAM_GENTL64_PATH", "FLIR_GENTL64_CTI"}
    assert found == {}


@pytest.mark.parametrize("codec", [*ENCODERS, "opencv", "hdf5", "tiff", "raw"])
def test_encoders_leave_the_process_as_it_was(codec: str) -> None:
    assert measured(WRITTEN.format(codec=codec)) == {}


@root
def test_svt_av1_by_itself_is_why_priorities_are_watched() -> None:
    pytest.importorskip("av")
    bare = "import av; c = av.CodecContext.create('libsvtav1', 'w'); c.width = c.height = 64; "
    bare += "c.pix_fmt = 'yuv420p'; c.framerate = 30; c.open()"
    found = measured(bare)
    if not found:
        pytest.skip("this build of SVT-AV1 leaves priorities alone")
    assert found["raised"][1]


@root
def test_a_raised_caller_and_new_threads_are_lowered_again() -> None:
    over, started = threading.Event(), threading.Event()

    def work() -> None:
        with never_raised():
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            thread = threading.Thread(target=lambda: (started.set(), over.wait(10)))
            thread.start()
            assert started.wait(10)
        found.extend(raised_threads())
        over.set()
        thread.join(10)

    found: list[str] = []
    caller = threading.Thread(target=work)
    caller.start()
    caller.join(20)
    assert not caller.is_alive()
    assert found == []


@root
def test_a_caller_that_was_real_time_before_stays_so() -> None:
    def work() -> None:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        with never_raised():
            pass
        policies.append(os.sched_getscheduler(0))
        begin_normally()
        policies.append(os.sched_getscheduler(0))

    policies: list[int] = []
    caller = threading.Thread(target=work)
    caller.start()
    caller.join(10)
    assert policies == [os.SCHED_RR, os.SCHED_OTHER]


def test_a_thread_that_a_library_runs_lower_is_left_alone() -> None:
    def work() -> None:
        with never_raised():
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 7)
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    nice: list[int] = []
    caller = threading.Thread(target=work)
    caller.start()
    caller.join(10)
    assert nice == [7]
