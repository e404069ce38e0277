"""The part of a rig's configuration that one of its hosts gets, as its YAML file would say it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llpyspin.camera.defaults import DEFAULT_EXPOSURE

if TYPE_CHECKING:
    from llpyspin.rig.config import CameraConfig, RigConfig

__all__ = ["makes_pulses", "part_of"]


def makes_pulses(config: RigConfig) -> str:
    """The host with the primary camera; "" where the pulses come from elsewhere for all."""
    return config.primary.host if config.primary is not None else ""


def part_of(config: RigConfig, host: str, rate_hz: float | None = None) -> dict[str, Any]:
    """What the host is to open: its cameras, with what the rig says of all.

    Parameters
    ----------
    config : RigConfig
    host : str
    rate_hz : float, optional
        Of the pulses, where they come from elsewhere.
    """
    part: dict[str, Any] = {
        "cameras": [_camera(camera) for camera in config.cameras if camera.host == host],
        "exposure": config.exposure,
        "framerate": config.framerate,
        "sdk": config.sdk,
        "on_failure": config.on_failure,
        "allow_lower_rate": config.allow_lower_rate,
        "record": dict(config.record),
        "budget": dict(config.budget),
        "on_event": config.on_event,
    }
    if makes_pulses(config) != host:
        part["trigger"] = "external"
        part["framerate"] = rate_hz or config.framerate
        if part["exposure"] is None:
            part["exposure"] = _exposure_of_primary(config)
    return {name: _plain(value) for name, value in part.items() if value not in (None, {})}


def _camera(camera: CameraConfig) -> dict[str, Any]:
    given: dict[str, Any] = {"serial": camera.device, "name": camera.name, "role": camera.role}
    if camera.color is not None:
        given["color"] = camera.color
    if camera.nodes:
        given["nodes"] = [list(pair) for pair in camera.nodes_in_order]
    if camera.lines:
        given["lines"] = dict(camera.lines)
    return {**given, **camera.settings}


def _exposure_of_primary(config: RigConfig) -> float | str:
    primary = config.primary
    found: float | str = float(DEFAULT_EXPOSURE)
    if primary is not None:
        found = primary.settings.get("exposure", found)
    return found


def _plain(value: Any) -> Any:
    """What a message can hold: lists for tuples, text for paths."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value
