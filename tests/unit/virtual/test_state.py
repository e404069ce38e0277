"""What worlds leave behind: nothing, once their programs have ended."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin.virtual.state import WorldState

if TYPE_CHECKING:
    import pathlib


@pytest.fixture
def runtime(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "llpyspin-virtual"


def ended_program() -> int:
    """The number of a process that is not there any more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(30)
    return child.pid


def test_world_of_an_ended_program_is_removed(runtime: pathlib.Path) -> None:
    ended = f"program-{ended_program()}-aa.11"
    WorldState("program-1-bb.11")
    left = runtime / ended
    left.mkdir(mode=0o700)
    (left / "members").touch(mode=0o600)
    (left / "note-unplugged-1").touch(mode=0o600)
    WorldState("program-1-cc.11")
    assert sorted(os.listdir(runtime)) == ["program-1-bb.11", "program-1-cc.11"]


def test_world_that_a_child_still_uses_stays(runtime: pathlib.Path) -> None:
    used = f"program-{ended_program()}-aa.22"
    WorldState(used).set_unplugged("1", True)
    WorldState("program-1-cc.22")
    assert WorldState(used).unplugged("1")
    assert (runtime / used / "note-unplugged-1").exists()


def test_named_worlds_are_not_removed(runtime: pathlib.Path) -> None:
    WorldState(f"{os.getuid()}.lab")
    (runtime / "0.other").mkdir(mode=0o700)
    WorldState("program-1-cc.33")
    assert (runtime / "0.other").exists()


def test_folder_that_is_swept_away_is_made_again(
    runtime: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llpyspin.virtual import state

    join = state.join
    swept = []

    def late(descriptor: int, alone: object) -> None:
        if not swept:  # between opening the file and locking it
            swept.append(True)
            (runtime / "program-1-dd.44" / "members").unlink()
            (runtime / "program-1-dd.44").rmdir()
        join(descriptor, alone)  # type: ignore[arg-type]

    monkeypatch.setattr(state, "join", late)
    WorldState("program-1-dd.44").set_unplugged("1", True)
    assert (runtime / "program-1-dd.44" / "note-unplugged-1").exists()
