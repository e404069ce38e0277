"""Hints for people: the nearest name, and why a value of a YAML file is not what it looks like."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from llpyspin.naming.known import meant
from llpyspin.settings.units import hint_of_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.yamlfile.yamlreader import Place

__all__ = ["hint_of", "instead", "nearest"]

_TOLD_CHOICES = 24


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that was most likely meant; "" where none is like it."""
    return meant(name, known) or ""


def instead(near: str, names: list[str]) -> str:
    """What to write instead of a name that is not known."""
    if near:
        return f"did you mean {near!r}?"
    more = "" if len(names) <= _TOLD_CHOICES else " …"
    return f"there are {', '.join(names[:_TOLD_CHOICES])}{more}"


_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)[eE][-+][0-9]+")
_UNIT = re.compile(r"number of (us|Hz|dB|%|°C|seconds)")


def hint_of(value: Any, place: Place | None, allowed: str) -> str:
    """Why a value is not what it looks like, with what to write; "" where there is nothing to explain."""
    unit = _UNIT.search(allowed)
    allowed = allowed.lower()
    if isinstance(value, bool) and "number" in allowed:
        return ". true and false are no numbers"
    if value is None:
        return ". The key has no value: write one, or leave the key out" if place is not None else ""
    if not isinstance(value, str):
        return _hint_number(value, place, allowed)
    if "number" in allowed:
        return _hint_text(value.strip(), place, "" if unit is None else unit[1])
    return ". Write true or false" if "true or false" in allowed else ""


def _hint_number(value: Any, place: Place | None, allowed: str) -> str:
    if "true or false" in allowed and type(value) is int and value in (0, 1):
        return f". Write {'true' if value else 'false'}"
    whole = isinstance(value, float) and math.isfinite(value) and value.is_integer()
    if whole and "whole number" in allowed:
        return f". Write {int(value)} without a point"
    if "text" in allowed and isinstance(value, (int, float)) and place is not None:
        return f'. Write it in quotes: "{place.text}"'
    return ""


def _hint_text(text: str, place: Place | None, unit: str) -> str:
    """Of text where a number is wanted."""
    where = "in YAML" if place is not None else "here"
    if _number(text) and "e" in text.lower() and not _FLOAT.fullmatch(text):
        told = f". This is text {where}: a number with an exponent needs a point and a sign"
        return f"{told}, like {_point(text)}"
    if re.fullmatch(r"[-+]?0[0-9]+", text):
        return f". A number with zeros before it is text {where}: write {int(text)}"
    if re.fullmatch(r"[-+]?[0-9]+(_[0-9]+)+", text):
        return f". A number with underscores is text {where}: write {text.replace('_', '')}"
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        return f". Write a point, not a comma: {text.replace(',', '.')}"
    if _number(text):
        return f". It is text because of its quotes: write {text}"
    if told := hint_of_unit(text, unit):
        return f". {told}"
    if text.lower() in ("on", "off", "yes", "no"):
        return f". {text} is a word {where}, and no number"
    return ""


def _number(text: str) -> bool:
    return re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", text) is not None


def _point(text: str) -> str:
    digits, _, exponent = text.lower().partition("e")
    sign = "" if exponent[0] in "+-" else "+"
    return f"{digits if '.' in digits else digits + '.0'}e{sign}{exponent}"
