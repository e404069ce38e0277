"""Which processes hold the camera that this one wants."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llpyspin import sdk
from llpyspin.device.opening import FLIR, Rivals
from llpyspin.system.holders import find_holders, named_socket, peer_of, usb_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from llpyspin.device import FoundCamera
    from llpyspin.system.holders import Holder
    from llpyspin.virtual.world import World

__all__ = ["rivals_of"]


def rivals_of(module: ModuleType, own: Mapping[int, str]) -> Rivals:
    """Those of a camera of this SDK; ``own`` as in :class:`llpyspin.device.opening.Rivals`."""
    if sdk.identify(module)[0] != "virtual":
        return _RealRivals(own)
    from llpyspin.virtual.world import load_world

    return _VirtualRivals(own, load_world())


class _RealRivals(Rivals):
    def holders(self, camera: FoundCamera) -> tuple[Holder, ...]:
        gige = camera.interface == "GigE"
        targets = peer_of(camera.address) if gige else usb_file(FLIR, camera.serial)
        # This process has the file of every USB camera open while the SDK looks for cameras.
        return find_holders(targets, but=[os.getpid()])


class _VirtualRivals(Rivals):
    def __init__(self, own: Mapping[int, str], world: World) -> None:
        super().__init__(own)
        self._world = world

    def holders(self, camera: FoundCamera) -> tuple[Holder, ...]:
        return find_holders(named_socket(self._world.address(camera.serial)))

    def hint(self, camera: FoundCamera) -> str:
        shared = (
            f"all programs that name the world {self._world.given!r} share its cameras"
            if self._world.given
            else "its processes share a world of their own"
        )
        return f". It is a virtual camera: {shared}"
