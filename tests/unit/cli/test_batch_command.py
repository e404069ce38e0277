"""``llpyspin batch``: what is refused, and what is said where there is nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("export x", "batch export needs --to"),
        ("check x --to mp4", "--to is only for batch export"),
        ("report x --complete", "--complete is only for batch check"),
        ("report x --quality 0", "--quality is only for batch export"),
        ("check x --workers 2 --scheduler tls://a:1", "contradict each other"),
        ("check x --insecure", "--insecure is only for --scheduler"),
        ("chek x", "Did you mean check?"),
        ("check x --workers 0", "not a whole number from 1"),
    ],
)
def test_contradiction_is_refused(call: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["batch", *call.split()]) == 2
    assert said in capsys.readouterr().err


def test_folder_without_recordings_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["batch", "check", str(tmp_path)]) == 1
    assert f"{tmp_path} has no recordings" in capsys.readouterr().out
    assert cli.main(["batch", "check", str(tmp_path / "nowhere")]) == 1
    assert "nowhere cannot be read" in capsys.readouterr().err
