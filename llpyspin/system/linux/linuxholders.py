"""Holders on Linux: who has a file of a device or a socket open.

A program that uses a USB camera has the camera's file in ``/dev`` open.  One that uses a GigE camera has a
UDP socket, mostly without saying whom it talks to; so of those only some are found.  A virtual camera has a
socket of its own name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.system.processtable import ThisMachine, read_processes, udp_peers, unix_names
from llpyspin.system.users import this_user

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from llpyspin.system.processtable import Files, Processes

__all__ = [
    "Holder",
    "find_holders",
    "held_by_another_user",
    "holders_of",
    "named_socket",
    "peer_of",
    "printed_serial",
    "usb_file",
]

GVCP = 3956  # the port of GigE cameras
USB_DEVICES = "/sys/bus/usb/devices"
_PROC = Path("/proc")


class Holder(NamedTuple):
    """A process that holds a camera.

    Attributes
    ----------
    pid : int
    program : int
        Process id of the program that a camera process belongs to; else the same as ``pid``.
    command : str
        Command line of the program.
    """

    pid: int
    program: int
    command: str

    def __str__(self) -> str:
        return f"process {self.program} ({self.command})"


def holders_of(processes: Processes, targets: Iterable[str]) -> tuple[Holder, ...]:
    """The processes that have one of these files or sockets open."""
    pids = {pid for target in targets for pid in processes.files.get(target, [])}
    programs = {pid: processes.owners.get(pid, pid) for pid in sorted(pids)}
    return tuple(
        Holder(pid, program, processes.commands.get(program, "?")) for pid, program in programs.items()
    )


def find_holders(targets: Collection[str], *, but: Collection[int] = ()) -> tuple[Holder, ...]:
    """The same on this computer, now; ``but``: without these processes."""
    if not targets:
        return ()
    return holders_of(read_processes(ThisMachine(), but, libraries=False), targets)


def named_socket(name: str, system: Files | None = None) -> list[str]:
    """The sockets of this name in the abstract namespace, as processes have them open."""
    system = ThisMachine() if system is None else system
    return [f"socket:[{inode}]" for inode in unix_names(system).get(f"@{name}", [])]


def peer_of(address: str, system: Files | None = None) -> list[str]:
    """The sockets that are connected to the GigE camera of this IP address."""
    system = ThisMachine() if system is None else system
    return [f"socket:[{inode}]" for inode in udp_peers(system).get((address, GVCP), [])]


def usb_file(vendor: str, serial: str) -> list[str]:
    """The file in ``/dev`` of the USB device of this vendor (four hexadecimal digits) and serial number."""
    system, found = ThisMachine(), []
    for name in system.names(USB_DEVICES):
        told = {key: system.text(f"{USB_DEVICES}/{name}/{key}") or "" for key in _TOLD}
        raw, bus, number = told["serial"], told["busnum"], told["devnum"]
        is_this = told["idVendor"] == vendor and raw and serial in (raw, printed_serial(raw))
        if is_this and bus.isdigit() and number.isdigit():
            found.append(f"/dev/bus/usb/{int(bus):03}/{int(number):03}")
    return found


_TOLD = ("idVendor", "serial", "busnum", "devnum")


def printed_serial(raw: str) -> str:
    """The serial number as FLIR prints it on the camera: USB has that of a Blackfly S in hexadecimal."""
    return str(int(raw, 16)) if re.fullmatch(r"0[0-9A-Fa-f]{7}", raw) else raw


def held_by_another_user(address: str) -> bool:
    """Whether a socket of this name is there, and no process of this user has it."""
    wanted = set(named_socket(address))
    return bool(wanted) and not any(_has(process, wanted) for process in _own_processes())


def _own_processes() -> list[Path]:
    found = []
    for process in _PROC.iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == this_user():
                found.append(process)
        except OSError:
            continue  # it has ended
    return found


def _has(process: Path, wanted: set[str]) -> bool:
    """Whether it has one of these sockets open."""
    try:
        return any(_target(each) in wanted for each in (process / "fd").iterdir())
    except OSError:
        return False


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""
