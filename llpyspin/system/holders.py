"""Which processes hold a camera: pid and command.

A program that uses a USB camera has the camera's file in ``/dev`` open.  One that uses a GigE camera has a
UDP socket, mostly without saying whom it talks to; so of those only some are found.  A virtual camera has a
socket of its own name.
"""

from __future__ import annotations

from llpyspin.system.linux.linuxholders import (
    Holder,
    find_holders,
    held_by_another_user,
    holders_of,
    named_socket,
    peer_of,
    printed_serial,
    usb_file,
)

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
