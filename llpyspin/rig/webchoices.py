"""The settings that a live page can change: what the cameras have, and what they accept."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llpyspin.errors import LlpyspinError
from llpyspin.settings import AutomaticNumber
from llpyspin.settings.applying import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.rig.member import Member
    from llpyspin.settings import Limits

__all__ = ["CHOICES", "Choices", "told"]

CHOICES = ("exposure", "gain", "framerate", "gamma", "black_level")
"""What is a number, or "auto".  What changes the shape of pictures needs more care than a page can take."""
PERIOD_S = 5.0


class Choices:
    """What pages can change, as the cameras said last.

    Attributes
    ----------
    known : list of dict
        Plain values, one dict for each setting.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.known: list[dict[str, Any]] = []
        self._clock = clock
        self._due = 0.0

    def renew(self) -> None:
        """Ask the cameras when it is next looked at: something has changed."""
        self._due = 0.0

    def catch_up(self, members: Mapping[str, Member]) -> None:
        """Ask the cameras, if that was long ago."""
        now = self._clock()
        if now >= self._due:
            self._due = now + PERIOD_S
            found = (_setting(members, name) for name in CHOICES)
            self.known = [each for each in found if each["cameras"]]


def _setting(members: Mapping[str, Member], name: str) -> dict[str, Any]:
    cameras = []
    for member in members.values():
        if member.failure is None and (member.primary or not SETTINGS[name].of_pulses):
            with contextlib.suppress(LlpyspinError):  # it has no such setting, or is gone
                limits = member.camera.limits(name)
                cameras.append({"name": member.name, **_value(member.held.value_of(name)), **_within(limits)})
    return {"name": name, "unit": SETTINGS[name].unit, "cameras": cameras}


def _value(value: Any) -> dict[str, Any]:
    return {"value": _number(value), "auto": isinstance(value, AutomaticNumber)}


def _within(limits: Limits) -> dict[str, Any]:
    words = [word for word in limits.entries if word == "auto"]
    return {"min": _number(limits.min), "max": _number(limits.max), "words": words}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def told(value: Any, name: str) -> str:
    """A value of all cameras, or one for each, for people."""
    if isinstance(value, Mapping):
        return ", ".join(f"{told(each, name)} ({camera})" for camera, each in value.items())
    if value is None:
        return "unknown"
    number = _number(value)
    if number is None:
        return str(value)
    digits = f"{number:.3f}".rstrip("0").rstrip(".")
    auto = " (auto)" if isinstance(value, AutomaticNumber) else ""
    return f"{digits} {SETTINGS[name].unit}".rstrip() + auto
