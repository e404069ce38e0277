"""The register memory of a node map: values by feature name for us, bytes by address for GenApi.

Values are kept as Python objects and turned into bytes only when a node is read through. So the engine reads
and writes them from any thread at the cost of a dict access, without the node map and its lock.  What the
engine changes is remembered in :attr:`RegisterMemory.stale`; the node map drops its cached values before the
next access.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.features import node_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llpyspin.virtual.features import Feature

__all__ = ["Register", "RegisterMemory"]

_SIZES = {"String": 64, "Register": 4096}
_MOST_ELEMENTS = 4096
_NO_ENTRY = (0x7FFFFFFF).to_bytes(8, "little")


class Register:
    """One feature's place in the memory, or that of one of its limits or its lock bit."""

    __slots__ = ("base", "count", "decode", "encode", "feature", "kind", "live", "name", "size", "strides")

    def __init__(
        self, name: str, kind: str, feature: Feature, strides: tuple[tuple[str, int], ...], count: int
    ):
        self.name = name
        self.kind = kind
        self.feature = feature
        self.strides = strides  # (selector, elements between two of its values)
        self.count = count
        self.size = _SIZES.get(kind, 8)
        self.base = 0
        self.live = feature.live and name == feature.name
        self.encode, self.decode = _codec(kind, feature, self.size)


class RegisterMemory:
    """All registers of one node map; implements :class:`llpyspin.virtual._seam.Registers`."""

    def __init__(self, features: Mapping[str, Feature]) -> None:
        self.features = features
        self.stale: deque[str] = deque()
        """Nodes whose value changed behind the node map."""
        self.written: list[tuple[str, str | None]] = []
        """What the client wrote since the node map last asked: (feature, selector entry)."""
        self.on_access: Callable[[str, int, bool], None] | None = None
        """Told of the feature and the address before GenApi reads or writes (True) there; it may raise."""
        self._spoiled: set[str] = set()
        self._registers: dict[str, Register] = {}
        self._values: dict[tuple[str, int], Any] = {}
        self._live: dict[str, Callable[[str | None], Any]] = {}
        for register in _lay_out(features):
            self._registers[register.name] = register
        self._bases = [register.base for register in self._registers.values()]
        self._by_place = list(self._registers.values())
        self.load_defaults()

    def registers(self) -> Iterable[Register]:
        return self._registers.values()

    # -- by name: the engine's side

    def get(self, name: str, selector: str | None = None) -> Any:
        """The value that the node shows; ``KeyError`` if there is no such feature on this model.

        ``selector`` is the entry of the selector ("Line1"), for two selectors both, joined with "/"; without
        it the element that is selected now.
        """
        register = self._registers[name]
        return self._value(register, self._index(register, selector))

    def set(self, name: str, value: Any, selector: str | None = None) -> None:
        """Give a register a value and make the node map forget the old one."""
        register = self._registers[name]
        if register.kind == "Enumeration" and value not in register.feature.entries:
            raise ValueError(f"{name} has no entry {value!r}")
        self._values[register.name, self._index(register, selector)] = value
        self.stale.append(node_name(name) if register.kind not in _SIZES else name)

    def live(self, name: str, read: Callable[[str | None], Any]) -> None:
        """Have the value of a feature computed whenever it is read: ``read(selector entry) -> value``.

        The feature must be one that is not cached (``Overlay.live``).  ``read`` is called with the node
        map's lock held: it must not use the node map, nor wait for a thread that does.
        """
        if not self._registers[name].live:
            raise ValueError(f"{name} is cached: it cannot be computed at every read")
        self._live[name] = read

    def forget_live(self) -> None:
        """Stop computing values (the camera is gone for good)."""
        for name in self._live:
            self._values.setdefault((name, 0), _default(self._registers[name], None))
        self._live.clear()

    def has(self, name: str) -> bool:
        return name in self._registers

    def address(self, name: str) -> int:
        """Where GenApi finds a feature."""
        return self._registers[name].base

    def spoil(self, name: str) -> None:
        """Let GenApi read from the register of an enumeration what is none of its entries."""
        if self._registers[name].kind != "Enumeration":
            raise ValueError(f"{name} is no enumeration")
        self._spoiled.add(name)
        self.stale.append(node_name(name))

    def heal(self) -> None:
        """Let every register be read as it is."""
        self.stale.extend(map(node_name, self._spoiled))
        self._spoiled.clear()

    def load_defaults(self) -> None:
        """Put every register into the factory state."""
        self._values = self.factory_values()
        self.stale.extend(node_name(r.name) if r.kind not in _SIZES else r.name for r in self._by_place)

    def factory_values(self) -> dict[tuple[str, int], Any]:
        """The values of the factory state, as in a :meth:`snapshot`."""
        values: dict[tuple[str, int], Any] = {}
        for register in self._registers.values():
            for index in range(register.count) if isinstance(register.feature.value, dict) else (0,):
                values[register.name, index] = _default(register, self._selector_entry(register, index))
        return values

    def is_setting(self, name: str) -> bool:
        """Whether clients can set the value of a register."""
        feature = self._registers[name].feature
        return name == feature.name and feature.access == "RW" and feature.kind != "Command"

    def snapshot(self) -> dict[tuple[str, int], Any]:
        """A copy of all values, for :meth:`restore`."""
        return dict(self._values)

    def restore(self, values: Mapping[tuple[str, int], Any]) -> None:
        self._values = dict(values)
        self.stale.extend(node_name(r.name) if r.kind not in _SIZES else r.name for r in self._by_place)

    # -- by address: GenApi's side

    def read(self, address: int, length: int) -> bytes:
        register, index = self._at(address)
        if self.on_access is not None:
            self.on_access(register.feature.name, address, False)
        if register.name in self._spoiled:
            return _NO_ENTRY[:length]
        return register.encode(self._value(register, index))[:length]

    def write(self, address: int, data: bytes) -> None:
        register, index = self._at(address)
        if self.on_access is not None:
            self.on_access(register.feature.name, address, True)
        self._spoiled.discard(register.name)
        if register.kind != "Command":
            self._values[register.name, index] = register.decode(data)
        self.written.append((register.name, self._selector_entry(register, index)))

    # -- inside

    def _value(self, register: Register, index: int) -> Any:
        if register.name in self._live:
            return self._live[register.name](self._selector_entry(register, index))
        value = self._values.get((register.name, index))
        return _default(register, self._selector_entry(register, index)) if value is None else value

    def _at(self, address: int) -> tuple[Register, int]:
        register = self._by_place[bisect_right(self._bases, address) - 1]
        return register, (address - register.base) // register.size

    def _index(self, register: Register, selector: str | None) -> int:
        if not register.strides:
            return 0
        if selector is None:
            return sum(self._number(name) * stride for name, stride in register.strides)
        parts = selector.split("/")
        if len(parts) < len(register.strides):
            others = register.strides[len(parts) :]
            rest = sum(self._number(name) * stride for name, stride in others)
        else:
            rest = 0
        return rest + sum(
            self._number(name, part) * stride
            for (name, stride), part in zip(register.strides, parts, strict=False)
        )

    def _number(self, selector: str, entry: str | None = None) -> int:
        value = self._values[selector, 0] if entry is None else entry
        entries = self.features[selector].entries
        return entries[value] if entries else int(value)

    def _selector_entry(self, register: Register, index: int) -> str | None:
        if not register.strides:
            return None
        by_name = {}
        # from the back: of two with the same stride the first has only one element
        backwards = register.strides[::-1]
        for selector, stride in sorted(backwards, key=lambda item: -item[1]):
            number, index = divmod(index, stride)
            entries = self.features[selector].entries
            found = next((entry for entry, value in entries.items() if value == number), "")
            by_name[selector] = found if entries else str(number)
        return "/".join(by_name[name] for name, _ in register.strides)


def _lay_out(features: Mapping[str, Feature]) -> list[Register]:
    registers: list[Register] = []
    selectors = frozenset(name for feature in features.values() for name in feature.selectors)
    for feature in features.values():
        strides, count = ((), 1) if feature.name in selectors else _strides(feature, features)
        registers.append(Register(feature.name, feature.kind, feature, strides, count))
        registers += [
            Register(f"{feature.name}.{part}", feature.kind, feature, (), 1) for part in feature.moving
        ]
        if feature.lockable:
            registers.append(Register(f"{feature.name}.locked", "Boolean", feature, (), 1))
    place = 0
    for register in registers:
        register.base = place
        place += register.count * register.size
    return registers


def _strides(feature: Feature, features: Mapping[str, Feature]) -> tuple[tuple[tuple[str, int], ...], int]:
    """Where the element for given selectors lies; commands have one element."""
    if feature.kind in ("Command", "Register"):
        return (), 1
    strides: list[tuple[str, int]] = []
    count = 1
    for selector in _all_selectors(feature, features):
        by = features[selector]
        strides.append((selector, count))
        largest = int(max(by.entries.values()) if by.entries else by.max)
        if not 0 <= largest < _MOST_ELEMENTS:
            raise ValueError(f"{selector} cannot select {feature.name}: it has no useful limit")
        count *= 1 + largest
    return tuple(strides), count


def _all_selectors(feature: Feature, features: Mapping[str, Feature]) -> list[str]:
    found: list[str] = []
    waiting = list(feature.selectors)
    while waiting:
        name = waiting.pop(0)
        if name in features and name not in found:
            found.append(name)
            waiting += features[name].selectors
    return found


def _default(register: Register, entry: str | None) -> Any:
    feature = register.feature
    part = register.name.removeprefix(feature.name)
    if part == ".locked":
        return False
    if part in (".min", ".max"):
        limit = feature.min if part == ".min" else feature.max
        return int(limit) if feature.kind == "Integer" else float(limit)
    value = feature.value
    if isinstance(value, dict):
        nothing = next(iter(feature.entries)) if feature.entries else type(next(iter(value.values())))()
        value = value.get(entry, value.get((entry or "").split("/")[0], nothing))
    return float(value) if feature.kind == "Float" else value


def _codec(kind: str, feature: Feature, size: int) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    if kind == "Float":
        return lambda v: struct.pack("<d", v), lambda b: struct.unpack("<d", b)[0]
    if kind == "Enumeration":
        symbols = {value: symbol for symbol, value in feature.entries.items()}
        numbers = feature.entries
        return (
            lambda v: numbers[v].to_bytes(8, "little", signed=True),
            lambda b: symbols[int.from_bytes(b, "little", signed=True)],
        )
    if kind == "Boolean":
        return lambda v: (b"\x01" if v else b"\0") + bytes(7), lambda b: b != bytes(8)
    if kind == "String":
        return (
            lambda v: v.encode()[: size - 1].ljust(size, b"\0"),
            lambda b: b.split(b"\0", 1)[0].decode(errors="replace"),
        )
    if kind == "Register":
        return lambda v: bytes(v)[:size].ljust(size, b"\0"), bytes
    return lambda v: int(v).to_bytes(8, "little", signed=True), lambda b: int.from_bytes(
        b, "little", signed=True
    )
