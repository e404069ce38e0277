"""A port on which browsers of this or of another machine connect."""

from __future__ import annotations

import ipaddress
import socket

__all__ = ["is_address", "is_loopback", "listen"]

WAITING = 32  # connections that wait to be accepted


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 means any that is free.

    Raises
    ------
    OSError
        The port is in use, or this machine has no such address.
    """
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, place = places[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
        made.listen(WAITING)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can connect to this address."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether it is an IP address, rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
