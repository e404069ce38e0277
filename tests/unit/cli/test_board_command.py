"""``llpyspin board``, and the options of ``llpyspin record`` that belong to a board."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llpyspin import cli

if TYPE_CHECKING:
    from pathlib import Path


def test_board_is_written_once_and_says_how_large_it_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["board", "charuco_7x5", "--square-mm", "12"]) == 0
    said = capsys.readouterr()
    assert said.out == "charuco_7x5.pdf: charuco_7x5, squares of 12 mm, markers of 9 mm, DICT_5X5_100\n"
    assert "The board must be 84 mm wide" in said.err
    assert (tmp_path / "charuco_7x5.pdf").read_bytes().startswith(b"%PDF-")
    before = (tmp_path / "charuco_7x5.pdf").read_bytes()
    assert cli.main(["board", "charuco_7x5", "--square-mm", "13"]) == 1
    assert "exists. Choose another name: --out" in capsys.readouterr().err
    assert (tmp_path / "charuco_7x5.pdf").read_bytes() == before


def test_board_as_json_has_its_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["board", "chessboard_10x7", "--out", str(tmp_path / "b.pdf"), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["board"]["columns"] == 10
    assert written["file"] == str(tmp_path / "b.pdf")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--square-mm", "20"],
            "a calibration board has --square-mm, and there is none",
        ),
        (["--calibration", "7x5"], "there is no board '7x5'"),
        (["--calibration", "charuco_7x5", "--report"], "--calibration makes no report"),
        (["--calibration", "charuco_7x5", "--overwrite"], "--calibration needs a new folder"),
        (["--calibration", "chessboard_9x6", "--legacy-board"], "a chessboard has no markers"),
    ],
)
def test_options_of_a_board_that_make_no_sense_are_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "calib"
    assert cli.main(["record", "--virtual", "--out", str(folder), *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_output_that_is_no_pdf_or_has_no_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["board", "charuco_7x5", "--out", str(tmp_path / "b.png")]) == 1
    assert f"Did you mean --out {tmp_path / 'b.pdf'}?" in capsys.readouterr().err
    assert cli.main(["board", "charuco_7x5", "--out", str(tmp_path / "no" / "b.pdf")]) == 1
    assert f"there is no folder {tmp_path / 'no'}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chruco_7x5"], "Did you mean charuco_7x5?"),
        (["checkerboard-9x6"], "Did you mean chessboard_9x6?"),
        (["charuco_7x5", "--dictionary", "DICT_5X5_10"], "Did you mean 'DICT_5X5_100'?"),
    ],
)
def test_board_that_was_meant_is_named(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["board", *arguments]) == 1
    assert meant in capsys.readouterr().err
