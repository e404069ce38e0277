"""A rig over host processes, compared with a rig of one computer: delay, processor time, and lost hosts.

``python -m benchmarks.hosts`` records with two hosts of two virtual cameras each.  All are on this computer,
so the figures are those of our processes and of Dask, without those of a network.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks._tools import Figure, run
from llpyspin.hosts.anyrig import open_rig
from llpyspin.hosts.rigoverhosts import RigOverHosts
from llpyspin.rig import CameraConfig, Rig, RigConfig
from llpyspin.rig.hostconfig import HostConfig, HostsConfig
from tests.process.dask_cluster import DaskCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIALS = [str(20000001 + number) for number in range(4)]
NAMES = ("top", "side", "back", "front")
HOSTS = ("left", "left", "right", "right")
RATE = 50.0
MOST_CORE = 0.1
"""Of a host process, and of a worker, while they record."""
LOST_AFTER_S = 3.0


@dataclass(frozen=True)
class Effort:
    """How much to measure."""

    seconds: float
    repeats: int


FULL = Effort(seconds=30.0, repeats=7)
QUICK = Effort(seconds=3.0, repeats=2)


def _config(hosts: HostsConfig | None) -> RigConfig:
    cameras = tuple(
        CameraConfig(
            serial,
            name,
            "secondary" if number else "primary",
            settings={"roi": (0, 0, 270, 360)},
            host="" if hosts is None else host,
        )
        for number, (serial, name, host) in enumerate(zip(SERIALS, NAMES, HOSTS, strict=True))
    )
    return RigConfig(cameras, framerate=RATE, sdk="virtual", record={"codec": "raw"}, hosts=hosts)


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    """A folder for sockets, in a world of its own."""
    wires = [f"{SERIALS[0]}:Line1 -> {serial}:Line3" for serial in SERIALS[1:]]
    cameras = [{"serial": serial, "model": "BFS-U3-16S2M"} for serial in SERIALS]
    world = {"world": f"bench-{uuid.uuid4().hex[:8]}", "cameras": cameras, "wires": wires}
    os.environ["LLPYSPIN_VIRTUAL"] = json.dumps(world)
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as name:
        try:
            yield Path(name)
        finally:
            for process in _processes("llpyspin.hosts.hostmain", name):
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def _processes(module: str, folder: str = "") -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if module in words and folder in words:
            found.append(process)
    return found


@contextlib.contextmanager
def _ways() -> Iterator[tuple[dict[str, HostsConfig | None], str]]:
    """One computer, its own host processes, and those over Dask with TLS; and the folder of them all."""
    with _place() as place:
        sockets = {name: HostConfig(process=str(place / name)) for name in ("left", "right")}
        cluster = DaskCluster(place, ("left", "right"))
        by_dask = {
            name: HostConfig(f"rig-{name}", str(place / "data" / name), str(place / name))
            for name in ("left", "right")
        }
        over = HostsConfig(by_dask, cluster.address, str(cluster.certificates))
        try:
            ways: dict[str, HostsConfig | None] = {
                "one computer": None,
                "hosts": HostsConfig(sockets),
                "hosts over Dask, TLS": over,
            }
            yield ways, str(place)
        finally:
            cluster.end()


def _delay_ms(rig: Rig | RigOverHosts, folder: Path) -> float:
    """From the call of ``trigger()`` to the first frame of the last camera."""
    rig.prime(folder)
    called = time.monotonic_ns()
    rig.trigger()
    time.sleep(1.0)
    session = rig.stop()
    assert session is not None
    assert session.account is not None
    if not session.account.adds_up:
        raise RuntimeError(f"a benchmark of what failed is none:\n{session}")
    first = [camera.first_host_ns for camera in session.account.cameras]
    return (max(each for each in first if each is not None) - called) / 1e6


def delay(effort: Effort) -> list[Figure]:
    """From ``trigger()`` to the first frame."""
    figures = []
    with _ways() as (ways, _):
        for what, hosts in ways.items():
            values = []
            with open_rig(_config(hosts)) as rig, tempfile.TemporaryDirectory() as out:
                for again in range(effort.repeats):
                    values.append(_delay_ms(rig, Path(out) / str(again)))
            figures.append(Figure(f"trigger() to the first frame, {what}", values, "ms"))
    return figures


def _spent(processes: list[psutil.Process]) -> list[float]:
    return [sum(process.cpu_times()[:2]) for process in processes]


def load(effort: Effort) -> list[Figure]:
    """Processor time of host processes and workers, without that of cameras and writers."""
    figures = []
    with _ways() as (ways, place):
        hosts = ways["hosts over Dask, TLS"]
        with open_rig(_config(hosts)) as rig, tempfile.TemporaryDirectory() as out:
            rig.prime(Path(out) / "session")
            rig.trigger()
            time.sleep(1.0)
            for what, module in (("host process", "llpyspin.hosts.hostmain"), ("worker", "dask_worker")):
                watched = _processes(module, place)
                before, began = _spent(watched), time.monotonic()
                time.sleep(effort.seconds)
                passed = time.monotonic() - began
                cores = [(now - then) / passed for now, then in zip(_spent(watched), before, strict=True)]
                figures.append(Figure(f"a {what} while recording", cores, "core", at_most=MOST_CORE))
            rig.stop()
    return figures


def lost(effort: Effort) -> list[Figure]:
    """Time until a host that was killed is in ``rig.lost``."""
    values = []
    for _ in range(effort.repeats):
        with _ways() as (ways, place), tempfile.TemporaryDirectory() as out:
            with open_rig(_config(ways["hosts"])) as rig:
                assert isinstance(rig, RigOverHosts)
                rig.prime(Path(out) / "session")
                rig.trigger()
                time.sleep(1.0)
                (right,) = _processes("llpyspin.hosts.hostmain", f"{place}/right")
                right.kill()
                killed = time.monotonic()
                while not rig.lost and time.monotonic() - killed < 30:
                    time.sleep(0.01)
                values.append(time.monotonic() - killed)
                rig.stop()
    return [Figure("a killed host is lost", values, "s", at_most=LOST_AFTER_S + 1)]


if __name__ == "__main__":
    run("hosts", "Hosts", __doc__, {"delay": delay, "load": load, "lost": lost}, QUICK, FULL)
