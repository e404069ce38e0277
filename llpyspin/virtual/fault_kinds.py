"""Faults on request: what can go wrong with a camera, made to go wrong.

============  ===========================================================================
incomplete    ``rate`` of the images (0 to 1), or the next ``frames``, or those that are numbered
              in ``at`` since the acquisition began (from 0), arrive damaged
lose          the same images never arrive
miss          ``rate`` of the trigger pulses, or the next ``frames``, or those numbered in
              ``at``, find the sensor blind: nothing is exposed
stall         nothing arrives for ``seconds``; what the camera can keep comes after that
unplug, plug  the cable is pulled, and put in again
slow_nodes    every node access takes ``ms`` longer
clock_drift   the camera's clock runs ``ppm`` faster from now on
hang          ``where`` ("get_next", "node", "init" or "stop") the SDK does not come back,
              for ``seconds`` or until the fault is mended
mend          all of these but unplug are over
============  ===========================================================================
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["KINDS", "checked"]

PLACES = ("get_next", "node", "init", "stop")
KINDS: dict[str, tuple[str, ...]] = {
    "incomplete": ("rate", "frames", "at"),
    "lose": ("rate", "frames", "at"),
    "miss": ("rate", "frames", "at"),
    "stall": ("seconds",),
    "unplug": (),
    "plug": (),
    "slow_nodes": ("ms",),
    "clock_drift": ("ppm",),
    "hang": ("where", "seconds"),
    "mend": (),
}


def checked(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """The command for a fault, after a look at its arguments; ``ValueError`` says what is wrong."""
    if kind not in KINDS:
        raise ValueError(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")
    unknown = [name for name in args if name not in KINDS[kind]]
    if unknown:
        takes = ", ".join(KINDS[kind]) or "no arguments"
        raise ValueError(f"the fault {kind!r} takes {takes}; not {', '.join(unknown)}")
    if kind in ("incomplete", "lose", "miss"):
        if len(args) != 1:
            raise ValueError(f"the fault {kind!r} takes one of rate, frames and at")
        _numbers(args)
        _number(args, "rate", 0, 1)
        _number(args, "frames", 0, 10**9, whole=True)
    elif kind == "hang":
        if args.get("where") not in PLACES:
            raise ValueError(f"a hang needs where=, one of {', '.join(PLACES)}; not {args.get('where')!r}")
        _number(args, "seconds", 0, 1e6)
    else:
        for name in KINDS[kind]:
            if name not in args:
                raise ValueError(f"the fault {kind!r} needs {name}=")
            _number(args, name, -1000 if name == "ppm" else 0, 1e6)
    return {"fault": kind, **args}


def _numbers(args: dict[str, Any]) -> None:
    at = args.get("at", [])
    if not isinstance(at, (list, tuple)) or not all(type(number) is int and number >= 0 for number in at):
        raise ValueError(f"at must be a list of frame numbers from 0, not {at!r}")


def _number(args: dict[str, Any], name: str, low: float, high: float, *, whole: bool = False) -> None:
    if name not in args:
        return
    value = args[name]
    kinds = int if whole else (int, float)
    if (
        isinstance(value, bool)
        or not isinstance(value, kinds)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise ValueError(
            f"{name} must be a {'whole ' if whole else ''}number from {low} to {high}, not {value!r}"
        )
