"""A rig's YAML file, or what code says of its cameras, as a ``RigConfig``: mistakes with their place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.errors import RigConfigError
from llpyspin.rig.config import SETTINGS, CameraConfig, RigConfig
from llpyspin.settings import brief
from llpyspin.yamlfile import Section, YamlError, place_in, plain, read_yaml, switch, word

if TYPE_CHECKING:
    import os

__all__ = ["cameras_from", "config_from", "load_config"]

_Kind = TypeVar("_Kind")
_SWITCHES = ("allow_lower_rate", "fill", "overwrite")
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
        document = read_yaml(path, "the rig's configuration ")
    except YamlError as error:
        raise RigConfigError(str(error)) from error
    if document is None:
        raise RigConfigError(f"{path} is empty; a rig's file has at least cameras: and a list of them")
    return config_from(document, str(path))


def config_from(document: object, place: str = "rig") -> RigConfig:
    """A configuration from what a YAML file holds; ``place`` is how error texts call it."""
    given = _mapping(document, place, _RIG_KEYS)
    listed = given.get("cameras")
    if not isinstance(listed, list):
        at = place_in(given, "cameras")
        raise RigConfigError(f"{place}: cameras{at} must be a list of cameras, not {brief(listed)}")
    cameras = _all([(each, f"{place}: cameras[{index}]", "") for index, each in enumerate(listed)])
    record = given.get("record")
    others = {key: value for key, value in plain(given).items() if key not in ("cameras", "record", *_COMMON)}
    return _made(
        RigConfig,
        place,
        given,
        cameras=cameras,
        record=_switched(_plain_mapping(record, f"{place}: record{place_in(given, 'record')}")),
        settings=_settings(given, _COMMON),
        **_switched(others),
    )


def cameras_from(cameras: object) -> tuple[CameraConfig, ...]:
    """Cameras as code gives them.

    A list of serial numbers, indices, mappings as in the YAML file or :class:`CameraConfig`; or a mapping
    from names to those.
    """
    if isinstance(cameras, Mapping):
        return _all([(each, f"cameras[{name!r}]", str(name)) for name, each in cameras.items()])
    if isinstance(cameras, (str, bytes)) or not isinstance(cameras, Iterable):
        raise RigConfigError(
            f"cameras must be a list of serial numbers or a mapping from names to them, not {brief(cameras)}"
        )
    return _all([(each, f"cameras[{index}]", "") for index, each in enumerate(cameras)])


def _all(given: list[tuple[object, str, str]]) -> tuple[CameraConfig, ...]:
    """All cameras, or the mistakes in all of them."""
    cameras, mistakes = [], []
    for each in given:
        try:
            cameras.append(_camera(*each))
        except RigConfigError as error:
            mistakes.append(str(error))
    if mistakes:
        raise RigConfigError("\n".join(mistakes))
    return tuple(cameras)


def _camera(given: object, place: str, name: str = "") -> CameraConfig:
    if isinstance(given, CameraConfig):
        return given
    if isinstance(given, (str, int)) and not isinstance(given, bool):
        return _made(CameraConfig, place, {}, device=given, name=name)
    keys = _mapping(given, place, _CAMERA_KEYS)
    if ("serial" in keys) == ("index" in keys):
        raise RigConfigError(f"{place} needs either its serial or its index")
    device = keys.get("index")
    if "serial" in keys:
        device = _word(keys, "serial", place)
    elif not isinstance(device, int):
        raise RigConfigError(f"{place}: index must be a whole number, not {brief(device)}")
    return _made(
        CameraConfig,
        place,
        keys,
        device=device,
        name=_word(keys, "name", place) if "name" in keys else name,
        role=keys.get("role"),
        color=switch(keys.get("color")),
        settings=_settings(keys, SETTINGS),
        nodes=_nodes(keys.get("nodes"), f"{place}: nodes{place_in(keys, 'nodes')}"),
        lines=_plain_mapping(keys.get("lines"), f"{place}: lines"),
    )


def _word(keys: Mapping[str, Any], key: str, place: str) -> str:
    """A serial number or a name as it is written: YAML reads digits as a number."""
    written = word(keys, key)
    if written is None or isinstance(written, (list, tuple, dict)):
        raise RigConfigError(f"{place}: {key}{place_in(keys, key)} must be one word, not {brief(keys[key])}")
    return str(written)


def _nodes(value: object, place: str) -> dict[str, Any] | tuple[tuple[str, Any], ...]:
    """Nodes as a mapping; or as a list of ``name: value`` or of pairs, where one is set more than once."""
    if not isinstance(value, (list, tuple)):
        return _plain_mapping(value, place)
    pairs: list[tuple[str, Any]] = []
    for index, each in enumerate(value):
        if isinstance(each, Mapping) and each:
            pairs += _plain_mapping(each, f"{place}[{index}]").items()
        elif isinstance(each, (list, tuple)) and len(each) == 2 and isinstance(each[0], str):
            pairs.append((each[0], plain(each[1])))
        else:
            raise RigConfigError(f"{place}[{index}] must be NAME: VALUE or [NAME, VALUE], not {brief(each)}")
    return tuple(pairs)


def _switched(given: dict[str, Any]) -> dict[str, Any]:
    return {key: switch(value) if key in _SWITCHES else value for key, value in given.items()}


def _settings(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(given[name]) for name in names if given.get(name) is not None}


def _made(kind: type[_Kind], place: str, given: Mapping[str, Any], **fields: Any) -> _Kind:
    try:
        return kind(**fields)
    except RigConfigError as error:
        named = (key for key in given if re.search(rf"\b{re.escape(key)}\b", str(error)))
        raise RigConfigError(f"{place}{place_in(given, next(named, ''))}: {error}") from None


def _mapping(value: object, place: str, known: tuple[str, ...]) -> dict[str, Any]:
    given = _free_mapping(value, place)
    mistakes = []
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            mistakes.append(f"{place}{place_in(given, key)}: {key!r} is not known; {hint}")
    if mistakes:
        raise RigConfigError("\n".join(mistakes))
    return given


def _free_mapping(value: object, place: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RigConfigError(f"{place} must be a mapping of keys to values, not {brief(value)}")
    if isinstance(value, Section):
        return value
    return {str(key): each for key, each in value.items()}


def _plain_mapping(value: object, place: str) -> dict[str, Any]:
    return {key: plain(each) for key, each in _free_mapping(value, place).items()}


def _plain(value: Any) -> Any:
    value = plain(value)
    return tuple(value) if isinstance(value, list) else value
