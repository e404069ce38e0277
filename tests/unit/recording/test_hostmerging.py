"""One session of several hosts: its account, what is unknown, and what collecting brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import load
from llpyspin.errors import RecordingError
from llpyspin.recording.checking.check import check
from llpyspin.recording.collecting.collect import collect
from llpyspin.recording.hostmerging import merge, merged
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.session import Session
from tests.unit.hostsessions import RIGHT_NS, record_part, session_of_hosts
from tests.unit.recordings import EPOCH, PERIOD

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = "." * 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session of which only the host of the primary is here."""
    place = tmp_path / "pair"
    record_part(place / "left", "left", FRAMES)
    session_of_hosts().save(place / "session.json")
    return place


def test_files_of_all_hosts_give_one_account(folder: Path) -> None:
    record_part(folder / "right", "right", "..t" + FRAMES[3:])
    session = merge(folder)
    account = session.account
    assert account is not None
    assert account.adds_up, account.reasons
    assert (account.triggers, [camera.name for camera in account.cameras]) == (60, ["top", "side", "back"])
    assert account.camera("side").lost["transport"] == 1
    left, right = account.hosts
    assert (left.name, left.source, left.clock) == ("left", "files", None)
    assert right.clock is not None
    assert abs(right.clock.offset_ns - RIGHT_NS) < 100_000
    assert right.shift == pytest.approx(0, abs=0.01)
    assert account.spread is not None
    assert account.spread.most_us < 200
    assert "3 virtual cameras on 2 hosts, 60 triggers" in str(account)
    assert Session.read(folder / "session.json") == session


def test_check_of_all_hosts_decodes_their_pictures(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES)
    merge(folder)
    report = check(folder)
    assert report.ok, report.findings
    assert report.complete
    assert report.pictures == {"left/top.raw": 60, "right/side.raw": 60, "right/back.raw": 60}
    (folder / "right" / "back.raw").unlink()
    assert any("right/back.raw" in finding for finding in check(folder).findings)


def test_host_that_was_lost_is_unknown_until_its_files_are_here(folder: Path, tmp_path: Path) -> None:
    account = merge(folder).account
    assert account is not None
    assert not account.adds_up
    assert [host.source for host in account.hosts] == ["files", "unknown"]
    assert account.camera("top").written == 60
    assert account.camera("side").unknown
    assert "side: host right was lost" in account.reasons[0]
    assert account.verdict == ""
    assert "?" in str(account)
    assert any("files of host right are not here" in finding for finding in check(folder).findings)
    record_part(tmp_path / "there" / "right", "right", FRAMES)
    report = collect(tmp_path / "there" / "right", folder)
    assert report.verified
    account = Session.read(folder / "session.json").account
    assert account is not None
    assert account.complete
    assert check(folder).complete


def test_host_that_answered_is_known_although_its_files_are_away(folder: Path, tmp_path: Path) -> None:
    part = record_part(tmp_path / "there" / "right", "right", FRAMES[:-1] + "t")
    session = merged(Session.read(folder / "session.json"), {"right": part})
    session.save(folder / "session.json")
    account = merge(folder).account
    assert account is not None
    assert account.adds_up, account.reasons
    assert [host.source for host in account.hosts] == ["files", "told"]
    assert account.camera("back").lost["transport"] == 1
    assert not account.complete
    assert any("They were in /data/right on pc-right" in finding for finding in check(folder).findings)


@pytest.mark.parametrize("missed", [1, 2])
def test_first_pulses_that_a_host_missed_are_found_by_pings(folder: Path, missed: int) -> None:
    record_part(folder / "right", "right", FRAMES, missed=missed)
    account = merge(folder).account
    assert account is not None
    assert account.hosts[1].shift == pytest.approx(missed, abs=0.05)
    assert f"each belongs to the trigger {missed} after that of its row" in account.reasons[-1]
    assert account.reasons[-1].startswith("host right: by pings")


def test_missed_pulse_is_not_certain_without_a_good_ping(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES, missed=1)
    session_of_hosts(unsure_ns=PERIOD // 3).save(folder / "session.json")
    account = merge(folder).account
    assert account is not None
    assert account.adds_up
    assert "so its triggers are not certain" in account.camera("side").notes[-1]
    session_of_hosts(pings=False).save(folder / "session.json")
    account = merge(folder).account
    assert account is not None
    assert "no ping compared its host" in account.camera("back").notes[-1]


def test_times_of_all_hosts_are_on_one_clock(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES)
    merge(folder)
    with load(folder) as loaded:
        assert np.ptp([loaded[name].host_ns for name in loaded], axis=0).max() < 200_000
        assert abs(int(loaded["back"].host_ns[0]) - EPOCH) < 400_000
        assert len({str(loaded[name].times[9])[:22] for name in loaded}) == 1
        images = loaded.at(7)
    assert all(image is not None for image in images.values())


def test_killed_recording_of_a_host_is_repaired_in_its_place(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES, state="recording")
    assert merge(folder).state == "recording"
    assert any("killed" in finding for finding in check(folder).findings)
    report = repair(folder)
    assert report.done
    assert all(text.startswith("host right: ") for text in report.done)
    assert Session.read(folder / "session.json").state == "repaired"
    assert not repair(folder).done


def test_merging_again_changes_nothing(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES)
    assert merge(folder) == merge(folder)


def test_collected_session_is_whole_in_any_order(folder: Path, tmp_path: Path) -> None:
    merge(folder)
    record_part(tmp_path / "there" / "right", "right", FRAMES)
    nas = tmp_path / "nas"
    (nas / "pair").mkdir(parents=True)
    assert collect(tmp_path / "there" / "right", nas / "pair").verified
    assert collect(folder, nas).verified
    assert check(nas / "pair").complete
    again = collect(folder, nas)
    assert again.verified
    assert not any(file.copied for file in again.files)
    assert check(nas / "pair").complete


def test_part_of_another_recording_is_refused(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES)
    path = folder / "right" / "session.json"
    Session.read(path).replace(id="other").save(path)
    with pytest.raises(RecordingError, match=r"host right has the id other.*another recording"):
        merge(folder)


def test_session_of_one_host_is_not_merged(folder: Path) -> None:
    with pytest.raises(RecordingError, match="not a session of several hosts"):
        merge(folder / "left")


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", ""])
def test_host_whose_name_leads_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    text = (folder / "session.json").read_text().replace('"left"', f'"{name}"')
    (folder / "session.json").write_text(text)
    with pytest.raises(RecordingError, match="no name of a folder"):
        Session.read(folder / "session.json")


def test_files_of_cameras_stay_in_the_folder_of_their_host(folder: Path) -> None:
    record_part(folder / "right", "right", FRAMES)
    merge(folder)
    text = (folder / "session.json").read_text()
    (folder / "session.json").write_text(text.replace("right/side.raw", "left/side.raw"))
    with pytest.raises(RecordingError, match="not a file in its own folder"):
        Session.read(folder / "session.json")
