"""What a session says of the pulse box that sent its trigger pulses."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from llpyspin.naming.known import named

__all__ = ["BoxRecord"]


@named
@dataclass(frozen=True)
class BoxRecord:
    """A pulse box, and what it counted.

    Attributes
    ----------
    name, port : str
        What the box calls itself, and where it was connected.
    rate_hz, pulse_us : float
        Pulses per second, and the length of each.
    pulses : int or None
        Pulses from the start to the end, by the count of the box; None: not known.
    state : str
        How they ended: "stopped", "done", "watchdog" (the program did not ask any more), or "unknown" (the
        box was lost).  "running" until then.
    late_us : float or None
        By how much its latest rising edge was late; None if it does not measure that.
    first_host_ns, unsure_ns : int or None
        When the first pulse began on the host's monotonic clock, and how far off that may be.
    """

    name: str = ""
    port: str = ""
    rate_hz: float = 0.0
    pulse_us: float | None = None
    pulses: int | None = None
    state: str = "running"
    late_us: float | None = None
    first_host_ns: int | None = None
    unsure_ns: int | None = None

    def replace(self, **changes: Any) -> BoxRecord:
        """The same with other values of some fields."""
        return dataclasses.replace(self, **changes)
