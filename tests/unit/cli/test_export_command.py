"""``llpyspin export``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llpyspin import cli
from llpyspin.cli.exporting import TARGETS
from llpyspin.export import targets
from tests.unit.export.sessions import session_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_command_knows_all_targets() -> None:
    assert tuple(targets.TARGETS) == TARGETS


def test_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = session_in(tmp_path, ["." * 4])
    assert cli.main(["export", str(session), "--to", "mp4", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "camera0.mp4: 4 frames, encoded" in told
    assert (tmp_path / "out" / "camera0.mp4").exists()
    assert cli.main(["export", str(session), "--to", "csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["triggers"] == 4


def test_command_refuses_what_exists_and_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = session_in(tmp_path, ["."])
    (tmp_path / "mouse_csv").mkdir()
    assert cli.main(["export", str(session), "--to", "csv"]) == 1
    assert "mouse_csv exists" in capsys.readouterr().err
    assert cli.main(["export", str(session), "--to", "nbw"]) == 2
    assert "Did you mean nwb?" in capsys.readouterr().err
    assert cli.main(["export", str(session)]) == 2
    assert "--to" in capsys.readouterr().err
