"""GVSP, the stream protocol: an image as the packets of a block.  No sockets here."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CHUNKS",
    "IMAGE",
    "IMAGE_WITH_CHUNKS",
    "Block",
    "Header",
    "ImageInfo",
    "chunk_bytes",
    "parse_header",
]

IMAGE, CHUNKS, IMAGE_WITH_CHUNKS = 0x0001, 0x0005, 0x4001
"""Kinds of payload.  An image with chunks is CHUNKS with ids of 16 bits, the last one with 64."""
LEADER, TRAILER, PAYLOAD = 1, 2, 3
_IP_UDP = 28
_EXTENDED = 0x80
_SHORT, _LONG = struct.Struct(">HHI"), struct.Struct(">HHB3xQI")
MOST_PACKETS = 0xFFFFFF


class Header(NamedTuple):
    """The first bytes of each packet."""

    status: int
    block: int
    kind: int
    packet: int
    extended: bool
    size: int

    def pack(self) -> bytes:
        if self.extended:
            return _LONG.pack(self.status, 0, _EXTENDED | self.kind, self.block, self.packet)
        return _SHORT.pack(self.status, self.block, self.kind << 24 | self.packet)


def parse_header(packet: bytes) -> Header:
    """The header of a packet; ``ValueError`` where there is none."""
    if len(packet) < _SHORT.size:
        raise ValueError(f"{len(packet)} bytes are less than a header")
    status, block, rest = _SHORT.unpack_from(packet)
    if not rest >> 31:
        return Header(status, block, rest >> 24, rest & 0xFFFFFF, False, _SHORT.size)
    if len(packet) < _LONG.size:
        raise ValueError(f"{len(packet)} bytes are less than a header with a long id")
    status, _, kind, block, number = _LONG.unpack_from(packet)
    return Header(status, block, kind & 0x0F, number, True, _LONG.size)


class ImageInfo(NamedTuple):
    """What leader and trailer say of an image."""

    timestamp: int
    pixel_format: int
    width: int
    height: int
    offset_x: int = 0
    offset_y: int = 0
    kind: int = IMAGE
    image_bytes: int = 0
    """Without the chunks."""

    def leader(self) -> bytes:
        return struct.pack(
            ">HHQIIIIIHH",
            *(0, self.kind, self.timestamp, self.pixel_format),
            *(self.width, self.height, self.offset_x, self.offset_y, 0, 0),
        )

    def trailer(self, payload: int) -> bytes:
        """``payload`` is the number of bytes between leader and trailer."""
        if self.kind == CHUNKS:
            return struct.pack(">HHI", 0, self.kind, payload)
        plain = struct.pack(">HHI", 0, self.kind, self.height)
        return plain if self.kind == IMAGE else plain + struct.pack(">II", payload, 0)


def chunk_bytes(chunks: Iterable[tuple[int, bytes]], image: int, image_id: int) -> bytes:
    """What follows the pixels: the end of the image's own chunk, then each chunk with id and length."""
    parts = [struct.pack(">II", image_id, image)]
    for number, data in chunks:
        padded = data + bytes(-len(data) % 4)
        parts.append(padded + struct.pack(">II", number, len(padded)))
    return b"".join(parts)


class Block:
    """The packets of one image, in memory that the next image of the same size can use again.

    Parameters
    ----------
    size : int
        Bytes of the whole payload, chunks included.
    packet_size : int
        Bytes of a packet with its IP, UDP and GVSP headers, as register SCPS has it.
    extended : bool
        64-bit block ids and 32-bit packet numbers.
    """

    def __init__(self, size: int, packet_size: int, *, extended: bool = False) -> None:
        self.shape = size, packet_size, extended
        self.header = _LONG.size if extended else _SHORT.size
        self.room = packet_size - _IP_UDP - self.header
        if self.room <= 0 or size <= 0:
            raise ValueError(f"no packets of {packet_size} bytes for an image of {size}")
        self.count = -(-size // self.room)
        if self.count + 1 > MOST_PACKETS:
            raise ValueError(f"{self.count} packets are more than a block can have")
        self.last_size = size - (self.count - 1) * self.room
        self.table = np.zeros((self.count, self.header + self.room), np.uint8)
        self.number = 0
        self._leader = self._trailer = b""
        self._number_packets()

    def fill(self, number: int, pixels: np.ndarray[Any, Any], info: ImageInfo, chunks: bytes = b"") -> None:
        """Take the bytes of an image, and its chunks, as block ``number``."""
        size = self.shape[0]
        if len(pixels) + len(chunks) != size:
            raise ValueError(f"{len(pixels)} + {len(chunks)} bytes are not {size}")
        self.number = number
        body = self.table[:, self.header :]
        self._copy(body, 0, pixels)
        if chunks:
            self._copy(body, len(pixels), np.frombuffer(chunks, np.uint8))
        if self.shape[2]:
            self.table[:, 8:16] = np.frombuffer(number.to_bytes(8, "big"), np.uint8)
        else:
            self.table[:, 2:4] = np.frombuffer(number.to_bytes(2, "big"), np.uint8)
        self._leader = self._head(LEADER, 0) + info.leader()
        self._trailer = self._head(TRAILER, self.count + 1) + info.trailer(size)

    @property
    def packets(self) -> int:
        """Number of packets with leader and trailer."""
        return self.count + 2

    def packet(self, number: int, status: int = 0) -> bytes:
        """One packet, with a status of its own: 0 is the leader, ``count + 1`` the trailer.

        The Spinnaker SDK drops a packet that it has asked for again unless its status says PACKET_RESEND.
        """
        if not 0 <= number <= self.count + 1:
            raise IndexError(f"the block has packets 0 to {self.count + 1}, not {number}")
        if number == 0:
            packet = self._leader
        elif number == self.count + 1:
            packet = self._trailer
        else:
            packet = bytes(self.rows(number, number))
        return status.to_bytes(2, "big") + packet[2:]

    def rows(self, first: int, last: int) -> memoryview:
        """Packets ``first`` to ``last`` of the payload, one after the other: all but the last are full."""
        flat = memoryview(self.table[first - 1 : last]).cast("B")
        return flat[: len(flat) - (self.room - self.last_size)] if last == self.count else flat

    def refusal(self, status: int, number: int) -> bytes:
        """A packet that says why packet ``number`` does not come."""
        return refusal(status, self.number, number, extended=self.shape[2])

    def _copy(self, body: np.ndarray[Any, Any], at: int, data: np.ndarray[Any, Any]) -> None:
        """Write ``data`` at byte ``at`` of the payload, across the packets."""
        row, column = divmod(at, self.room)
        if column:
            head = min(self.room - column, len(data))
            body[row, column : column + head] = data[:head]
            data, row = data[head:], row + 1
        whole = len(data) // self.room
        body[row : row + whole] = data[: whole * self.room].reshape(whole, self.room)
        rest = data[whole * self.room :]
        if len(rest):
            body[row + whole, : len(rest)] = rest

    def _number_packets(self) -> None:
        numbers = np.arange(1, self.count + 1, dtype=np.uint32)
        if self.shape[2]:
            self.table[:, 4] = _EXTENDED | PAYLOAD
            self.table[:, 16:20] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
        else:
            self.table[:, 4:8] = (numbers | PAYLOAD << 24).astype(">u4").view(np.uint8).reshape(-1, 4)

    def _head(self, kind: int, packet: int) -> bytes:
        return Header(0, self.number, kind, packet, self.shape[2], self.header).pack()


def refusal(status: int, block: int, packet: int, *, extended: bool) -> bytes:
    """A payload packet without data, whose status says why."""
    return Header(status, block, PAYLOAD, packet, extended, 0).pack()
