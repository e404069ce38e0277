"""The constants of PySpin, from the table of its names that the package holds."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["CONSTANTS", "constant_of", "quickspin_types", "symbolic_of"]


def _table() -> dict[str, Any]:
    # By its path: importing the package that holds the file would start virtual cameras.
    path = Path(__file__).parents[2] / "virtual" / "data" / "pyspin_api.json"
    table: dict[str, Any] = json.loads(path.read_text())
    return table


_TABLE = _table()
CONSTANTS: dict[str, int] = _TABLE["constants"]


@cache
def quickspin_types(group: str) -> dict[str, str]:
    """QuickSpin nodes of "camera", "TLDevice", "TLStream", "TLInterface" or "TLSystem", and their types."""
    return {name: kind for kind, names in _TABLE["quickspin"][group].items() for name in names}


@cache
def _entries(node: str) -> dict[str, int]:
    """Symbolic names of the entries of an enumeration, with PySpin's numbers."""
    prefix = f"{node}_"
    return {name[len(prefix) :]: value for name, value in CONSTANTS.items() if name.startswith(prefix)}


def constant_of(node: str, symbolic: str) -> int | None:
    """``PySpin.<node>_<symbolic>``, or None if PySpin has no such constant."""
    return _entries(node).get(symbolic)


def symbolic_of(node: str, constant: int) -> tuple[str, ...]:
    """The symbolic names that PySpin's constant may stand for (synonyms share a number)."""
    return tuple(name for name, value in _entries(node).items() if value == constant)
