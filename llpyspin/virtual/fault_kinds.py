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

from typing import TYPE_CHECKING, Any

from llpyspin.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "LOST_TEXTS", "checked", "fault_mistakes"]

KINDS = (
    *("incomplete", "lose", "miss", "stall", "unplug", "plug", "slow_nodes", "clock_drift", "hang"),
    *("fail_write", "fail_read", "unreadable", "refuse_buffers", "miscount", "ids", "supply_edge", "mend"),
)
LOST_TEXTS = {  # what Spinnaker says of a camera that has gone, by a short word: text and code
    "removed": ("Camera has been removed from the list and is no longer valid.", -1002),
    "disconnected": ("Camera has been disconnected and is not valid.", -1002),
    "aborted": ("Stream has been aborted.", -1012),
}


def checked(kind: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The command for a fault, after a look at its arguments; ``ValueError`` has all mistakes."""
    mistakes = fault_mistakes(kind, args)
    if mistakes:
        raise ArgumentError("\n".join(text for _, text in mistakes))
    from llpyspin.yamlfile.complaints import native

    return {"fault": kind, **{name: native(value) for name, value in args.items()}}


def fault_mistakes(kind: object, args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with a fault: the argument ("" for the fault itself), and a sentence."""
    from llpyspin.virtual.faulttypes import FAULTS, ONE_OF  # what costs is imported late
    from llpyspin.yamlfile.complaints import complaint, fields_of
    from llpyspin.yamlfile.hints import nearest

    if not isinstance(kind, str) or kind not in KINDS:
        near = nearest(kind, KINDS) if isinstance(kind, str) else ""
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(KINDS)}"
        return [("kind", f"unknown fault {kind!r}; {hint}")]
    fields = {field.encode_name: field for field in fields_of(FAULTS[kind])}
    unknown = [str(name) for name in args if name not in fields]
    mistakes = []
    if unknown:
        takes = ", ".join(fields) or "no arguments"
        mistakes.append((unknown[0], f"the fault {kind!r} takes {takes}; not {', '.join(unknown)}"))
    elif FAULTS[kind] in ONE_OF and len(args) != 1:
        *most, last = fields
        mistakes.append(("", f"the fault {kind!r} takes one of {', '.join(most)} and {last}"))
    for name, field in fields.items():
        if name not in args:
            if field.required:
                mistakes.append(("", f"the fault {kind!r} needs {name}="))
        elif (found := complaint(args[name], field.type)) is not None:
            text = f"{name}{found.item} must be {found.allowed}, not {found.value!r}"
            mistakes.append((name, f"the fault {kind!r}: {text}"))
    return mistakes
