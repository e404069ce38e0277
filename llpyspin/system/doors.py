"""Lets processes of the same user connect, and passes memory and bells to them.

A door has an address, which is a plain text that can be passed on: a name that nobody can guess, or a path
where the door must be reached from another network namespace.  A name is in no file system and goes with its
process.  Both ends of a connection notice at once when the other one is gone, however it went.
"""

from __future__ import annotations

from llpyspin.system.linux.linuxdoors import (
    MOST_PATH,
    Connection,
    Door,
    NoRoom,
    OthersDoor,
    enter,
    is_open,
)

__all__ = ["MOST_PATH", "Connection", "Door", "NoRoom", "OthersDoor", "enter", "is_open"]
