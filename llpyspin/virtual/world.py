"""Which virtual cameras exist and how they are wired: a small file, or text in an environment variable.

``LLPYSPIN_VIRTUAL`` is the path of a YAML or JSON file, or such text itself::

    cameras:
      - {serial: "12345678", model: BFS-U3-16S2M}
      - {serial: "87654321", model: BFS-U3-16S2M, clock_ppm: 0.8}
    wires:
      - "12345678:Line1 -> 87654321:Line3"
    faults:
      - {serial: "87654321", kind: lose, rate: 0.01}
    world: rig-a
    diary: /tmp/rig-a            # optional, see :mod:`llpyspin.virtual.diary`

Processes of the same named world (``world``, or the environment variable ``LLPYSPIN_WORLD``) see the same
cameras.  Without a name, each program has a world of its own, see :mod:`llpyspin.virtual.naming`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.catalogue import model_named
from llpyspin.virtual.fault_kinds import checked
from llpyspin.virtual.naming import name_of_world
from llpyspin.virtual.state import WorldState
from llpyspin.yamlfile import parse_yaml, plain, read_yaml, word

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model

__all__ = ["ENVIRONMENT", "CameraSpec", "Wire", "World", "load_world"]

ENVIRONMENT = "LLPYSPIN_VIRTUAL"
_DEFAULT = {
    "cameras": [
        {"serial": "12345678", "model": "BFS-U3-16S2M"},
        {"serial": "87654321", "model": "BFS-U3-16S2M"},
    ],
    "wires": ["12345678:Line1 -> 87654321:Line3"],
}
_SERIAL = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_WIRE = re.compile(r"\s*(\S+?):(Line\d)\s*->\s*(\S+?):(Line\d)\s*")


@dataclass(frozen=True)
class CameraSpec:
    """One camera of a world."""

    serial: str
    model: Model
    name: str = ""
    clock_ppm: float = 0.0


@dataclass(frozen=True)
class Wire:
    """A wire from an output line to an input line."""

    source: str
    source_line: str
    target: str
    target_line: str
    pull_up: str = "Line2"
    """What lifts an output that can only pull down: a line of the camera (its 3.3 V), or "external"."""


@dataclass(frozen=True)
class World:
    """The cameras that the processes of a world see."""

    name: str
    specs: tuple[CameraSpec, ...]
    wires: tuple[Wire, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    """From the opening of a camera on: its serial number, and the command for the fault."""
    diary: str = ""
    """Folder in which each camera writes down what it does; empty: nowhere."""
    given: str = ""
    """The name as the user gave it; "" where the world belongs to one program."""

    def camera(self, serial: str) -> CameraSpec | None:
        """The camera of this serial number, or None."""
        return next((camera for camera in self.specs if camera.serial == serial), None)

    def cameras(self) -> list[tuple[str, str]]:
        """Serial number and model name of the cameras that are plugged in."""
        state = WorldState(self.name)
        return [(spec.serial, spec.model.name) for spec in self.specs if not state.unplugged(spec.serial)]

    def address(self, serial: str) -> str:
        """Name of the camera's socket in the abstract namespace."""
        return f"llpyspin.virtual/{self.name}/{serial}"


def load_world(text: str | None = None) -> World:
    """Read the configuration.

    Parameters
    ----------
    text : str, optional
        Path or text, as in the environment variable ``LLPYSPIN_VIRTUAL``, which is read when it is not given.

    Raises
    ------
    ValueError
        The configuration is wrong; the text says where.
    """
    given = os.environ.get(ENVIRONMENT, "") if text is None else text
    if not given.strip():
        return _world(_DEFAULT, "default", "the default configuration")
    if "\n" not in given and "{" not in given and ": " not in given:
        if not os.path.isfile(given):
            raise ValueError(f"{ENVIRONMENT}: {given[:200]!r} is neither a file nor YAML or JSON text")
        return _world(_checked(read_yaml(given), given), str(Path(given).resolve()), given)
    return _world(_checked(parse_yaml(given, ENVIRONMENT), ENVIRONMENT), given, ENVIRONMENT)


def _checked(config: Any, where: str) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise ValueError(f"{where} must hold a mapping with cameras, wires, faults, world; not {config!r}")
    return config


def _world(config: dict[str, Any], identity: str, where: str) -> World:
    _only_keys(config, {"cameras", "wires", "faults", "world", "diary"}, where)
    cameras = tuple(
        _camera(entry, f"{where}: camera {i}") for i, entry in enumerate(_listed(config, "cameras", where))
    )
    serials = [camera.serial for camera in cameras]
    for serial in serials:
        if serials.count(serial) > 1:
            raise ValueError(f"{where}: the serial number {serial} is there twice")
    wires = tuple(
        _wire(entry, cameras, f"{where}: wire {i}") for i, entry in enumerate(_listed(config, "wires", where))
    )
    ends = [(wire.target, wire.target_line) for wire in wires]
    for end in ends:
        if ends.count(end) > 1:
            raise ValueError(f"{where}: two wires end at {end[0]}:{end[1]}")
    faults = tuple(
        _fault(entry, serials, f"{where}: fault {i}")
        for i, entry in enumerate(_listed(config, "faults", where))
    )
    name = name_of_world(word(config, "world"), identity, where)
    return World(name.full, cameras, wires, faults, _diary(config, where), name.given)


def _diary(config: dict[str, Any], where: str) -> str:
    folder = config.get("diary", "")
    if not isinstance(folder, str) or (folder and not os.path.isdir(folder)):
        raise ValueError(f"{where}: diary must be the path of a folder that exists, not {folder!r}")
    return folder


def _listed(config: dict[str, Any], key: str, where: str) -> list[Any]:
    entries = config.get(key)
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise ValueError(f"{where}: {key} must be a list, not {entries!r}")
    return entries


def _only_keys(entry: dict[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(str(key) for key in entry if key not in allowed)
    if unknown:
        raise ValueError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(allowed))}")


def _serial(value: Any, where: str) -> str:
    serial = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(serial, str) or not _SERIAL.fullmatch(serial):
        raise ValueError(f"{where}: a serial number is 1 to 32 letters or digits, not {value!r}")
    return serial


def _camera(entry: Any, where: str) -> CameraSpec:
    if not isinstance(entry, dict):
        raise ValueError(f"{where} must be a mapping with serial and model, not {entry!r}")
    _only_keys(entry, {"serial", "model", "name", "clock_ppm"}, where)
    serial = _serial(word(entry, "serial"), where)
    try:
        model = model_named(str(entry.get("model", "BFS-U3-16S2M")))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    ppm = entry.get("clock_ppm", 0.0)
    if not isinstance(ppm, (int, float)) or isinstance(ppm, bool) or not abs(ppm) <= 1000:
        raise ValueError(f"{where}: clock_ppm must be a number from -1000 to 1000, not {ppm!r}")
    return CameraSpec(serial, model, str(word(entry, "name", "")), float(ppm))


def _wire(entry: Any, cameras: tuple[CameraSpec, ...], where: str) -> Wire:
    pull_up = None
    if isinstance(entry, dict):
        _only_keys(entry, {"from", "to", "pull_up"}, where)
        pull_up = entry.get("pull_up", pull_up)
        entry = f"{entry.get('from')} -> {entry.get('to')}"
    parts = _WIRE.fullmatch(entry) if isinstance(entry, str) else None
    if parts is None:
        raise ValueError(f'{where} must look like "12345678:Line1 -> 87654321:Line3", not {entry!r}')
    source, source_line, target, target_line = parts.groups()
    pinouts = {camera.serial: camera.model.family.pinout for camera in cameras}
    for serial in (source, target):
        if serial not in pinouts:
            raise ValueError(f"{where}: there is no camera {serial}")
    outputs, inputs = pinouts[source].outputs, pinouts[target].inputs
    if source_line not in outputs:
        raise ValueError(f"{where}: {source_line} is not an output; outputs are {', '.join(outputs)}")
    if target_line not in inputs:
        raise ValueError(f"{where}: {target_line} is not an input; inputs are {', '.join(inputs)}")
    own = min(pinouts[source].supplies, default="external")
    if pull_up not in (None, own, "external"):
        allowed = own if own == "external" else f"{own} or external"
        raise ValueError(f"{where}: pull_up is {allowed}, not {pull_up!r}")
    return Wire(source, source_line, target, target_line, pull_up or own)


def _fault(entry: Any, serials: list[str], where: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or "kind" not in entry:
        raise ValueError(f"{where} must be a mapping with serial, kind and its arguments, not {entry!r}")
    serial = _serial(word(entry, "serial"), where)
    if serial not in serials:
        raise ValueError(f"{where}: there is no camera {serial}")
    arguments = {str(key): plain(value) for key, value in entry.items() if key not in ("serial", "kind")}
    try:
        return {"serial": serial, **checked(str(entry["kind"]), arguments)}
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
