"""Ctrl-C and SIGTERM in child processes: which are ignored, and what SIGTERM ends."""

from __future__ import annotations

from llpyspin.system.linux.linuxinterrupts import (
    ignore_interrupts,
    when_terminated,
)

__all__ = ["ignore_interrupts", "when_terminated"]
