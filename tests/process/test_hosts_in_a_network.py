"""Hosts as network namespaces: real scheduler and workers with TLS, and links that are cut."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import llpyspin
from llpyspin.recording import collect, merge
from tests.process.dask_cluster import DaskCluster
from tests.process.host_network import HostNetwork, why_no_network
from tests.process.rig_worlds import ROI, proven, wired
from tests.process.test_rig_over_hosts import end_of, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_no_network()), reason=why_no_network())]


class Lab:
    """Hosts in namespaces, their cluster, and cameras that are wired across them."""

    def __init__(self, place: Path, hosts: tuple[str, ...]) -> None:
        self.place, self.hosts = place, hosts
        with contextlib.ExitStack() as stack:
            self.network = HostNetwork(hosts)
            stack.callback(self.network.end)
            for name in hosts:
                stack.callback(end_of, place / name)
            self.cluster = DaskCluster(place, hosts, self.network)
            stack.callback(self.cluster.end)
            self._owned = stack.pop_all()

    def rig(self, cameras: int, framerate: float, **more: Any) -> Path:
        hosts = {
            name: {
                "worker": f"rig-{name}",
                "folder": str(self.place / "data" / name),
                "process": str(self.place / name),
            }
            for name in self.hosts
        }
        document = {
            "hosts": hosts,
            "scheduler": self.cluster.address,
            "certificates": str(self.cluster.certificates),
            "sdk": "virtual",
            "framerate": framerate,
            "record": {"codec": "raw"},
            "cameras": [
                {
                    "serial": str(20000001 + number),
                    "name": "abcdefgh"[number],
                    "host": self.hosts[number % len(self.hosts)],
                    "roi": list(ROI),
                }
                for number in range(cameras)
            ],
            **more,
        }
        path = self.place / "rig.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    def merged(self, folder: Path) -> Any:
        for name in self.hosts:
            collect(self.place / "data" / name / folder.name / name, folder)
        return merge(folder)

    def end(self) -> None:
        """End all of it, also where one of them fails to."""
        self._owned.close()


@pytest.fixture
def lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="lab-", dir="/tmp") as made:
        world = {**json.loads(wired(4)), "sockets": made}
        monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world))
        lab = Lab(Path(made), request.param)
        yield lab
        lab.end()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("lab", "framerate", "seconds"),
    [(("left", "right"), 50.0, 30.0), (("left", "middle", "right"), 25.0, 5.0)],
    indirect=["lab"],
)
def test_frame_n_is_trigger_n_on_all_hosts(
    lab: Lab, framerate: float, seconds: float, tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    with llpyspin.open_rig(lab.rig(4, framerate)) as rig:
        session = rig.record(seconds, folder, progress=False)
    assert session.account.adds_up, str(session)
    session = proven(lab.merged(folder), folder)
    assert session.triggers >= seconds * framerate
    assert [camera.triggers for camera in session.account.cameras] == [session.triggers] * 4


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lab", [("left", "right")], indirect=True)
def test_recording_is_whole_after_a_link_was_cut(lab: Lab, tmp_path: Path) -> None:
    """For 60 s, in which Dask gives the worker up: systemd would start it again."""
    folder = tmp_path / "session"
    with llpyspin.open_rig(lab.rig(4, 25.0, orphan_after_s=200, lost_after_s=3)) as rig:
        rig.prime(folder)
        rig.trigger()
        until(lambda: rig.status().triggers >= 20)
        lab.network.cut("right")
        cut = time.monotonic()
        until(lambda: "right" in rig.lost)
        noticed_s = time.monotonic() - cut
        assert rig.status().cameras["b"].state == "unknown"
        time.sleep(max(0.0, 60 - (time.monotonic() - cut)))  # the length of the cut is what is tried
        lab.network.mend("right")
        lab.cluster.kill("right")
        lab.cluster.start("right")
        until(lambda: not rig.lost)
        session = rig.stop()
    assert noticed_s < 4 + 3, "it is told after 4 s; the rest is for a busy machine"
    assert session.account.adds_up, str(session)
    session = proven(lab.merged(folder), folder)
    assert [camera.written for camera in session.account.cameras] == [session.triggers] * 4
    assert session.triggers > 60 * 25
