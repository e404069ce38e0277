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
import time
from typing import Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import FrameAccessError
from llpyspin.system.users import this_user, user_name

__all__ = ["close_all", "connect", "listen", "peer_is_us", "receive", "send"]

MAX_MESSAGE = 8192
MAX_FDS = 8
CROWDED_S = 0.002  # between two tries to connect
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
    """Connect to a writer; ``OSError`` where there is none.

    Raises
    ------
    FrameAccessError
        It belongs to another user.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        _connect(connection, "\0" + address, Deadline(timeout_s))
        if not peer_is_us(connection):
            raise FrameAccessError(
                f"the frames at {address!r} belong to another user, {user_name(_peer(connection))}; run this "
                f"program as that user (now: {user_name(this_user())})"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(connection: socket.socket, address: str, deadline: Deadline) -> None:
    """Connect within the deadline, also where so many others wait that the kernel lets no more of them."""
    while True:
        connection.settimeout(max(deadline.remaining(), 0.001))
        try:
            connection.connect(address)
        except BlockingIOError:
            if deadline.passed:
                raise TimeoutError(f"too many wait to be let in at {address[1:]!r}") from None
            time.sleep(CROWDED_S)
        else:
            return


def peer_is_us(connection: socket.socket) -> bool:
    """Whether the process at the other end runs as our user."""
    return _peer(connection) == this_user()


def _peer(connection: socket.socket) -> int:
    """Number of the user at the other end."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def send(connection: socket.socket, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send one message, with descriptors that the other end gets duplicates of."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    # A program may have SIGPIPE as it is by default: it must not die of a dead camera process.
    connection.sendmsg([json.dumps(message).encode()], rights, socket.MSG_NOSIGNAL)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One message and the descriptors that came with it.

    Raises
    ------
    EOFError
        The other end is gone, or does not speak our language.
    OSError
        This process has too many open files for the descriptors; or as of ``recvmsg``.
    """
    size = socket.CMSG_SPACE(MAX_FDS * array.array("i").itemsize)
    try:
        data, ancillary, flags, _ = connection.recvmsg(MAX_MESSAGE, size, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError as error:
        raise EOFError("the other end is gone") from error
    fds = _descriptors(ancillary)
    try:
        if not data:
            raise EOFError("the other end is gone")
        if flags & socket.MSG_CTRUNC:
            raise OSError(errno.EMFILE, "too many open files in this process to attach to frames")
        return _message(data), fds
    except BaseException:
        close_all(fds)
        raise


def close_all(fds: list[int]) -> None:
    """Close descriptors that came with a message."""
    for fd in fds:
        os.close(fd)


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return fds.tolist()


def _message(data: bytes) -> dict[str, Any]:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:  # RecursionError: thousands of brackets
        raise EOFError("the other end does not speak our language") from error
    if not isinstance(message, dict):
        raise EOFError("the other end does not speak our language")
    return message
