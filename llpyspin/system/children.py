"""Starts a child process, learns how it ended, and kills it."""

from __future__ import annotations

from llpyspin.system.linux.linuxchildren import (
    LEAVE_PARENT,
    Child,
    killer,
)

__all__ = ["LEAVE_PARENT", "Child", "killer"]
