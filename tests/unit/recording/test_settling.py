"""A recording that has ended: its rows are settled, and it has as many triggers as the one beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.recording.account.making import account_of
from llpyspin.recording.ahead import ahead_of
from llpyspin.recording.session import Event, FileRecord
from llpyspin.recording.settling import concluded
from llpyspin.recording.sidecar import write_sidecar
from tests.unit.recording.test_account import session_of
from tests.unit.recordings import rows_of
from tests.unit.sink_pictures import GRAY, noise, write

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.session import Session


def beside(folder: Path, triggers: int) -> Account:
    folder.mkdir()
    (folder / "0.raw").touch()
    return account_of(session_of(folder, "." * triggers), folder)


def cut_short(folder: Path, triggers: int | None = None) -> Session:
    """Of a writer that was killed after 5 triggers."""
    session = session_of(folder, ".....")
    camera = session.cameras[0].replace(tally=None)
    session = session.replace(triggers=triggers, cameras=(camera,))
    write(folder / "0.raw", GRAY, noise(GRAY, 5), "raw")
    ahead_of(folder / session.cameras[0].files[0].sidecar).touch()
    return session


def test_a_recording_has_the_triggers_of_the_one_beside_it(tmp_path: Path) -> None:
    account = concluded(cut_short(tmp_path), tmp_path, beside(tmp_path / "main", 8)).account
    assert account is not None
    assert (account.triggers, account.cameras[0].written) == (8, 5)
    assert account.cameras[0].lost["writer"] == 3
    assert account.adds_up and not account.complete


def test_a_recording_that_goes_on_longer_keeps_its_triggers(tmp_path: Path) -> None:
    account = concluded(cut_short(tmp_path), tmp_path, beside(tmp_path / "main", 3)).account
    assert account is not None
    assert account.triggers == 5 and account.adds_up


@pytest.mark.parametrize("alone", [True, False])
def test_a_known_number_of_triggers_stands(tmp_path: Path, *, alone: bool) -> None:
    other = None if alone else beside(tmp_path / "main", 9)
    account = concluded(cut_short(tmp_path, 7), tmp_path, other).account
    assert account is not None
    assert account.triggers == 7 and account.cameras[0].lost["writer"] == 2


@pytest.mark.parametrize(("serial", "lost"), [("0", 3), ("1", 0)])
def test_writer_that_was_killed_between_two_files_lost_the_last_triggers(
    tmp_path: Path, serial: str, lost: int
) -> None:
    session = cut_short(tmp_path, 8)
    camera = session.cameras[0].replace(serial="0")
    ahead_of(tmp_path / camera.files[0].sidecar).unlink()
    session = session.replace(cameras=(camera,), events=(Event("writer", "was killed by SIGKILL", serial),))
    account = concluded(session, tmp_path).account
    assert account is not None
    assert account.cameras[0].lost.get("writer", 0) == lost
    assert account.adds_up == bool(lost)


@pytest.mark.parametrize(("written", "next_begins"), [(0, 1), (0, 3), (2, 4)])
def test_triggers_between_a_killed_file_and_the_next_one_have_rows(
    tmp_path: Path, written: int, next_begins: int
) -> None:
    """Camera and writer were killed together: no row tells of frames that the writer had only in memory."""
    session = cut_short(tmp_path, 8)
    ahead_of(tmp_path / "0.csv").unlink()
    write_sidecar(tmp_path / "0.csv", rows_of("." * written), overwrite=True)
    (tmp_path / "0.raw").write_bytes(b"")
    later = rows_of("." * (8 - next_begins), first=next_begins)
    write_sidecar(tmp_path / "0_001.csv", later)
    write(tmp_path / "0_001.raw", GRAY, noise(GRAY, len(later)), "raw")
    files = (FileRecord("0.raw", "0.csv"), FileRecord("0_001.raw", "0_001.csv", 1))
    camera = session.cameras[0].replace(files=files)
    killed = Event("writer", "was killed by SIGKILL", camera.serial)
    account = concluded(session.replace(cameras=(camera,), events=(killed,)), tmp_path).account
    assert account is not None
    assert account.adds_up, account.reasons
    assert account.cameras[0].lost["writer"] == next_begins - written
    assert account.cameras[0].written == 8 - next_begins + written
