"""Nodes of a Blackfly S that have no behaviour here, and therefore refuse what would need it.

A program gets the SDK's own error (-2006), and not a success that nothing follows.
"""

from __future__ import annotations

from llpyspin.virtual.features import NEVER

__all__ = ["AVAILABLE", "ENTRIES", "LOCKED"]

_LOGIC_BLOCK = (
    *("LogicBlockLUTInputSource", "LogicBlockLUTInputActivation"),
    *("LogicBlockLUTOutputValue", "LogicBlockLUTOutputValueAll"),
)
_SOURCES = ("TriggerSource", "LineSource", "CounterEventSource", "CounterTriggerSource", "CounterResetSource")

LOCKED: dict[str, str] = dict.fromkeys(_LOGIC_BLOCK, "1")
"""Nodes that can be read, but not written: there are no logic blocks."""

AVAILABLE: dict[str, str] = {"LUTValueAll": NEVER}
"""Nodes that are not available: the layout of the whole look-up table is not published."""

ENTRIES: dict[str, dict[str, str]] = {
    "TransferControlMode": dict.fromkeys(("Basic", "UserControlled"), NEVER),
    "SerialPortSource": dict.fromkeys(("Line0", "Line1", "Line2", "Line3"), NEVER),
    **dict.fromkeys(_SOURCES, dict.fromkeys(("LogicBlock0", "LogicBlock1"), NEVER)),
}
"""Choices that are not available: transfers by command, bytes on a line, results of logic blocks."""
