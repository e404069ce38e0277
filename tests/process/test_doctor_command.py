"""``llpyspin doctor`` as somebody runs it, on virtual cameras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import cli
from llpyspin.streaming import VideoStream
from tests.process.rig_worlds import wired

if TYPE_CHECKING:
    import pathlib

QUICK = ("doctor", "--virtual", "--no-measure")


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "llpyspin", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def found(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in told["findings"] if each["code"] == code)


@pytest.mark.slow
def test_doctor_names_the_pid_that_holds_a_camera_and_exits_with_1() -> None:
    with VideoStream(0, sdk="virtual") as cap:
        ended = run(*QUICK, "--json")
        told = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert ended.stderr == ""
    held = found(told, "camera-held")
    assert held["data"] == {"serial": cap.info.serial, "pids": [os.getpid()]}
    assert held["commands"] == [f"kill {os.getpid()}"]
    assert "virtual-loads" in {each["code"] for each in told["findings"]}
    assert "Network" not in {each["section"] for each in told["findings"]}


@pytest.mark.slow
def test_a_rig_is_planned_and_reported_with_everything_measured(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text(
        "framerate: 20\nexposure: 1000\nsdk: virtual\nrecord: {codec: ffv1}\n"
        "cameras:\n  - {index: 0, name: top, roi: [0, 0, 96, 128]}\n  - "
        "{index: 1, name: side, roi: [0, 0, 96, 128]}\n"
    )
    report = tmp_path / "report.md"
    arguments = ["doctor", "--plan", str(rig), "--folder", str(tmp_path), "--report", str(report), "--anyway"]
    status = cli.main(arguments)
    shown = capsys.readouterr()
    plan = shown.out.partition("Plan\n")[2]
    assert "ffv1: 2 cameras give 40 pictures a second" in plan
    assert f"go to {tmp_path}" in plan
    assert status == (0 if "PROBLEM" not in shown.out else 1)
    assert "ffv1: 2 cameras give 40 pictures a second" in report.read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.md", "rig.yaml"]
    assert cli.main(arguments) == 2  # before anything is looked at
    assert "the file exists" in capsys.readouterr().err


def test_the_status_is_0_without_problems_and_2_for_a_wrong_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = cli.main([*QUICK, "--size", "64x48"])
    told = capsys.readouterr().out
    assert "noisy pictures of 64 x 48" in told
    well = "No problem found" in told or "All is well" in told  # a full disk here is for others to mend
    assert status == (0 if well else 1)
    assert cli.main([*QUICK, "--size", "large"]) == 2
    assert "Write it as 1440x1080" in capsys.readouterr().err
