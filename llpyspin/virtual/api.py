"""PySpin's surface as data: constants, and the names and parameters of classes and functions.

``data/pyspin_api.json`` holds names and values only.  Classes and functions that this package has no
behaviour for are made from it (:mod:`llpyspin.virtual.plain`), and refuse when they are used.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["constant_of", "constants", "entry_of", "surface"]


@lru_cache(maxsize=1)
def surface() -> dict[str, Any]:
    """The whole data file."""
    path = Path(__file__).parent / "data" / "pyspin_api.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


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
