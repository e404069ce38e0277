"""Cameras of a world that replays: what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.virtual._seam import Model
from llpyspin.virtual.catalogue import MODELS
from llpyspin.virtual.families import BLACKFLY_S, FAMILIES
from llpyspin.virtual.specs import CameraSpec

if TYPE_CHECKING:
    from llpyspin.virtual.footage import CameraFootage

__all__ = ["model_of", "spec_of"]

_ROOM = 2.0
"""How many times the recorded rate the sensor of a model that nobody knows can do."""


def spec_of(camera: CameraFootage) -> CameraSpec:
    """A camera of the world that replays a recorded one."""
    return CameraSpec(camera.serial, model_of(camera), camera.name, camera.clock_ppm, camera)


def model_of(camera: CameraFootage) -> Model:
    """The recorded model with the recorded region; a model that is not in the catalogue is made up."""
    geometry = camera.geometry
    width, height = geometry.offset_x + geometry.width, geometry.offset_y + geometry.height
    known = MODELS.get(camera.model.split()[-1] if camera.model.split() else "")
    if known is not None and known.color == camera.color and width <= known.width and height <= known.height:
        width, height, fastest = known.width, known.height, max(known.max_framerate, geometry.rate)
        return Model(
            *(known.name, known.interface, width, height, known.color, fastest, known.sensor, known.family),
            geometry,
        )
    family = next((each for name, each in FAMILIES.items() if camera.model.startswith(name)), BLACKFLY_S)
    interface = "GigE" if camera.interface == "GigE" else "USB3"
    sensor = "none: recorded pictures"
    fastest = _ROOM * geometry.rate
    return Model(camera.model, interface, width, height, camera.color, fastest, sensor, family, geometry)
