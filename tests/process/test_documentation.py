"""The documentation says what is so: its examples run, on virtual cameras, and print what it shows."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import pathlib
import pkgutil
import re
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

import llpyspin
from llpyspin import errors
from tests.process.page_runner import blocks

if TYPE_CHECKING:
    from types import ModuleType

ROOT = pathlib.Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NEEDS_HARDWARE = {"align-with-ephys.md": 1, "pose-estimation.md": 2, "pulse-box.md": 2, "several-hosts.md": 3}
"""Blocks that are shown and not run, by page; each has its reason beside it on the page."""
NEEDS = {"nwb.md": "pynwb"}
"""Pages about a library of others that not every Python has."""


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> dict[str, str]:
    """The default virtual cameras, in a world of this test's own, and a folder to write to."""
    config = {
        "world": f"docs-{uuid.uuid4().hex[:12]}",
        "cameras": [{"serial": s, "model": "BFS-U3-16S2M"} for s in ("12345678", "87654321")],
        "wires": ["12345678:Line1 -> 87654321:Line3"],
    }
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    monkeypatch.setenv("LLPYSPIN_SDK", "virtual")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    )
    monkeypatch.chdir(tmp_path)
    return dict(os.environ)


def with_code(page: pathlib.Path) -> bool:
    return bool(blocks(page.read_text(encoding="utf-8")))


def as_test(page: pathlib.Path) -> Any:
    """README and tutorial are run by each test run; the other pages take minutes together."""
    name = str(page.relative_to(ROOT))
    first = name == "README.md" or name.startswith("docs/tutorial/")
    return pytest.param(page, id=name, marks=() if first else pytest.mark.slow)


@pytest.mark.parametrize("page", [*map(as_test, filter(with_code, PAGES))])
def test_the_examples_of_the_page_run_and_print_what_it_shows(
    page: pathlib.Path, rig: dict[str, str]
) -> None:
    if page.name in NEEDS:
        pytest.importorskip(NEEDS[page.name])
    runner = ROOT / "tests" / "process" / "page_runner.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", runner, page],
        env=rig,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    shown_only = sum(not block.run for block in blocks(page.read_text(encoding="utf-8")))
    assert shown_only == NEEDS_HARDWARE.get(page.name, 0)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = []
    for module in public_modules():
        found += [test for test in finder.find(module) if test.examples]
    return found


def public_modules() -> list[ModuleType]:
    names = [
        info.name
        for info in pkgutil.walk_packages(llpyspin.__path__, "llpyspin.")
        if not any(part.startswith("_") for part in info.name.split("."))
        and "rotpy" not in info.name  # needs the vendor's SDK
        and not info.name.startswith("llpyspin.system.windows.")  # needs Windows
    ]
    return [llpyspin, *map(importlib.import_module, names)]


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_the_examples_of_the_docstring_run_and_print_what_it_shows(
    test: doctest.DocTest, rig: dict[str, str]
) -> None:
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    result = runner.run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_notebook_runs_to_its_end_and_shows_a_picture(path: pathlib.Path, rig: dict[str, str]) -> None:
    del rig["MPLBACKEND"]
    os.environ.pop("MPLBACKEND")  # the kernel's own backend makes the pictures
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute(cwd=os.getcwd())
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.slow
def test_the_manual_builds_without_a_warning(tmp_path: pathlib.Path) -> None:
    for package in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(package, reason="the manual needs the extra 'dev'")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", ROOT / "docs", tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_page_of_errors_tells_of_every_error() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    missing = [name for name in errors.__all__ if f"`{name}`" not in page]
    assert not missing


def test_the_page_of_environment_variables_tells_of_every_one() -> None:
    page = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "llpyspin").rglob("*.py"))
    named = set(re.findall(r"\bLLPYSPIN_[A-Z_]+\b", source))
    assert named
    assert not {name for name in named if f"`{name}`" not in page}


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = []
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken
