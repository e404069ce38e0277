"""Wakes a thread or process that waits."""

from __future__ import annotations

from llpyspin.system.linux.linuxbells import (
    Bell,
)

__all__ = ["Bell"]
