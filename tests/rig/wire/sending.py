"""Sends equal datagrams by the block: one call for up to 64 of them (UDP_SEGMENT)."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SegmentSocket", "runs"]

_UDP_SEGMENT = 103
_MOST_SEGMENTS, _MOST_BYTES = 64, 65507
_IP_MTU_DISCOVER, _ALWAYS = 10, 2


class SegmentSocket:
    """A UDP socket for a stream."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _ALWAYS)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def send(self, datagram: bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(datagram, to)

    def send_rows(self, rows: memoryview, size: int, to: tuple[str, int]) -> None:
        """Send what lies one after the other as datagrams of ``size`` bytes; the last may be shorter."""
        segment = [(socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", size))]
        self._socket.sendmsg([rows], segment if len(rows) > size else [], 0, to)


def runs(wanted: list[int], size: int) -> Iterator[tuple[int, int]]:
    """First and last of the stretches of numbers that go in one call each."""
    most = min(_MOST_SEGMENTS, _MOST_BYTES // size)
    first = last = None
    for number in wanted:
        if first is not None and last is not None and (number != last + 1 or number - first >= most):
            yield first, last
            first = None
        first = number if first is None else first
        last = number
    if first is not None and last is not None:
        yield first, last
