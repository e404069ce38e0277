"""The faults that can be ordered: their names and arguments.

==============  =========================================================================
incomplete      ``rate`` of the images (0 to 1), or the next ``frames``, or those that are
                numbered in ``at`` since the acquisition began (from 0), arrive damaged
lose            the same images never arrive
miss            ``rate`` of the trigger pulses, or the next ``frames``, or those numbered
                in ``at``, find the sensor blind: nothing is exposed
stall           nothing arrives for ``seconds``; what the camera can keep comes after that
unplug, plug    the cable is pulled, and put in again; ``says`` which text the SDK has for
                it ("removed", "disconnected" or "aborted")
slow_nodes      every node access takes ``ms`` longer
clock_drift     the camera's clock runs ``ppm`` faster from now on
hang            ``where`` ("get_next", "node", "init" or "stop") the SDK does not come back,
                for ``seconds`` or until the fault is mended
fail_write,     the next ``times`` (default 1) that a register is written, or read, it does
fail_read       not succeed; with ``node`` only those of that node
unreadable      the register of the enumeration ``node`` holds what is none of its entries
refuse_buffers  memory of the client's is refused ``where`` ("set" or "begin": by
                SetUserBuffers or by BeginAcquisition); "set" raises ``error``
                ("RuntimeError", "ValueError" or "SpinnakerException")
miscount        counters are off ``by`` (-10 to 10), ``where`` ("start": from their first
                event on, or "wrap": each time that they start over)
ids             frame ids begin with ``begin``, as where they go on after the stream before
supply_edge     each time that the 3.3 V supply is switched, a pulse of ``us`` goes along
                the wires that it pulls up
mend            all of these but unplug are over
==============  =========================================================================
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llpyspin.errors import ArgumentError

__all__ = ["KINDS", "LOST_TEXTS", "checked"]

PLACES = ("get_next", "node", "init", "stop")
LOST_TEXTS = {  # what Spinnaker says of a camera that has gone, by a short word: text and code
    "removed": ("Camera has been removed from the list and is no longer valid.", -1002),
    "disconnected": ("Camera has been disconnected and is not valid.", -1002),
    "aborted": ("Stream has been aborted.", -1012),
}


class _Number(NamedTuple):
    """A number within limits."""

    low: float
    high: float
    whole: bool = False

    def complaint(self, name: str, value: Any) -> str:
        kinds = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.low <= value <= self.high:
            whole = "whole " if self.whole else ""
            return f"{name} must be a {whole}number from {self.low} to {self.high}, not {value!r}"
        return ""


class _OneOf(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def complaint(self, name: str, value: Any) -> str:
        return "" if value in self.words else f"{name}= is one of {', '.join(self.words)}; not {value!r}"


class _NodeName:
    """The name of a node."""

    def complaint(self, name: str, value: Any) -> str:
        good = isinstance(value, str) and value.isidentifier()
        return "" if good else f"{name} must be the name of a node, not {value!r}"


class _FrameNumbers:
    """Numbers of frames."""

    def complaint(self, name: str, value: Any) -> str:
        good = isinstance(value, (list, tuple)) and all(type(each) is int and each >= 0 for each in value)
        return "" if good else f"{name} must be a list of frame numbers from 0, not {value!r}"


class _Kind(NamedTuple):
    """The arguments of a kind: those that must be there, and those that may be."""

    needs: dict[str, Any]
    takes: dict[str, Any]
    one: bool = False
    """Exactly one of the arguments it takes is given."""


_SHARE = _Kind({}, {"rate": _Number(0, 1), "frames": _Number(0, 10**9, True), "at": _FrameNumbers()}, True)
_ACCESSES = _Kind({}, {"times": _Number(1, 10**6, True), "node": _NodeName()})

KINDS: dict[str, _Kind] = {
    "incomplete": _SHARE,
    "lose": _SHARE,
    "miss": _SHARE,
    "stall": _Kind({"seconds": _Number(0, 1e6)}, {}),
    "unplug": _Kind({}, {"says": _OneOf(tuple(LOST_TEXTS))}),
    "plug": _Kind({}, {}),
    "slow_nodes": _Kind({"ms": _Number(0, 1e6)}, {}),
    "clock_drift": _Kind({"ppm": _Number(-1000, 1e6)}, {}),
    "hang": _Kind({"where": _OneOf(PLACES)}, {"seconds": _Number(0, 1e6)}),
    "fail_write": _ACCESSES,
    "fail_read": _ACCESSES,
    "unreadable": _Kind({"node": _NodeName()}, {}),
    "refuse_buffers": _Kind(
        {"where": _OneOf(("set", "begin"))},
        {"error": _OneOf(("RuntimeError", "ValueError", "SpinnakerException"))},
    ),
    "miscount": _Kind({"by": _Number(-10, 10, True), "where": _OneOf(("start", "wrap"))}, {}),
    "ids": _Kind({"begin": _Number(0, 1 << 40, True)}, {}),
    "supply_edge": _Kind({"us": _Number(1, 1e6)}, {}),
    "mend": _Kind({}, {}),
}


def checked(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """The command for a fault, after a look at its arguments; ``ValueError`` says what is wrong."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise ArgumentError(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")
    known = {**KINDS[kind].needs, **KINDS[kind].takes}
    unknown = [name for name in args if name not in known]
    if unknown:
        takes = ", ".join(known) or "no arguments"
        raise ArgumentError(f"the fault {kind!r} takes {takes}; not {', '.join(unknown)}")
    if KINDS[kind].one and len(args) != 1:
        *most, last = known
        raise ArgumentError(f"the fault {kind!r} takes one of {', '.join(most)} and {last}")
    for name in KINDS[kind].needs:
        if name not in args:
            raise ArgumentError(f"the fault {kind!r} needs {name}=")
    for name, value in args.items():
        complaint = known[name].complaint(name, value)
        if complaint:
            raise ArgumentError(f"the fault {kind!r}: {complaint}")
    return {"fault": kind, **args}
