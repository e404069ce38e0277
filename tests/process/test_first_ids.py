"""Frame ids that do not begin where a camera begins: nothing is numbered wrongly in silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.recording import check, load
from llpyspin.rig import Rig
from llpyspin.virtual import read_stamp
from tests.process.pair import SERIALS, SMALL, run_until, use_wired_pair
from tests.process.rig_worlds import cameras, proven, wired
from tests.slowly import but_slow

if TYPE_CHECKING:
    import pathlib

    from llpyspin.recording.account.account import Account


Fault = dict[str, Any]


def recorded(
    faults: list[Fault], monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, model: str = "BFS-U3-16S2M"
) -> tuple[Account, Account]:
    """Accounts of a primary and a secondary, whose triggers are as the numbers in their pixels say."""
    use_wired_pair(monkeypatch, faults, model)
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
    return account_of(tmp_path / "p.json"), account_of(tmp_path / "s.json")


def account_of(path: pathlib.Path) -> Account:
    """That of a camera alone: either it says that triggers may be off, or each is as its pixels say."""
    with load(path) as loaded:
        account, (recording,) = loaded.account, loaded.values()
        assert account is not None
        rows = [row for row in recording.columns if row["state"] == "written"]
        shown = [read_stamp(recording.frames[int(row["frame"])]).frame for row in rows]
    assert shown
    if account.adds_up:
        assert check(path).ok, str(check(path))
        assert [int(row["trigger"]) for row in rows] == shown, str(account)
    return account


def ids(begin: int, serial: str = SERIALS[1]) -> Fault:
    return {"serial": serial, "kind": "ids", "begin": begin}


def lose(count: int, serial: str = SERIALS[1]) -> list[Fault]:
    return [{"serial": serial, "kind": "lose", "at": list(range(count))}] if count else []


def miscount(by: int, serial: str = SERIALS[1]) -> Fault:
    return {"serial": serial, "kind": "miscount", "by": by, "where": "start"}


@pytest.mark.parametrize("begin", but_slow([7], [2, 500, 40_000]))
@pytest.mark.parametrize("lost", [0, 3])
def test_ids_that_begin_late_shift_no_trigger(
    begin: int, lost: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    primary, secondary = recorded([ids(begin), *lose(lost)], monkeypatch, tmp_path)
    assert primary.adds_up, str(primary)
    assert secondary.adds_up, str(secondary)
    assert secondary.cameras[0].lost["transport"] == lost
    assert secondary.triggers == primary.triggers
    assert f"had the id {begin + lost}, not 0" in str(secondary)


@pytest.mark.parametrize("begin", but_slow([2], [1, 500]))
def test_primary_whose_ids_begin_late_shifts_no_trigger(
    begin: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    for account in recorded([ids(begin, SERIALS[0])], monkeypatch, tmp_path):
        assert account.adds_up, str(account)
        assert account.cameras[0].lost["transport"] == 0


def test_gige_ids_that_begin_late_shift_no_trigger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    model = "BFS-PGE-16S2M"
    _, secondary = recorded([ids(600), *lose(2)], monkeypatch, tmp_path, model)
    assert secondary.adds_up, str(secondary)
    assert secondary.cameras[0].lost["transport"] == 2


def test_first_id_that_is_one_too_large_is_told_or_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Ids and counter contradict each other by one, and either may be off: the clocks decide."""
    _, secondary = recorded([ids(1)], monkeypatch, tmp_path)
    assert not secondary.adds_up
    assert "each belongs to the trigger 1 before" in str(secondary)


@pytest.mark.parametrize("begin", but_slow([1], [30]))
@pytest.mark.parametrize("by", [-1, 1])
def test_ids_and_a_counter_that_are_both_off_are_told_or_right(
    begin: int, by: int, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    recorded([ids(begin), miscount(by)], monkeypatch, tmp_path)


def test_frames_that_are_really_lost_before_the_first_add_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    primary, secondary = recorded(lose(5), monkeypatch, tmp_path)
    assert secondary.adds_up, str(secondary)
    assert secondary.cameras[0].lost["transport"] == 5
    assert secondary.triggers == primary.triggers


def test_rig_reads_and_records_cameras_whose_ids_begin_late(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    config = json.loads(wired(3))
    config["faults"] = [ids(7), *lose(2), ids(40_000, "20000003")]
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    with Rig(cameras(3), framerate=50, sdk="virtual") as rig:
        rig.prime(tmp_path / "session", codec="raw")
        rig.trigger()
        for _ in range(10):
            images = rig.read()
            numbers = {read_stamp(image).frame for image in images.values() if image is not None}
            assert len(numbers) == 1
        session = rig.stop()
    account = proven(session, tmp_path / "session").account
    assert account is not None
    assert [camera.lost["transport"] for camera in account.cameras] == [0, 2, 0]


def test_pre_trigger_of_cameras_whose_ids_begin_late_shifts_no_trigger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    config = json.loads(wired(2))
    config["faults"] = [ids(7), ids(300, "20000001")]
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    with Rig(cameras(2), framerate=50, sdk="virtual") as rig:
        rig.prime(tmp_path / "session", codec="raw", pre_trigger=0.2)
        for _ in range(30):
            rig.read()
        rig.trigger()
        for _ in range(10):
            rig.read()
        session = rig.stop()
    account = proven(session, tmp_path / "session").account
    assert account is not None
    assert account.first_trigger > 0
    assert not any(camera.all_lost for camera in account.cameras)


@pytest.mark.slow
def test_frames_lost_at_the_start_of_a_pre_trigger_have_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    lost = {"kind": "lose", "frames": 3}
    use_wired_pair(monkeypatch, [{"serial": SERIALS[0], **lost}], "BFS-PGE-16S2M")
    options = {"sdk": "virtual", "roi": SMALL, "primed": False}
    with (
        PrimaryCamera(SERIALS[0], framerate=20, **options) as primary,
        SecondaryCamera(SERIALS[1], **options) as secondary,
    ):
        secondary.prime(tmp_path / "s", codec="raw", pre_trigger=1)
        primary.prime(tmp_path / "p", codec="raw", pre_trigger=1)
        run_until(primary, 5)
        primary.trigger()
        run_until(primary, 12)
        primary.stop()
        secondary.stop()
    first, second = account_of(tmp_path / "p.json"), account_of(tmp_path / "s.json")
    assert first.adds_up, first.reasons
    assert second.adds_up, second.reasons
    assert first.first_trigger == second.first_trigger == 0
    assert first.cameras[0].lost["transport"] == 3
