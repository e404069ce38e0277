"""Thread priorities: no library raises those of our threads without being asked.

SVT-AV1, opened by root, makes the calling thread and its own threads real-time (SCHED_FIFO, priority 99).
Every child that such a thread starts inherits this, and then runs before cameras, writers and the desktop.
"""

from __future__ import annotations

from llpyspin.system.linux.linuxpriorities import (
    begin_normally,
    never_raised,
    stand_back,
)

__all__ = ["begin_normally", "never_raised", "stand_back"]
