"""GVCP, the control protocol: packs and parses its packets.  No sockets here."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "ANSWERED",
    "EXTENDED_IDS",
    "MOST_BYTES",
    "PORT",
    "SCHEDULED",
    "ActionRequest",
    "Answer",
    "BadPacket",
    "Code",
    "Command",
    "Refused",
    "ResendRequest",
    "Status",
    "parse_action",
    "parse_answer",
    "parse_command",
    "parse_memory",
    "parse_reads",
    "parse_resend",
    "parse_window",
    "parse_writes",
]

PORT = 3956
MOST_BYTES = 536
"""Of data in one READMEM or WRITEMEM."""
KEY = 0x42
ANSWERED, EXTENDED_IDS, SCHEDULED = 0x01, 0x10, 0x80
"""Flags: the sender wants an answer, block ids have 64 bits, an action has a time."""
_HEADER = struct.Struct(">BBHHH")
_ANSWER = struct.Struct(">HHHH")


class Code(IntEnum):
    """What a command asks for; the code of its answer is one more."""

    DISCOVERY = 0x0002
    FORCEIP = 0x0004
    PACKETRESEND = 0x0040
    READREG = 0x0080
    WRITEREG = 0x0082
    READMEM = 0x0084
    WRITEMEM = 0x0086
    PENDING = 0x0088  # only its answer exists
    EVENT = 0x00C0
    EVENTDATA = 0x00C2
    ACTION = 0x0100


class Status(IntEnum):
    """How a command went, or what is the matter with a packet of the stream."""

    SUCCESS = 0x0000
    PACKET_RESEND = 0x0100
    NOT_IMPLEMENTED = 0x8001
    INVALID_PARAMETER = 0x8002
    INVALID_ADDRESS = 0x8003
    WRITE_PROTECT = 0x8004
    BAD_ALIGNMENT = 0x8005
    ACCESS_DENIED = 0x8006
    BUSY = 0x8007
    PACKET_UNAVAILABLE = 0x800C
    INVALID_HEADER = 0x800E
    PACKET_NOT_YET_AVAILABLE = 0x8010
    PACKET_REMOVED_FROM_MEMORY = 0x8012
    NO_REF_TIME = 0x8013
    OVERFLOW = 0x8015
    ACTION_LATE = 0x8016
    ERROR = 0x8FFF


class BadPacket(ValueError):
    """A datagram that is no packet of this protocol."""


class Refused(Exception):
    """A command that the device does not carry out, with the status of its answer."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True)
class Command:
    """One command packet."""

    code: int
    request: int
    """Number that the answer repeats; 0 is not allowed."""
    body: bytes = b""
    flags: int = ANSWERED

    @property
    def wants_answer(self) -> bool:
        return bool(self.flags & ANSWERED)

    def pack(self) -> bytes:
        return _HEADER.pack(KEY, self.flags, self.code, len(self.body), self.request) + self.body


@dataclass(frozen=True)
class Answer:
    """One acknowledge packet."""

    status: int
    code: int
    """Of the command that it answers."""
    request: int
    body: bytes = b""

    def pack(self) -> bytes:
        return _ANSWER.pack(self.status, self.code + 1, len(self.body), self.request) + self.body


class ResendRequest(NamedTuple):
    """Packets ``first`` to ``last`` of a block are to be sent again."""

    channel: int
    block: int
    first: int
    last: int


class ActionRequest(NamedTuple):
    """An action; ``at`` is a time in ns, 0 for now."""

    device_key: int
    group_key: int
    group_mask: int
    at: int


def parse_command(datagram: bytes) -> Command:
    """The command in a datagram.  What follows its stated length is not looked at."""
    if len(datagram) < _HEADER.size:
        raise BadPacket(f"{len(datagram)} bytes are less than a header")
    key, flags, code, length, request = _HEADER.unpack_from(datagram)
    if key != KEY:
        raise BadPacket(f"the key is {key:#04x}, not {KEY:#04x}")
    if len(datagram) < _HEADER.size + length:
        raise BadPacket(f"{length} bytes are announced, {len(datagram) - _HEADER.size} are there")
    if request == 0:
        raise BadPacket("the request has number 0")
    return Command(code, request, bytes(datagram[_HEADER.size : _HEADER.size + length]), flags)


def parse_answer(datagram: bytes) -> Answer:
    """The acknowledge in a datagram."""
    if len(datagram) < _ANSWER.size:
        raise BadPacket(f"{len(datagram)} bytes are less than a header")
    status, code, length, request = _ANSWER.unpack_from(datagram)
    if len(datagram) < _ANSWER.size + length or not code:
        raise BadPacket("the answer is cut short")
    return Answer(status, code - 1, request, bytes(datagram[_ANSWER.size : _ANSWER.size + length]))


def parse_reads(body: bytes) -> list[int]:
    """Addresses of a READREG."""
    if not body or len(body) % 4:
        raise Refused(Status.INVALID_HEADER)
    return [_aligned(address) for (address,) in struct.iter_unpack(">I", body)]


def parse_writes(body: bytes) -> list[tuple[int, bytes]]:
    """Addresses and values of a WRITEREG."""
    if not body or len(body) % 8:
        raise Refused(Status.INVALID_HEADER)
    return [(_aligned(address), value) for address, value in struct.iter_unpack(">I4s", body)]


def parse_window(body: bytes) -> tuple[int, int]:
    """Address and number of bytes of a READMEM."""
    if len(body) != 8:
        raise Refused(Status.INVALID_HEADER)
    address, count = struct.unpack(">IxxH", body)
    if count % 4:
        raise Refused(Status.BAD_ALIGNMENT)
    if not 0 < count <= MOST_BYTES:
        raise Refused(Status.INVALID_PARAMETER)
    return _aligned(address), count


def parse_memory(body: bytes) -> tuple[int, bytes]:
    """Address and data of a WRITEMEM."""
    if len(body) <= 4:
        raise Refused(Status.INVALID_HEADER)
    address, data = int.from_bytes(body[:4], "big"), body[4:]
    if len(data) % 4:
        raise Refused(Status.BAD_ALIGNMENT)
    if len(data) > MOST_BYTES:
        raise Refused(Status.INVALID_PARAMETER)
    return _aligned(address), data


def parse_resend(command: Command) -> ResendRequest:
    """A PACKETRESEND, in either form of block ids."""
    if command.flags & EXTENDED_IDS:
        if len(command.body) != 20:
            raise Refused(Status.INVALID_HEADER)
        channel, first, last, block = struct.unpack(">HxxIIQ", command.body)
        return ResendRequest(channel, block, first, last)
    if len(command.body) != 12:
        raise Refused(Status.INVALID_HEADER)
    channel, block, first, last = struct.unpack(">HHII", command.body)
    return ResendRequest(channel, block, first & 0xFFFFFF, last & 0xFFFFFF)


def parse_action(command: Command) -> ActionRequest:
    """An ACTION, with a time if its flag says so."""
    timed = bool(command.flags & SCHEDULED)
    if len(command.body) != (20 if timed else 12):
        raise Refused(Status.INVALID_HEADER)
    keys = struct.unpack_from(">III", command.body)
    return ActionRequest(*keys, int.from_bytes(command.body[12:], "big"))


def _aligned(address: int) -> int:
    if address % 4:
        raise Refused(Status.BAD_ALIGNMENT)
    return address
