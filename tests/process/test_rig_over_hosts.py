"""A rig over several hosts: real host processes with virtual cameras on this computer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import yaml

import llpyspin
from llpyspin.deadlines import Deadline
from llpyspin.errors import ArgumentError, HostLostError, LeaseError, RigError
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import Request
from llpyspin.hosts.hostcall import call
from llpyspin.recording import check, load, merge
from tests.process.rig_worlds import ROI, cameras, proven, wired

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 40.0


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with short paths for host processes, which end with the test."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(3))
    with tempfile.TemporaryDirectory(prefix="hosts-", dir="/tmp") as made:
        yield Path(made)
        for each in ("left", "right"):
            end_of(Path(made) / each)


def end_of(folder: Path) -> None:
    process = process_of(folder)
    if process is None:
        return
    everybody = [process, *process.children(recursive=True)]
    for each in everybody:
        each.send_signal(signal.SIGCONT)
    process.terminate()
    _, stuck = psutil.wait_procs(everybody, PATIENCE_S)
    for each in stuck:
        each.kill()
    assert not stuck


def process_of(folder: Path) -> psutil.Process | None:
    for each in psutil.process_iter(["cmdline"]):
        words = each.info["cmdline"] or []
        if str(folder) in words and "llpyspin.hosts.hostmain" in " ".join(words):
            return each
    return None


def config_in(place: Path, **more: Any) -> Path:
    """The file of a rig of three cameras over two hosts."""
    three = cameras(3)
    for camera, host in zip(three, ("left", "left", "right"), strict=True):
        camera |= {"host": host, "roi": list(ROI)}
    document = {
        "hosts": {name: {"process": str(place / name)} for name in ("left", "right")},
        "cameras": three,
        "framerate": 100,
        "sdk": "virtual",
        "record": {"codec": "raw"},
        **more,
    }
    path = place / "rig.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def until(come: Any) -> None:
    deadline = Deadline(PATIENCE_S)
    while not come():
        assert not deadline.passed
        time.sleep(0.05)


def test_rig_over_two_hosts_has_one_account(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with llpyspin.open_rig(config_in(place)) as rig:
        assert (rig.hosts, rig.names, rig.primary) == (["left", "right"], ["a", "b", "c"], "a")
        with pytest.raises(LeaseError, match="controlled by"):
            call(place / "left", Request(asks.Lease("another one")))
        with pytest.raises(ArgumentError, match="pre_trigger is not possible with hosts"):
            rig.prime(folder, pre_trigger=1.0)
        rig.prime(folder, metadata={"subject": "m42"})
        rig.trigger()
        until(lambda: rig.status().triggers >= 30)
        images = rig.read()
        assert rig.trigger_number >= 0
        assert [image.shape for image in images.values()] == [ROI[2:]] * 3
        jpegs = rig.read(form="jpeg")
        assert all(image is not None and image.dtype == np.uint8 for image in jpegs.values())
        assert {camera.state for camera in rig.status().cameras.values()} == {"recording"}
        session = rig.stop()
    proven(session, folder)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 3
    assert session.subject == "m42"
    assert session.virtual
