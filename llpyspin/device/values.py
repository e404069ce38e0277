"""Checks the values that users pass, before any camera is touched.  Nothing is ever clamped."""

from __future__ import annotations

import math
import numbers
import re
from typing import TYPE_CHECKING

from llpyspin.errors import SettingRangeError
from llpyspin.naming.nearest import nearest_words
from llpyspin.settings import brief
from llpyspin.settings.units import hint_of_unit

if TYPE_CHECKING:
    from llpyspin.settings import Limits

__all__ = ["as_bool", "as_entry", "as_float", "as_int", "check", "refuse", "show"]


def refuse(setting: str, value: object, why: str, unit: str = "") -> SettingRangeError:
    """The error for a value that cannot be had; its text names setting, value, unit and reason."""
    unit = f" {unit}" if unit and isinstance(value, numbers.Real) else ""
    return SettingRangeError(f"{setting} {brief(value)}{unit} refused: {why}", setting=setting, value=value)


def show(value: float, *, up: bool) -> str:
    """A limit in few digits, rounded to the allowed side, so that typing it in is accepted."""
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    scale = 10 ** max(0, 4 - math.floor(math.log10(abs(value) or 1)))
    scaled = value * scale
    return repr((math.ceil(scaled) if up else math.floor(scaled)) / scale)


def _finite(setting: str, value: object, unit: str = "") -> float | int:
    # bool is an int for Python, but nobody means it as a frame rate.
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        hint = hint_of_unit(value, unit) if isinstance(value, str) else ""
        why = f"a number is needed, not {type(value).__name__}"
        raise refuse(setting, value, f"{why}. {hint}" if hint else why)
    if isinstance(value, numbers.Integral):
        return int(value)
    number = float(value)
    if not math.isfinite(number):
        raise refuse(setting, value, "a finite number is needed")
    return number


def as_float(setting: str, value: object, unit: str = "") -> float:
    """A finite float from any real number (NumPy's included); ``unit`` is that of the setting."""
    try:
        return float(_finite(setting, value, unit))
    except OverflowError:
        raise refuse(setting, value, "the number is too large") from None


def as_int(setting: str, value: object) -> int:
    """An int from any whole number; 4.0 is one, True is not."""
    number = _finite(setting, value)
    if number != int(number):
        raise refuse(setting, value, "a whole number is needed")
    return int(number)


def as_bool(setting: str, value: object) -> bool:
    """A bool from bool or ``numpy.bool_``."""
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    raise refuse(setting, value, f"True or False is needed, not {type(value).__name__}")


def as_entry(setting: str, value: object, entries: tuple[str, ...]) -> str:
    """One of ``entries``, whatever its case, hyphens, underscores and spaces; or an error that lists them."""
    if isinstance(value, str):
        if value in entries:
            return str(value)
        alike = [entry for entry in entries if _plain(entry) == _plain(value)]
        if len(alike) == 1:
            return alike[0]
    allowed = f"it must be one of {', '.join(entries) or '(none is available now)'}"
    raise refuse(setting, value, f"{allowed}{_meant(value, entries)}")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _meant(value: object, entries: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        return ""
    near = nearest_words(value, entries, 2)
    return f". Did you mean {' or '.join(near)}?" if near else ""


def check(setting: str, number: float, limits: Limits, why: str = "") -> None:
    """Raise :class:`SettingRangeError` unless ``number`` is within ``limits`` and on the increment.

    ``why`` says what sets the limits, as in "at this image size and exposure".
    """
    unit = f" {limits.unit}" if limits.unit else ""
    because = f" {why}" if why else ""
    low, high = limits.min, limits.max
    if low is not None and number < low:
        reach = f" (allowed: {limits_text(limits)})"
        raise refuse(
            setting, number, f"{show(low, up=True)}{unit} is the minimum{because}{reach}", limits.unit
        )
    if high is not None and number > high:
        reach = f" (allowed: {limits_text(limits)})"
        raise refuse(
            setting, number, f"{show(high, up=False)}{unit} is the maximum{because}{reach}", limits.unit
        )
    if limits.inc and isinstance(number, int) and isinstance(limits.inc, int):
        _check_step(setting, number, limits)


def limits_text(limits: Limits) -> str:
    """ "1.0 to 226.0 Hz", with the limits rounded to the allowed side."""
    unit = f" {limits.unit}" if limits.unit else ""
    return f"{show(limits.min, up=True)} to {show(limits.max, up=False)}{unit}"


def _check_step(setting: str, number: int, limits: Limits) -> None:
    base, step = int(limits.min or 0), int(limits.inc)
    below = base + (number - base) // step * step
    if below == number:
        return
    above = below + step
    near = str(below) if limits.max is not None and above > limits.max else f"{below} or {above}"
    raise refuse(setting, number, f"it goes in steps of {step}; the nearest allowed is {near}", limits.unit)
