"""Notices that another process has ended."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from llpyspin.system.windows.winlives import ParentLife, wait_for_end
else:
    from llpyspin.system.linux.linuxlives import ParentLife, wait_for_end

__all__ = ["ParentLife", "wait_for_end"]
