"""Words and file descriptors between a writer and its readers: one JSON object a message, over a Unix socket.

The socket has a name in the abstract namespace of Linux, which is not in any file system and goes with the
writer.  Only processes of the same user are spoken to.
"""

from __future__ import annotations

import array
import errno
import json
import os
import secrets
import socket
import struct
from typing import Any

__all__ = ["connect", "listen", "peer_is_us", "receive", "send"]

MAX_MESSAGE = 8192
MAX_FDS = 8
_CREDENTIALS = struct.Struct("3i")


def listen(name: str) -> tuple[socket.socket, str]:
    """A listening socket under a new name that begins with ``name``, and that name."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    address = f"llpyspin-{name}-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        listener.bind("\0" + address)
        listener.listen(64)
    except BaseException:
        listener.close()
        raise
    return listener, address


def connect(address: str, timeout_s: float) -> socket.socket:
    """Connect to a writer; ``OSError`` where there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(timeout_s)
        connection.connect("\0" + address)
        if not peer_is_us(connection):
            raise PermissionError(f"the frames at {address!r} belong to another user")
    except BaseException:
        connection.close()
        raise
    return connection


def peer_is_us(connection: socket.socket) -> bool:
    """Whether the process at the other end runs as our user."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(raw)[1] == os.geteuid())


def send(connection: socket.socket, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send one message, with descriptors that the other end gets duplicates of."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    # A program may have SIGPIPE as it is by default: it must not die of a dead camera process.
    connection.sendmsg([json.dumps(message).encode()], rights, socket.MSG_NOSIGNAL)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One message and the descriptors that came with it; ``EOFError`` where the other end is gone."""
    size = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
    try:
        data, ancillary, flags, _ = connection.recvmsg(MAX_MESSAGE, size, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError as error:
        raise EOFError("the other end is gone") from error
    fds: list[int] = []
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            whole = len(content) - len(content) % array.array("i").itemsize
            fds.extend(array.array("i", content[:whole]))
    if not data or flags & socket.MSG_CTRUNC:
        for fd in fds:
            os.close(fd)
        if not data:
            raise EOFError("the other end is gone")
        raise OSError(errno.EMFILE, "too many open files in this process to attach to the camera's frames")
    message = json.loads(data)
    if not isinstance(message, dict):
        raise EOFError("the other end does not speak our language")
    return message, fds
