"""Recordings of which every process was killed at once: what is on disk, and what ``repair`` makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.recording import Session, check, load, repair
from llpyspin.recording.sidecar import lines_of_file
from tests.process.rig_worlds import wired

if TYPE_CHECKING:
    import pathlib

USER = """
import sys, time
from tests.process.rig_worlds import make_rig
with make_rig(2) as rig:
    rig.prime(sys.argv[1], codec=sys.argv[2])
    rig.trigger()
    print("recording", flush=True)
    time.sleep(100)
"""
SINGLE = """
import sys, time
from llpyspin.primary import PrimaryCamera
with PrimaryCamera(0, framerate=100, exposure=800, roi=(0, 0, 270, 360), sdk="virtual") as camera:
    camera.prime(sys.argv[1])
    camera.trigger()
    print("recording", flush=True)
    time.sleep(100)
"""
FRAMES = 60


def kill_while_recording(folder: pathlib.Path, *arguments: str, program: str = USER) -> None:
    """Have a program record, and kill it, its camera processes and its writers once enough is on disk."""
    environment = {**os.environ, "LLPYSPIN_VIRTUAL": wired(2)}
    with subprocess.Popen(
        [sys.executable, "-c", program, *(arguments if program == SINGLE else (str(folder), *arguments))],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "recording\n"
        deadline = Deadline(40)
        while not (there := set(folder.glob("*.csv")) - set(folder.glob("*.health.csv"))) or any(
            len(lines_of_file(path)) < FRAMES for path in there
        ):
            assert not deadline.passed
            time.sleep(0.02)
        everybody = [psutil.Process(user.pid), *psutil.Process(user.pid).children(recursive=True)]
        for each in everybody:  # so that none sees another one die
            each.send_signal(signal.SIGSTOP)
        for each in everybody:
            each.kill()
        psutil.wait_procs(everybody, timeout=10)


@pytest.mark.parametrize("codec", ["h264", "raw"])
def test_recording_up_to_a_kill_of_all_processes_can_be_repaired(tmp_path: pathlib.Path, codec: str) -> None:
    folder = tmp_path / "session"
    kill_while_recording(folder, codec)
    before = check(folder)
    assert before.findings[0].startswith("it was killed while it was recorded")
    assert all(count >= FRAMES for count in before.pictures.values())
    on_disk = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert repair(folder, dry_run=True).done
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == on_disk
    report = repair(folder)
    assert report.ok, str(report)
    after = check(folder)
    assert after.ok, str(after)
    assert after.pictures == before.pictures
    assert after.compared == sum(camera.written for camera in after.account.cameras)
    with load(folder) as loaded:
        assert {len(camera.columns) for camera in loaded.values()} == {
            Session.read(folder / "session.json").triggers
        }
    assert repair(folder).done == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_killed_recording_of_one_camera_in_fragments_is_repaired(
    tmp_path: pathlib.Path, suffix: str
) -> None:
    video = tmp_path / f"a{suffix}"
    kill_while_recording(tmp_path, str(video), program=SINGLE)
    before = check(video)
    assert before.pictures[video.name] >= FRAMES
    report = repair(video)
    assert report.ok, str(report)
    after = check(video)
    assert after.ok, str(after)
    assert after.pictures == before.pictures
    assert after.compared >= FRAMES
    assert repair(video).done == ()
