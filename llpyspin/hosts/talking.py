"""Whole messages of any length over a connection, whose packets are short.

A message is a packet with the number of its bytes, and then packets with these.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from llpyspin.errors import HostMessageError
from llpyspin.system.descriptors import close_all

if TYPE_CHECKING:
    from llpyspin.deadlines import Deadline
    from llpyspin.system.doors import Connection

__all__ = ["MOST_ANSWER", "MOST_REQUEST", "receive", "send"]

MOST_REQUEST = 2**20
"""Bytes of a request; the longest are descriptions of rigs."""
MOST_ANSWER = 2**28
"""Bytes of an answer; the longest are pictures."""
_PACKET = 8192
_MAGIC = b"llh1"
_HEAD = struct.Struct("!4sQ")
LEAST_S = 1e-3


def send(connection: Connection, body: bytes, deadline: Deadline) -> None:
    """Send one message.

    Raises
    ------
    TimeoutError
        The other end does not read.
    OSError
        It is gone.
    """
    connection.send(_HEAD.pack(_MAGIC, len(body)), seconds=max(deadline.remaining(), LEAST_S))
    for start in range(0, len(body), _PACKET):
        packet = body[start : start + _PACKET]
        connection.send(packet, seconds=max(deadline.remaining(), LEAST_S))


def receive(connection: Connection, most: int, deadline: Deadline) -> bytes:
    """The next message.

    Raises
    ------
    TimeoutError
        It is not there in time.
    EOFError
        The other end is gone.
    HostMessageError
        It is none of ours, or longer than ``most`` bytes.
    """
    head = _packet(connection, deadline)
    if len(head) != _HEAD.size or not head.startswith(_MAGIC):
        raise HostMessageError(f"a message does not begin with {len(head)} bytes such as came")
    _, size = _HEAD.unpack(head)
    if size > most:
        raise HostMessageError(f"a message of {size} bytes was announced; {most} is the maximum")
    pieces, come = [], 0
    while come < size:
        pieces.append(_packet(connection, deadline))
        come += len(pieces[-1])
    if come > size:
        raise HostMessageError(f"a message of {size} bytes was announced, and {come} came")
    return b"".join(pieces)


def _packet(connection: Connection, deadline: Deadline) -> bytes:
    """The next packet; what else was handed over with it is closed."""
    words, things = connection.receive(max(deadline.remaining(), LEAST_S))
    close_all(things)
    return words
