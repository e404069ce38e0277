"""Every kind of process of ours stays as it was begun: priorities, locale, arithmetic, environment."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.slowly import but_slow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.process.conftest import World

MONO = "BFS-U3-16S2M"

OBSERVER = """
import json, os, signal, sys
if len(sys.argv) > 1 and os.environ.get("STATES"):
    from tests.host_state import changes, host_state
    before = host_state()
    def look(*_):
        after = host_state()
        path = os.path.join(os.environ["STATES"], str(os.getpid()))
        with open(path + ".draft", "w") as file:
            json.dump([" ".join(sys.argv)[-4000:].splitlines()[-1], changes(before, after), after], file)
        os.rename(path + ".draft", path)
    signal.signal(signal.SIGUSR2, look)
    before["handled_signals"] = None  # each process says for itself what it does at Ctrl-C
"""
PROGRAM = """
import json, os, signal, time
import psutil
from llpyspin.deadlines import Deadline
from llpyspin.primary import PrimaryCamera
from llpyspin.stereo import StereoCamera

if os.geteuid() == 0:  # as SVT-AV1 leaves a program of the user's that has encoded with it
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

def same(buffer):
    return buffer[-1]

def mean(image):
    return float(image.mean())

def looked_at():
    children = psutil.Process().children(recursive=True)
    for child in children:
        child.send_signal(signal.SIGUSR2)
    deadline = Deadline(20)
    while not all(os.path.exists(os.path.join(os.environ["STATES"], str(each.pid))) for each in children):
        assert not deadline.passed, children
        time.sleep(0.02)
    return [json.load(open(os.path.join(os.environ["STATES"], str(each.pid)))) for each in children]

found = []
small = (0, 0, 64, 64)
with PrimaryCamera(0, sdk="virtual", framerate=50, exposure=1000, roi=small) as cam:
    cam.process(same, every=True, record="returned", where="writer")
    cam.prime("a.mkv", codec=CODEC)
    cam.trigger()
    results = cam.map(mean, workers=1)
    next(results)
    found += looked_at()
    results.close()
    cam.stop()
with StereoCamera(1, 2, sdk="virtual", framerate=50, exposure=1000, roi=small, primed=False) as cam:
    cam.prime("b.mkv", codec=CODEC)
    cam.trigger()
    assert cam.read()[0]
    found += looked_at()
    cam.stop()
print(json.dumps(found))
"""


@pytest.mark.parametrize("codec", but_slow(["opencv"], ["av1"]))
def test_every_kind_of_process_stays_as_it_was(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, codec: str
) -> None:
    world = worlds(MONO, MONO, MONO)
    world.config["wires"] = [f"{world.serials[1]}:Line1 -> {world.serials[2]}:Line3"]
    (tmp_path / "sitecustomize.py").write_text(OBSERVER)
    monkeypatch.setenv("STATES", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.getcwd()]))
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("CODEC", repr(codec)))
    done = world.python(program, cwd=tmp_path, timeout=100)
    assert done.returncode == 0, done.stderr
    found: list[list[Any]] = json.loads(done.stdout.splitlines()[-1])
    kinds = {kind for kind, _, _ in found}
    assert len(found) >= 7, kinds
    for kind, changed, after in found:
        changed.pop("handled_signals")
        if os.geteuid() == 0:
            assert changed.pop("policy", None) == [os.SCHED_FIFO, os.SCHED_OTHER], kind
            changed.pop("raised")
            changed.pop("timer_slack_ns", None)  # 0 while it was real-time
        assert after["raised"] == [], kind
        assert changed == {}, kind
