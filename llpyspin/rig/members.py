"""The cameras of a rig, opened and closed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import CameraInUseError, RigConfigError, RigError
from llpyspin.rig.member import Member
from llpyspin.rig.together import together, together_or_undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.camera.opened import Keeper
    from llpyspin.rig.config import RigConfig

__all__ = ["CLOSE_S", "OPEN_ALL_S", "close_members", "open_members"]

OPEN_ALL_S = 120.0
CLOSE_S = 70.0


def open_members(config: RigConfig, keeper: Keeper) -> dict[str, Member]:
    """Open all cameras at once, by their names; ``keeper`` stands for the rig.

    Raises
    ------
    RigConfigError
        They are of several hosts.
    RigError
        Some could not be opened; all that failed are listed, and the others are closed again.
    """
    if config.hosts is not None:
        raise RigConfigError("the cameras of this rig are of several hosts: llpyspin.open_rig() opens it")
    configs = {camera.name: camera for camera in config.cameras}
    opened = together_or_undone(
        lambda each: Member(each, config, keeper), lambda each: each.close(), configs, OPEN_ALL_S, CLOSE_S
    )
    failures = {**opened.failures, **_same_camera(opened.results, opened.failures)}
    if failures:
        close_members(opened.results)
        raise RigError(f"{len(failures)} of {len(configs)} cameras cannot be used:", failures)
    return opened.results


def close_members(members: Mapping[str, Member]) -> None:
    """Close all at once; what fails on the way holds up nobody."""
    together(lambda each: each.close(), members, CLOSE_S)


def _same_camera(members: dict[str, Member], failures: dict[str, Exception]) -> dict[str, Exception]:
    """Cameras that were named twice, by serial number and by index: the second opener found them in use."""
    owners = {member.serial: name for name, member in members.items()}
    return {
        name: RigConfigError(f"{name} and {owners[error.camera]} are both camera {error.camera}")
        for name, error in failures.items()
        if isinstance(error, CameraInUseError) and error.camera in owners
    }
