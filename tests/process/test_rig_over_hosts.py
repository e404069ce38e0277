"""A rig over several hosts: real host processes with virtual cameras on this computer."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
import yaml

import llpyspin
import llpyspin.errors
from llpyspin import cli
from llpyspin.deadlines import Deadline
from llpyspin.errors import ArgumentError, HostLostError, LeaseError, RigError
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import Request
from llpyspin.hosts.hostcall import call
from llpyspin.recording import collect, merge
from tests.process.dask_cluster import DaskCluster
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


@pytest.fixture
def cluster(place: Path) -> Iterator[DaskCluster]:
    """A scheduler, and a worker for each host, with TLS."""
    made = DaskCluster(place, ("left", "right"))
    yield made
    made.end()


def by_dask(place: Path, cluster: DaskCluster, **more: Any) -> Path:
    """The file of the same rig, whose hosts are reached by Dask, and write to folders of their own."""
    hosts = {
        name: {"worker": f"rig-{name}", "folder": str(place / "data" / name), "process": str(place / name)}
        for name in ("left", "right")
    }
    over = {"scheduler": cluster.address, "certificates": str(cluster.certificates), "hosts": hosts}
    return config_in(place, **over, **more)


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
        with pytest.raises(ArgumentError, match="pre_trigger is not possible with hosts: the files"):
            rig.prime(folder, pre_trigger=1.0)
        rig.prime(folder, metadata={"subject": "m42"})
        rig.trigger()
        until(lambda: rig.status().triggers >= 30)
        images = rig.read()
        assert rig.trigger_number >= 0
        assert [image.shape for image in images.values()] == [ROI[2:]] * 3
        jpegs = rig.read(form="jpeg")
        assert all(image is not None and image.dtype == np.uint8 for image in jpegs.values())
        until(lambda: {camera.state for camera in rig.status().cameras.values()} == {"recording"})
        session = rig.stop()
    proven(session, folder)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 3
    assert session.subject == "m42"
    assert session.virtual


@pytest.mark.slow
def test_host_that_cannot_open_leaves_no_session_on_the_others(place: Path) -> None:
    path = config_in(place, cameras=[])
    document = yaml.safe_load(path.read_text())
    document["cameras"] = [
        {"serial": "20000001", "name": "a", "host": "left"},
        {"serial": "20000009", "name": "x", "host": "right"},
    ]
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(RigError, match="1 of 2 hosts cannot open") as caught:
        llpyspin.open_rig(path)
    assert list(caught.value.failures) == ["right"]
    hello: Any = call(place / "left", Request(asks.Hello()))
    assert (hello.session, hello.lease) == ("", None)


@pytest.mark.slow
def test_stop_before_the_trigger_leaves_no_pulses(place: Path, tmp_path: Path) -> None:
    with llpyspin.open_rig(config_in(place)) as rig:
        rig.prime(tmp_path / "session")
        session = rig.stop()
        assert session.triggers == 0
        rig.prime(tmp_path / "next")
        rig.trigger()
        until(lambda: rig.status().triggers >= 10)
        proven(rig.stop(), tmp_path / "next")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["continue", "stop"])
def test_killed_host_is_lost_and_the_others_are_whole(place: Path, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "session"
    with llpyspin.open_rig(config_in(place, on_host_lost=way, lost_after_s=1)) as rig:
        rig.prime(folder)
        rig.trigger()
        until(lambda: rig.status().triggers >= 30)
        killed = process_of(place / "right")
        assert killed is not None
        everybody = [killed, *killed.children(recursive=True)]
        killed.kill()
        at = time.monotonic()
        until(lambda: "right" in rig.lost)
        noticed_s = time.monotonic() - at
        if way == "stop":
            with pytest.raises(HostLostError, match="host right"):
                rig.wait(5)
        else:
            assert not rig.wait(0.1)
        seen = rig.status()
        assert (seen.cameras["c"].state, seen.cameras["a"].state) == ("unknown", "recording")
        session = rig.stop()
    assert noticed_s < 2 + 2, "it is told after 2 s; the rest is for a busy machine"
    psutil.wait_procs(everybody, PATIENCE_S)
    states = {host.name: host.state for host in session.hosts}
    assert states == {"left": "complete", "right": "unknown"}
    told = {camera.name: camera for camera in session.account.cameras}
    assert told["a"].written == told["b"].written == session.triggers
    assert told["c"].unknown
    assert any("host right" in event.text for event in session.events)
    llpyspin.repair(folder / "right")
    merged = merge(folder)
    found = {camera.name: camera for camera in merged.account.cameras}
    assert found["c"].written >= 25
    assert not found["c"].unknown


@pytest.mark.slow
def test_frozen_host_is_lost_and_back_again(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with llpyspin.open_rig(config_in(place, lost_after_s=1)) as rig:
        rig.prime(folder)
        rig.trigger()
        until(lambda: rig.status().triggers >= 20)
        frozen = process_of(place / "right")
        assert frozen is not None
        frozen.suspend()
        until(lambda: "right" in rig.lost)
        frozen.resume()
        until(lambda: not rig.lost)
        session = proven(rig.stop(), folder)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 3
    assert [event.kind for event in session.events if event.kind in ("lost", "back")] == ["lost", "back"]


CONTROLLER = """
import sys, time, llpyspin
rig = llpyspin.open_rig(sys.argv[1])
rig.prime(sys.argv[2])
rig.trigger()
print("triggered", flush=True)
time.sleep(100)
"""


@pytest.mark.slow
@pytest.mark.parametrize("missing", [False, True])
def test_new_program_finishes_the_session_of_a_killed_one(place: Path, tmp_path: Path, missing: bool) -> None:
    path, folder = config_in(place, lost_after_s=1), tmp_path / "session"
    with subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, str(path), str(folder)], stdout=subprocess.PIPE, text=True
    ) as controller:
        assert controller.stdout is not None
        assert controller.stdout.readline() == "triggered\n"
        with pytest.raises(llpyspin.errors.RecordingExistsError, match="in use"):
            llpyspin.open_rig(path, attach=folder)
        controller.kill()
    if missing:
        end_of(place / "right")
    with llpyspin.open_rig(path, attach=folder) as rig:
        assert list(rig.lost) == ["right"] * missing
        seen = rig.status().triggers
        until(lambda: rig.status().triggers > seen + 20)
        session = rig.stop()
    told = {camera.name: camera for camera in session.account.cameras}
    assert told["a"].written == told["b"].written == session.triggers
    if missing:
        assert told["c"].unknown
        return
    proven(session, folder)
    with pytest.raises(llpyspin.errors.RecordingError, match="has ended"):
        llpyspin.open_rig(path, attach=folder)


@pytest.mark.slow
def test_the_same_script_records_with_one_host_or_none(place: Path, tmp_path: Path) -> None:
    document = yaml.safe_load(config_in(place).read_text())
    for host in (None, "left"):
        document["hosts"] = {"left": {"process": str(place / "left")}} if host else None
        for camera in document["cameras"]:
            camera.pop("host", None)
            camera |= {"host": host} if host else {}
        path, folder = place / f"{host}.yaml", tmp_path / str(host)
        path.write_text(yaml.safe_dump({key: each for key, each in document.items() if each is not None}))
        with llpyspin.open_rig(path) as rig:
            session = rig.record(0.5, folder, progress=False)
        proven(session, folder)
        assert len(session.account.cameras) == 3


@pytest.mark.slow
def test_files_are_collected_after_a_recording(place: Path, tmp_path: Path) -> None:
    server = tmp_path / "server"
    server.mkdir()
    path = config_in(place, collect={"to": str(server), "verify": "sha256"})
    with llpyspin.open_rig(path) as rig:
        session = rig.record(0.5, tmp_path / "session", progress=False)
    assert session.folder == server / "session"
    proven(session, server / "session")


@pytest.mark.slow
def test_hosts_keep_a_planned_end_without_the_program(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with llpyspin.open_rig(config_in(place)) as rig:
        rig.prime(folder, triggers=60)
        rig.trigger()
        assert rig.wait(PATIENCE_S)
        session = proven(rig.stop(), folder)
    assert session.triggers >= 60


@pytest.mark.slow
def test_command_records_over_hosts(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = str(config_in(place)), str(tmp_path / "session")
    assert cli.main(["record", "--config", path, "--seconds", "0.5", "--out", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["adds_up"]
    assert cli.main(["record", "--config", path, "--seconds", "1", "--serve"]) != 0
    assert "--serve is for the cameras of one computer" in capsys.readouterr().err


def test_options_that_need_hosts_say_so(place: Path) -> None:
    path = place / "one.yaml"
    path.write_text("{sdk: virtual, cameras: ['20000001']}")
    with pytest.raises(ArgumentError, match="attach is for a rig of several hosts"):
        llpyspin.open_rig(path, attach="somewhere")


def collected(rig_folder: Path, place: Path) -> Any:
    """The session once the files of all hosts have come to it."""
    for name in ("left", "right"):
        collect(place / "data" / name / rig_folder.name / name, rig_folder)
    return merge(rig_folder)


@pytest.mark.slow
def test_hosts_are_reached_by_dask(place: Path, tmp_path: Path, cluster: DaskCluster) -> None:
    folder, threads = tmp_path / "session", set(threading.enumerate())
    server = tmp_path / "server"
    server.mkdir()
    with llpyspin.open_rig(by_dask(place, cluster)) as rig:
        session = rig.record(1.0, folder, progress=False)
        with pytest.raises(ArgumentError, match="there is no folder to collect to"):
            rig.collect()
        proven(rig.collect(str(server)), server / "session")
    assert session.account.adds_up, str(session)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 3
    assert {host.folder for host in session.hosts} == {
        str(place / "data" / name / "session" / name) for name in ("left", "right")
    }
    proven(collected(folder, place), folder)
    left = {thread.name for thread in set(threading.enumerate()) - threads}
    assert not [name for name in left if name.startswith(("host", "IO loop"))]


@pytest.mark.slow
@pytest.mark.parametrize(("victims", "away_s"), [(("right",), 0), (("scheduler", "left", "right"), 12)])
def test_recording_goes_on_when_dask_is_killed(
    place: Path, tmp_path: Path, cluster: DaskCluster, victims: tuple[str, ...], away_s: float
) -> None:
    """And the rig reaches its hosts again once Dask is back, also after its client has given up (10 s)."""
    folder = tmp_path / "session"
    with llpyspin.open_rig(by_dask(place, cluster, lost_after_s=2)) as rig:
        rig.prime(folder)
        rig.trigger()
        until(lambda: rig.status().triggers >= 30)
        for victim in victims:
            cluster.kill(victim)
        until(lambda: "right" in rig.lost)
        time.sleep(away_s)  # how long it is away is what is tried
        for victim in victims:
            cluster.start(victim)
        until(lambda: not rig.lost)
        seen = rig.status().triggers
        until(lambda: rig.status().triggers > seen)
        session = rig.stop()
    assert session.account.adds_up, str(session)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 3
    proven(collected(folder, place), folder)


@pytest.mark.slow
def test_worker_that_is_not_there_is_named(place: Path, cluster: DaskCluster) -> None:
    path = by_dask(place, cluster)
    path.write_text(path.read_text().replace("rig-right", "rig-wrong"))
    with pytest.raises(RigError, match=r"no worker is called 'rig-wrong'\. The cluster has rig-left"):
        llpyspin.open_rig(path)
