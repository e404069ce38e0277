"""Notices that another process has ended."""

from __future__ import annotations

from llpyspin.system.linux.linuxlives import (
    ParentLife,
    wait_for_end,
)

__all__ = ["ParentLife", "wait_for_end"]
