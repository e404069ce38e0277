"""The bootstrap registers, and which of them hold features of the camera."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tests.rig.wire.gvcp import Refused, Status

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CAPABILITIES", "Address", "Bootstrap", "Identity", "Integers"]

END = 0xA000
"""Addresses from here on are not bootstrap registers."""


class Address:
    """Where registers are."""

    VERSION, MODE, MAC, IP_OPTIONS, IP_CURRENT = 0x0, 0x4, 0x8, 0x10, 0x14
    IP, SUBNET, GATEWAY = 0x24, 0x34, 0x44
    VENDOR, MODEL, DEVICE_VERSION, INFO, SERIAL, USER_NAME = 0x48, 0x68, 0x88, 0xA8, 0xD8, 0xE8
    DISCOVERED = 0xF8  # what a discovery answers with ends here
    URL, SECOND_URL, INTERFACES, LINK_SPEED = 0x200, 0x400, 0x600, 0x670
    MESSAGE_CHANNELS, STREAM_CHANNELS, ACTIONS, ACTION_KEY, LINKS = 0x900, 0x904, 0x908, 0x90C, 0x910
    STREAM_CAPABILITY, MESSAGE_CAPABILITY, CAPABILITY = 0x92C, 0x930, 0x934
    HEARTBEAT, TICKS, CLOCK, CLOCK_VALUE = 0x938, 0x93C, 0x944, 0x948
    CONFIGURATION, PENDING_TIMEOUT, STREAM_CONFIGURATION = 0x954, 0x958, 0x960
    LINK_CAPABILITY, LINK_CONFIGURATION, PTP_STATUS, ACTION_QUEUE = 0x964, 0x968, 0x96C, 0x970
    PRIVILEGE, PRIMARY_PORT, PRIMARY_IP = 0xA00, 0xA04, 0xA14
    MESSAGE_PORT, MESSAGE_HOST, MESSAGE_TIMEOUT, MESSAGE_RETRIES, MESSAGE_SOURCE = (
        *(0xB00, 0xB10, 0xB14, 0xB18, 0xB1C),
    )
    STREAM_PORT, PACKET_SIZE, PACKET_DELAY, STREAM_HOST, STREAM_SOURCE = 0xD00, 0xD04, 0xD08, 0xD18, 0xD1C
    CHANNEL_CAPABILITY, CHANNEL_CONFIGURATION = 0xD20, 0xD24
    ACTION_GROUP_KEY, ACTION_GROUP_MASK = 0x9800, 0x9804


CAPABILITIES = {
    "concatenation": 1 << 0,
    "writemem": 1 << 1,
    "resend": 1 << 2,
    "event": 1 << 3,
    "eventdata": 1 << 4,
    "pending": 1 << 5,
    "action": 1 << 6,
    "scheduled": 1 << 17,
    "ptp": 1 << 19,
    "testdata": 1 << 25,
    "heartbeat-disable": 1 << 29,
    "serial": 1 << 30,
    "user-name": 1 << 31,
}
"""Bits of the capability register, by which clients decide what they try."""

HEARTBEAT_DISABLE, PENDING_ENABLE, PTP_ENABLE = 1 << 0, 1 << 2, 1 << 19  # in CONFIGURATION
LONG_IDS = 1 << 30  # in STREAM_CONFIGURATION
FIRE_TEST, DO_NOT_FRAGMENT = 1 << 31, 1 << 30  # in PACKET_SIZE
LATCH, RESET = 2, 1  # in CLOCK
SMALLEST_PACKET, LARGEST_PACKET = 220, 9000


class Identity(NamedTuple):
    """What distinguishes a device."""

    mac: int
    ip: int
    vendor: str
    model: str
    version: str
    serial: str
    subnet: int = 0xFFFF0000


class Integers(Protocol):
    """Features by name, as integers; ``RegisterMemory`` behind a wire."""

    def integer(self, name: str) -> int: ...

    def set_integer(self, name: str, value: int) -> None: ...


_LINKED = {  # the feature that holds the value, and how many bits it has
    Address.IP: ("GevCurrentIPAddress", 32),
    Address.SUBNET: ("GevCurrentSubnetMask", 32),
    Address.ACTION_KEY: ("ActionDeviceKey", 32),
    Address.ACTION_GROUP_KEY: ("ActionGroupKey", 32),
    Address.ACTION_GROUP_MASK: ("ActionGroupMask", 32),
    Address.HEARTBEAT: ("GevHeartbeatTimeout", 32),
    Address.ACTION_QUEUE: ("ActionQueueSize", 32),
    Address.MESSAGE_PORT: ("GevMCPHostPort", 16),
    Address.MESSAGE_HOST: ("GevMCDA", 32),
    Address.MESSAGE_TIMEOUT: ("GevMCTT", 32),
    Address.MESSAGE_RETRIES: ("GevMCRC", 32),
    Address.MESSAGE_SOURCE: ("GevMCSP", 16),
    Address.STREAM_PORT: ("GevSCPHostPort", 16),
    Address.PACKET_SIZE: ("GevSCPSPacketSize", 16),
    Address.PACKET_DELAY: ("GevSCPD", 32),
    Address.STREAM_HOST: ("GevSCDA", 32),
    Address.STREAM_SOURCE: ("GevSCSP", 16),
    Address.PTP_STATUS: ("GevIEEE1588Status", 32),
}
_WRITABLE = {
    *(Address.ACTION_KEY, Address.ACTION_GROUP_KEY, Address.ACTION_GROUP_MASK, Address.HEARTBEAT),
    *(Address.CLOCK, Address.CONFIGURATION, Address.STREAM_CONFIGURATION, Address.PRIVILEGE),
    *(Address.MESSAGE_PORT, Address.MESSAGE_HOST, Address.MESSAGE_TIMEOUT, Address.MESSAGE_RETRIES),
    *(Address.STREAM_PORT, Address.PACKET_SIZE, Address.PACKET_DELAY, Address.STREAM_HOST),
    Address.CHANNEL_CONFIGURATION,
    *range(Address.USER_NAME, Address.DISCOVERED, 4),
}
_KNOWN = (
    *((0x0, 0xF8), (0x200, 0x600), (0x600, 0x604), (0x64C, 0x674), (0x900, 0x914), (0x92C, 0x974)),
    *((0xA00, 0xA18), (0xB00, 0xB20), (0xD00, 0xD28), (0x9800, 0x9808)),
)


class Bootstrap:
    """The bootstrap registers of a device.

    Parameters
    ----------
    features : Integers
        Holds the values that are features of the camera too, so that each has one place.
    identity : Identity
    capability : int
        Of :data:`CAPABILITIES`.
    version : int
        Of the protocol: 0x00010002, or 0x00020000 where 64-bit ids are offered.
    """

    def __init__(
        self, features: Integers, identity: Identity, capability: int, version: int = 0x00010002
    ) -> None:
        self._features = features
        self._raw = bytearray(END)
        self.on_write: dict[int, Callable[[int], None]] = {}
        """Called with the value after a register was written."""
        self._describe(identity, capability, version)

    def _describe(self, identity: Identity, capability: int, version: int) -> None:
        for address, value in {
            Address.VERSION: version,
            Address.MODE: 0x80000001,
            Address.MAC: identity.mac >> 32,
            Address.MAC + 4: identity.mac & 0xFFFFFFFF,
            Address.IP_OPTIONS: 6,
            Address.IP_CURRENT: 6,
            Address.INTERFACES: 1,
            Address.LINK_SPEED: 1000,
            Address.MESSAGE_CHANNELS: 1,
            Address.STREAM_CHANNELS: 1,
            Address.ACTIONS: 1,
            Address.LINKS: 1,
            Address.STREAM_CAPABILITY: 3 << 30,
            Address.CAPABILITY: capability,
            Address.TICKS + 4: 1_000_000_000,
            Address.PENDING_TIMEOUT: 5000,
        }.items():
            self.put(address, value)
        self._features.set_integer("GevMACAddress", identity.mac)
        self._features.set_integer("GevCurrentIPAddress", identity.ip)
        self._features.set_integer("GevCurrentSubnetMask", identity.subnet)
        for address, text, size in (
            (Address.VENDOR, identity.vendor, 32),
            (Address.MODEL, identity.model, 32),
            (Address.DEVICE_VERSION, identity.version, 32),
            (Address.INFO, "a test device", 48),
            (Address.SERIAL, identity.serial, 16),
        ):
            self.put_text(address, text, size)

    # -- the device's side

    def get(self, address: int) -> int:
        """The value of a register."""
        value: int = struct.unpack_from(">I", self._raw, address)[0]
        if address not in _LINKED:
            return value
        name, bits = _LINKED[address]
        low = (1 << bits) - 1
        return value & ~low & 0xFFFFFFFF | self._features.integer(name) & low

    def put(self, address: int, value: int) -> None:
        """Give a register a value, whether clients can write it or not."""
        struct.pack_into(">I", self._raw, address, value & 0xFFFFFFFF)
        if address in _LINKED:
            name, bits = _LINKED[address]
            self._features.set_integer(name, value & ((1 << bits) - 1))

    def put_text(self, address: int, text: str, size: int) -> None:
        self._raw[address : address + size] = text.encode()[: size - 1].ljust(size, b"\0")

    def discovered(self) -> bytes:
        """What a discovery answers."""
        return self.read(0, Address.DISCOVERED)

    # -- the client's side

    def read(self, address: int, count: int) -> bytes:
        """Bytes of registers; refuses what is none."""
        if not any(first <= address and address + count <= end for first, end in _KNOWN):
            raise Refused(Status.INVALID_ADDRESS)
        words = (self.get(each) for each in range(address, address + count, 4))
        return b"".join(word.to_bytes(4, "big") for word in words)

    def write(self, address: int, data: bytes) -> None:
        """Write whole registers; the register of the packet size takes what it can have."""
        self.read(address, len(data))
        for at in range(0, len(data), 4):
            where, value = address + at, int.from_bytes(data[at : at + 4], "big")
            if where not in _WRITABLE:
                raise Refused(Status.WRITE_PROTECT)
            self.put(where, self._allowed(where, value))
            if where in self.on_write:
                self.on_write[where](value)

    def _allowed(self, address: int, value: int) -> int:
        if address == Address.PACKET_SIZE:
            size = min(max(value & 0xFFFF, SMALLEST_PACKET), LARGEST_PACKET) // 4 * 4
            return value & DO_NOT_FRAGMENT | size
        if address == Address.HEARTBEAT:
            return max(value, 500)
        return 0 if address == Address.CLOCK else value
