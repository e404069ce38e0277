"""Completion: the shell is asked, and each shell's protocol."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin import cli

if TYPE_CHECKING:
    from pathlib import Path


def completed(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """What the last word may become, as bash is told it."""
    monkeypatch.setenv("_LLPYSPIN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["llpyspin", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    assert cli.main([]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return [line.partition(",")[2] for line in told.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["re"], ["record", "repair", "report", "replay"]),
        (["l"], ["list"]),
        (["record", "--se"], ["--seconds", "--segment-seconds", "--serve", "--sessions"]),
        (["record", "--codec", "f"], ["ffv1"]),
        (["record", "--sync", ""], ["lines", "ptp"]),
        (["record", "--virtual", "--overflow", "s"], ["spill", "stop"]),
        (["doctor", "--no"], ["--no-measure"]),
        (["completion", "p"], ["powershell"]),
        (["list", "--frame"], []),
    ],
)
def test_word_is_completed(
    words: list[str], found: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorted(completed(words, monkeypatch, capsys)) == sorted(found)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_script_of_each_shell_asks_llpyspin(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_LLPYSPIN_COMPLETE" in script
    assert f"{shell}_complete" in script


def test_shell_of_the_account_is_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    assert cli.main(["completion"]) == 0
    assert "#compdef llpyspin" in capsys.readouterr().out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert cli.main(["completion"]) == 2
    assert "your shell is not known (tcsh). Name it: bash, zsh, fish, powershell" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_commands_options_and_files(tmp_path: Path) -> None:
    program = tmp_path / "llpyspin"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llpyspin "$@"\n')
    program.chmod(0o755)
    (tmp_path / "rig.yaml").touch()
    script = (
        'eval "$(llpyspin completion bash)"\n'
        'ask() { COMP_WORDS=(llpyspin "$@"); COMP_CWORD=$#; COMPREPLY=(); '
        '_llpyspin_completion llpyspin 2>/dev/null; echo "${COMPREPLY[*]}"; }\n'
        "ask che; ask record --ov; ask record --config rig"
    )
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    first, second, *rest = done.stdout.splitlines()
    assert first == "check", done.stderr
    assert second.split() == ["--overflow", "--overwrite"]
    assert rest in ([""], ["rig"], ["rig.yaml"])  # files are completed by bash itself
