"""Folders that only this user can look into, without links."""

from __future__ import annotations

from llpyspin.system.linux.linuxprivatefolders import (
    NotPrivate,
    PrivateFolder,
    runtime_folder,
)

__all__ = ["NotPrivate", "PrivateFolder", "runtime_folder"]
