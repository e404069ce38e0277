"""Waits for several things at once, until a deadline."""

from __future__ import annotations

from llpyspin.system.linux.linuxwaiting import (
    LoopWatch,
    Source,
    Watch,
    wait,
)

__all__ = ["LoopWatch", "Source", "Watch", "wait"]
