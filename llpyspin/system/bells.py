"""Wakes a thread or process that waits."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from llpyspin.system.windows.winbells import Bell
else:
    from llpyspin.system.linux.linuxbells import Bell

__all__ = ["Bell"]
