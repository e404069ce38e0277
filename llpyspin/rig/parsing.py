"""A rig's YAML file, or what code says of its cameras, as a ``RigConfig``: mistakes with their place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from llpyspin.errors import RigConfigError
from llpyspin.rig.config import SETTINGS, CameraConfig, RigConfig
from llpyspin.settings import brief

if TYPE_CHECKING:
    import os

__all__ = ["cameras_from", "config_from", "load_config"]

_Kind = TypeVar("_Kind")
_COMMON = tuple(name for name in SETTINGS if name != "exposure")  # that one is the rig's own
_RIG_KEYS = (
    *("cameras", "trigger", "framerate", "exposure", "sync", "sdk", "on_failure", "record"),
    "allow_lower_rate",
    *_COMMON,
)
_CAMERA_KEYS = ("serial", "index", "name", "role", "color", "nodes", "lines", *SETTINGS)


def load_config(path: str | os.PathLike[str]) -> RigConfig:
    """Read a rig's YAML (or JSON) file.

    Raises
    ------
    RigConfigError
        It cannot be read, or something in it is wrong; the text says where.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise RigConfigError(f"cannot read the rig's configuration {path}: {why}") from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RigConfigError(f"{path} is not YAML: {_where(error)}") from error
    return config_from(document, str(path))


def _where(error: yaml.YAMLError) -> str:
    """What is wrong and where, on one line."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', None) or error}"


def config_from(document: object, place: str = "rig") -> RigConfig:
    """A configuration from what a YAML file holds; ``place`` is how error texts call it."""
    given = _mapping(document, place, _RIG_KEYS)
    listed = given.get("cameras")
    if not isinstance(listed, list):
        raise RigConfigError(f"{place}: cameras must be a list of cameras, not {brief(listed)}")
    cameras = tuple(_camera(each, f"{place}: cameras[{index}]") for index, each in enumerate(listed))
    record = given.get("record")
    others = {key: value for key, value in given.items() if key not in ("cameras", "record", *_COMMON)}
    return _made(
        RigConfig,
        place,
        cameras=cameras,
        record=_free_mapping(record, f"{place}: record"),
        settings=_settings(given, _COMMON),
        **others,
    )


def cameras_from(cameras: object) -> tuple[CameraConfig, ...]:
    """Cameras as code gives them.

    A list of serial numbers, indices, mappings as in the YAML file or :class:`CameraConfig`; or a mapping
    from names to those.
    """
    if isinstance(cameras, Mapping):
        return tuple(_camera(each, f"cameras[{name!r}]", str(name)) for name, each in cameras.items())
    if isinstance(cameras, (str, bytes)) or not isinstance(cameras, Iterable):
        raise RigConfigError(
            f"cameras must be a list of serial numbers or a mapping from names to them, not {brief(cameras)}"
        )
    return tuple(_camera(each, f"cameras[{index}]") for index, each in enumerate(cameras))


def _camera(given: object, place: str, name: str = "") -> CameraConfig:
    if isinstance(given, CameraConfig):
        return given
    if isinstance(given, (str, int)) and not isinstance(given, bool):
        return _made(CameraConfig, place, device=given, name=name)
    keys = _mapping(given, place, _CAMERA_KEYS)
    if ("serial" in keys) == ("index" in keys):
        raise RigConfigError(f"{place} needs either its serial or its index")
    device = keys.get("index")
    if "serial" in keys:
        device = str(keys["serial"])  # YAML reads digits as a number
    elif not isinstance(device, int):
        raise RigConfigError(f"{place}: index must be a whole number, not {brief(device)}")
    return _made(
        CameraConfig,
        place,
        device=device,
        name=str(keys.get("name", name)),
        role=keys.get("role"),
        color=keys.get("color"),
        settings=_settings(keys, SETTINGS),
        nodes=_free_mapping(keys.get("nodes"), f"{place}: nodes"),
        lines=_free_mapping(keys.get("lines"), f"{place}: lines"),
    )


def _settings(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(given[name]) for name in names if given.get(name) is not None}


def _made(kind: type[_Kind], place: str, **fields: Any) -> _Kind:
    try:
        return kind(**fields)
    except RigConfigError as error:
        raise RigConfigError(f"{place}: {error}") from None


def _mapping(value: object, place: str, known: tuple[str, ...]) -> dict[str, Any]:
    given = _free_mapping(value, place)
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise RigConfigError(f"{place}: {key!r} is not known; {hint}")
    return given


def _free_mapping(value: object, place: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RigConfigError(f"{place} must be a mapping of keys to values, not {brief(value)}")
    return {str(key): each for key, each in value.items()}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
