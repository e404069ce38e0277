"""Numbers that people write with a unit: what they are in the unit of a setting."""

from __future__ import annotations

import re

__all__ = ["hint_of_unit"]

_QUANTITIES: tuple[dict[str, float], ...] = (
    {
        **dict.fromkeys(("h", "hour", "hours"), 3600.0),
        **dict.fromkeys(("min", "minute", "minutes"), 60.0),
        **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
        **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
        **dict.fromkeys(("us", "µs", "μs", "usec", "microsecond", "microseconds"), 1e-6),
        **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    },
    {**dict.fromkeys(("hz", "fps", "1/s"), 1.0), "khz": 1e3, "mhz": 1e6},
    {"mm": 1.0, "cm": 10.0, "m": 1e3},
    {"db": 1.0},
    {**dict.fromkeys(("%", "percent"), 1.0)},
    {**dict.fromkeys(("°c", "c", "degc"), 1.0)},
)
"""What a unit is in the base of its quantity; for spellings in lower case."""
_WITH_UNIT = re.compile(r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-zµμ°%][A-Za-z/°%]*)?")


def hint_of_unit(text: str, unit: str = "") -> str:
    """What to write instead of a number with a unit, or in quotes; "" where the text is no such thing.

    Parameters
    ----------
    text : str
    unit : str
        That of the setting, as "us"; "" where it has none, or nobody knows it.
    """
    found = _WITH_UNIT.fullmatch(text.strip())
    if found is None:
        return ""
    number, written = found.groups()
    if written is None:
        return f"Write the number without quotes: {number}"
    factor = _factor(written, unit)
    if unit and factor is None:
        return f"Write a number of {unit}, without a unit"
    if factor in (None, 1.0):
        return f"Write the number without its unit: {number}"
    converted = f"{float(number) * (factor or 1.0):.12g}"
    return f"{number} {written} is {converted} {unit}: write {converted}"


def _factor(written: str, wanted: str) -> float | None:
    """How many of the wanted unit the written one is; None where they measure different things."""
    for quantity in _QUANTITIES:
        if written.lower() in quantity and wanted.lower() in quantity:
            return float(f"{quantity[written.lower()] / quantity[wanted.lower()]:.12g}")
    return None
