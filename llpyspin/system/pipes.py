"""A two-way stream of bytes between this process and a child of its own."""

from __future__ import annotations

from llpyspin.system.linux.linuxpipes import (
    End,
    reader_has_gone,
)

__all__ = ["End", "reader_has_gone"]
