"""Opening one camera of a rig as its configuration has it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.camera import DEFAULT_EXPOSURE
from llpyspin.console import without_infos
from llpyspin.errors import SettingRangeError
from llpyspin.primary import PrimaryCamera
from llpyspin.secondary import SecondaryCamera

if TYPE_CHECKING:
    from llpyspin.rig.config import CameraConfig, RigConfig
    from llpyspin.synchronised import SynchronisedCamera

__all__ = ["exposure_of", "open_camera"]

logger = logging.getLogger("llpyspin")

_BEFORE = ("binsize", "pixel_format", "roi")  # they move the limits of the others
_ROUNDING = 1e-3  # the camera rounds its frame rate
_AFTER = ("gain", "black_level", "gamma", "white_balance")


def exposure_of(camera: CameraConfig, rig: RigConfig) -> Any:
    """In us: the camera's own, else the rig's, else the primary's, else the default."""
    primary = rig.primary.settings.get("exposure") if rig.primary is not None else None
    for value in (camera.settings.get("exposure"), rig.exposure, primary):
        if value is not None:
            return value
    return DEFAULT_EXPOSURE


def open_camera(camera: CameraConfig, rig: RigConfig) -> SynchronisedCamera:
    """Open the camera and set it up; blocks as :meth:`llpyspin.camera.Camera.open` does.

    Raises
    ------
    CameraError, SettingError, SdkNotFoundError
        It cannot be opened, or refuses a setting; it is closed again then.
    """
    exposure = exposure_of(camera, rig)
    common: dict[str, Any] = {
        "color": camera.color,
        "sdk": rig.sdk,
        "nickname": camera.name,
        "strict": True,
        "primed": False,
    }
    opened: SynchronisedCamera
    with without_infos():  # settings of which nobody could tell the camera, and some of them twice
        if camera.role == "primary":
            opened = PrimaryCamera(camera.device, **common)
        else:
            opened = SecondaryCamera(camera.device, exposure=exposure, primary=None, **common)
    try:
        with without_infos():
            _set_up(opened, camera, rig, exposure)
        _say(opened, camera, rig)
    except BaseException:
        opened.release()
        raise
    return opened


def _set_up(opened: SynchronisedCamera, camera: CameraConfig, rig: RigConfig, exposure: float) -> None:
    for name in _BEFORE:
        if name in camera.settings:
            opened.assign(name, camera.settings[name])
    if camera.role == "primary":
        _pace(opened, exposure, rig.framerate)
    for name in _AFTER:
        if name in camera.settings:
            opened.assign(name, camera.settings[name])
    for name, value in camera.nodes.items():
        opened.nodes[name] = value


def _say(opened: SynchronisedCamera, camera: CameraConfig, rig: RigConfig) -> None:
    """One line a camera at the prompt."""
    primary = camera.role == "primary"
    exposure = opened.exposure if primary else exposure_of(camera, rig)
    pace = f"{opened.framerate:.5g} fps, " if primary else ""
    info = opened.info
    logger.info(
        "%s: %s camera %s (%s, %s), %s%g us exposure",
        camera.name,
        camera.role,
        info.serial,
        info.model,
        info.interface,
        pace,
        exposure,
    )


def _pace(opened: SynchronisedCamera, exposure: Any, framerate: float | None) -> None:
    """Exposure and rate bound each other, so a long exposure needs the rate first.

    Cameras take a rate that they cannot keep with their exposure, and run slower.
    """
    try:
        opened.assign("exposure", exposure)
        opened.assign("framerate", framerate if framerate is not None else opened.framerate)
    except SettingRangeError:
        if framerate is None:
            raise
        opened.assign("framerate", framerate)
        opened.assign("exposure", exposure)
    got = float(opened._ask("get", "resulting_framerate"))
    if framerate is not None and got < framerate * (1 - _ROUNDING):
        raise SettingRangeError(
            f"framerate {framerate:g} Hz refused: {got:.5g} Hz is the most with an exposure of "
            f"{exposure:g} us; lower the rate or the exposure",
            setting="framerate",
            value=framerate,
        )
