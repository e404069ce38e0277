"""Amounts with units, as people write them: ``1h30m``, ``50 GB``."""

from __future__ import annotations

import math
import re

from llpyspin.errors import SettingRangeError
from llpyspin.settings import brief

__all__ = ["bytes_of", "bytes_text", "seconds_of", "seconds_text"]

_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}
_WORDS = {"min": "m", "minute": "m", "minutes": "m", "hour": "h", "hours": "h", "day": "d", "days": "d"}
_WORDS |= {"sec": "s", "second": "s", "seconds": "s"}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
MOST_SECONDS = 366 * 86400.0
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def seconds_of(given: object, setting: str) -> float:
    """The seconds of a time span: a number of seconds, or text like ``90s``, ``10m``, ``1h30m``, ``2d``.

    Raises
    ------
    SettingRangeError
        It is none, or not above 0 and at most a year.
    """
    seconds = math.nan
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        seconds = float(given)
    elif isinstance(given, str):
        seconds = _span(given.strip())
    if not 0 < seconds <= MOST_SECONDS:
        raise SettingRangeError(
            f"{setting} must be a time like 90s, 10m, 1h30m or 2d, at most 366d, not {brief(given)}",
            setting=setting,
            value=given,
        )
    return seconds


def _span(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    found = _SPAN.findall(text)
    units = [_WORDS.get(unit, unit) for _, unit in found]
    if not found or _SPAN.sub("", text) or len(set(units)) < len(units) or not set(units) <= set(_SECONDS):
        return math.nan
    return sum(float(number) * _SECONDS[unit] for (number, _), unit in zip(found, units, strict=True))


def bytes_of(given: object, setting: str) -> int:
    """The bytes of a size: a whole number of bytes, or text like ``500 MB``, ``50GB``, ``1.5TiB``.

    Raises
    ------
    SettingRangeError
        It is none, or not above 0.
    """
    size = 0
    if isinstance(given, int) and not isinstance(given, bool):
        size = given
    elif isinstance(given, str) and (found := _SIZE.fullmatch(given.strip())):
        size = round(float(found[1]) * _BYTES.get(found[2].upper(), 0))
    if not 0 < size < 2**63:
        raise SettingRangeError(
            f"{setting} must be a size with its unit, like 50GB or 500 MB, not {brief(given)}",
            setting=setting,
            value=given,
        )
    return size


def bytes_text(size: int) -> str:
    """A size for people."""
    for unit, bytes_ in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size / 1000:.1f} kB"


def seconds_text(seconds: float) -> str:
    """A time span for people: ``1 h 30 min``, ``2.5 s``."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    parts = [(days, "d"), (rest // 3600, "h"), (rest // 60 % 60, "min"), (rest % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
