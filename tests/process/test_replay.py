"""Yesterday's recording as today's cameras: recorded, replayed and recorded again."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.recording import check, load
from llpyspin.rig import Rig
from llpyspin.streaming import VideoStream
from llpyspin.virtual import read_stamp
from tests.process.rig_worlds import FAST, make_rig, proven, wired
from tests.unit.recordings import SERIALS, record

if TYPE_CHECKING:
    import pathlib

FIRST, SECOND = "20000001", "20000002"
SHARED = 25
"""Triggers that both recordings have at least."""


@pytest.fixture
def session(tmp_path: pathlib.Path) -> pathlib.Path:
    """A session of two cameras in step, the second of which has lost frames and missed triggers."""
    folder = tmp_path / "mouse"
    world = json.loads(wired(2))
    world["faults"] = [
        {"serial": SECOND, "kind": "lose", "at": [3, 9, 10]},
        {"serial": SECOND, "kind": "miss", "at": [15]},
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world))
        with make_rig(framerate=100) as rig:
            proven(rig.record(0.6, folder, **FAST), folder)
    return folder


def comparable(row: Any) -> tuple[str, ...]:
    """What of a row must come back: where it was lost, and its exposure."""
    return tuple(
        str(row[name]) for name in ("trigger", "state", "where", "frame_id", "exposure_us", "gain_db")
    )


@pytest.mark.parametrize("pace", ["recorded", "read"])
def test_recording_of_a_replay_has_the_same_frames_losses_and_intervals(
    pace: str, session: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps({"replay": {"path": str(session), "pace": pace}}))
    folder = tmp_path / "again"
    with Rig({"a": FIRST, "b": SECOND}, framerate=100, sdk="virtual") as rig:
        again = rig.record(0.5, folder, **FAST)
    assert again is not None
    assert again.account is not None
    assert again.account.adds_up, str(again.account)
    report = check(folder)
    assert report.ok, str(report)
    assert [(camera.virtual, camera.replay_of) for camera in again.cameras] == [(True, str(session))] * 2
    assert tuple(again.cameras[0].settings["roi"]) == (0, 0, 270, 360)
    with load(session) as before, load(folder) as after:
        where: list[str] = []
        for name in ("a", "b"):
            count = len(after[name].columns)
            assert count >= SHARED
            old, new = before[name].columns[:count], after[name].columns
            assert [comparable(row) for row in new] == [comparable(row) for row in old]
            came = new["camera_timestamp_ns"] >= 0
            where += new["where"][~came].tolist()
            assert np.array_equal(
                np.diff(new["camera_timestamp_ns"][came]), np.diff(old["camera_timestamp_ns"][came])
            )
            assert np.array_equal(np.stack(after[name].frames[:]), np.stack(before[name].frames[:count]))
        assert sorted(where) == ["sensor", *["transport"] * 3]


def test_program_that_reads_slowly_gets_every_frame_at_its_pace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    record(tmp_path, ["." * 30])
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps({"replay": {"path": str(tmp_path), "pace": "read"}}))
    with VideoStream(SERIALS[0], sdk="virtual") as stream:
        numbers = []
        while len(numbers) < 30:
            came, image = stream.read()
            assert came
            numbers.append(read_stamp(image).frame)
            median = np.median(image)  # a program that works on each image
        assert median > 0
    assert numbers == list(range(30))


def test_command_runs_a_program_for_pyspin_with_recorded_cameras(tmp_path: pathlib.Path) -> None:
    (tmp_path / "mouse").mkdir()
    record(tmp_path / "mouse", ["..t."])
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "import PySpin\n"
        "system = PySpin.System.GetInstance()\n"
        "cameras = system.GetCameras()\n"
        "camera = cameras.GetByIndex(0)\n"
        "camera.Init()\n"
        "camera.BeginAcquisition()\n"
        "print(camera.GetUniqueID(), [camera.GetNextImage(5000).GetFrameID() for _ in range(3)])\n"
        "camera.EndAcquisition()\n"
        "camera.DeInit()\n"
        "del camera\n"
        "cameras.Clear()\n"
        "system.ReleaseInstance()\n"
        "sys.exit(int(sys.argv[1]))\n"
    )
    python = [sys.executable, "-m", "llpyspin.virtual", program, "3"]
    done = subprocess.run(
        [sys.executable, "-m", "llpyspin", "replay", "--pace", "read", tmp_path / "mouse", "--", *python],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"{SERIALS[0]} [0, 1, 3]\n", done.stderr
    assert done.returncode == 3
    assert f"Replaying {tmp_path / 'mouse'}: {SERIALS[0]}" in done.stderr
