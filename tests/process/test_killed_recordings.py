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
from llpyspin.export import export
from llpyspin.recording import Session, check, load, repair
from llpyspin.recording.sidecar import lines_of_file
from tests.process.rig_worlds import wired
from tests.slowly import but_slow

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

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


def kill_while_recording(
    folder: pathlib.Path, *arguments: str, program: str = USER, until: Callable[[], bool] = lambda: True
) -> None:
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
        while (
            not (there := set(folder.glob("*.csv")) - set(folder.glob("*.health.csv")))
            or any(len(lines_of_file(path)) < FRAMES for path in there)
            or not until()
        ):
            assert not deadline.passed
            time.sleep(0.02)
        everybody = [psutil.Process(user.pid), *psutil.Process(user.pid).children(recursive=True)]
        for each in everybody:  # so that none sees another one die
            each.send_signal(signal.SIGSTOP)
        for each in everybody:
            each.kill()
        psutil.wait_procs(everybody, timeout=10)


@pytest.mark.parametrize("codec", but_slow(["h264"], ["raw"]))
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


@pytest.mark.parametrize("suffix", but_slow([".mp4"], [".mov"]))
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


@pytest.mark.slow
def test_health_before_a_kill_of_all_processes_is_kept(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "session"
    kill_while_recording(folder, "raw", until=lambda: len(lines_of(folder / "session.health.csv")) >= 4)
    written = (folder / "session.health.csv").read_bytes()
    with load(folder) as loaded:
        before = loaded.health()
    assert set(before["camera"]) == {"a", "b"}
    assert len(before) >= 4
    assert (before["frames"][-2:] >= before["frames"][:2]).all()
    assert (before["disk_free"] > 0).all()
    assert (before["host_timestamp_ns"][2:] > before["host_timestamp_ns"][:-2]).all()
    assert repair(folder).ok
    report = check(folder)
    assert report.ok, str(report)
    assert (folder / "session.health.csv").read_bytes() == written
    with load(folder) as loaded:
        assert (loaded.health() == before).all()
    export(folder, "csv", out=tmp_path / "tables")
    assert (tmp_path / "tables" / "health.csv").read_bytes() == written


@pytest.mark.slow
def test_health_of_one_camera_before_a_kill_is_kept(tmp_path: pathlib.Path) -> None:
    video, health = tmp_path / "a.mkv", tmp_path / "a.health.csv"
    kill_while_recording(tmp_path, str(video), program=SINGLE, until=lambda: len(lines_of(health)) >= 2)
    with load(video) as loaded:
        before = loaded.health()
    assert len(before) >= 2
    assert set(before["frames"] > 0) == {True}
    report = repair(video)
    assert report.ok, str(report)
    with load(video) as loaded:
        assert list(loaded.health()["frames"]) == list(before["frames"])


def lines_of(health: pathlib.Path) -> list[str]:
    """Whole lines of samples so far."""
    return health.read_text().split("\n")[1:-1] if health.exists() else []
