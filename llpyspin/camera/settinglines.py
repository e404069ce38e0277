"""What is logged of a setting that was set, and of one that was refused."""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

from llpyspin.settings import brief

__all__ = ["refused", "set_to"]


class _Words(NamedTuple):
    name: str
    unit: str = ""
    refused_name: str = ""


_WORDS = {
    "framerate": _Words("framerate", "fps", "the framerate"),
    "exposure": _Words("exposure", "us", "the exposure"),
    "binsize": _Words("binsize", "pixel(s)", "the binsize"),
    "roi": _Words("the ROI parameters"),
    "gain": _Words("gain", "dB", "the gain"),
    "black_level": _Words("black level", "%", "the black level"),
}


def set_to(name: str, shown: Any) -> str:
    """The line of a setting that was set; ``shown`` is its value, as the log shows it."""
    words = _WORDS.get(name, _Words(name))
    return f"setting {words.name} to {shown} {words.unit}".rstrip() + ("." if name == "roi" else "")


def refused(name: str, value: object, why: object) -> str:
    """The line of a value that was refused.  Text has no unit added: people may write it with one."""
    words = _WORDS.get(name, _Words(name))
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    shown = f"{brief(value, str)} {words.unit}".rstrip() if number else brief(value, str)
    return f"failed to set {words.refused_name or words.name} to {shown}: {why}"
