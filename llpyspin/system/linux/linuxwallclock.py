"""The wall clock on Linux: what ``adjtimex`` says, and which services run."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from llpyspin.system.processtable import ThisMachine

if TYPE_CHECKING:
    from llpyspin.system.processtable import Files

__all__ = ["SERVICES", "wall_clock"]

SERVICES = ("chronyd", "ntpd", "ptp4l", "phc2sys", "systemd-timesyncd")
"""Programs that set the wall clock."""
_LONGEST_NAME = 15  # as the kernel has it
_UNSYNCHRONISED = 0x40


class _Timex(ctypes.Structure):
    """The kernel's ``struct timex``, as far as it is read; ``rest`` is more than enough for the others."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


def wall_clock(machine: Files | None = None) -> dict[str, Any]:
    """What the system says of its wall clock.

    ``synchronised``, ``max_error_us`` and ``estimated_error_us`` are the kernel's.  ``services`` are the
    programs that run and set it.  What the system does not say is left out.
    """
    running = _services(ThisMachine() if machine is None else machine)
    return {**_kernel(), "services": running}


def _kernel() -> dict[str, Any]:
    read = getattr(ctypes.CDLL(None), "adjtimex", None)
    found = _Timex()  # modes is 0: nothing is set
    if read is None or read(ctypes.byref(found)) < 0:
        return {}
    return {
        "synchronised": not found.status & _UNSYNCHRONISED,
        "max_error_us": found.maxerror,
        "estimated_error_us": found.esterror,
    }


def _services(machine: Files) -> list[str]:
    running = {machine.text(f"/proc/{name}/comm") for name in machine.names("/proc") if name.isdigit()}
    return [name for name in SERVICES if name[:_LONGEST_NAME] in running]
