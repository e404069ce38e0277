"""``llpyspin replay``: what is wrong is said before the program starts, and how the program is started."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import cli
from tests.unit.recordings import record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Programs that would have been started in the place of this one."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr("llpyspin.system.programs.become", lambda *given: found.append(given))
    return found


def test_program_is_started_with_the_recording_as_its_world(
    started: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, ["...", "..."])
    cli.main(
        ["replay", str(tmp_path), "--pace", "read", "--repeat", "--", sys.executable, "x.py", "--pace", "1"]
    )
    ((path, command, variables),) = started
    assert path == sys.executable
    assert list(command) == [sys.executable, "x.py", "--pace", "1"]
    world = json.loads(variables["LLPYSPIN_VIRTUAL"])
    assert world == {"replay": {"path": str(tmp_path), "pace": "read", "repeat": True}}
    assert variables["LLPYSPIN_SDK"] == "virtual"
    assert "Replaying" in capsys.readouterr().err


def test_recording_that_cannot_be_replayed_is_one_line(
    started: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, ["..."], state="recording")
    for place, said in ((tmp_path, "llpyspin repair"), (tmp_path / "no", "does not exist")):
        assert cli.main(["replay", str(place), "--", sys.executable]) == 1
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1
        assert "LLPYSPIN_VIRTUAL" not in told
    assert not started


def test_program_that_is_not_there_is_said(
    started: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, ["..."])
    assert cli.main(["replay", str(tmp_path), "--", "no-such-program"]) == 127
    assert "there is no program no-such-program" in capsys.readouterr().err
    assert cli.main(["replay", str(tmp_path)]) == 2
    assert "PROGRAM" in capsys.readouterr().err
    assert not started
