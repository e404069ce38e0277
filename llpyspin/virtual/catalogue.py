"""The camera models that can be virtual cameras."""

from __future__ import annotations

import math

from llpyspin.virtual._seam import Model
from llpyspin.virtual.families import FAMILIES

__all__ = ["MODELS", "model_named"]

_IMX273 = 'Sony IMX273 (1/2.9" CMOS)'


def _other(
    family: str, code: str, interface: str, width: int, height: int, rate: float, sensor: str
) -> Model:
    """A monochrome model of another family than Blackfly S."""
    return Model(f"{family} {code}", interface, width, height, False, rate, sensor, FAMILIES[family])


MODELS: dict[str, Model] = {
    model.name.split()[-1]: model
    for model in (
        Model("Blackfly S BFS-U3-16S2M", "USB3", 1440, 1080, False, 226.0, _IMX273),
        Model("Blackfly S BFS-U3-16S2C", "USB3", 1440, 1080, True, 226.0, _IMX273),
        Model("Blackfly S BFS-PGE-16S2M", "GigE", 1440, 1080, False, 78.0, _IMX273),
        Model("Blackfly S BFS-PGE-16S2C", "GigE", 1440, 1080, True, 78.0, _IMX273),
        Model("Blackfly S BFS-U3-51S5M", "USB3", 2448, 2048, False, 75.0, 'Sony IMX250 (2/3" CMOS)'),
        Model("Blackfly S BFS-U3-04S2M", "USB3", 720, 540, False, 522.0, 'Sony IMX287 (1/2.9" CMOS)'),
        Model(
            "Blackfly S benchmark", "USB3", 1440, 1080, False, math.inf, "none: frames without a rate limit"
        ),
        _other("Oryx", "ORX-10G-51S5M", "GigE", 2448, 2048, 162.0, 'Sony IMX250 (2/3" CMOS)'),
        _other("Firefly", "FFY-U3-16S2M", "USB3", 1440, 1080, 60.0, 'Sony IMX296 (1/2.9" CMOS)'),
        _other("Grasshopper3", "GS3-U3-23S6M", "USB3", 1920, 1200, 163.0, 'Sony IMX174 (1/1.2" CMOS)'),
        _other("Chameleon3", "CM3-U3-31S4M", "USB3", 2048, 1536, 55.0, 'Sony IMX265 (1/1.8" CMOS)'),
        _other("Flea3", "FL3-U3-13E4M", "USB3", 1280, 1024, 60.0, 'e2v EV76C560 (1/1.8" CMOS)'),
        _other("Blackfly", "BFLY-PGE-13E4M", "GigE", 1280, 1024, 60.0, 'e2v EV76C560 (1/1.8" CMOS)'),
    )
}


def model_named(name: str) -> Model:
    """The model of this name, with or without its family; ``ValueError`` names those that there are."""
    found = MODELS.get(name.split()[-1] if name.split() else "")
    if found is not None and name not in (found.name, found.name.split()[-1]):
        found = None
    if found is None:
        raise ValueError(f"no virtual camera model {name!r}; there are {', '.join(MODELS)}")
    return found
