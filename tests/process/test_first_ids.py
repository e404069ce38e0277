"""Frame ids that do not begin where a camera begins: nothing is numbered wrongly in silence."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.recording import load
from tests.process.pair import SMALL, run_until

if TYPE_CHECKING:
    import pathlib

    from llpyspin.recording.account.account import Account

SERIALS = ("20000001", "20000002")


def recorded(
    begin: int, lost: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, serial: str = SERIALS[1]
) -> tuple[Account, Account]:
    """Accounts of a primary and a secondary, one with ids from there on that really loses so many frames."""
    faults = [{"serial": serial, "kind": "ids", "begin": begin}]
    if lost:
        faults.append({"serial": serial, "kind": "lose", "at": list(range(lost))})
    config = {
        "world": f"ids-{uuid.uuid4().hex[:12]}",
        "cameras": [{"serial": serial, "model": "BFS-U3-16S2M"} for serial in SERIALS],
        "wires": [f"{SERIALS[0]}:Line1 -> {SERIALS[1]}:Line3"],
        "faults": faults,
    }
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    options = {"sdk": "virtual", "roi": SMALL, "primed": False}
    with (
        PrimaryCamera(SERIALS[0], framerate=20, **options) as primary,
        SecondaryCamera(SERIALS[1], **options) as secondary,
    ):
        secondary.prime(tmp_path / "s", codec="raw")
        primary.prime(tmp_path / "p", codec="raw")
        primary.trigger()
        run_until(primary, 12)
        primary.stop()
        secondary.stop()
    accounts = []
    for name in ("p", "s"):
        with load(tmp_path / f"{name}.json") as session:
            account = session.session.account
        assert account is not None
        accounts.append(account)
    return accounts[0], accounts[1]


@pytest.mark.parametrize("begin", [7, 500])
@pytest.mark.parametrize("lost", [0, 3])
def test_ids_that_begin_a_little_later_never_shift_triggers_in_silence(
    begin: int, lost: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    primary, secondary = recorded(begin, lost, monkeypatch, tmp_path)
    assert primary.adds_up, str(primary)
    assert not secondary.adds_up, str(secondary)
    assert "may not have begun at their start" in str(secondary)
    assert f"off by up to {begin}" in str(secondary)


@pytest.mark.parametrize("lost", [0, 3])
def test_ids_that_begin_far_away_lose_nothing_and_lost_frames_are_told(
    lost: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    _, secondary = recorded(40_000, lost, monkeypatch, tmp_path)
    assert secondary.adds_up == (not lost), str(secondary)


def test_primary_with_high_first_id_does_not_make_secondaries_doubtful(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    for account in recorded(40_000, 0, monkeypatch, tmp_path, SERIALS[0]):
        assert account.adds_up, str(account)


def test_frames_that_are_really_lost_before_the_first_add_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    primary, secondary = recorded(0, 5, monkeypatch, tmp_path)
    assert secondary.adds_up, str(secondary)
    assert secondary.cameras[0].lost["transport"] == 5
    assert secondary.triggers == primary.triggers
