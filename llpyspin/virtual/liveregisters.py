"""Registers that change by themselves: lines, counters, clocks, queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.virtual.clock import host_ns

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.clock import CameraClock
    from llpyspin.virtual.routing import Routing

__all__ = ["make_live"]


def make_live(registers: Registers, clock: CameraClock, routing: Routing) -> None:
    """Have these registers ask for their values whenever they are read."""

    def active_set(_: str | None) -> int:
        active = routing.active_set()
        return int(registers.get("SequencerSetStart")) if active is None else active

    registers.live("LineStatusAll", lambda _: routing.line_status(clock.now()))
    registers.live("LineStatus", routing.line_level)
    registers.live("CounterValue", lambda name: routing.counter(name, "value_at", 0))
    registers.live("CounterStatus", lambda name: routing.counter(name, "status_at", "CounterIdle"))
    if registers.has("GevIEEE1588Status"):
        registers.live("GevIEEE1588Status", lambda _: clock.ptp_status)
    if registers.has("Timestamp"):
        registers.live("Timestamp", lambda _: clock.latched)
    registers.live("TransferQueueCurrentBlockCount", lambda _: routing.queue("queued"))
    registers.live("TransferQueueOverflowCount", lambda _: routing.queue("overflowed"))
    registers.live("SequencerSetActive", active_set)
    registers.live("DeviceUptime", lambda _: clock.now() // 1_000_000_000)
    registers.live("LinkUptime", lambda _: host_ns() // 1_000_000_000)
