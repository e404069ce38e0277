"""The file that tells which virtual cameras there are, and the wires between them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys

import pytest

from llpyspin.virtual.lines import Connector, Line
from llpyspin.virtual.link import _EDGE
from llpyspin.virtual.world import Wire, load_world

TWO = "{cameras: [{serial: A1, model: BFS-U3-16S2M}, {serial: B2, model: BFS-U3-04S2M}]"


def test_without_a_configuration_there_are_two_wired_cameras(monkeypatch):
    monkeypatch.delenv("LLPYSPIN_VIRTUAL", raising=False)
    world = load_world()
    assert [spec.serial for spec in world.specs] == ["12345678", "87654321"]
    assert {spec.model.name for spec in world.specs} == {"Blackfly S BFS-U3-16S2M"}
    [wire] = world.wires
    assert (wire.source, wire.source_line) == ("12345678", "Line1")
    assert (wire.target, wire.target_line) == ("87654321", "Line3")


def test_a_file_and_text_say_the_same(tmp_path):
    config = {
        "cameras": [{"serial": "A1", "model": "BFS-U3-51S5M", "clock_ppm": 1.5, "name": "top"}],
        "wires": [],
        "faults": [{"serial": "A1", "kind": "lose", "rate": 0.5}],
        "world": "rig-a",
    }
    path = tmp_path / "cameras.json"
    path.write_text(json.dumps(config))
    for given in (str(path), json.dumps(config)):
        world = load_world(given)
        [spec] = world.specs
        assert (spec.serial, spec.model.width, spec.clock_ppm, spec.name) == ("A1", 2448, 1.5, "top")
        assert world.faults == ({"serial": "A1", "fault": "lose", "rate": 0.5},)
        assert world.name.endswith(".rig-a")


def test_worlds_differ_by_name_and_by_configuration():
    names = {
        load_world(text).name
        for text in (TWO + "}", TWO + ", world: x}", TWO + ", world: y}", "{cameras: []}")
    }
    assert len(names) == 4
    assert load_world(TWO + "}").name == load_world(TWO + "}").name


def test_world_without_a_name_belongs_to_one_program(monkeypatch):
    ours = load_world(TWO + "}")
    named = load_world(TWO + ", world: x}")
    assert (ours.given, named.given) == ("", "x")
    monkeypatch.setenv("LLPYSPIN_PROGRAM", "123-abc")  # as in another program
    assert load_world(TWO + "}").name != ours.name
    assert load_world(TWO + ", world: x}").name == named.name


def test_child_is_in_the_world_of_its_program():
    script = "from llpyspin.virtual.world import load_world; print(load_world().name)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == load_world().name


def test_environment_names_the_world_of_a_configuration_without_one(monkeypatch):
    monkeypatch.setenv("LLPYSPIN_WORLD", "lab")
    assert load_world(TWO + "}").name == load_world(TWO + ", world: lab}").name
    assert load_world(TWO + ", world: x}").given == "x"
    monkeypatch.setenv("LLPYSPIN_WORLD", "a b")
    with pytest.raises(ValueError, match="LLPYSPIN_WORLD: world must be a short name"):
        load_world(TWO + "}")


def test_a_serial_number_may_be_written_as_a_number():
    assert load_world("cameras:\n- {serial: 12345678}\n").specs[0].serial == "12345678"


def test_sockets_of_a_world_can_lie_in_a_folder():
    assert load_world(TWO + ", sockets: /tmp}").address("A1") == "/tmp/A1"


def test_a_wire_can_have_a_pull_up_of_its_own():
    [wire] = load_world(TWO + ", wires: [{from: 'A1:Line1', to: 'B2:Line0', pull_up: external}]}").wires
    assert (wire.pull_up, wire.target_line) == ("external", "Line0")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("/no/such/file.yaml", "neither a file nor YAML"),
        ("{cameras: [", "is not YAML"),
        ("a: b\n- c", "is not YAML"),
        ("[1, 2] # {", "must hold a mapping"),
        ("{camera: []}", "unknown key camera"),
        ("{cameras: 3}", "cameras must be a list"),
        ("{cameras: [3]}", "must be a mapping with serial and model"),
        ("{cameras: [{model: BFS-U3-16S2M}]}", "a serial number is"),
        ("{cameras: [{serial: 'a b'}]}", "a serial number is"),
        ("{cameras: [{serial: A1}, {serial: A1}]}", "A1 is there twice"),
        ("{cameras: [{serial: A1, model: X100}]}", "no virtual camera model 'X100'; there are BFS-U3-16S2M"),
        ("{cameras: [{serial: A1, clock_ppm: fast}]}", "clock_ppm must be a number"),
        ("{cameras: [{serial: A1, modle: x}]}", "unknown key modle"),
        (TWO + ", wires: ['A1 -> B2']}", "must look like"),
        (TWO + ", wires: ['A1:Line1 -> C3:Line3']}", "there is no camera C3"),
        (TWO + ", wires: ['A1:Line3 -> B2:Line3']}", "Line3 is not an output"),
        (TWO + ", wires: ['A1:Line1 -> B2:Line1']}", "Line1 is not an input"),
        (TWO + ", wires: ['A1:Line1 -> B2:Line3', 'A1:Line2 -> B2:Line3']}", "two wires end at B2:Line3"),
        (
            TWO + ", wires: [{from: 'A1:Line1', to: 'B2:Line0', pull_up: maybe}]}",
            "pull_up is Line2 or external",
        ),
        (TWO + ", faults: [{serial: A1}]}", "must be a mapping with serial, kind"),
        (TWO + ", faults: [{serial: C3, kind: lose}]}", "there is no camera C3"),
        (TWO + ", faults: [{serial: A1, kind: explode}]}", "unknown fault 'explode'"),
        (TWO + ", faults: [{serial: A1, kind: lose, rate: 7}]}", "rate must be a number"),
        (TWO + ", world: 'a b'}", "world must be a short name"),
        (TWO + ", sockets: /no/such/folder}", "sockets must be the absolute path of a folder that exists"),
        (TWO + ", sockets: .}", "sockets must be the absolute path of a folder that exists"),
        (TWO + ", sockets: /" + "./" * 40 + "tmp}", "sockets must be a path of at most 64 bytes"),
    ],
)
def test_a_wrong_configuration_is_refused_and_says_where(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        load_world(text)


def test_the_last_edges_reach_a_camera_that_was_too_busy_to_take_them() -> None:
    address = f"llpyspin-test-{os.getpid()}-edges"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as camera:
        camera.bind("\0" + address)
        camera.setblocking(False)
        connector = Connector([(Wire("1", "Line2", "2", "Line3"), address)], lambda *_: False, lambda at: at)
        connector.lines["Line2"] = Line(output=True, source="ExposureActive")
        times = iter(range(10_000))
        while connector.send_waiting():
            connector.drive("ExposureActive", [(True, next(times)), (False, next(times))])
        last = next(times) - 1
        taken = _edges(camera)
        assert taken[-1] < last
        assert connector.send_waiting()
        taken += _edges(camera)
        assert taken == list(range(last + 1))
        connector.close()


def _edges(camera: socket.socket) -> list[int]:
    """The times of the edges that have come."""
    taken: list[int] = []
    with contextlib.suppress(BlockingIOError):
        while True:
            taken += [at for _, _, at in _EDGE.iter_unpack(camera.recv(65536)[1:])]
    return taken
