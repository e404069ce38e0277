"""Which other processes hold a camera, or use the SDK: pid and command, from ``/proc``.

A program that uses a USB camera has the camera's file in ``/dev`` open.  One that uses a GigE camera has a
UDP socket, mostly without saying whom it talks to; so of those only some are sure, and of others no more can
be told than that the SDK is in their memory.  Virtual cameras have a socket named after their serial number.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.holder import Holder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.host import System

__all__ = ["Holder", "Processes", "check_holders", "read_processes"]

GVCP = 3956  # the port of GigE cameras
_SDK = re.compile(r"/[^/\n]*(?:libspinnaker|flir_gentl|_pyspin)[^/\n]*$", re.IGNORECASE | re.MULTILINE)
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_MOST_COMMAND = 120
_CHILD = "llpyspin.worker.main"  # in the command line of a camera process


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


def read_processes(system: System, leave_out: Collection[int] = ()) -> Processes:
    """Look at all processes; those to leave out hold nothing, unless through their camera processes."""
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
        if _SDK.search(system.text(f"/proc/{pid}/maps") or ""):
            with_sdk.add(pid)
    owners = {child: owner for child, owner in owners.items() if owner in commands}
    return Processes(commands, files, frozenset(owners.get(pid, pid) for pid in with_sdk), hidden, owners)


def _open_files(system: System, pid: int) -> set[str] | None:
    """What the process has open; None if we may not know."""
    folder = f"/proc/{pid}/fd"
    try:
        names = list(system.at(folder).iterdir())
    except FileNotFoundError:
        return set()  # it has just ended
    except OSError:
        return None
    return {target for each in names if (target := system.link(f"{folder}/{each.name}"))}


def _parent(system: System, pid: int) -> int:
    """Its parent's pid; 0 if it is not known."""
    fields = (system.text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0


def _command(system: System, pid: int, words: Sequence[str]) -> str:
    line = " ".join(" ".join(words).split()) or system.text(f"/proc/{pid}/comm") or "?"
    return line if len(line) <= _MOST_COMMAND else line[: _MOST_COMMAND - 3] + "..."


def find_holders(
    system: System, processes: Processes, cameras: Sequence[Camera], world: str | None = None
) -> dict[str, list[Holder]]:
    """Who holds which camera, by serial number.

    Parameters
    ----------
    world : str, optional
        Name of the world of the virtual cameras.
    """
    udp = _udp_peers(system)
    unix = _unix_names(system)
    found: dict[str, list[Holder]] = {}
    for camera in cameras:
        if camera.virtual:
            inodes = unix.get(f"@llpyspin.virtual/{world}/{camera.serial}", [])
            targets = [f"socket:[{inode}]" for inode in inodes]
        elif camera.usb is not None:
            targets = [camera.usb.node]
        else:
            targets = [f"socket:[{inode}]" for inode in udp.get((camera.address, GVCP), [])]
        holding = {pid for target in targets for pid in processes.files.get(target, [])}
        pids = sorted({processes.owners.get(pid, pid) for pid in holding})
        if pids:
            found[camera.serial] = [Holder(pid, processes.commands[pid], camera.serial) for pid in pids]
    return found


def _udp_peers(system: System) -> dict[tuple[str, int], list[str]]:
    """Inodes of UDP sockets by (address, port) that they are connected to."""
    found: dict[tuple[str, int], list[str]] = {}
    for line in (system.text("/proc/net/udp") or "").splitlines()[1:]:
        fields = line.split()
        with contextlib.suppress(ValueError, IndexError, struct.error):
            address, _, port = fields[2].partition(":")
            dotted = socket.inet_ntoa(struct.pack("=I", int(address, 16)))
            found.setdefault((dotted, int(port, 16)), []).append(fields[9])
    return found


def _unix_names(system: System) -> dict[str, list[str]]:
    """Inodes of Unix sockets by their names."""
    found: dict[str, list[str]] = {}
    for line in (system.text("/proc/net/unix") or "").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8:
            found.setdefault(fields[7], []).append(fields[6])
    return found


def check_holders(
    cameras: Sequence[Camera], held: Mapping[str, list[Holder]], processes: Processes
) -> list[Finding]:
    """A finding for each camera that is held, and for processes that use the SDK."""
    sure = {each.pid for holders in held.values() for each in holders}
    others = [Holder(pid, processes.commands[pid], "") for pid in sorted(processes.with_sdk - sure)]
    findings: list[Finding] = []
    for camera in cameras:
        holders = held.get(camera.serial, [])
        if holders:
            findings.append(_held(camera, holders, "is held by"))
        elif camera.in_use and others:
            findings.append(_held(camera, others, "is controlled by somebody, probably by"))
        elif camera.in_use:
            findings.append(
                problem(
                    "camera-held-unseen",
                    f"Camera {camera} is controlled by somebody, and no process that can be seen here does "
                    "it.",
                    "Another computer on its network may hold it, or another user's process (`sudo llpyspin "
                    "doctor` sees those). After a program was killed it takes the camera 3 s to notice.",
                    serial=camera.serial,
                )
            )
    told = {pid for finding in findings for pid in finding.data.get("pids", ())}
    quiet = [each for each in others if each.pid not in told]
    if quiet:
        findings.append(
            note(
                "sdk-in-use",
                f"The Spinnaker SDK is in use by {_who(quiet)}, which may hold GigE cameras.",
                "Close it if a camera cannot be opened.",
                pids=[each.pid for each in quiet],
            )
        )
    if not findings and cameras:
        count = processes.hidden
        hidden = f" ({count} processes of other users could not be looked into)" if count else ""
        findings.append(fine("no-camera-held", f"No other process holds a camera{hidden}", hidden=count))
    return findings


def _who(holders: Sequence[Holder]) -> str:
    return " and ".join(f"process {each.pid} ({each.command})" for each in holders)


def _held(camera: Camera, holders: Sequence[Holder], how: str) -> Finding:
    return problem(
        "camera-held",
        f"Camera {camera} {how} {_who(holders)}: nobody else can open it.",
        "Close that program, or end it:",
        [f"kill {each.pid}" for each in holders],
        serial=camera.serial,
        pids=[each.pid for each in holders],
    )
