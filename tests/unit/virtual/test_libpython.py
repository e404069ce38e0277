"""genicam where Python has no shared library of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from llpyspin.virtual import _libpython

if TYPE_CHECKING:
    import pytest

LOADED = """
import ctypes, os
from llpyspin.virtual import _libpython
name = "libllpyspintest.so.1.0"
try:
    ctypes.CDLL(name)
except OSError:
    pass
else:
    raise SystemExit("there is such a library")
library = _libpython._empty(name)
ctypes.CDLL(name)  # the dynamic linker knows it by its name now
"""


def test_a_library_that_is_only_a_name_satisfies_the_dynamic_linker() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", LOADED], check=True, timeout=30)


def test_only_the_library_of_this_python_is_provided(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(_libpython, "_real", lambda name: None)
    monkeypatch.setattr(_libpython, "_empty", made.append)
    monkeypatch.setattr(_libpython, "_provided", [])
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    missing = "cannot open shared object file: No such file or directory"
    assert not _libpython.provide("No module named 'genicam'")
    assert not _libpython.provide(f"libstdc++.so.6: {missing}")
    assert not _libpython.provide(f"libpython2.7.so.1.0: {missing}")
    assert made == []
    assert _libpython.provide(f"{name}: {missing}")
    assert made == [name]
    assert not _libpython.provide(f"{name}: {missing}"), "it was no help the first time"


def test_where_nothing_can_be_provided_the_import_error_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(_libpython, "_real", lambda name: None)
    monkeypatch.setattr(_libpython, "_empty", refuse)
    monkeypatch.setattr(_libpython, "_provided", [])
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    assert not _libpython.provide(f"{name}: cannot open shared object file")
