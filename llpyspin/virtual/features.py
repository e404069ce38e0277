"""The features of a node map as data: kinds, limits, locks and values.

A :class:`Feature` is one row.  The rows that every Blackfly S has in common are in ``data/blackfly_s.json``;
what a model adds to them (factory values, limits, lock conditions) is in :mod:`llpyspin.virtual.factory`.
Conditions are GenApi formulas over other features in braces: ``"{ExposureAuto} <> 0"``; where there are
several comparisons each needs parentheses, since GenApi's ``||`` binds more tightly than its ``=``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["NEVER", "Feature", "Overlay", "features_of", "node_name", "table"]

NEVER = "0"
"""The condition that never holds."""


@dataclass(frozen=True)
class Overlay:
    """What a model (or a transport layer) adds to the common rows; every mapping is by feature name."""

    values: dict[str, Any] = field(default_factory=dict)
    """Factory value; a dict by selector entry for a selected feature."""
    limits: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """(min, max, increment); increment 0 for floats."""
    moving: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Limits that the camera changes: any of "min", "max"."""
    locked: dict[str, str] = field(default_factory=dict)
    available: dict[str, str] = field(default_factory=dict)
    implemented: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    """Condition on which an entry of an enumeration is available."""
    live: frozenset[str] = frozenset()
    """Features whose value changes by itself, so that it must not be cached."""
    lockable: frozenset[str] = frozenset()
    """Features with a lock bit of the camera, ``<name>.locked``."""


@dataclass(frozen=True)
class Feature:
    """One feature of a node map."""

    name: str
    kind: str  # Integer, Float, Boolean, Enumeration, Command, String, Register
    access: str  # RO, RW, WO
    category: str  # "A/B" for a category B in A
    visibility: str
    display: str
    unit: str
    representation: str
    entries: dict[str, int]
    selectors: tuple[str, ...]  # direct ones
    min: float
    max: float
    inc: float
    value: Any
    moving: tuple[str, ...]
    locked: str
    available: str
    implemented: str
    entry_available: dict[str, str]
    live: bool
    lockable: bool


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, dict[str, Any]]]:
    path = Path(__file__).parent / "data" / "blackfly_s.json"
    loaded: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def table(*names: str) -> dict[str, dict[str, Any]]:
    """The rows of these tables by feature name; a later table replaces rows of an earlier one."""
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        rows.update(_tables()[name])
    return rows


def features_of(rows: dict[str, dict[str, Any]], overlay: Overlay) -> dict[str, Feature]:
    """Common rows and a model's overlay, put together."""
    unknown = {*overlay.values, *overlay.limits, *overlay.locked, *overlay.available} - set(rows)
    if unknown:
        raise ValueError(f"an overlay names features that are in no table: {sorted(unknown)}")
    return {name: _feature(name, row, overlay) for name, row in rows.items()}


def _feature(name: str, row: dict[str, Any], overlay: Overlay) -> Feature:
    kind = row["type"]
    low, high, step = overlay.limits.get(name, _limits(kind, row))
    locks = ["{TLParamsLocked} <> 0"] if row.get("locked") else []
    if overlay.locked.get(name):
        locks.append(overlay.locked[name])
    if name in overlay.lockable:
        locks.append(f"{{{name}.locked}} <> 0")
    entries = row.get("entries", {})
    return Feature(
        name=name,
        kind=kind,
        access=row["access"],
        category=row["category"],
        visibility=row.get("visibility", "Beginner"),
        display=row.get("display", name),
        unit=row.get("unit", ""),
        representation=row.get("representation", ""),
        entries=entries,
        selectors=tuple(row.get("selected_by", ())),
        min=low,
        max=high,
        inc=step,
        value=overlay.values.get(name, row.get("value", _nothing(kind, entries, low))),
        moving=overlay.moving.get(name, ()),
        locked=" || ".join(f"({lock})" for lock in locks),
        available=overlay.available.get(name, ""),
        implemented=overlay.implemented.get(name, ""),
        entry_available=overlay.entries.get(name, {}),
        live=name in overlay.live,
        lockable=name in overlay.lockable,
    )


def _limits(kind: str, row: dict[str, Any]) -> tuple[float, float, float]:
    if kind == "Integer":
        wide = row["access"] == "RO"
        low = row.get("min", -(2**63) if wide else 0)
        return low, row.get("max", 2**63 - 1 if wide else 2**32 - 1), row.get("inc", 1)
    return row.get("min", 0.0), row.get("max", 1e9), 0


def _nothing(kind: str, entries: dict[str, int], low: float) -> Any:
    """The value of a feature that has no other one."""
    if kind == "Enumeration":
        return min(entries, key=lambda entry: entries[entry])
    if kind == "Float":
        return max(0.0, float(low))
    return {"Integer": max(0, int(low)), "Boolean": False, "String": "", "Register": b"", "Command": 0}[kind]


def node_name(operand: str) -> str:
    """The node that holds the integer value of a feature or of one of its limits and locks."""
    name, _, part = operand.partition(".")
    return name + {"": "_Reg", "min": "_Min", "max": "_Max", "locked": "_Lck", "all": "_All"}[part]
