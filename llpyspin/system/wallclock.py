"""Whether something keeps this computer's wall clock right: chrony, PTP, NTP.  Noted, never relied on."""

from __future__ import annotations

from llpyspin.system.linux.linuxwallclock import (
    SERVICES,
    wall_clock,
)

__all__ = ["SERVICES", "wall_clock"]
