"""Switching the 3.3 V of a primary gives a pulse, or pulses are inverted: no frame has a wrong trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.recording import load
from llpyspin.rig import Rig
from llpyspin.virtual import fault
from tests.process.pair import SERIALS, SMALL, run_until, use_wired_pair
from tests.process.rig_worlds import FAST, cameras, proven
from tests.slowly import but_slow

if TYPE_CHECKING:
    import pathlib

OPTIONS: dict[str, Any] = {"sdk": "virtual", "roi": SMALL, "primed": False}


@pytest.fixture(autouse=True)
def supply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras, wired, of which the first gives a pulse with each switching of its supply."""
    use_wired_pair(monkeypatch, [{"serial": SERIALS[0], "kind": "supply_edge", "us": 30}])


@pytest.mark.parametrize("first", but_slow(["secondary"], ["primary"]))
def test_whichever_is_primed_first_each_pulse_has_its_row(first: str, tmp_path: pathlib.Path) -> None:
    with (
        PrimaryCamera(SERIALS[0], framerate=20, **OPTIONS) as primary,
        SecondaryCamera(SERIALS[1], **OPTIONS) as secondary,
    ):
        order: list[Any] = [primary, secondary] if first == "primary" else [secondary, primary]
        for number in range(2):
            for camera in order:
                camera.prime(tmp_path / f"{camera.kind}{number}", codec="raw")
            primary.trigger()
            run_until(primary, 6)
            assert len(primary.stop()) == len(secondary.stop())
    for path in tmp_path.glob("*.json"):
        with load(path) as recorded:
            account = recorded.session.account
        assert account is not None
        assert account.adds_up, str(account)
        assert not account.cameras[0].all_lost


@pytest.mark.slow
def test_late_frame_of_a_supply_edge_is_in_no_recording(tmp_path: pathlib.Path) -> None:
    with (
        PrimaryCamera(SERIALS[0], framerate=20, **OPTIONS) as primary,
        SecondaryCamera(SERIALS[1], **OPTIONS) as secondary,
    ):
        secondary.prime(tmp_path / "secondary", codec="raw")
        fault(SERIALS[1], "stall", seconds=3)  # the frame of the edge leaves the camera when pulses come
        primary.prime()
        primary.trigger()
        run_until(primary, 6)
        assert len(primary.stop()) == len(secondary.stop())
    account = secondary.account
    assert account is not None
    assert account.adds_up, str(account)


def test_a_rig_is_recorded_twice(tmp_path: pathlib.Path) -> None:
    with Rig(cameras(2), framerate=50, sdk="virtual") as rig:
        for number in range(2):
            rig.prime(tmp_path / str(number), **FAST)
            rig.trigger()
            for _ in range(8):
                rig.read()
            account = proven(rig.stop(), tmp_path / str(number)).account
            assert account is not None
            assert not any(camera.all_lost for camera in account.cameras)


def test_inverted_pulses_are_named_by_the_account(tmp_path: pathlib.Path) -> None:
    members = cameras(2, exposure=2000)
    members[1]["lines"] = {"activation": "FallingEdge"}
    members[0]["exposure"] = 4000
    with Rig(members, framerate=50, sdk="virtual") as rig:
        rig.prime(tmp_path / "session", **FAST)
        rig.trigger()
        for _ in range(20):
            rig.read()
        account = proven(rig.stop(), tmp_path / "session").account
    assert account is not None
    assert any("the pulses are inverted" in note for note in account.camera("b").notes)
    assert not account.camera("a").notes
