"""The doctor with the real SDK and GigE cameras: found, on which interface, and held by whom."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    from tests.rig.rig import Rig


def examined(rig: Rig) -> list[dict[str, Any]]:
    """Findings of the command; ``ip netns exec`` shows it the interfaces of that network in ``/sys`` too."""
    ended = subprocess.run(
        [
            *("ip", "netns", "exec", rig.namespace, sys.executable, "-m", "llpyspin"),
            *("doctor", "--sdk", "rotpy", "--anyway", "--no-measure", "--json"),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.stderr == ""
    findings: list[dict[str, Any]] = json.loads(ended.stdout)["findings"]
    return findings


@pytest.mark.slow
def test_gige_cameras_are_found_with_their_interface_and_their_holder(rig: Rig) -> None:
    with VideoStream(rig.serials[0], sdk="rotpy") as cap:
        cap.read()
        findings = examined(rig)
    by_code = {each["code"]: each for each in findings}
    cameras = {each["data"]["serial"] for each in findings if each["code"] == "camera"}
    assert cameras == set(rig.serials)
    assert "rotpy-loads" in by_code
    assert "gige-wrong-subnet" not in by_code
    held = by_code["camera-held"]
    assert held["data"]["serial"] == rig.serials[0]
    assert "probably by process" in held["text"]
    # the link is set up as FLIR advises: packets of 9000 bytes, buffers of 32 MiB
    assert "rmem" in by_code
    assert "network" in by_code or "rp-filter" in by_code
