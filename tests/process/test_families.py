"""Rigs of each camera family: wired as the lines table says, recorded, and accounted for."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from llpyspin.rig import Rig
from llpyspin.roles import lines_of
from llpyspin.virtual.catalogue import model_named
from tests.process.rig_worlds import FAST, proven

if TYPE_CHECKING:
    import pathlib

MODELS = (
    *("GS3-U3-23S6M", "CM3-U3-31S4M", "FL3-U3-13E4M"),
    *("BFLY-PGE-13E4M", "ORX-10G-51S5M", "FFY-U3-16S2M"),
)


@pytest.mark.parametrize("model", MODELS)
def test_a_rig_of_each_family_is_recorded_without_a_gap(
    model: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of(model_named(model).name)
    config = {
        "world": f"rig-{uuid.uuid4().hex[:12]}",
        "cameras": [{"serial": serial, "model": model} for serial in ("20000001", "20000002")],
        "wires": [f"20000001:{lines.output} -> 20000002:{lines.input}"],
    }
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    cameras = [
        {"serial": f"2000000{n}", "name": name, "roi": (0, 0, 128, 256)} for n, name in ((1, "a"), (2, "b"))
    ]
    with Rig(cameras, framerate=50, sdk="virtual") as rig:
        assert rig.check_wiring().ok
        rig.prime(tmp_path / "session", **FAST)
        rig.trigger()
        deadline = time.monotonic() + 20
        while rig.status().triggers < 25:
            assert time.monotonic() < deadline
            rig.read()
        session = rig.stop()
    proven(session, tmp_path / "session")
    assert session is not None and session.account is not None
    assert session.account.triggers and session.account.triggers >= 25
