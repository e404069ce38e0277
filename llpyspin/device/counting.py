"""The camera's own counters of exposures and of pulses at its input line.

A Blackfly S has two counters of 16 bit.  Each starts over at its own end, so it counts modulo its duration.
The missing multiple follows from about how many there must have been.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap
    from llpyspin.device.undo import Changes

__all__ = ["EventCounter"]

log = logging.getLogger(__name__)

LONGEST = 1 << 31  # counts after which a counter is to start over, if it can do so many


class EventCounter:
    """One counter in use.  Make it with :meth:`begin`, which returns None if the camera cannot count that."""

    def __init__(self, nodes: NodeMap, name: str, span: int, *, endless: bool) -> None:
        self._nodes = nodes
        self._name = name
        self._span = span
        self._endless = endless
        self._first = 0
        self._first = self._value()

    @classmethod
    def begin(cls, nodes: NodeMap, changes: Changes, name: str, source: str) -> EventCounter | None:
        """Let counter ``name`` ("Counter0") count ``source`` ("ExposureStart", "Line3") from now on.

        What is written is undone by ``changes``.
        """
        if nodes.usable("CounterSelector") is None:
            return None
        try:
            changes.select("CounterSelector", name)
            span = min(LONGEST, int(nodes.node("CounterDuration").limits().max))
            at = ("CounterSelector", name)
            changes.put("CounterEventSource", "Off", *at)  # a counter at work may have its settings locked
            changes.try_put("CounterTriggerSource", "Off", *at)
            changes.put("CounterDuration", span, *at)
            endless = changes.try_put("CounterResetSource", f"{name}End", *at)
            changes.put("CounterEventSource", source, *at)
            changes.try_put("CounterEventActivation", "RisingEdge", *at)
            return cls(nodes, name, span, endless=endless)
        except SettingError as error:
            log.info("%s of this camera does not count %s: %s", name, source, str(error))
            return None

    def count(self, about: int) -> int | None:
        """How many events there were since :meth:`begin`; None if the counter has come to its end.

        ``about`` must be right to half of what the counter can hold (32767).
        """
        value = self._value()
        if not self._endless and self._status() in ("CounterCompleted", "CounterOverflow"):
            return None
        seen = (value - self._first) % self._span
        if not self._endless:
            return seen
        turns = round((about - seen) / self._span)
        return seen + max(0, turns) * self._span

    def _value(self) -> int:
        self._nodes.node("CounterSelector").put(self._name)
        return int(self._nodes.node("CounterValue").get())

    def _status(self) -> str:
        status = self._nodes.usable("CounterStatus")
        return "" if status is None else str(status.get())
