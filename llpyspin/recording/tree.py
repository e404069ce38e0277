"""Frozen dataclasses as JSON and back; files that are written whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from llpyspin.errors import RecordingError
from llpyspin.recording.foreign import read_bytes
from llpyspin.recording.wholefile import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["from_tree", "read_json", "to_tree", "write_json"]

T = TypeVar("T")

MOST = 2**63 - 1
SHOWN = 60  # characters of a value in an error
MOST_BYTES = 256 << 20
"""Of a JSON file: more than any recording of this package has."""


def to_tree(value: Any) -> Any:
    """A dataclass as dicts, lists and plain values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_tree(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_tree(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return to_tree(sorted(value))
    if isinstance(value, (tuple, list)):
        return [to_tree(each) for each in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if value is None or isinstance(value, (str, int)):
        return value
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        return to_tree(value.tolist())
    return str(value)


def from_tree(kind: type[T], tree: Mapping[str, Any], what: str) -> T:
    """The dataclass ``kind`` from its tree; what is not known (a newer version wrote it) is passed over.

    Raises
    ------
    RecordingError
        Something is missing or of the wrong kind; ``what`` names the file.
    """
    try:
        made: T = _build(kind, tree)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise RecordingError(f"{what} is not what it should be: {error}") from error
    return made


def _build(kind: Any, tree: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        return None if tree is None else _build(kinds[0], tree)
    if get_origin(kind) is tuple:
        if not isinstance(tree, list):
            raise TypeError(f"{_shown(tree)} is not a list")
        return tuple(_build(get_args(kind)[0], each) for each in tree)
    if get_origin(kind) is dict:
        if not isinstance(tree, dict):
            raise TypeError(f"{_shown(tree)} is not an object")
        return {name: _build(get_args(kind)[1], each) for name, each in tree.items()}
    if dataclasses.is_dataclass(kind):
        if not isinstance(tree, dict):
            raise TypeError(f"{_shown(tree)} is not a {kind}")
        hints = get_type_hints(kind)
        known = {field.name for field in dataclasses.fields(kind) if field.init}
        return kind(**{name: _build(hints[name], each) for name, each in tree.items() if name in known})  # type: ignore[operator]
    return _plain(kind, tree)


def _plain(kind: Any, value: Any) -> Any:
    """A value of one of the kinds that JSON has, within what this package and numpy can hold."""
    if kind in (int, float, str, bool):
        kinds = (int, float) if kind is float else kind
        if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
            raise TypeError(f"{_shown(value)} is not {kind.__name__}")
    if isinstance(value, int) and not -MOST <= value <= MOST:
        raise ValueError(f"{_shown(value)} is too large")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a number")
    if isinstance(value, str):
        value.encode("utf-8")  # half a pair of surrogates cannot be written or shown again
    return value


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, (str, float, bool, type(None))) else type(value).__name__
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def write_json(path: str | os.PathLike[str], tree: Any) -> None:
    """Write a JSON file so that at any moment the old one or the new one is there whole."""
    text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(Path(path), text.encode("utf-8", "backslashreplace"))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tree in a JSON file.

    Raises
    ------
    RecordingError
        There is no such file, or it is not JSON.
    """
    try:
        tree = json.loads(read_bytes(path, MOST_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path} is not JSON: {error}") from error
    if not isinstance(tree, dict):
        raise RecordingError(f"{path} does not hold what a recording says of itself")
    return tree
