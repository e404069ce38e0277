"""How children are started: what they import, and from where, whatever the working directory is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin.processes.childpython import child_command

if TYPE_CHECKING:
    from pathlib import Path


def run(command: list[str], cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True, timeout=60).stdout


def test_child_gets_its_arguments(tmp_path: Path) -> None:
    command = child_command("import json; print(json.dumps(sys.argv[1:]))", "a b", "", "-x")
    assert json.loads(run(command, tmp_path)) == ["a b", "", "-x"]


def test_child_does_not_import_from_its_working_directory(tmp_path: Path) -> None:
    for name in ("json", "socket", "llpyspin"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong file')\n")
    assert run(child_command("import json, socket, llpyspin; print('right')"), tmp_path) == "right\n"


@pytest.mark.parametrize("name", ["plain", "with space", "line\nfeed", "quote'\"", "na\udcefve"])
def test_child_imports_from_the_folders_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "only_there.py").write_text("print('found')\n")
    monkeypatch.syspath_prepend(str(folder))
    assert run(child_command("import only_there"), tmp_path) == "found\n"


def test_empty_entry_of_the_path_is_the_working_directory_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("import os; os.chdir('/'); print('found')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert run(child_command("import only_here; print('' in sys.path)"), tmp_path) == "found\nFalse\n"


# A module that lacks an attribute is what CPython 3.13 stumbles over.
_WITHOUT_A_FOLDER = """
import os, subprocess, sys, tempfile
from llpyspin.processes.childpython import child_command
sys.path.insert(0, "")
gone = tempfile.mkdtemp()
os.chdir(gone)
os.rmdir(gone)
child = "import socket, numpy; print(hasattr(socket, 'no_such_name'), '' in sys.path)"
print(subprocess.run(child_command(child), capture_output=True, text=True))
"""


def test_child_starts_where_the_working_directory_is_gone(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(_WITHOUT_A_FOLDER)
    said = run([sys.executable, str(tmp_path / "program.py")], tmp_path)
    assert "returncode=0, stdout='False False\\n', stderr=''" in said


@pytest.mark.parametrize("flag", ["-E", "-s"])
def test_child_ignores_what_its_parent_ignores(tmp_path: Path, flag: str) -> None:
    (tmp_path / "program.py").write_text(
        "import subprocess; from llpyspin.processes.childpython import child_command\n"
        "code = 'print(sys.flags.ignore_environment, sys.flags.no_user_site)'\n"
        "print(subprocess.check_output(child_command(code), text=True))"
    )
    said = run([sys.executable, flag, str(tmp_path / "program.py")], tmp_path)
    assert said.split() == (["1", "0"] if flag == "-E" else ["0", "1"])
