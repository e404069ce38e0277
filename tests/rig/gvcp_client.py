"""A client of GVCP that shares no code with the test device: the bytes are written from the protocol."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

DISCOVERY, FORCEIP, READREG, WRITEREG, READMEM, ACTION = 0x02, 0x04, 0x80, 0x82, 0x84, 0x100
_PORT = 3956


class Answer(NamedTuple):
    """What a device answers."""

    status: int
    code: int
    body: bytes
    sender: str


class GvcpClient:
    """Sends commands to one address, from one socket."""

    def __init__(self, address: str, timeout_s: float = 2.0) -> None:
        self._to = address, _PORT
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.settimeout(timeout_s)
        self._request = 0

    def __enter__(self) -> GvcpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, code: int, body: bytes = b"", flags: int = 1) -> None:
        self._request += 1
        head = struct.pack(">BBHHH", 0x42, flags, code, len(body), self._request)
        self._socket.sendto(head + body, self._to)

    def answer(self) -> Answer:
        """The next answer; ``TimeoutError`` if there is none in time."""
        packet, sender = self._socket.recvfrom(2048)
        status, code, length, request = struct.unpack_from(">HHHH", packet)
        assert request == self._request
        assert length == len(packet) - 8
        return Answer(status, code, packet[8:], sender[0])

    def ask(self, code: int, body: bytes = b"", flags: int = 1) -> Answer:
        self.send(code, body, flags)
        return self.answer()

    def read(self, address: int) -> int:
        answer = self.ask(READREG, struct.pack(">I", address))
        assert (answer.status, answer.code) == (0, READREG + 1)
        return int.from_bytes(answer.body, "big")

    def write(self, address: int, value: int) -> int:
        """The status of the answer."""
        return self.ask(WRITEREG, struct.pack(">II", address, value)).status
