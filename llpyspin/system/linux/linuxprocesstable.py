"""The process table of Linux: ``/proc``."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Files", "Processes", "ThisMachine", "read_processes", "udp_peers", "unix_names"]

_SDK = re.compile(r"/[^/\n]*(?:libspinnaker|flir_gentl|_pyspin)[^/\n]*$", re.IGNORECASE | re.MULTILINE)
_MOST_COMMAND = 120
_CHILD = "llpyspin.worker.main"  # in the command line of a camera process


class Files(Protocol):
    """Reads files of a machine; a root other than ``/`` shows machines that are not there."""

    def at(self, path: str) -> Path: ...

    def text(self, path: str) -> str | None: ...

    def names(self, path: str) -> list[str]: ...

    def link(self, path: str) -> str | None: ...


class ThisMachine:
    """The files of the computer that this process runs on."""

    def at(self, path: str) -> Path:
        return Path(path)

    def text(self, path: str) -> str | None:
        """What is in a file; None if it cannot be read."""
        try:
            return Path(path).read_text(errors="replace").strip()
        except OSError:
            return None

    def names(self, path: str) -> list[str]:
        """What is in a folder; nothing if it cannot be read."""
        try:
            return sorted(os.listdir(path))
        except OSError:
            return []

    def link(self, path: str) -> str | None:
        """Where a symbolic link points; None if it cannot be read."""
        try:
            return os.readlink(path)
        except OSError:
            return None


@dataclass(frozen=True)
class Processes:
    """What the processes of this machine have open.

    Attributes
    ----------
    commands : mapping of int to str
        Command line of each process, by pid.
    files : mapping of str to list of int
        Who has a file of ``/dev/bus/usb`` open, or a socket (as ``"socket:[INODE]"``).
    with_sdk : frozenset of int
        Processes that have loaded a Spinnaker library.
    hidden : int
        Processes of other users that could not be looked into.
    owners : mapping of int to int
        The program that each camera process of llpyspin belongs to: that is whom people know.
    """

    commands: Mapping[int, str]
    files: Mapping[str, list[int]]
    with_sdk: frozenset[int]
    hidden: int
    owners: Mapping[int, int]


def read_processes(system: Files, leave_out: Collection[int] = (), *, libraries: bool = True) -> Processes:
    """Look at all processes; those to leave out hold nothing, unless through their camera processes.

    ``libraries``: whether to look for the Spinnaker library in their memory, too, which takes longer.
    """
    commands: dict[int, str] = {}
    files: dict[str, list[int]] = {}
    owners: dict[int, int] = {}
    with_sdk: set[int] = set()
    hidden = 0
    for name in system.names("/proc"):
        if not name.isdigit():
            continue
        pid = int(name)
        words = [word for word in (system.text(f"/proc/{pid}/cmdline") or "").split("\0") if word]
        commands[pid] = _command(system, pid, words)
        if _CHILD in words and (parent := _parent(system, pid)) > 1:
            owners[pid] = parent
        if pid in leave_out:
            continue
        opened = _open_files(system, pid)
        if opened is None:
            hidden += 1
            continue
        for target in opened:
            if target.startswith(("/dev/bus/usb/", "socket:")):
                files.setdefault(target, []).append(pid)
        if libraries and _SDK.search(system.text(f"/proc/{pid}/maps") or ""):
            with_sdk.add(pid)
    owners = {child: owner for child, owner in owners.items() if owner in commands}
    return Processes(commands, files, frozenset(owners.get(pid, pid) for pid in with_sdk), hidden, owners)


def _open_files(system: Files, pid: int) -> set[str] | None:
    """What the process has open; None if we may not know."""
    folder = f"/proc/{pid}/fd"
    try:
        names = list(system.at(folder).iterdir())
    except FileNotFoundError:
        return set()  # it has just ended
    except OSError:
        return None
    return {target for each in names if (target := system.link(f"{folder}/{each.name}"))}


def _parent(system: Files, pid: int) -> int:
    """Its parent's pid; 0 if it is not known."""
    fields = (system.text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0


def _command(system: Files, pid: int, words: Sequence[str]) -> str:
    line = " ".join(" ".join(words).split()) or system.text(f"/proc/{pid}/comm") or "?"
    half = (_MOST_COMMAND - 3) // 2  # of a script, the end says most
    return line if len(line) <= _MOST_COMMAND else f"{line[:half]}...{line[-half:]}"


def udp_peers(system: Files) -> dict[tuple[str, int], list[str]]:
    """Inodes of UDP sockets by (address, port) that they are connected to."""
    found: dict[tuple[str, int], list[str]] = {}
    for line in (system.text("/proc/net/udp") or "").splitlines()[1:]:
        fields = line.split()
        with contextlib.suppress(ValueError, IndexError, struct.error):
            address, _, port = fields[2].partition(":")
            dotted = socket.inet_ntoa(struct.pack("=I", int(address, 16)))
            found.setdefault((dotted, int(port, 16)), []).append(fields[9])
    return found


def unix_names(system: Files) -> dict[str, list[str]]:
    """Inodes of Unix sockets by their names."""
    found: dict[str, list[str]] = {}
    for line in (system.text("/proc/net/unix") or "").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8:
            found.setdefault(fields[7], []).append(fields[6])
    return found
