"""A clock that neither jumps nor stands still while the machine sleeps; and since when clocks count."""

from __future__ import annotations

import contextlib
import pathlib
import time

__all__ = ["boot_id", "elapsed_s"]

_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed_s() -> float:
    """Seconds since some moment; where the system has no such clock, those that it was awake."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


def boot_id() -> str:
    """What tells this run of the machine from others, since which its clocks count; "" if nothing does."""
    with contextlib.suppress(OSError):
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""
