"""Which SDK is chosen, and what is said where none can be."""

from __future__ import annotations

import importlib
import importlib.machinery
import logging
import os
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import sdk
from llpyspin.errors import LlpyspinError, SdkNotFoundError

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

FACE = "llpyspin.sdk.rotpy"


def fake_module(name: str, **attributes: Any) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__dict__.update(attributes)
    return module


class Installed:
    """What ``import`` finds, in this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        for name in ("PySpin", "PySpin.PySpin", "pyspin", "rotpy", FACE):
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delenv("LLPYSPIN_SDK", raising=False)
        self._import = importlib.import_module
        self._find = importlib.util.find_spec
        self.failing: dict[str, Exception] = {}
        self.put("llpyspin.virtual", System=object)
        monkeypatch.setattr(importlib, "import_module", self.import_module)
        monkeypatch.setattr(importlib.util, "find_spec", self.find_spec)

    def put(self, name: str, **attributes: Any) -> ModuleType:
        module = fake_module(name, **attributes)
        self.monkeypatch.setitem(sys.modules, name, module)
        return module

    def put_rotpy(self) -> ModuleType:
        self.put("rotpy")
        return self.put(FACE, System=object, __version__="0.2.1")

    def break_(self, name: str, error: Exception) -> None:
        self.put(name)
        self.failing[name] = error

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        if name in self.failing:
            raise self.failing[name]
        if sys.modules.get(name, self) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return self._import(name, package)

    def find_spec(self, name: str, package: str | None = None) -> Any:
        if name in sys.modules:
            module = sys.modules[name]
            return None if module is None else module.__spec__
        return self._find(name, package)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    return Installed(monkeypatch)


def refusal(load: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(SdkNotFoundError) as caught:
        load(*arguments)
    assert isinstance(caught.value, LlpyspinError) and isinstance(caught.value, ImportError)
    return str(caught.value)


def test_pyspin_comes_first_and_rotpy_second(installed: Installed) -> None:
    face = installed.put_rotpy()
    assert sdk.load() is face
    pyspin = installed.put("PySpin", System=object)
    assert sdk.load() is pyspin


def test_a_name_beats_the_environment_and_the_environment_beats_the_order(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyspin, face = installed.put("PySpin", System=object), installed.put_rotpy()
    virtual = installed.put("llpyspin.virtual", System=object)
    monkeypatch.setenv("LLPYSPIN_SDK", "rotpy")
    assert sdk.load() is face
    assert sdk.load("virtual") is virtual
    assert sdk.load("PySpin") is pyspin
    monkeypatch.setenv("LLPYSPIN_SDK", "")
    assert sdk.load() is pyspin


def test_virtual_cameras_are_never_chosen_silently(installed: Installed) -> None:
    text = refusal(sdk.load)
    assert "rotpy" in text
    assert "spinnaker_python" in text
    assert "LLPYSPIN_SDK=virtual" in text


@pytest.mark.parametrize("name", ["spinnaker", "cv2", 3, b"rotpy"])
def test_a_name_that_is_none_is_refused_with_the_names_that_are(installed: Installed, name: Any) -> None:
    assert "pyspin, rotpy, virtual" in refusal(sdk.load, name)


def test_a_wrong_name_in_the_environment_is_refused_too(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.put_rotpy()
    monkeypatch.setenv("LLPYSPIN_SDK", "spin")
    assert "'spin'" in refusal(sdk.load)


def test_a_wheel_with_the_module_inside_a_package_is_understood(installed: Installed) -> None:
    installed.put("PySpin")
    inner = installed.put("PySpin.PySpin", System=object)
    assert sdk.load("pyspin") is inner


@pytest.mark.parametrize("name", ["PySpin", "pyspin"])
def test_the_other_package_named_pyspin_is_not_taken_for_flirs(installed: Installed, name: str) -> None:
    installed.put(name)
    text = refusal(sdk.load, "pyspin")
    assert "not FLIR's" in text and "pip uninstall pyspin" in text


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ImportError("numpy.core.multiarray failed to import"), "numpy<2"),
        (AttributeError("_ARRAY_API not found"), "numpy<2"),
        (RuntimeError("module compiled against API version 0x10 but this version is 0xf"), "numpy<2"),
        (ImportError("libSpinnaker.so.4: cannot open shared object file"), "install the SDK"),
        (ImportError("DLL load failed while importing _PySpin"), "install the SDK"),
        (SystemError("bad call"), "belong together"),
        (ModuleNotFoundError("No module named 'numpy'", name="numpy"), "pip install numpy"),
    ],
)
def test_a_wheel_that_cannot_be_imported_says_why_and_what_to_do(
    installed: Installed, error: Exception, advice: str
) -> None:
    installed.break_("PySpin", error)
    text = refusal(sdk.load, "pyspin")
    assert advice in text
    assert sdk.available()["pyspin"] == (False, text)


def test_a_broken_pyspin_gives_way_to_rotpy_and_that_is_said(
    installed: Installed, caplog: pytest.LogCaptureFixture
) -> None:
    installed.break_("PySpin", ImportError("libSpinnaker.so.4: cannot open shared object file"))
    face = installed.put_rotpy()
    with caplog.at_level(logging.WARNING):
        assert sdk.load() is face
    assert "libSpinnaker.so.4" in caplog.text


def test_pyspin_is_told_where_its_producer_is_unless_the_user_has_said_so(
    installed: Installed, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("spinnaker-gentl/Spinnaker_GenTL.cti", "flir-gentl/FLIR_GenTL.cti"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    monkeypatch.setattr("llpyspin.sdk._imports.LIBRARIES", tmp_path)
    monkeypatch.setattr(os, "environ", {"FLIR_GENTL64_CTI": "/mine.cti"})
    installed.put("PySpin", System=object)
    sdk.load("pyspin")
    assert os.environ == {
        "FLIR_GENTL64_CTI": "/mine.cti",
        "SPINNAKER_GENTL64_CTI": str(tmp_path / "spinnaker-gentl/Spinnaker_GenTL.cti"),
    }


def test_a_pyspin_that_is_not_installed_is_nothing_to_speak_of(
    installed: Installed, caplog: pytest.LogCaptureFixture
) -> None:
    installed.put_rotpy()
    with caplog.at_level(logging.WARNING):
        sdk.load()
    assert not caplog.text


def test_rotpy_on_a_python_without_wheels_says_so(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    text = refusal(sdk.load, "rotpy")
    assert "3.13" in text and "PySpin" in text


def test_a_rotpy_that_cannot_be_imported_says_why(installed: Installed) -> None:
    installed.put("rotpy")
    installed.break_(FACE, ImportError("libSpinnaker: no such file"))
    assert "libSpinnaker: no such file" in refusal(sdk.load, "rotpy")


def test_virtual_without_its_extra_names_the_extra(installed: Installed) -> None:
    installed.break_("llpyspin.virtual", ModuleNotFoundError("No module named 'genicam'", name="genicam"))
    assert "llpyspin[virtual]" in refusal(sdk.load, "virtual")


def test_each_module_is_known_by_name_and_version(installed: Installed) -> None:
    assert sdk.identify(installed.put_rotpy()) == ("rotpy", "0.2.1")
    assert sdk.identify(fake_module("PySpin", System=object)) == ("pyspin", "unknown")
    assert sdk.identify(fake_module("PySpin.PySpin", System=object, __version__="4.2")) == ("pyspin", "4.2")
    assert sdk.identify(fake_module("llpyspin.virtual", __version__="1.0")) == ("virtual", "1.0")


def test_available_tells_of_each_whether_it_can_be_used(installed: Installed) -> None:
    installed.put_rotpy()
    found = sdk.available()
    assert list(found) == ["pyspin", "rotpy", "virtual"]
    assert found["rotpy"] == (True, "version 0.2.1")
    assert found["pyspin"][0] is False and "not installed" in found["pyspin"][1]


def test_importing_the_chooser_imports_no_sdk() -> None:
    script = "import sys, llpyspin.sdk; print(sorted({'rotpy', 'PySpin', 'genicam'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"
