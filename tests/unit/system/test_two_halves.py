"""What a module of system/ has for Windows is the same, by name, as what it has for Linux."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

SYSTEM = pathlib.Path(__file__).parents[3] / "llpyspin" / "system"
OWN = {"winapi", "winhandles"}
"""Modules that only the Windows half has."""
HALVES = sorted(path.stem[3:] for path in (SYSTEM / "windows").glob("win*.py") if path.stem not in OWN)


def public(path: pathlib.Path) -> dict[str, set[str]]:
    """The public names that a module makes; for classes also their public methods and attributes."""
    found: dict[str, set[str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = {
                each.name
                for each in node.body
                if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
            }
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
    return {name: parts for name, parts in found.items() if not name.startswith("_")}


def test_windows_has_halves() -> None:
    assert {"bells", "sharedmemory"} <= set(HALVES)


@pytest.mark.parametrize("name", HALVES)
def test_both_halves_promise_the_same(name: str) -> None:
    ours = public(SYSTEM / "windows" / f"win{name}.py")
    assert ours == public(SYSTEM / "linux" / f"linux{name}.py")
    assert ours


@pytest.mark.parametrize("path", sorted((SYSTEM / "windows").glob("win*.py")), ids=lambda path: path.stem)
def test_modules_of_windows_end_at_once_elsewhere(path: pathlib.Path) -> None:
    assert 'assert sys.platform == "win32"' in path.read_text(encoding="utf-8")


def test_only_the_two_halves_import_halves() -> None:
    wrong = []
    for path in SYSTEM.parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"system\.(linux|windows)", text):
            continue
        for node in ast.walk(ast.parse(text)):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            half = module.rpartition(".")[0]
            inside = path.parent in (SYSTEM / "linux", SYSTEM / "windows")
            chooses = path.parent == SYSTEM and module.endswith(path.stem)
            if half in ("llpyspin.system.linux", "llpyspin.system.windows") and not (inside or chooses):
                wrong.append((path.name, module))
    assert wrong == []
