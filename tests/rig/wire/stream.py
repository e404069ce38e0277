"""The stream channel: sends each image as a block of packets, and packets again from the last blocks."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from llpyspin.virtual.exceptions import SpinnakerException
from tests.rig.wire import bootstrap
from tests.rig.wire.bootstrap import Address
from tests.rig.wire.chunks import IMAGE_ID, all_chunks, chunks_of_image
from tests.rig.wire.gvcp import Status
from tests.rig.wire.gvsp import CHUNKS, IMAGE, IMAGE_WITH_CHUNKS, Block, ImageInfo, chunk_bytes, refusal
from tests.rig.wire.sending import SegmentSocket, runs

if TYPE_CHECKING:
    from llpyspin.virtual.stream import Buffer
    from tests.rig.wire.firmware import Firmware
    from tests.rig.wire.gvcp import ResendRequest

__all__ = ["Faults", "StreamChannel"]

_MEMORY = 16
"""Blocks of which packets can be sent again."""
_LOSSES = 10_000
"""Blocks of an acquisition of which it is kept what was lost."""
_LOOK_S = 0.1
_HALF_ROUND = 32768


class Faults:
    """What befalls packets on the wire, and the camera's willingness to send them again."""

    def __init__(self, serial: str) -> None:
        self._dice = random.Random(serial)
        self.loss = 0.0
        self.resends = True
        self.first_id: int | None = None

    def survivors(self, count: int) -> list[int]:
        """Which of packets 0 to ``count - 1`` arrive."""
        if not self.loss:
            return list(range(count))
        return [number for number in range(count) if self._dice.random() >= self.loss]


class StreamChannel:
    """Stream channel 0 of a device."""

    def __init__(self, address: str, firmware: Firmware, registers: bootstrap.Bootstrap) -> None:
        self._firmware, self._registers = firmware, registers
        self._socket = SegmentSocket(address)
        registers.put(Address.STREAM_SOURCE, self._socket.port)
        self.faults = Faults(firmware.serial)
        self.counts = dict.fromkeys(("blocks", "packets", "lost", "asked", "resent", "refused"), 0)
        """Since power-up: what was sent, lost on the wire, asked for again, sent again, refused."""
        self._losses: deque[tuple[int, int, list[int]]] = deque(maxlen=_LOSSES)
        self._lock = threading.Lock()
        self._sent: deque[Block] = deque(maxlen=_MEMORY)
        self._spare: list[Block] = []
        self._withheld: set[tuple[int, int]] = set()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._rounds, self._last_id = 0, 0

    # -- life

    def start(self) -> None:
        """Begin to expose and to send."""
        running = self._thread is not None
        self._firmware.start()
        if running:
            return
        with self._lock:
            self._sent.clear()
            self._withheld.clear()
            self._losses.clear()
        self._rounds = self._last_id = 0
        self._over.clear()
        self._thread = threading.Thread(target=self._run, name=f"wire {self._firmware.serial}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._firmware.stop()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def close(self) -> None:
        self.stop()
        self._socket.close()

    # -- packets

    @property
    def _destination(self) -> tuple[str, int] | None:
        port = self._registers.get(Address.STREAM_PORT) & 0xFFFF
        host = self._registers.get(Address.STREAM_HOST)
        return (socket.inet_ntoa(host.to_bytes(4, "big")), port) if port and host else None

    @property
    def _long_ids(self) -> bool:
        return bool(self._registers.get(Address.STREAM_CONFIGURATION) & bootstrap.LONG_IDS)

    def send_test_packet(self) -> None:
        """One packet of the size that is set, by which a client finds out what the network lets through."""
        to = self._destination
        size = self._registers.get(Address.PACKET_SIZE) & 0xFFFF
        if to is not None:
            with contextlib.suppress(OSError):  # larger than the link of this machine: it does not arrive
                self._socket.send(bytes(size - 28), to)

    def resend(self, request: ResendRequest) -> None:
        """Send packets of a block again, or the reason why they do not come."""
        to = self._destination
        if to is None:
            return
        with self._lock:
            block = next((each for each in self._sent if each.number == request.block), None)
            last = min(request.last, block.packets - 1 if block else request.first)
            packets = [self._again(block, request.block, n) for n in range(request.first, last + 1)]
        for packet in packets:
            self._socket.send(packet, to)

    def _again(self, block: Block | None, number: int, packet: int) -> bytes:
        self.counts["asked"] += 1
        status = self._why_not(block, number, packet)
        if status is None and block is not None:
            self.counts["resent"] += 1
            return block.packet(packet, Status.PACKET_RESEND)
        self.counts["refused"] += 1
        return refusal(status or Status.PACKET_UNAVAILABLE, number, packet, extended=self._long_ids)

    def _why_not(self, block: Block | None, number: int, packet: int) -> Status | None:
        if not self.faults.resends or (number, packet) in self._withheld:
            return Status.PACKET_UNAVAILABLE
        if block is None:
            newest = self._sent[-1].number if self._sent else 0
            later = 0 < (number - newest) % (2 * _HALF_ROUND) < _HALF_ROUND
            return Status.PACKET_NOT_YET_AVAILABLE if later else Status.PACKET_REMOVED_FROM_MEMORY
        return None if packet < block.packets else Status.PACKET_UNAVAILABLE

    # -- the thread

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                buffer = self._firmware.next_image(_LOOK_S)
            except SpinnakerException:
                return  # the acquisition has ended
            if buffer is not None:
                block = self._block_of(buffer)
                self._firmware.release(buffer)
                self._send(block)

    def _block_of(self, buffer: Buffer) -> Block:
        """The image in a buffer as a block, which can be sent again from here on."""
        record, memory = buffer.record, self._firmware.memory
        assert record is not None
        pixels = buffer.data[: record.size]
        nodes = all_chunks(memory) if record.chunks else []
        extra = b""
        if record.chunks:
            filled = chunks_of_image(record, pixels, nodes, self._firmware.encode)
            extra = chunk_bytes(filled, record.size, IMAGE_ID)
        kind = (IMAGE_WITH_CHUNKS if self._long_ids else CHUNKS) if extra else IMAGE
        info = ImageInfo(*self._firmware.describe_image(record), kind, record.size)
        block = self._take(record.size + len(extra))
        number = self._number(record.frame_id)
        block.fill(number, pixels, info, extra)
        with self._lock:
            self._sent.append(block)
            if record.status:  # damaged on its way, for good
                middle = block.count // 2 + 1
                self._withheld.update((number, packet) for packet in (middle, middle + 1))
        return block

    def _take(self, size: int) -> Block:
        """Memory for a block: that of one which can no longer be asked for, where it fits."""
        shape = size, self._registers.get(Address.PACKET_SIZE) & 0xFFFF, self._long_ids
        with self._lock:
            if len(self._sent) == _MEMORY:
                oldest = self._sent.popleft()
                if oldest.shape == shape:
                    return oldest
        return Block(shape[0], shape[1], extended=shape[2])

    def _number(self, frame_id: int) -> int:
        """The block id: as the camera counts, or without end where ids have 64 bits."""
        if not self._long_ids:
            return frame_id
        if frame_id < self._last_id:
            self._rounds += 1
        self._last_id = frame_id
        return self._rounds * 65535 + frame_id

    def _send(self, block: Block) -> None:
        to = self._destination
        if to is None:
            return
        numbers = [n for n in self.faults.survivors(block.packets) if (block.number, n) not in self._withheld]
        self.counts["blocks"] += 1
        self.counts["packets"] += block.packets
        self._lose(block, numbers)
        try:
            self._send_packets(block, numbers, to)
        except OSError:
            self.counts["lost"] += len(numbers)  # the network is gone, as when the camera is frozen

    def losses(self) -> list[tuple[int, int, list[int]]]:
        """Of this acquisition: number of a block, its packets, and which of them were lost."""
        with self._lock:
            return list(self._losses)

    def _lose(self, block: Block, numbers: list[int]) -> None:
        lost = sorted(set(range(block.packets)) - set(numbers))
        self.counts["lost"] += len(lost)
        if lost:
            with self._lock:
                self._losses.append((block.number, block.packets, lost))

    def _send_packets(self, block: Block, numbers: list[int], to: tuple[str, int]) -> None:
        start, sent, size = time.monotonic(), 0, block.header + block.room
        per_packet = self._registers.get(Address.PACKET_DELAY) / 1e9
        rate = self._firmware.memory.get("DeviceLinkThroughputLimit")
        if numbers[:1] == [0]:
            self._socket.send(block.packet(0), to)
        for first, last in runs([n for n in numbers if 0 < n <= block.count], size):
            ahead = start + sent * (size / rate + per_packet) - time.monotonic()
            if ahead > 0 and self._over.wait(ahead):
                return
            self._socket.send_rows(block.rows(first, last), size, to)
            sent += last - first + 1
        if numbers[-1:] == [block.count + 1]:
            self._socket.send(block.packet(block.count + 1), to)
