"""What keeps a value from being one of a type of msgspec, strictly, and what is allowed instead, in words."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

__all__ = ["Complaint", "allowed_of", "complaint", "fields_of", "is_switch", "native"]


@lru_cache(maxsize=64)
def fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a struct, with all that their types say."""
    return msgspec.structs.fields(kind)


class Complaint(NamedTuple):
    """What is wrong with a value: at which item of it (``"[2]"``), the value there, and what is allowed."""

    item: str
    value: Any
    allowed: str
    choices: tuple[str, ...]


def complaint(value: Any, kind: Any, *, finite: bool = True) -> Complaint | None:
    """What keeps a value from being one of a type; None: nothing."""
    value = native(value)
    item, wrong = "", value
    try:
        msgspec.convert(value, kind, strict=True)
        infinite = _infinite(value) if finite else None
        if infinite is None:
            return None
        item, wrong = infinite
    except msgspec.ValidationError as error:
        item, wrong = _where(value, str(error))
    except (OverflowError, RecursionError, ValueError):
        pass
    said = _allowed_in(kind, item) if item else ""
    if not said:
        item, wrong = "", value
    return Complaint(item, wrong, said or allowed_of(kind), () if item else _choices(kind))


def _choices(kind: Any) -> tuple[str, ...]:
    literals = [option for option in _alternatives(kind) if get_origin(option) is Literal]
    return tuple(str(each) for option in literals for each in get_args(option))


def _where(value: Any, text: str) -> tuple[str, Any]:
    """The item that an error of msgspec is about (``$[2]``), as far as the value has it."""
    found = re.search(r"at `\$((?:\[\d+\])+)`", text)
    if found is None or not isinstance(value, list):
        return "", value
    at: Any = value
    for index in re.findall(r"\d+", found[1]):
        if not isinstance(at, list) or int(index) >= len(at):
            return "", value
        at = at[int(index)]
    return found[1], at


def _allowed_in(kind: Any, item: str) -> str:
    """What is allowed at an item of a tuple or list; "" where nobody has said it."""
    index = int(re.findall(r"\d+", item)[0])
    for each in _alternatives(kind):
        if get_origin(each) is tuple and index < len(get_args(each)):
            return _said(get_args(each)[index])
        if get_origin(each) is list:
            return _said(get_args(each)[0])
    return ""


def _alternatives(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, type(int | str)):
        return [each for option in get_args(kind) for each in _alternatives(option)]
    return [kind]


def _infinite(value: Any) -> tuple[str, float] | None:
    """A number that is none, which YAML and Python have, and no camera; with its place."""
    if isinstance(value, float):
        return None if math.isfinite(value) else ("", value)
    if isinstance(value, list):
        for index, each in enumerate(value):
            found = _infinite(each)
            if found is not None:
                return f"[{index}]{found[0]}", found[1]
    return None


def _said(kind: Any) -> str:
    """What a type says in its ``extra``."""
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.extra and "allowed" in meta.extra:
                return str(meta.extra["allowed"])
    return ""


def allowed_of(kind: Any) -> str:
    """What values a type takes, in words."""
    said = _said(kind)
    if said:
        return said
    options = [each for each in _union(kind) if each not in (type(None), msgspec.UnsetType)]
    if options != [kind]:
        return " or ".join(dict.fromkeys(map(allowed_of, options)))
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _PLAIN[dict]
    return _PLAIN.get(get_origin(kind) or kind, "a value of another kind")


def _union(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        return _union(get_args(kind)[0])
    return get_args(kind) if get_origin(kind) in (Union, type(int | str)) else (kind,)


_PLAIN: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "a mapping of keys to values",
}


def is_switch(kind: Any) -> bool:
    """Whether a type takes true and false."""
    return bool in _alternatives(kind)


def native(value: Any) -> Any:
    """A value as YAML has it: NumPy's numbers and arrays, tuples, and derived types become Python's own."""
    if isinstance(value, Mapping):
        return {key: native(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [native(each) for each in value]
    if isinstance(value, (bool, type(None))) or type(value) in (int, float, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return native(value.tolist()) if hasattr(value, "tolist") else value
