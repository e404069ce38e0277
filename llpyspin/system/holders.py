"""Who holds the name of a mailbox, as ``/proc`` has it of the abstract namespace of sockets."""

from __future__ import annotations

import os
from pathlib import Path

from llpyspin.system.users import this_user

__all__ = ["held_by_another_user"]

_PROC = Path("/proc")


def held_by_another_user(address: str) -> bool:
    """Whether a socket of this name is there, and no process of this user has it."""
    inodes = _inodes(address)
    return bool(inodes) and not any(_has(process, inodes) for process in _own_processes())


def _inodes(address: str) -> set[str]:
    """Of the sockets of this name, of all types."""
    try:
        lines = (_PROC / "net" / "unix").read_text(errors="replace").splitlines()[1:]
    except OSError:
        return set()  # a system that does not tell
    fields = [line.split(maxsplit=7) for line in lines]
    return {each[6] for each in fields if len(each) == 8 and each[7] == f"@{address}"}


def _own_processes() -> list[Path]:
    found = []
    for process in _PROC.iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == this_user():
                found.append(process)
        except OSError:
            continue  # it has ended
    return found


def _has(process: Path, inodes: set[str]) -> bool:
    """Whether it has one of these sockets open."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    try:
        return any(_target(each) in wanted for each in (process / "fd").iterdir())
    except OSError:
        return False


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""
