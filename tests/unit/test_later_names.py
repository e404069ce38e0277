"""Public names of a package are imported when they are first used, in one way in the whole package."""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import TYPE_CHECKING

import pytest

import llpyspin
from llpyspin.naming.later import later_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PACKAGE = "package_of_later_names"


@pytest.fixture
def package(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package with one module that counts how often it is read."""
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").write_text("")
    (tmp_path / PACKAGE / "home.py").write_text("found = ['here']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(PACKAGE)
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_module_is_imported_when_its_name_is_used(package: ModuleType) -> None:
    find = later_names(PACKAGE, {"found": "home"})
    assert f"{PACKAGE}.home" not in sys.modules
    assert find("found") == ["here"]
    assert package.found is find("found")  # from now on without being asked for


@pytest.mark.usefixtures("package")
def test_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match=f"module '{PACKAGE}' has no attribute 'nothing'"):
        later_names(PACKAGE, {"found": "home"})("nothing")


def test_other_names_go_to_what_the_package_has_for_them(package: ModuleType) -> None:
    find = later_names(PACKAGE, {"found": "home"}, lambda name: name.upper())
    assert (find("other"), find("found")) == ("OTHER", ["here"])
    assert not hasattr(package, "other")


def test_error_in_the_module_is_not_hidden(package: ModuleType) -> None:
    pathlib.Path(str(package.__file__)).with_name("broken.py").write_text("raise ImportError('broken')\n")
    with pytest.raises(ImportError, match="broken"):
        later_names(PACKAGE, {"name": "broken"}, lambda name: name)("name")


@pytest.mark.parametrize("module", ["llpyspin", "llpyspin.doctor", "llpyspin.export", "llpyspin.recording"])
def test_packages_find_all_public_names_in_the_same_way(module: str) -> None:
    package = importlib.import_module(module)
    assert package.__getattr__.__module__ == "llpyspin.naming.later"
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_modules_of_the_package_need_no_import_of_their_own() -> None:
    assert llpyspin.errors is importlib.import_module("llpyspin.errors")


def test_mistyped_name_of_the_package_has_a_hint() -> None:
    with pytest.raises(AttributeError, match=r"module 'llpyspin' has no attribute 'VideoStrem'.*VideoStream"):
        llpyspin.VideoStrem  # noqa: B018
