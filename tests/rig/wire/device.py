"""One device on the wire: the virtual camera, its registers, and its channels."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING

from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.link import Action, send_action
from tests.rig.wire import bootstrap
from tests.rig.wire.bootstrap import CAPABILITIES, Address, Bootstrap, Identity
from tests.rig.wire.control import Control
from tests.rig.wire.description import FEATURES_AT, XML_AT, zipped_description
from tests.rig.wire.firmware import Firmware
from tests.rig.wire.gvcp import PORT, Refused, Status
from tests.rig.wire.messages import MessageChannel
from tests.rig.wire.stream import StreamChannel

if TYPE_CHECKING:
    from llpyspin.virtual.world import World
    from tests.rig.wire.gvcp import ActionRequest

__all__ = ["Device"]

_LOOK_S = 0.1
_ACTION_S = 1.0
"""The most that the camera's answer to an action command is waited for."""
_PATIENCE_S, _PENDING_MS = 0.05, 5000
_WRITES = b"\x00\x82", b"\x00\x86"
FIRST_MAC = 0x2CDDA3000000
"""Of FLIR's cameras: the Spinnaker SDK lists no others."""
EVERYTHING = tuple(CAPABILITIES)


class Device:
    """A device that answers at an address of its own, until it is closed.

    Parameters
    ----------
    serial : str
    world : World
    address : str
        IPv4 address of this device.
    capabilities : iterable of str
        Of :data:`.bootstrap.CAPABILITIES`.
    version : int
        Of the protocol.
    """

    def __init__(
        self,
        serial: str,
        world: World,
        address: str,
        capabilities: tuple[str, ...] = EVERYTHING,
        version: int = 0x00010002,
    ) -> None:
        self.serial, self.address = serial, address
        self.firmware = Firmware(serial, world)
        memory = self.firmware.memory
        identity = Identity(
            FIRST_MAC + int(serial) % 2**24,
            int.from_bytes(socket.inet_aton(address), "big"),
            "FLIR",
            self.firmware.model.name,
            memory.get("DeviceVersion"),
            serial,
        )
        capability = sum(CAPABILITIES[name] for name in capabilities)
        self.registers = Bootstrap(self.firmware, identity, capability, version)
        self._xml = zipped_description(memory, self.firmware.model, eventdata="eventdata" in capabilities)
        name = self.firmware.model.name.split()[-1]
        self.registers.put_text(Address.URL, f"Local:{name}.zip;{XML_AT:X};{len(self._xml):X}", 512)
        self.control = Control(self.registers, self)
        self.stream = StreamChannel(address, self.firmware, self.registers)
        self.messages = MessageChannel(address, self.firmware, self.registers)
        self.slow_ms = 0
        """How long each write takes."""
        self._connect()
        self._over = threading.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))
        self._thread = threading.Thread(target=self._serve, name=f"control {serial}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self.stream.close()
        self.messages.close()
        self.firmware.close()
        self._socket.close()

    def _connect(self) -> None:
        """What registers and commands set off."""
        firmware, registers = self.firmware, self.registers
        registers.on_write = {
            Address.PACKET_SIZE: self._packet_size_written,
            Address.CLOCK: self._clock_written,
            Address.CONFIGURATION: lambda value: firmware.set_integer(
                "GevIEEE1588", int(bool(value & bootstrap.PTP_ENABLE))
            ),
        }
        firmware.on_command = {"AcquisitionStart": self.stream.start, "AcquisitionStop": self.stream.stop}
        firmware.on_command["GevSCPSFireTestPacket"] = self._test_packet_by_node
        self.control.on_resend = self.stream.resend
        self.control.on_action = self._act
        self.control.on_released = self._released

    def _packet_size_written(self, value: int) -> None:
        if value & bootstrap.FIRE_TEST:
            self.stream.send_test_packet()

    def _test_packet_by_node(self) -> None:
        if self.firmware.memory.get("GevSCPSFireTestPacket"):
            self.firmware.memory.set("GevSCPSFireTestPacket", False)
            self.stream.send_test_packet()

    def _clock_written(self, value: int) -> None:
        if value & bootstrap.RESET:
            self.firmware.execute("TimestampReset")
        if value & bootstrap.LATCH:
            self.firmware.execute("TimestampLatch")
            now = self.firmware.integer("TimestampLatchValue")
            self.registers.put(Address.CLOCK_VALUE, now >> 32)
            self.registers.put(Address.CLOCK_VALUE + 4, now)

    def _released(self) -> None:
        """Nobody holds the device any more: it stops, and forgets where it sent to."""
        self.stream.stop()
        self.registers.put(Address.STREAM_PORT, 0)
        self.registers.put(Address.MESSAGE_PORT, 0)
        self.firmware.set_integer("TLParamsLocked", 0)

    def _act(self, request: ActionRequest) -> Status | None:
        """Have the camera do what an action command says, if it is meant."""
        camera = self.firmware.world.address(self.serial)
        replies = send_action([camera], Action(*request, host_ns()), 1, _ACTION_S)
        return Status(replies[0].status) if replies else None

    # -- the memory that clients see

    def read(self, address: int, count: int) -> bytes:
        if address >= XML_AT:
            start = address - XML_AT
            if start >= len(self._xml):
                raise Refused(Status.INVALID_ADDRESS)
            return self._xml[start : start + count].ljust(count, b"\0")
        if address >= FEATURES_AT:
            return self.firmware.read(address - FEATURES_AT, count)
        return self.registers.read(address, count)

    def write(self, address: int, data: bytes) -> None:
        if address >= XML_AT:
            raise Refused(Status.WRITE_PROTECT)
        if address >= FEATURES_AT:
            self.firmware.write(address - FEATURES_AT, data)
        else:
            self.registers.write(address, data)

    # -- the control channel

    def _serve(self) -> None:
        while not self._over.is_set():
            ready, _, _ = select.select([self._socket], [], [], _LOOK_S)
            if ready:
                self.answer(*self._socket.recvfrom(2048))
            self.control.watch()

    def answer(self, datagram: bytes, sender: tuple[str, int]) -> None:
        """Do what a datagram asks for, and answer."""
        writes = datagram[2:4] in _WRITES
        timer = threading.Timer(_PATIENCE_S, self._notify, (datagram, sender))
        if writes:
            timer.start()
        try:
            if writes and self.slow_ms:
                self._over.wait(self.slow_ms / 1000)
            packet = self.control.handle(datagram, sender)
        finally:
            timer.cancel()
        if packet is not None:
            self._send(packet, sender)

    def _notify(self, datagram: bytes, sender: tuple[str, int]) -> None:
        """Tell a client that waits that its command is being carried out."""
        notice = self.control.pending(datagram, _PENDING_MS)
        if notice is not None:
            self._send(notice, sender)

    def discover(self, datagram: bytes, sender: tuple[str, int]) -> None:
        """Answer to a broadcast."""
        packet = self.control.handle(datagram, sender)
        if packet is not None:
            self._send(packet, sender)

    def _send(self, packet: bytes, to: tuple[str, int]) -> None:
        try:
            self._socket.sendto(packet, to)
        except OSError:
            return  # the way to the client is gone: it asks again, or gives up
