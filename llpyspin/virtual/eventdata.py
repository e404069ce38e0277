"""Event data in the node map: the nodes of an event show the data of the latest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers

__all__ = ["EVENT_NODES", "event_came", "exposure_end_came", "forget_events"]

EVENT_NODES = {
    "ExposureEnd": ("EventExposureEndTimestamp", "EventExposureEndFrameID"),
    "Error": ("EventErrorTimestamp", "EventErrorFrameID", "EventErrorCode"),
    "SerialPortReceive": (
        *("EventSerialPortReceiveTimestamp", "EventSerialData", "EventSerialDataLength"),
        "EventSerialReceiveOverflow",
    ),
    "Test": ("EventTestTimestamp",),
}
"""By event: the nodes that have a value only when one has come."""


def event_came(registers: Registers, event: str, values: dict[str, Any]) -> None:
    """Show the data of an event, and have the callbacks of its nodes called."""
    for node, value in values.items():
        registers.set(node, value)
    for node in EVENT_NODES[event]:
        registers.set(f"{node}.all", 1)
    name = f"Event{event}"
    registers.set(name, registers.get(name))


def exposure_end_came(registers: Registers, frame_id: int, end: int | None) -> None:
    """Show the end of an exposure (camera time in ns)."""
    data = {"EventExposureEndFrameID": frame_id, "EventExposureEndTimestamp": end}
    event_came(registers, "ExposureEnd", data)


def forget_events(registers: Registers) -> None:
    """No event has come yet (the camera is opened)."""
    for node in (node for nodes in EVENT_NODES.values() for node in nodes):
        if registers.has(f"{node}.all"):
            registers.set(f"{node}.all", 0)
