"""The configuration of a virtual world: from what its file holds to cameras, wires and faults.

All mistakes are found, and each has its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.virtual.catalogue import model_named
from llpyspin.virtual.fault_kinds import fault_mistakes
from llpyspin.virtual.replayworld import read_replay
from llpyspin.virtual.specs import CameraSpec, Wire
from llpyspin.virtual.worldtypes import VirtualCameraTypes, WireTypes, WorldTypes
from llpyspin.yamlfile import YamlError, plain, word
from llpyspin.yamlfile.complaints import fields_of, native
from llpyspin.yamlfile.validating import Report, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llpyspin.virtual.specs import Replay

__all__ = ["Parts", "read_parts"]

_SERIAL = re.compile(r"[A-Za-z0-9_.-]{1,32}")
MOST_SOCKETS = 64
"""Bytes: a socket's path has 107 at most, with the serial number and what makes it one's own."""
_WIRE = re.compile(r"\s*(\S+?):(Line\d)\s*->\s*(\S+?):(Line\d)\s*")


class Parts(NamedTuple):
    """What a configuration has."""

    cameras: tuple[CameraSpec, ...]
    wires: tuple[Wire, ...]
    faults: tuple[dict[str, Any], ...]
    diary: str
    replay: Replay
    sockets: str


def read_parts(config: object, where: str, repeated: Iterable[YamlError] = ()) -> Parts:
    """Cameras, wires, faults, the diary and what is replayed of a configuration.

    Raises
    ------
    ValueError
        The text has all mistakes.
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"{where} must hold a mapping with cameras, wires, faults, world; not {config!r}")
    report = Report(where)
    for error in repeated:
        report.repeated(error)
    scope = Scope(report, config)
    _unknown(scope, WorldTypes)
    cameras = [_camera(each) for each in _each(scope, "cameras", "camera", "a mapping with serial and model")]
    _check_twice(scope, cameras)
    replay, recorded = read_replay(scope)
    cameras += recorded.cameras
    there = {camera.serial: camera for camera in cameras if camera is not None}
    sure = None not in cameras and not report  # else a camera may be missing because of its own mistake
    wires = [_wire(each, there, sure=sure) for each in _each(scope, "wires", "wire", "")]
    if "wires" not in scope.given:
        wires = [_wire(each, there, sure=sure) for each in recorded.wires]
    _check_ends(scope, wires)
    needed = "a mapping with serial, kind and its arguments"
    faults = [_fault(each, there, sure=sure) for each in _each(scope, "faults", "fault", needed)]
    _check_world(scope)
    diary = _diary(scope)
    sockets = _sockets(scope)
    if report:
        raise ValueError(str(report))
    return Parts(_whole(cameras), _whole(wires), _whole(faults), diary, replay, sockets)


def _whole(found: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(each for each in found if each is not None)


def _unknown(scope: Scope, kind: Any) -> None:
    scope.unknown([each.encode_name for each in fields_of(kind)], what="unknown key {}")


def _each(scope: Scope, key: str, what: str, needed: str) -> Iterator[Scope]:
    """A scope for each item of a list; items that are no mapping are mistakes, unless words are allowed."""
    entries = scope.given.get(key)
    if entries is not None and not isinstance(entries, list):
        scope.refuse(key, entries, "a list")
        return
    for index, entry in enumerate(entries or []):
        item = f"[{index}]"
        inner = scope.inside(key, entry if isinstance(entry, Mapping) else {"": entry}, item)
        inner.title = f"{scope.report.file}: {what} {index}"
        if isinstance(entry, Mapping) or not needed:
            yield inner
        else:
            inner.lacks(f"must be {needed}, not {plain(entry)!r}", needed)


def _camera(scope: Scope) -> CameraSpec | None:
    before = len(scope.report.mistakes)
    _unknown(scope, VirtualCameraTypes)
    serial = _serial(scope)
    own = scope.fields(VirtualCameraTypes, but=("serial", "name"))
    name = word(scope.given, "name", "")
    try:
        model = model_named(str(own.get("model", "BFS-U3-16S2M")))
    except ValueError as error:
        scope.mistake(str(error), "model", value=own.get("model"))
        return None
    if serial is None or len(scope.report.mistakes) > before:
        return None
    return CameraSpec(serial, model, str(name), float(own.get("clock_ppm", 0.0)))


def _serial(scope: Scope) -> str | None:
    value = native(word(scope.given, "serial"))
    serial = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(serial, str) and _SERIAL.fullmatch(serial):
        return serial
    allowed = "1 to 32 letters or digits"
    scope.mistake(f"a serial number is {allowed}, not {value!r}", "serial", value=value, allowed=allowed)
    return None


def _check_twice(scope: Scope, cameras: Iterable[CameraSpec | None]) -> None:
    serials = [camera.serial for camera in cameras if camera is not None]
    for serial in dict.fromkeys(serials):
        if serials.count(serial) > 1:
            scope.mistake(f"the serial number {serial} is there twice", "cameras", value=serial)


def _wire(scope: Scope, cameras: Mapping[str, CameraSpec], *, sure: bool) -> Wire | None:
    before = len(scope.report.mistakes)
    entry, pull_up = scope.given.get(""), None
    if "" not in scope.given:
        _unknown(scope, WireTypes)
        own = scope.fields(WireTypes)
        if not {"from", "to"} <= own.keys():
            return None
        entry, pull_up = f"{own['from']} -> {own['to']}", own.get("pull_up")
    parts = _WIRE.fullmatch(entry) if isinstance(entry, str) else None
    if parts is None:
        text = f'must look like "12345678:Line1 -> 87654321:Line3", not {plain(entry)!r}'
        scope.lacks(text, "CAMERA:LINE -> CAMERA:LINE")
        return None
    own_supply = _check_wire(scope, parts.groups(), cameras, pull_up)
    if sure:
        for serial in dict.fromkeys((parts[1], parts[3])):
            if serial not in cameras:
                scope.mistake(f"there is no camera {serial}", value=serial)
    if len(scope.report.mistakes) > before:
        return None
    source, source_line, target, target_line = parts.groups()
    return Wire(source, source_line, target, target_line, pull_up or own_supply)


def _check_wire(
    scope: Scope, ends: tuple[str, ...], cameras: Mapping[str, CameraSpec], pull_up: str | None
) -> str:
    """Whether both ends of a wire are there; gives what the output's own camera would lift it with."""
    source, source_line, target, target_line = ends
    own = "external"
    if source in cameras:
        pinout = cameras[source].model.family.pinout
        own = min(pinout.supplies, default=own)
        if source_line not in pinout.outputs:
            text = f"{source_line} is not an output; outputs are {', '.join(pinout.outputs)}"
            scope.mistake(text, value=source_line, allowed=", ".join(pinout.outputs))
        if pull_up not in (None, own, "external"):
            allowed = own if own == "external" else f"{own} or external"
            text = f"pull_up is {allowed}, not {pull_up!r}"
            scope.mistake(text, "pull_up", value=pull_up, allowed=allowed)
    if target in cameras:
        inputs = cameras[target].model.family.pinout.inputs
        if target_line not in inputs:
            text = f"{target_line} is not an input; inputs are {', '.join(inputs)}"
            scope.mistake(text, value=target_line, allowed=", ".join(inputs))
    return own


def _check_ends(scope: Scope, wires: Iterable[Wire | None]) -> None:
    ends = [(wire.target, wire.target_line) for wire in wires if wire is not None]
    for end in dict.fromkeys(ends):
        if ends.count(end) > 1:
            scope.mistake(f"two wires end at {end[0]}:{end[1]}", "wires", value=":".join(end))


def _fault(scope: Scope, cameras: Mapping[str, CameraSpec], *, sure: bool) -> dict[str, Any] | None:
    before = len(scope.report.mistakes)
    if "kind" not in scope.given:
        text = f"must be a mapping with serial, kind and its arguments, not {plain(scope.given)!r}"
        scope.lacks(text, "serial, kind and its arguments")
        return None
    serial = _serial(scope)
    if sure and serial is not None and serial not in cameras:
        scope.mistake(f"there is no camera {serial}", "serial", value=serial)
    arguments = {key: plain(value) for key, value in scope.given.items() if key not in ("serial", "kind")}
    kind = scope.given["kind"]
    for key, text in fault_mistakes(kind, arguments):
        scope.mistake(text, key, value=scope.given.get(key))
    if len(scope.report.mistakes) > before:
        return None
    return {"serial": serial, "fault": kind, **arguments}


def _check_world(scope: Scope) -> None:
    name = word(scope.given, "world")
    if name is not None and not (isinstance(name, str) and _SERIAL.fullmatch(name)):
        allowed = "a short name of letters, digits, '_', '.', '-'"
        scope.mistake(f"world must be {allowed}; not {name!r}", "world", value=name, allowed=allowed)


def _diary(scope: Scope) -> str:
    folder = scope.given.get("diary") or ""
    if not isinstance(folder, str) or (folder and not Path(folder).is_dir()):
        scope.refuse("diary", folder, "the path of a folder that exists")
        return ""
    return folder


def _sockets(scope: Scope) -> str:
    folder = scope.given.get("sockets") or ""
    if not isinstance(folder, str) or (folder and not (os.path.isabs(folder) and Path(folder).is_dir())):
        scope.refuse("sockets", folder, "the absolute path of a folder that exists")
        return ""
    if len(os.fsencode(folder)) > MOST_SOCKETS:
        scope.refuse(
            "sockets", folder, f"a path of at most {MOST_SOCKETS} bytes, for names of sockets are short"
        )
        return ""
    return folder
