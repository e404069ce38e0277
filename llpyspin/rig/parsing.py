"""A rig's YAML file, or what code says of its cameras, as a ``RigConfig``; all mistakes with places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.errors import RigConfigError
from llpyspin.rig.boxes.boxtrigger import box_in
from llpyspin.rig.config import CameraConfig, RigConfig
from llpyspin.rig.configrules import SETTINGS, between_mistakes, check_record
from llpyspin.rig.elsewhere import of_wrong_place
from llpyspin.rig.hostconfig import HOST_KEYS
from llpyspin.rig.hostparsing import hosts_in
from llpyspin.settings import brief
from llpyspin.yamlfile import Section, YamlError, plain, read_yaml, word

if TYPE_CHECKING:
    import os

    from llpyspin.yamlfile import Place
    from llpyspin.yamlfile.validating import Report, Scope

__all__ = ["cameras_from", "config_from", "load_config"]

LONGEST_INDEX = 5  # digits; serial numbers have more
_Kind = TypeVar("_Kind", CameraConfig, RigConfig)
_COMMON = tuple(name for name in SETTINGS if name != "exposure")  # that one is the rig's own
_RIGS_OWN = {
    name: f"{name} is of the whole rig: write it at the top of the file, not at a camera"
    for name in (
        "framerate",
        "trigger",
        "sync",
        "sdk",
        "on_failure",
        "record",
        "allow_lower_rate",
        "budget",
        "on_event",
        "hosts",
        *HOST_KEYS,
    )
}
_CAMERAS_OWN = {
    name: f"{name} is of one camera: write it at that camera, below cameras"
    for name in ("serial", "index", "name", "role", "color", "nodes", "lines", "host")
}


def load_config(path: str | os.PathLike[str]) -> RigConfig:
    """Read a rig's YAML (or JSON) file.

    Raises
    ------
    RigConfigError
        It cannot be read, or something in it is wrong; the text has all mistakes and says where they are.
    """
    repeated: list[YamlError] = []
    try:
        document = read_yaml(path, "the rig's configuration ", repeated)
    except YamlError as error:
        raise RigConfigError(str(error)) from error
    if document is None:
        raise RigConfigError(f"{path} is empty; a rig's file has at least cameras: and a list of them")
    return _config(document, str(path), repeated)


def config_from(document: object, place: str = "rig") -> RigConfig:
    """A configuration from what a YAML file holds; ``place`` is how error texts call it."""
    return _config(document, place, [])


def cameras_from(cameras: object) -> tuple[CameraConfig, ...]:
    """Cameras as code gives them.

    A list of serial numbers, indices, mappings as in the YAML file or :class:`CameraConfig`; or a mapping
    from names to those.
    """
    from llpyspin.yamlfile.validating import Report, Scope

    report = Report()
    scope = Scope(report, {"cameras": cameras})
    if isinstance(cameras, Mapping):
        given = [(each, f"[{name!r}]", str(name)) for name, each in cameras.items()]
    elif isinstance(cameras, (str, bytes)) or not isinstance(cameras, Iterable):
        raise RigConfigError(
            f"cameras must be a list of serial numbers or a mapping from names to them, not {brief(cameras)}"
        )
    else:
        given = [(each, f"[{index}]", "") for index, each in enumerate(cameras)]
    found = _all_cameras(scope, given)
    _refuse(report)
    return found


def _config(document: object, file: str, repeated: Iterable[YamlError]) -> RigConfig:
    from llpyspin.yamlfile.validating import Report

    report = Report(file)
    for error in repeated:
        report.repeated(error)
    config = _checked(report, document)
    _refuse(report)
    assert config is not None  # else there is a mistake
    return config


def _refuse(report: Report) -> None:
    if report:
        raise RigConfigError(str(report), mistakes=report.in_order())


def _checked(report: Report, document: object) -> RigConfig | None:
    """The configuration, or None and a report of what is wrong with it."""
    from llpyspin.rig.filetypes import RigTypes
    from llpyspin.yamlfile.validating import Scope

    given = {} if document is None else document
    if not isinstance(given, Mapping):
        scope = Scope(report, {}, title="")
        scope.mistake(f"{report.file} must be a mapping of keys to values, not {brief(document)}")
        return None
    scope = Scope(report, _named(given))
    scope.unknown(RigTypes.__struct_fields__, {**of_wrong_place(), **_CAMERAS_OWN})
    boxed = isinstance(scope.given.get("trigger"), Mapping)
    apart = ("cameras", "record", "subject", "metadata", "budget", "schedule", "on_event")
    own = scope.fields(RigTypes, but=(*apart, "hosts", "collect", *["trigger"] * boxed))
    if boxed:
        box = box_in(scope.inside("trigger", _named(scope.given["trigger"])))
        own["trigger"] = "external" if box is None else box
    cameras = _listed(scope)
    own["record"] = _record(scope)
    own["metadata"] = plain(scope.given.get("metadata") or {})
    own["budget"] = plain(scope.given.get("budget") or {})
    own["schedule"] = plain(scope.given.get("schedule") or {})
    own["on_event"] = plain(scope.given.get("on_event"))
    own["hosts"] = hosts_in(scope, own)
    own["subject"] = str(_word(scope, "subject") or "")
    own["notes"] = own.get("notes") or ""
    common = {name: own.pop(name) for name in _COMMON if name in own}
    own["settings"] = {name: _fixed(value) for name, value in common.items() if value is not None}
    if cameras is None or any(camera is None for camera in cameras):
        for text in between_mistakes(camera for camera in cameras or () if camera is not None):
            scope.mistake(text, "cameras")
        _made(scope, RigConfig, cameras=(CameraConfig(0),), **own)
        return None
    return _made(scope, RigConfig, cameras=tuple(cameras), **own)


def _listed(scope: Scope) -> list[CameraConfig | None] | None:
    """The cameras of a file, None for each one with a mistake; None where there is no list of them."""
    listed = scope.given.get("cameras")
    if isinstance(listed, (list, tuple)):
        return _each_camera(scope, [(each, f"[{index}]", "") for index, each in enumerate(listed)])
    form = ", each like - {name: top, serial: 12345678}" if isinstance(listed, Mapping) else ""
    scope.refuse("cameras", listed, f"a list of cameras{form}")
    return None


def _record(scope: Scope) -> dict[str, Any]:
    """Options of recordings as they are given; mistakes in them are reported."""
    given = scope.given.get("record")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        scope.refuse("record", given, "a mapping of keys to values")
        return {}
    return check_record(scope.inside("record", _named(given)))


def _all_cameras(scope: Scope, given: list[tuple[object, str, str]]) -> tuple[CameraConfig, ...]:
    return tuple(camera for camera in _each_camera(scope, given) if camera is not None)


def _each_camera(scope: Scope, given: list[tuple[object, str, str]]) -> list[CameraConfig | None]:
    return [_camera(scope, each, item, name) for each, item, name in given]


def _camera(scope: Scope, given: object, item: str, name: str) -> CameraConfig | None:
    from llpyspin.yamlfile.complaints import native

    if isinstance(given, CameraConfig):
        return given
    plain_given = native(given)
    inner = scope.inside("cameras", _named(given) if isinstance(given, Mapping) else {}, item)
    if isinstance(plain_given, (str, int)) and not isinstance(plain_given, bool):
        return _made(
            inner, CameraConfig, device=_as_written(plain_given, scope.place("cameras", item)), name=name
        )
    if not isinstance(given, Mapping):
        text = f"a camera is named by its serial number or index, or a mapping with these, not {brief(given)}"
        inner.mistake(text, value=given)
        return None
    return _camera_of(inner, name)


def _as_written(device: str | int, place: Place | None) -> str | int:
    """An index, or a serial number that YAML takes for a number: nobody has ten thousand cameras."""
    written = None if place is None else place.text
    return device if written is None or len(written) < LONGEST_INDEX else written


def _camera_of(scope: Scope, name: str) -> CameraConfig | None:
    """The camera that a mapping describes."""
    from llpyspin.rig.filetypes import CameraTypes

    before = len(scope.report.mistakes)
    scope.unknown(CameraTypes.__struct_fields__, _RIGS_OWN)
    device = _device(scope)
    name = str(_word(scope, "name") or "") if "name" in scope.given else name
    shown = name or (device if isinstance(device, str) else "" if device is None else f"camera{device}")
    scope.label = f"camera {shown}: " if shown else ""
    own = scope.fields(CameraTypes, but=("serial", "index", "name", "host", "nodes", "lines"))
    settings = {key: _fixed(own[key]) for key in SETTINGS if own.get(key) is not None}
    scope.label = ""
    made = _made(
        scope,
        CameraConfig,
        device=0 if device is None else device,
        name=name,
        role=own.get("role"),
        color=own.get("color"),
        settings=settings,
        nodes=_nodes(scope),
        lines=_lines(scope),
        host=str(_word(scope, "host") or ""),
    )
    return made if len(scope.report.mistakes) == before else None


def _device(scope: Scope) -> str | int | None:
    """The serial number or index that a camera has; None, and a report, where it has none."""
    if ("serial" in scope.given) == ("index" in scope.given):
        scope.lacks("needs either its serial or its index", allowed="serial, or index")
        return None
    if "serial" in scope.given:
        found = _word(scope, "serial")
        return None if found is None else str(found)
    index = scope.given["index"]
    if not isinstance(index, int) or isinstance(index, bool):
        scope.refuse("index", index, "a whole number")
        return None
    return index


def _word(scope: Scope, key: str) -> str | int | None:
    """A serial number or a name as it is written: YAML reads digits as a number."""
    if key not in scope.given or (key == "subject" and scope.given[key] is None):
        return None
    written = word(scope.given, key)
    if not isinstance(written, (str, int, float)) or isinstance(written, bool) or written == "":
        scope.refuse(key, scope.given[key], "one word")
        return None
    return str(written)


def _nodes(scope: Scope) -> dict[str, Any] | tuple[tuple[str, Any], ...]:
    """Nodes as a mapping; or as a list of ``name: value`` or of pairs, where one is set more than once."""
    value = scope.given.get("nodes")
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if not isinstance(value, (list, tuple)):
        scope.refuse("nodes", value, "a mapping of keys to values")
        return {}
    pairs: list[tuple[str, Any]] = []
    for index, each in enumerate(value):
        if isinstance(each, Mapping) and each:
            pairs += [(str(key), plain(inner)) for key, inner in each.items()]
        elif isinstance(each, (list, tuple)) and len(each) == 2 and isinstance(each[0], str):
            pairs.append((each[0], plain(each[1])))
        else:
            scope.refuse_item("nodes", f"[{index}]", each, "NAME: VALUE or [NAME, VALUE]")
    return tuple(pairs)


def _lines(scope: Scope) -> dict[str, Any]:
    given = scope.given.get("lines")
    if given is None or isinstance(given, Mapping):
        return {str(key): plain(each) for key, each in (given or {}).items()}
    scope.refuse("lines", given, "a mapping of keys to values")
    return {}


def _made(scope: Scope, kind: type[_Kind], **fields: Any) -> _Kind | None:
    """The object, or None and a report of the rules that it breaks."""
    try:
        return kind(**fields)
    except RigConfigError as error:
        for mistake in error.mistakes:
            at, key = _found(scope, mistake.path)
            at.mistake(
                mistake.text,
                key,
                value=mistake.value,
                allowed=mistake.allowed,
                nearest=mistake.nearest,
            )
        return None


def _found(scope: Scope, path: str) -> tuple[Scope, str]:
    """The mapping and the key in it that a rule is about: ``lines.input``, or ``settings.roi[2]``."""
    outer, _, key = path.partition("[")[0].removeprefix("settings.").rpartition(".")
    given = scope.given.get(outer)
    if not isinstance(given, Mapping):
        return scope, outer or key
    inner = scope.inside(outer, _named(given))
    inner.title = scope.title
    return inner, key


def _named(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    return given if isinstance(given, Section) else {str(key): each for key, each in given.items()}


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
