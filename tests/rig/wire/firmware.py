"""The camera behind the wire: a virtual camera, its registers by address, its images one by one."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.engine import CameraEngine
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.factory import camera_features
from llpyspin.virtual.noderules import Rules
from llpyspin.virtual.registers import RegisterMemory
from tests.rig.wire.chunks import all_chunks, chunks_size
from tests.rig.wire.gvcp import Refused, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.registers import Register
    from llpyspin.virtual.stream import Buffer, Record
    from llpyspin.virtual.world import World

__all__ = ["Firmware"]

_BUFFERS = 16
_LOADS = ("UserSetLoad", "FactoryReset", "DeviceReset")
_CONNECTION = (
    *("GevMACAddress", "GevCurrentIPAddress", "GevCurrentSubnetMask", "GevHeartbeatTimeout"),
    *("GevSCPHostPort", "GevSCDA", "GevSCSP"),
    *("GevMCPHostPort", "GevMCDA", "GevMCSP", "GevMCTT", "GevMCRC"),
)
"""What belongs to the connection and is in no user set."""


class Firmware:
    """One camera of a virtual world: what ``llpyspin.virtual.Camera`` is to a program, this is to a wire."""

    def __init__(self, serial: str, world: World) -> None:
        spec = world.camera(serial)
        assert spec is not None, serial
        self.model, self.serial, self.world = spec.model, serial, world
        self.memory = RegisterMemory(camera_features(self.model, serial))
        self._rules = Rules(self.memory, self.model)
        self._engine = CameraEngine(self.model, serial, self.memory, world)
        self._engine.stream.buffer_count = _BUFFERS
        self._places = sorted(self.memory.registers(), key=lambda register: register.base)
        self._bases = [register.base for register in self._places]
        self._by_name = {register.name: register for register in self._places}
        self.end = self._places[-1].base + self._places[-1].size * self._places[-1].count
        self.on_command: dict[str, Callable[[], None]] = {}
        """What commands do that are the wire's and not the camera's."""
        self.streaming = False
        self._engine.open()

    def close(self) -> None:
        self.stop()
        self._engine.close()

    @property
    def on_event(self) -> Callable[[str], None] | None:
        return self._engine.on_event

    @on_event.setter
    def on_event(self, told: Callable[[str], None]) -> None:
        self._engine.on_event = told

    # -- registers by name

    def integer(self, name: str) -> int:
        value = self.memory.get(name)
        return int(self.memory.features[name].entries.get(value, 0) if isinstance(value, str) else value)

    def set_integer(self, name: str, value: int) -> None:
        entries = self.memory.features[name].entries
        symbols = {number: symbol for symbol, number in entries.items()}
        if not entries:
            self.memory.set(name, value)
        elif value in symbols:
            self.memory.set(name, symbols[value])
        self._react([(name, None)])

    def execute(self, name: str) -> None:
        """Carry out a command node."""
        self._react([(name, None)])

    # -- registers by address

    def read(self, address: int, count: int) -> bytes:
        out = b""
        while count:
            register, start = self._place(address)
            part = self._bytes(register, start)[address - start :][:count]
            out, address, count = out + part, address + len(part), count - len(part)
        return out

    def write(self, address: int, data: bytes) -> None:
        while data:
            register, start = self._place(address)
            inside = address - start
            part = data[: register.size - inside]
            whole = self._bytes(register, start)
            self._write(register, start, whole[:inside] + part + whole[inside + len(part) :])
            address, data = address + len(part), data[len(part) :]

    def _bytes(self, register: Register, start: int) -> bytes:
        if register.name == "PayloadSize":
            return register.encode(self.payload)
        return self.memory.read(start, register.size)

    def _write(self, register: Register, start: int, data: bytes) -> None:
        self._check(register, data)
        self.memory.write(start, data)
        written, self.memory.written = self.memory.written, []
        self._react(written)

    def _check(self, register: Register, data: bytes) -> None:
        """A camera refuses what its description forbids, whoever asks."""
        feature = register.feature
        if feature.access == "RO" or register.name != feature.name:
            raise Refused(Status.WRITE_PROTECT)
        try:
            value = register.decode(data)
        except KeyError:
            raise Refused(Status.INVALID_PARAMETER) from None
        if feature.kind in ("Integer", "Float"):
            least, most = (self._limit(register, part) for part in ("min", "max"))
            if not least <= value <= most:
                raise Refused(Status.INVALID_PARAMETER)

    def _limit(self, register: Register, part: str) -> float:
        moving = f"{register.name}.{part}"
        if part in register.feature.moving:
            return float(self.memory.get(moving))
        return float(getattr(register.feature, part))

    def _react(self, written: list[tuple[str, str | None]]) -> None:
        for name, selector in written:
            try:
                self._engine.access(name)
                self._apply_rules(name)
                if name in self.on_command:
                    self.on_command[name]()
                elif self.memory.features[name].kind == "Command":
                    self._engine.command(name)
                else:
                    self._engine.changed(name, selector)
            except SpinnakerException:
                raise Refused(Status.INVALID_PARAMETER) from None

    def _apply_rules(self, name: str) -> None:
        kept = {feature: self.memory.get(feature) for feature in _CONNECTION if name in _LOADS}
        self._rules.written(name)
        for feature, value in kept.items():
            self.memory.set(feature, value)

    def _place(self, address: int) -> tuple[Register, int]:
        if not 0 <= address < self.end:
            raise Refused(Status.INVALID_ADDRESS)
        register = self._places[bisect_right(self._bases, address) - 1]
        inside = address - register.base
        return register, register.base + inside // register.size * register.size

    # -- images

    @property
    def payload(self) -> int:
        """Bytes of an image with its chunks."""
        chunks = all_chunks(self.memory)
        return int(self.memory.get("PayloadSize")) + (chunks_size(chunks) if chunks else 0)

    def start(self) -> None:
        """Expose and keep images until :meth:`stop`; they are fetched with :meth:`next_image`."""
        if self.streaming:
            self._engine.command("AcquisitionStart")
            return
        self._engine.start()
        self.streaming = True

    def stop(self) -> None:
        if self.streaming:
            self.streaming = False
            self._engine.stop()

    def next_image(self, timeout_s: float) -> Buffer | None:
        """The next image, None if there is none in time; ``SpinnakerException`` when it has stopped."""
        return self._engine.stream.fetch(timeout_s, lambda: None)

    def release(self, buffer: Buffer) -> None:
        """The image was sent, or the acquisition ended meanwhile."""
        if buffer.generation == self._engine.stream.generation:
            self._engine.stream.release(buffer)

    def encode(self, node: str, value: Any) -> bytes:
        """A value as the register of a node would show it."""
        return self._by_name[node].encode(value)

    def describe_image(self, record: Record) -> tuple[int, int, int, int, int, int]:
        """Time stamp, pixel format code, width, height and offsets."""
        code = self.memory.features["PixelFormat"].entries[record.format.name]
        return record.timestamp, code, record.width, record.height, record.offset_x, record.offset_y
