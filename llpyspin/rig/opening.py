"""Opening one camera of a rig as its configuration has it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.camera.defaults import DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
from llpyspin.camera.opened import taken_by
from llpyspin.camera.prompt import without_infos
from llpyspin.camera.requested import why_slower
from llpyspin.errors import SettingRangeError
from llpyspin.primary import PrimaryCamera
from llpyspin.secondary import SecondaryCamera
from llpyspin.settings import AutomaticNumber
from llpyspin.settings.applying import is_slower
from llpyspin.sync.station import acquisition_of
from llpyspin.yamlfile import switch

if TYPE_CHECKING:
    from llpyspin.camera.opened import Keeper
    from llpyspin.rig.config import CameraConfig, RigConfig
    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["exposure_of", "open_camera"]

logger = logging.getLogger("llpyspin")


def exposure_of(camera: CameraConfig, rig: RigConfig) -> Any:
    """In us, or a word: the camera's own, else the rig's, else the primary's, else the default."""
    primary = rig.primary.settings.get("exposure") if rig.primary is not None else None
    for value in (camera.settings.get("exposure"), rig.exposure, primary):
        if value is not None:
            return value
    return DEFAULT_EXPOSURE


def open_camera(camera: CameraConfig, rig: RigConfig, keeper: Keeper) -> SynchronisedCamera:
    """Open the camera and set it up; blocks as :meth:`llpyspin.camera.Camera.open` does.

    ``keeper`` stands for the rig.

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
    with taken_by(keeper), without_infos():  # of which nobody could tell the camera, and some of them twice
        if camera.role == "primary":
            opened = PrimaryCamera(camera.device, **common)
        else:
            opened = SecondaryCamera(camera.device, primary=None, **common)
    try:
        with without_infos():
            _set_up(opened, camera, rig, exposure)
        _say(opened, camera, rig)
    except BaseException:
        opened.release()
        raise
    return opened


def _set_up(opened: SynchronisedCamera, camera: CameraConfig, rig: RigConfig, exposure: float) -> None:
    wanted = {**camera.settings, "exposure": exposure}
    if camera.role == "primary":
        wanted["framerate"] = rig.framerate if rig.framerate is not None else DEFAULT_FRAMERATE
    opened.assign_all(wanted)
    for name, value in camera.nodes_in_order:
        known = switch(value)  # On and off are names in enumerations, and what people write for booleans
        boolean = known is not value and opened.nodes.info(name).type == "Boolean"
        opened.nodes[name] = known if boolean else value
    if camera.role == "primary" and not rig.allow_lower_rate:
        _check_rate(opened)


def _check_rate(opened: SynchronisedCamera) -> None:
    """Cameras take a rate that they cannot keep with their exposure, and run slower."""
    asked, got = opened.requested_framerate, opened.resulting_framerate
    if asked is not None and is_slower(got, asked):
        raise SettingRangeError(
            f"framerate {asked:g} Hz refused: {got:.5g} Hz is the maximum: "
            f"{why_slower(got, opened.exposure)}; "
            "lower the rate or the exposure, or say allow_lower_rate=True",
            setting="framerate",
            value=asked,
        )


def _say(opened: SynchronisedCamera, camera: CameraConfig, rig: RigConfig) -> None:
    """One line a camera at the prompt."""
    primary = camera.role == "primary"
    acquisition = acquisition_of(opened)
    exposure = acquisition.ask("get", "exposure")
    shown = "exposure as long as each pulse" if exposure is None else f"{exposure:g} us exposure"
    if isinstance(exposure, AutomaticNumber):
        shown = f"automatic exposure ({exposure:g} us at present)"
    pace = f"{opened.resulting_framerate:.5g} fps, " if primary else ""
    info = opened.info
    if primary and opened.requested_framerate is None:
        rates = float(opened.framerate), opened.resulting_framerate
        acquisition.requested.tell(opened.nickname, *rates, exposure)
    logger.info(
        "%s: %s camera %s (%s, %s), %s%s",
        camera.name,
        camera.role,
        info.serial,
        info.model,
        info.interface,
        pace,
        shown,
    )
