"""Hosts of a rig in its file: who owns which camera, what is refused, and what each host gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from llpyspin.errors import RigConfigError
from llpyspin.rig.config import CameraConfig, RigConfig
from llpyspin.rig.hostconfig import HostConfig, HostsConfig
from llpyspin.rig.hostpart import makes_pulses, part_of
from llpyspin.rig.parsing import config_from, load_config
from llpyspin.rig.rig import Rig

if TYPE_CHECKING:
    import pathlib

FILE = """\
hosts:
  left: {worker: rig-left, folder: /data}
  right: {worker: rig-right, folder: 'D:\\data', process: /run/cameras}
scheduler: tls://server:8786
certificates: keys
on_host_lost: stop
lost_after_s: 2
collect: {to: /server, verify: sha256}
framerate: 50
gain: 3
sdk: virtual
record: {codec: raw}
cameras:
- {serial: 12345678, name: top, role: primary, host: left, roi: [0, 0, 100, 200], exposure: 900}
- {serial: "87654321", name: side, host: right, nodes: [{Gamma: 1}, {Gamma: 2}], lines: {input: Line2}}
"""


def changed(**changes: Any) -> dict[str, Any]:
    document = yaml.safe_load(FILE)
    for key, value in changes.items():
        document[key] = value
        if value is None:
            del document[key]
    return document


def test_hosts_are_read_from_the_file_of_a_rig(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(FILE)
    config = load_config(path)
    assert config.hosts == HostsConfig(
        hosts={
            "left": HostConfig("rig-left", "/data"),
            "right": HostConfig("rig-right", "D:\\data", "/run/cameras"),
        },
        scheduler="tls://server:8786",
        certificates="keys",
        on_host_lost="stop",
        lost_after_s=2.0,
        collect_to="/server",
    )
    assert [camera.host for camera in config.cameras] == ["left", "right"]


def test_each_host_gets_its_cameras() -> None:
    config = config_from(changed())
    assert makes_pulses(config) == "left"
    left, right = part_of(config, "left"), part_of(config, "right", 49.5)
    assert left["cameras"] == [
        {
            "serial": "12345678",
            "name": "top",
            "role": "primary",
            "gain": 3.0,
            "roi": [0, 0, 100, 200],
            "exposure": 900.0,
        }
    ]
    assert "trigger" not in left
    assert (right["trigger"], right["framerate"], right["exposure"]) == ("external", 49.5, 900.0)
    assert right["cameras"][0]["nodes"] == [["Gamma", 1], ["Gamma", 2]]
    for part in (left, right):
        assert part["record"] == {"codec": "raw"}
        again = config_from(part)
        assert again.hosts is None
        assert again.cameras[0].settings["gain"] == 3


def test_pulses_from_elsewhere_are_so_for_all_hosts() -> None:
    document = changed(trigger="external")
    del document["cameras"][0]["role"]
    config = config_from(document)
    assert makes_pulses(config) == ""
    assert {part_of(config, host)["trigger"] for host in ("left", "right")} == {"external"}


TOP = {"serial": 1, "name": "top", "role": "primary", "host": "left"}
SIDE = {"serial": 2, "name": "side", "host": "right"}
HOSTS = {"left": {"process": "/a"}, "right": {"process": "/b"}}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"cameras": [TOP, {"serial": 2, "name": "side"}]}, "camera side needs its host, as host: left"),
        ({"cameras": [TOP, {**SIDE, "host": "rigth"}]}, "no host 'rigth'. Did you mean 'right'?"),
        ({"cameras": [TOP]}, "host right has no camera"),
        ({"cameras": [TOP, {"index": 1, "host": "right"}]}, "named by their serial numbers"),
        ({"hosts": None, "certificates": None}, "collect is for a rig of several hosts"),
        ({"hosts": None, "scheduler": None}, "certificates is for a rig of several hosts"),
        ({"hosts": {}}, "hosts needs at least one"),
        ({"hosts": ["left"]}, "hosts must be a mapping of names to hosts"),
        ({"hosts": {"left": 3, "right": {}}}, "left must be a mapping of keys to values"),
        ({"hosts": {"left": {"wroker": "x"}, "right": {}}}, "'wroker' is not known; did you mean 'worker'?"),
        ({"hosts": {"left": {"folder": "data"}, "right": {}}}, "absolute path, not 'data'"),
        ({"hosts": {"left": {"worker": "a"}, "right": {}}}, "host left needs a folder"),
        ({"hosts": {"left": {}, "right": {}}}, "left and right are the same host process"),
        ({"hosts": HOSTS}, "no host has a worker"),
        ({"scheduler": None}, "host left has a worker, so the rig needs its scheduler"),
        ({"hosts": {**HOSTS, "Left": {"process": "/c"}}}, "some disks take these names for one"),
        ({"hosts": {**HOSTS, "../up": {}}}, "also that of a folder"),
        ({"sync": "ptp"}, "hosts share pulses over wires"),
        ({"trigger": {"box": "/dev/ttyACM0"}}, "a pulse box is of one computer"),
        ({"schedule": {"every": "1h", "for": "10m"}}, "a schedule is for the cameras of one computer"),
        ({"on_host_lost": "abort"}, "on_host_lost must be one of continue, stop"),
        ({"lost_after_s": 0}, "lost_after_s must be a number of seconds from 0.5 to 600"),
        ({"host": "left"}, "host is of one camera"),
        ({"collect": "/server"}, "collect must be a mapping of keys to values, as {to: /server}"),
        ({"collect": {"to": "server"}}, "collect.to is an absolute path"),
        ({"collect": {"verify": "md5", "to": "/server"}}, "verify must be sha256, not 'md5'"),
        ({"collect": {}}, "needs to: an absolute path"),
        ({"cameras": [{**TOP, "hosts": {}}, SIDE]}, "hosts is of the whole rig"),
    ],
)
def test_mistake_in_hosts_is_refused_with_what_would_be_right(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(RigConfigError) as caught:
        config_from(changed(**changes))
    assert text in str(caught.value)


def test_host_of_a_camera_without_hosts_is_refused() -> None:
    with pytest.raises(RigConfigError, match="camera top has the host 'left', but there are no hosts"):
        RigConfig((CameraConfig("1", "top", host="left"),))


def test_rig_of_this_computer_refuses_hosts() -> None:
    with pytest.raises(RigConfigError, match=r"open_rig\(\)"):
        Rig(config_from(changed()))
