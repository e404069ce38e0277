"""PySpin's surface as data: constants, and the names and parameters of classes and functions.

``data/pyspin_api.json`` holds names and values only, those of 4.0.  ``data/pyspin_newer.json`` holds what
came later: by version, with the document that names it.  Classes and functions that this package has no
behaviour for are made from both (:mod:`llpyspin.virtual.plain`), and refuse when they are used.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["constant_of", "constants", "entry_of", "newer", "surface"]

_DATA = Path(__file__).parent / "data"
_POINTERS = {"CameraBase": "_SWIG_CamPtr", "System": "_SWIG_SysPtr", "IInterface": "_SWIG_IFacePtr"}
"""Pointers that pass on what their objects can do."""


@lru_cache(maxsize=1)
def surface() -> dict[str, Any]:
    """All names, of 4.0 and later."""
    loaded: dict[str, Any] = _read("pyspin_api.json")
    for names in newer()["names"].values():
        _add(loaded, names)
    return loaded


@lru_cache(maxsize=1)
def newer() -> dict[str, Any]:
    """What PySpin has beyond 4.0: ``names`` by version, and the ``sources`` that name them."""
    return _read("pyspin_newer.json")


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_DATA / name).read_text(encoding="utf-8"))
    return loaded


def _add(surface: dict[str, Any], names: dict[str, Any]) -> None:
    """Add the names of one version to the surface."""
    classes = surface["classes"]
    surface["constants"].update(names.get("constants", {}))
    surface["enumerations"] += names.get("enumerations", ())
    classes.update(names.get("classes", {}))
    for owner, methods in names.get("methods", {}).items():
        classes[owner]["methods"].update(methods)
        if owner in _POINTERS:
            classes[_POINTERS[owner]]["methods"].update(methods)
    for kind in ("properties", "static"):
        for owner, more in names.get(kind, {}).items():
            classes[owner].setdefault(kind, []).extend(more)
    for group, kinds in names.get("quickspin", {}).items():
        for kind, nodes in kinds.items():
            surface["quickspin"][group].setdefault(kind, []).extend(nodes)


def constants() -> dict[str, int]:
    """Every constant of the module by name."""
    found: dict[str, int] = surface()["constants"]
    return found


@lru_cache(maxsize=512)
def _entries(enumeration: str) -> tuple[dict[str, int], dict[int, str]]:
    start = enumeration + "_"
    by_name = {n.removeprefix(start): v for n, v in constants().items() if n.startswith(start)}
    return by_name, {value: name for name, value in reversed(by_name.items())}


def constant_of(enumeration: str, entry: str) -> int | None:
    """PySpin's number for an entry of an enumeration, which is not the camera's."""
    return _entries(enumeration)[0].get(entry)


def entry_of(enumeration: str, constant: int) -> str | None:
    return _entries(enumeration)[1].get(constant)


def names() -> set[str]:
    """All names of the module."""
    data = surface()
    return {
        *data["constants"],
        *data["classes"],
        *data["functions"],
        *data["enumerations"],
        "SpinnakerException",
    }
