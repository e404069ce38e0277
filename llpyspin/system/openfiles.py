"""Files by descriptor, and free room on disks, where systems differ."""

from __future__ import annotations

from llpyspin.system.linux.linuxopenfiles import (
    Room,
    forget_cached,
    opened,
    read_at,
    read_into_at,
    reserve,
    room_at,
    room_of,
    sync_folder,
    write_at,
    write_parts_at,
)

__all__ = [
    "Room",
    "forget_cached",
    "opened",
    "read_at",
    "read_into_at",
    "reserve",
    "room_at",
    "room_of",
    "sync_folder",
    "write_at",
    "write_parts_at",
]
