"""Locks on files and folders, by which programs tell each other what they use.

A lock ends with the process that has it, however that ends.
"""

from __future__ import annotations

from llpyspin.system.linux.linuxlocks import (
    FolderLock,
    join,
    lock,
    unlock,
)

__all__ = ["FolderLock", "join", "lock", "unlock"]
