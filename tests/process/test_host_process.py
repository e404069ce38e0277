"""The host process with virtual cameras: who starts it may die, and it itself, and no recording is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import HostUnreachableError, LeaseError, RigConfigError
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import Request
from llpyspin.hosts.hostcall import call
from llpyspin.hosts.hostfolder import log_of
from llpyspin.recording import check, load, repair
from tests.process.rig_worlds import cameras, wired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 40.0
RAW = {"codec": "raw"}
CONTROLLER = """
import sys, time
from llpyspin.hosts import asks
from llpyspin.hosts.hostcall import call
from llpyspin.hosts.envelopes import Request
from tests.process.test_host_process import RAW, one_rig
lease = call(None, Request(asks.Lease("the first one")), start=True).number
for ask in (asks.Open("s1", "left", one_rig()), asks.Prime(sys.argv[1], "r1", RAW), asks.Trigger()):
    call(None, Request(ask, lease=lease), deadline_s=40)
print(lease, flush=True)
time.sleep(100)
"""


def one_rig(count: int = 2, *, first: int = 0, **more: Any) -> dict[str, Any]:
    """The configuration of a rig; ``first`` is the number of its first camera."""
    return {"cameras": cameras(first + count)[first:], "framerate": 100, "sdk": "virtual", **more}


class Host:
    """A host process that a call has started, and its controller."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lease = 0
        self.pid: int = self.ask(asks.Hello(), start=True).pid

    def ask(self, ask: asks.Ask, **more: Any) -> Any:
        return call(self.folder, Request(ask, lease=self.lease), deadline_s=PATIENCE_S, **more)

    def control(self, **more: Any) -> None:
        self.lease = self.ask(asks.Lease(f"test {os.getpid()}", **more)).number

    def begin(self, folder: Path, ask: asks.Open, **plan: Any) -> None:
        """Be recording."""
        self.control()
        self.ask(ask)
        self.ask(asks.Prime(str(folder), "r1", RAW, **plan))
        self.ask(asks.Trigger())
        self.until(lambda: self.ask(asks.Count()).seen >= 20)

    def until(self, come: Callable[[], bool]) -> None:
        deadline = Deadline(PATIENCE_S)
        while not come():
            assert not deadline.passed, log_of(self.folder).read_text()
            time.sleep(0.05)

    def everybody(self) -> list[psutil.Process]:
        return [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]


@pytest.fixture
def hosts() -> Iterator[Callable[[], Host]]:
    """Starts host processes, in folders whose paths are short, and ends what is left of them."""
    started: list[Host] = []
    with tempfile.TemporaryDirectory(prefix="host-", dir="/tmp") as made:

        def start() -> Host:
            started.append(Host(Path(made) / str(len(started))))
            return started[-1]

        yield start
        for host in started:
            left = host.everybody() if psutil.pid_exists(host.pid) else []
            for each in left:
                each.terminate()
            _, stuck = psutil.wait_procs(left, PATIENCE_S)
            for each in stuck:
                each.kill()
            assert not stuck


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> str:
    config = wired(3)
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", config)
    return config


def test_new_controller_finishes_the_recording_of_a_killed_one(
    hosts: Callable[[], Host], world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, folder = hosts(), tmp_path / "session"
    monkeypatch.setenv("LLPYSPIN_HOST", str(host.folder))
    with subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as controller:
        assert controller.stdout is not None
        old = int(controller.stdout.readline())
        controller.kill()
    assert host.ask(asks.Hello()).session == "s1"
    with pytest.raises(LeaseError, match="controlled by the first one"):
        host.control(session="s1")
    host.control(session="s1", take_over=True)
    seen = host.ask(asks.Count()).seen
    host.until(lambda: host.ask(asks.Count()).seen > seen + 20)
    status = host.ask(asks.GetStatus())
    assert (status.state, status.recording.recording, status.folder) == ("recording", "r1", str(folder))
    with pytest.raises(LeaseError, match=f"lease {old}, which is over"):
        call(None, Request(asks.Stop(), lease=old))
    stop = Request(asks.Stop(), lease=host.lease)
    with ThreadPoolExecutor(2) as callers:
        first, again = callers.map(lambda _: call(None, stop, deadline_s=PATIENCE_S), range(2))
    assert first == again
    assert (first.state, first.adds_up) == ("ended", True)
    facts = host.ask(asks.GetFacts())
    assert facts.session["id"] == "r1"
    assert facts.session["triggers"] == first.triggers
    assert {*facts.sidecars} == {"a.csv", "b.csv"} <= {file.name for file in facts.files}
    assert check(folder).ok
    host.ask(asks.Shutdown())
    host.until(lambda: not psutil.pid_exists(host.pid))
    with pytest.raises(HostUnreachableError):
        host.ask(asks.Hello())


@pytest.mark.slow
def test_two_hosts_number_the_same_pulses(hosts: Callable[[], Host], world: str, tmp_path: Path) -> None:
    left, right = hosts(), hosts()
    elsewhere = {"trigger": "external", "exposure": 1500}
    recording = str(uuid.uuid4())
    for host, config in ((left, one_rig(2)), (right, one_rig(1, first=2, **elsewhere))):
        host.control()
        opened = host.ask(asks.Open("s1", "left", config))
        assert opened.pulses == ("camera" if host is left else "elsewhere")
    primed = left.ask(asks.Prime(str(tmp_path / "left"), recording, RAW))
    right.ask(asks.Prime(str(tmp_path / "right"), recording, RAW, rate_hz=primed.rate_hz))
    left.ask(asks.Trigger())
    right.until(lambda: right.ask(asks.Count()).seen >= 30)
    trigger = left.ask(asks.Latest(form="raw")).trigger
    pictures = [host.ask(asks.Latest(form="raw", trigger=trigger)) for host in (left, right)]
    assert [each.trigger for each in pictures] == [trigger] * 2
    assert all(each is not None for answer in pictures for each in answer.pictures.values())
    held = left.ask(asks.Hold()).triggers
    ended = [host.ask(asks.Stop(triggers=held)) for host in (right, left)]
    assert [(each.triggers, each.adds_up) for each in ended] == [(held, True)] * 2
    sessions = [load(tmp_path / name).session for name in ("left", "right")]
    assert [session.id for session in sessions] == [recording] * 2
    assert [camera.written for s in sessions for camera in s.account.cameras] == [held] * 3
    for host in (left, right):
        host.ask(asks.Shutdown())


def test_start_that_fails_leaves_the_host_as_it_was(
    hosts: Callable[[], Host], world: str, tmp_path: Path
) -> None:
    host = hosts()
    host.control()
    with pytest.raises(RigConfigError, match="gian"):
        host.ask(asks.Open("s1", "left", one_rig(1, gian=3)))
    host.ask(asks.Open("s2", "left", one_rig(1, first=2, trigger="external", exposure=1500)))
    host.ask(asks.Prime(str(tmp_path / "session"), "r1", RAW))
    assert host.ask(asks.Stop(discard=True)).state == "discarded"
    assert not (tmp_path / "session").exists()
    host.ask(asks.Close())
    assert host.ask(asks.Hello()).state == "closed"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["SIGTERM", "no word"])
def test_recording_is_ended_in_order(hosts: Callable[[], Host], world: str, tmp_path: Path, way: str) -> None:
    host, folder = hosts(), tmp_path / "session"
    host.begin(folder, asks.Open("s1", "left", one_rig(), 1.0 if way == "no word" else 60.0))
    observer = Host(host.folder)  # whose questions are no word of the controller
    if way == "SIGTERM":
        everybody = host.everybody()
        os.kill(host.pid, signal.SIGTERM)
        assert not psutil.wait_procs(everybody, PATIENCE_S)[1]
    else:
        host.until(lambda: observer.ask(asks.Hello()).recording.state == "ended")
    session = load(folder).session
    assert session.account is not None
    assert session.account.adds_up
    assert any("no word" in event.text for event in session.events) == (way == "no word")
    assert check(folder).ok


@pytest.mark.slow
def test_killed_host_process_leaves_nothing_behind_but_the_recording(
    hosts: Callable[[], Host], world: str, tmp_path: Path
) -> None:
    host, folder = hosts(), tmp_path / "session"
    host.begin(folder, asks.Open("s1", "left", one_rig()))
    everybody = host.everybody()
    os.kill(host.pid, signal.SIGKILL)
    assert not psutil.wait_procs(everybody, PATIENCE_S)[1]
    with pytest.raises(HostUnreachableError, match="no host process runs"):
        host.ask(asks.Hello())
    repair(folder)
    session = load(folder).session
    assert session.account is not None
    assert all(camera.written >= 20 for camera in session.account.cameras)
    assert check(folder).ok
    again = Host(host.folder)  # the socket of the dead one is no obstacle
    assert again.ask(asks.Hello()).session == ""
    again.ask(asks.Shutdown())


def test_callers_that_start_a_host_process_at_once_reach_the_same() -> None:
    with tempfile.TemporaryDirectory(prefix="host-", dir="/tmp") as made:
        hello = lambda _: call(made, Request(asks.Hello()), deadline_s=PATIENCE_S, start=True)  # noqa: E731
        with ThreadPoolExecutor(3) as callers:
            answers: list[Any] = list(callers.map(hello, range(3)))
        assert len({answer.pid for answer in answers}) == 1
        assert log_of(Path(made)).read_text().count("host process") == 1, "no spare one was started"
        process = psutil.Process(answers[0].pid)
    process.wait(PATIENCE_S)  # its folder is gone: nobody could reach it any more
