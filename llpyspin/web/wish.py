"""What a page may ask for: the kinds of wishes, and what each of them says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KINDS", "WAIT_S", "Wish", "checked"]

WAIT_S = 10.0
"""How long a wish may wait before it begins.  Afterwards nobody expects any more that anything happens."""
MOST_FIELDS = 50


class Wish(NamedTuple):
    """What a page asks for.

    Attributes
    ----------
    number : int
    kind : str
        One of :data:`KINDS`.
    arguments : dict
        As :func:`checked` gives them.
    left_s : float
        How long it may still wait before it begins.
    """

    number: int
    kind: str
    arguments: dict[str, Any]
    left_s: float


def checked(kind: str, given: object) -> dict[str, Any]:
    """The arguments of a wish, all of them; those that were left out are empty.

    Whether a camera accepts a value is not known here.

    Raises
    ------
    ArgumentError
    """
    fields = KINDS[kind]
    if not isinstance(given, dict):
        raise ArgumentError(f"{kind} needs a JSON object, not {_brief(given)}")
    for name in given:
        if name not in fields:
            known = ", ".join(fields)
            raise ArgumentError(f"{kind} has no field {_brief(name)}. There are: {known}")
    return {name: check(name, given.get(name)) for name, check in fields.items()}


def _text(most: int, *, needed: bool = False) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or len(value) > most:
            raise ArgumentError(f"{name} must be text with at most {most} characters, not {_brief(value)}")
        return value

    return check


def _value(name: str, value: Any) -> float | str:
    """Of a setting: a number, or one of its words."""
    if isinstance(value, str):
        return _text(64)(name, value)
    if not _is_number(value):
        raise ArgumentError(f"{name} must be a finite number or a word such as auto, not {_brief(value)}")
    return float(value)


def _metadata(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MOST_FIELDS:
        raise ArgumentError(f"{name} must be an object with at most {MOST_FIELDS} names, not {_brief(value)}")
    for key, each in value.items():
        if not key.strip() or not (isinstance(each, str) or _is_number(each)):
            raise ArgumentError(f"{name}: {_brief(key)} must have a number or text, not {_brief(each)}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]} …"


_SHOWN = {"folder": _text(4096, needed=True)}
"""The session that the page showed: a page that shows another one must not stop this one."""
KINDS: dict[str, dict[str, Callable[[str, Any], Any]]] = {
    "set": {"name": _text(64, needed=True), "value": _value, "camera": _text(200)},
    "prime": {"name": _text(100), "subject": _text(200), "notes": _text(4000), "metadata": _metadata},
    "trigger": _SHOWN,
    "stop": _SHOWN,
}
"""What pages may ask for, and the fields of each."""
