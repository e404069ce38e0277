"""Old import paths keep working, with a warning."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from llpyspin.naming.moved import MOVED


@pytest.fixture(autouse=True)
def forgotten() -> None:
    for name in MOVED:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("old", "new"), MOVED.items())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_path_has_the_names_of_the_new_one(old: str, new: str) -> None:
    there = importlib.import_module(new)
    here = importlib.import_module(old)
    names = getattr(there, "__all__", ())
    assert all(getattr(here, name) is getattr(there, name) for name in names)


def test_old_path_warns_and_names_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match=r"llpyspin\.jobs is llpyspin\.reading\.jobs now"):
        importlib.import_module("llpyspin.jobs")


def test_path_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"llpyspin\.nothing"):
        importlib.import_module("llpyspin.nothing")


def test_import_of_the_package_imports_no_room() -> None:
    program = "import sys, llpyspin; print([m for m in sys.modules if m.startswith('llpyspin')])"
    command = [sys.executable, "-c", program]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    names = ["naming", "naming.later", "naming.moved", "system", "system.programs"]
    assert shown.stdout.strip() == str([*(f"llpyspin.{name}" for name in names), "llpyspin"])


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("llpyspin.reading.request", "FrameRequest", "HeldFrame"),
        ("llpyspin.reading.request", "Handed", "FrameHandle"),
        ("llpyspin.frames", "NoFreeSlot", "NoFreeBuffer"),
        ("llpyspin.doctor", "Asked", "Options"),
        ("llpyspin.doctor", "examine", "diagnose"),
    ],
)
def test_old_name_is_the_new_one_and_warns(module: str, old: str, new: str) -> None:
    there = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=rf"{old} is {module}\.{new} now"):
        found = getattr(there, old)
    assert found is getattr(there, new)


def test_name_that_never_was_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        importlib.import_module("llpyspin.doctor").nothing  # noqa: B018
