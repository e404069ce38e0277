"""Missed first pulses are found at any setting of a secondary, and no setting is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RigError
from llpyspin.rig import Rig
from llpyspin.virtual import fault
from tests.process.rig_worlds import ROI, proven, wired
from tests.slowly import but_slow

if TYPE_CHECKING:
    import pathlib

WIDTH = {"ExposureMode": "TriggerWidth"}
INVERTED = {"lines": {"activation": "FallingEdge"}}


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


def rig(**second: Any) -> Rig:
    first = {"serial": "20000001", "name": "a", "roi": ROI, "exposure": 3000}
    other = {"serial": "20000002", "name": "b", "roi": ROI, **second}
    return Rig([first, other], framerate=50, sdk="virtual")


SETTINGS = [
    {},
    {"nodes": {"TriggerDelay": 5000}},
    {"nodes": {"TriggerDelay": 10_000}},
    {"nodes": {"TriggerDelay": 16_000}},
    {"exposure": 12_000},
    {"nodes": WIDTH},
    INVERTED,
]
NOT_WIDTH = [each for each in SETTINGS if each.get("nodes") != WIDTH]


@pytest.mark.parametrize("settings", but_slow(NOT_WIDTH[:2], NOT_WIDTH[2:]), ids=str)
def test_a_missed_first_pulse_is_found_at_any_setting(
    settings: dict[str, Any], tmp_path: pathlib.Path
) -> None:
    with rig(**settings) as cameras:
        cameras.prime(tmp_path / "one", codec="raw")
        fault("20000002", "miss", at=[0])
        cameras.trigger()
        for _ in range(30):
            cameras.read(timeout=20)
        session = cameras.stop()
    assert session is not None
    assert session.account is not None
    assert any("1.00 periods later" in reason for reason in session.account.reasons), str(session.account)


@pytest.mark.parametrize("settings", but_slow(SETTINGS[:2], SETTINGS[2:]), ids=str)
def test_no_setting_is_taken_for_a_missed_pulse(settings: dict[str, Any], tmp_path: pathlib.Path) -> None:
    with rig(**settings) as cameras:
        session = cameras.record(0.6, tmp_path / "one", progress=False, codec="raw")
    proven(session, tmp_path / "one")
    assert not [note for note in session.account.camera("b").notes if "certain" in note or "compared" in note]


def test_a_rig_refuses_pulses_that_come_during_the_readout(tmp_path: pathlib.Path) -> None:
    second = {"serial": "20000002", "name": "b", "lines": {"overlap": "Off"}, "exposure": 4000}
    with Rig(["20000001", second], framerate=150, sdk="virtual") as cameras:
        with pytest.raises(RigError, match=r"118\.\d Hz is the maximum"):
            cameras.prime(tmp_path / "one")
    with Rig(["20000001", second], framerate=110, sdk="virtual") as cameras:
        cameras.prime()
