"""Counters that are off by one, as some cameras' are: no trigger is made up, and the account says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.recording import load
from llpyspin.rig import Rig
from tests.process.pair import SERIALS, SMALL, run_until, use_wired_pair
from tests.process.rig_worlds import FAST, cameras, proven

if TYPE_CHECKING:
    import pathlib


@pytest.fixture(params=[1, -1])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """By how much the counters of both cameras are off."""
    use_wired_pair(
        monkeypatch,
        [{"serial": serial, "kind": "miscount", "by": request.param, "where": "start"} for serial in SERIALS],
    )
    return int(request.param)


def test_a_primary_and_a_secondary_have_one_row_for_each_pulse(by: int, tmp_path: pathlib.Path) -> None:
    options = {"sdk": "virtual", "roi": SMALL, "primed": False}
    with (
        PrimaryCamera(SERIALS[0], framerate=20, **options) as primary,
        SecondaryCamera(SERIALS[1], **options) as secondary,
    ):
        primary.prime(tmp_path / "p", codec="raw")
        secondary.prime(tmp_path / "s", codec="raw")
        primary.trigger()
        run_until(primary, 8)
        pictures = len(primary.stop()), len(secondary.stop())
    assert pictures[0] == pictures[1]
    for name in ("p", "s"):
        with load(tmp_path / f"{name}.json") as recorded:
            account = recorded.session.account
        assert account is not None
        assert account.adds_up, str(account)
        assert account.triggers == pictures[0]
        assert any(f"its counter of exposures is off by {by:+d}" in note for note in account.cameras[0].notes)


def test_a_rig_has_one_row_for_each_pulse(by: int, tmp_path: pathlib.Path) -> None:
    del by
    with Rig(cameras(2), framerate=20, sdk="virtual") as rig:
        rig.prime(tmp_path / "session", **FAST)
        rig.trigger()
        for _ in range(8):
            rig.read()
        session = rig.stop()
    account = proven(session, tmp_path / "session").account
    assert account is not None
    assert not any(camera.all_lost for camera in account.cameras)
    assert all("off by" in str(camera.notes) for camera in account.cameras)
