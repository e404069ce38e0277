"""A clock that neither jumps nor stands still while the machine sleeps."""

from __future__ import annotations

import time

__all__ = ["elapsed_s"]

_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed_s() -> float:
    """Seconds since some moment; where the system has no such clock, those that it was awake."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
