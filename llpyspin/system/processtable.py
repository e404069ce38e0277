"""What the processes of this computer have open: their command lines, files and sockets, from ``/proc``."""

from __future__ import annotations

from llpyspin.system.linux.linuxprocesstable import (
    Files,
    Processes,
    ThisMachine,
    read_processes,
    udp_peers,
    unix_names,
)

__all__ = ["Files", "Processes", "ThisMachine", "read_processes", "udp_peers", "unix_names"]
