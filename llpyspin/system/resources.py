"""How much memory and how many processors this program may use."""

from __future__ import annotations

from llpyspin.system.linux.linuxresources import (
    CpuLoad,
    processors,
    spare_memory,
    whole_memory,
)

__all__ = ["CpuLoad", "processors", "spare_memory", "whole_memory"]
