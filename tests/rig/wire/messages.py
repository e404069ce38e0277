"""The message channel: tells the client of events."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

from tests.rig.wire.bootstrap import CAPABILITIES, Address
from tests.rig.wire.gvcp import ANSWERED, Code, Command

if TYPE_CHECKING:
    from tests.rig.wire.bootstrap import Bootstrap
    from tests.rig.wire.firmware import Firmware

__all__ = ["MessageChannel", "event_body"]

_MOST_TRIES, _LONGEST_WAIT_S = 4, 1.0
_SOURCES = {"ExposureEnd": ("EventExposureEndFrameID", "EventExposureEndTimestamp")}


def event_body(number: int, block: int, timestamp: int, data: bytes = b"") -> bytes:
    """The body of EVENT, or of EVENTDATA where there is data."""
    return struct.pack(">HHHHQ", 0, number, 0, block & 0xFFFF, timestamp) + data


class MessageChannel:
    """Message channel 0 of a device."""

    def __init__(self, address: str, firmware: Firmware, registers: Bootstrap) -> None:
        self._firmware, self._registers = firmware, registers
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        registers.put(Address.MESSAGE_SOURCE, self._socket.getsockname()[1])
        self._request = 0
        self._lock = threading.Lock()
        self.counts = dict.fromkeys(("sent", "answered"), 0)
        firmware.on_event = self.tell

    def close(self) -> None:
        self._socket.close()

    def tell(self, event: str) -> None:
        """Tell the client of an event; again, as often and as long as it has asked for, until it answers."""
        port = self._registers.get(Address.MESSAGE_PORT) & 0xFFFF
        host = self._registers.get(Address.MESSAGE_HOST)
        if not port or not host or not self._can("event"):
            return
        with self._lock:
            self._request = self._request % 65535 + 1
            code = Code.EVENTDATA if self._can("eventdata") else Code.EVENT
            packet = Command(code, self._request, self._body(event), self._flags).pack()
            self._deliver(packet, (socket.inet_ntoa(host.to_bytes(4, "big")), port))

    def _can(self, capability: str) -> bool:
        return bool(self._registers.get(Address.CAPABILITY) & CAPABILITIES[capability])

    @property
    def _flags(self) -> int:
        return ANSWERED if self._registers.get(Address.MESSAGE_TIMEOUT) else 0

    def _body(self, event: str) -> bytes:
        memory = self._firmware.memory
        values = [memory.get(node) for node in _SOURCES.get(event, ())] or [
            0,
            memory.get("EventTestTimestamp"),
        ]
        frame, timestamp = values
        data = frame.to_bytes(8, "big") if self._can("eventdata") else b""
        return event_body(memory.get(f"Event{event}"), frame, timestamp, data)

    def _deliver(self, packet: bytes, to: tuple[str, int]) -> None:
        wait_s = min(self._registers.get(Address.MESSAGE_TIMEOUT) / 1000, _LONGEST_WAIT_S)
        tries = 1 + min(self._registers.get(Address.MESSAGE_RETRIES), _MOST_TRIES) if wait_s else 1
        for _ in range(tries):
            self._socket.sendto(packet, to)
            self.counts["sent"] += 1
            if not wait_s or self._answered(wait_s):
                return

    def _answered(self, wait_s: float) -> bool:
        self._socket.settimeout(wait_s)
        try:
            answer = self._socket.recv(2048)
        except TimeoutError:
            return False
        if answer[6:8] == self._request.to_bytes(2, "big"):
            self.counts["answered"] += 1
        return True
