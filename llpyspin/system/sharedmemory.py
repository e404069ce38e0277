"""Memory that processes share and that needs no clean-up.

It has no name in any file system (on Linux it is a memfd).  It lives as long as somebody has it open or
mapped, and goes with the last of them, however they die.  Its pages exist from when they are first written.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from llpyspin.system.windows.winsharedmemory import SharedMemory, new_fence, round_to_pages
else:
    from llpyspin.system.linux.linuxsharedmemory import SharedMemory, new_fence, round_to_pages

__all__ = ["SharedMemory", "new_fence", "round_to_pages"]
