"""A third witness: Wireshark's dissectors read what went over the wire."""

from __future__ import annotations

import collections
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rig.packets import capture
from tests.rig.rig import PYTHON, ROOT

if TYPE_CHECKING:
    from tests.rig.rig import WireRig

CLIENT = Path(__file__).parent / "aravis_client.py"
FRAMES, MORE = 3, 2
"""Frames that must be seen whole, and more that are taken: a lost packet may be a leader."""
RESEND = 0x0040
LEADER, TRAILER, PAYLOAD = "0x01", "0x02", "0x03"

needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is missing (apt-get install tshark)"
)


def dissect(pcap: Path, wanted: str, *fields: str) -> list[list[str]]:
    """The fields of the packets that a display filter lets through."""
    words = ["tshark", "-n", "-r", str(pcap), "--enable-heuristic", "gvsp_udp", "-Y", wanted, "-T", "fields"]
    for field in fields:
        words += ["-e", field]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def pcap(two_devices: WireRig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an Aravis client and a lossy device said to each other."""
    path = tmp_path_factory.mktemp("wire") / "wire.pcap"
    serial = two_devices.serials[0]
    two_devices.command("restore", serial)
    two_devices.command("loss", serial, 0.02)
    with two_devices.inside(), capture("veth-host", path):
        done = two_devices.run(CLIENT, str(ROOT), serial, str(FRAMES + MORE), "short", python=PYTHON)
    assert done.returncode == 0, done.stderr
    return path


@needs_tshark
def test_dissectors_find_no_malformed_packet(pcap: Path) -> None:
    assert dissect(pcap, "_ws.malformed || _ws.expert.severity == error", "frame.number") == []


@needs_tshark
def test_dissectors_know_each_packet(pcap: Path) -> None:
    seen = collections.Counter(line[0] for line in dissect(pcap, "udp", "frame.protocols"))
    known = {name: count for name, count in seen.items() if name.split(":")[-1] in ("gvcp", "gvsp")}
    # test packets have no content, and the dissector knows the stream only after its first packet
    others = dissect(pcap, "udp && !gvcp && !gvsp", "udp.payload")
    assert len(known) == 2
    assert sum(set(line[0]) != {"0"} for line in others) <= 1


@needs_tshark
def test_dissectors_see_whole_images(pcap: Path) -> None:
    leaders = dissect(pcap, f"gvsp.format == {LEADER}", "gvsp.sizex", "gvsp.sizey", "gvsp.pixel")
    assert len(leaders) >= FRAMES
    assert {tuple(each[:2]) for each in leaders} == {("1440", "540")}
    trailers = dissect(pcap, f"gvsp.format == {TRAILER}", "gvsp.sizey")
    assert {each[0] for each in trailers} == {"540"}
    assert len(dissect(pcap, f"gvsp.format == {PAYLOAD}", "gvsp.packetid24")) > 80 * FRAMES


@needs_tshark
def test_dissectors_see_packets_that_are_sent_again(pcap: Path) -> None:
    asked = dissect(pcap, f"gvcp.cmd.command == {RESEND}", "frame.number")
    resent = dissect(pcap, "gvsp.status == 0x0100", "frame.number")
    assert 0 < len(asked) <= len(resent)
