"""The structure of the package: the figures that were reached stay, and the map names what is there."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pathlib
import re
from typing import Any

import pytest
import yaml

from llpyspin import PrimaryCamera, SecondaryCamera, StereoCamera, VideoStream
from llpyspin.naming.aliases import ALIASES
from llpyspin.naming.known import did_you_mean
from llpyspin.reading.limits import READ_S
from llpyspin.recording.sinks.choosing import CODECS
from llpyspin.recording.sinks.encoders import ENCODERS, FAMILIES
from llpyspin.recording.sinks.kinds import FORMATS
from llpyspin.settings.applying import ORDER

TOP = pathlib.Path(__file__).parents[2]
REACHED = (
    "entries in the package root",
    "classes behind VideoStream",
    "classes behind PrimaryCamera",
    "classes behind SecondaryCamera",
    "classes behind StereoCamera",
    "methods that only raise NotImplementedError",
    "private attributes assigned by several classes",
    "private methods called by several classes",
    "circles of imports",
    "file names that stand in several folders",
    "modules of over 400 lines",
    "lines of the longest module",
    "methods of one class, at most",
    "lines of one class, at most",
    "sentences of over 25 words (%)",
    "sentences of over 25 words in docstrings (%)",
    "sentences of over 25 words in errors (%)",
    "objects that tests make without a constructor",
    "test names of over 70 characters",
    "lines of a function, median",
    "lines of a function, 90 %",
)
ANSWERS = {
    "llpyspin/reading/limits.py": "READ_S",
    "llpyspin/recording/sinks/encoders.py": "ENCODERS",
    "llpyspin/recording/sinks/kinds.py": "FORMATS",
    "llpyspin/recording/account/firstpulse.py": "off_the_pulses",
    "llpyspin/device/table.py": "settings_of",
    "llpyspin/naming/aliases.py": "ALIASES",
}
"""What decides, in each file that CONTRIBUTING.md names as an answer."""


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("structure", TOP / "tools" / "structure.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return {figure.name: figure for figure in tool.figures()}


@pytest.mark.parametrize("name", REACHED)
def test_figure_that_was_reached_is_kept(figures: dict[str, Any], name: str) -> None:
    assert figures[name].kept, figures[name]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/explanation/how-it-works.md"])
def test_map_names_files_that_are_there(page: str) -> None:
    text = (TOP / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:llpyspin/)?[\w/]+\.py)`", text))
    assert named
    missing = [name for name in named if not (TOP / name).exists() and not (TOP / "llpyspin" / name).exists()]
    assert not missing


def test_answers_of_the_page_are_the_files_that_decide() -> None:
    page = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = page[page.index("| to change | file |") : page.index("Objects own the state")]
    assert set(re.findall(r"`(llpyspin/[\w/]+\.py)`", table)) == set(ANSWERS)
    for answer, name in ANSWERS.items():
        tree = ast.parse((TOP / answer).read_text(encoding="utf-8"))
        assert any(re.match(rf"(def )?{name}\b", ast.unparse(each)) for each in tree.body), answer


def test_what_these_files_decide_holds_for_cameras_and_recordings() -> None:
    for camera in (VideoStream, PrimaryCamera, SecondaryCamera, StereoCamera):
        assert inspect.signature(camera).parameters["timeout"].default == READ_S
    assert {*CODECS} == {*FAMILIES, *FORMATS}
    assert {name for names in FAMILIES.values() for name in names} == set(ENCODERS)
    assert did_you_mean("fps", ORDER) == f"Did you mean '{ALIASES['fps'][0]}'?"


def test_commands_of_the_page_are_in_the_makefile() -> None:
    page = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)", page))
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert len(named) > 8
    assert named <= targets


def test_commit_hooks_are_tasks_of_the_makefile() -> None:
    hooks = yaml.safe_load((TOP / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    tasks = [hook["entry"].removeprefix("make ") for hook in hooks]
    assert tasks == ["lint", "types", "layers"]
    assert all(re.search(rf"^{task}:", makefile, re.MULTILINE) for task in tasks)
