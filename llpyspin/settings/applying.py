"""The order in which several settings are applied, defaults, and when two rates count as the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ORDER",
    "RATE_MOVERS",
    "RATE_NODES",
    "RATE_TOLERANCE",
    "SETTINGS",
    "SHAPERS",
    "About",
    "Default",
    "in_order",
    "is_slower",
]


class About(NamedTuple):
    """What is known of a setting without asking a camera.

    Attributes
    ----------
    unit : str
    moves_rate : bool
        Whether it changes how many frames a second the camera can give.
    shapes : bool
        Whether it changes which pixels a picture has, and how they lie.
    of_pulses : bool
        Whether it belongs to whoever gives the pulses, and to no other camera.
    """

    unit: str = ""
    moves_rate: bool = False
    shapes: bool = False
    of_pulses: bool = False


SETTINGS = {
    "pixel_format": About(moves_rate=True, shapes=True),
    "binsize": About("px", moves_rate=True, shapes=True),
    "roi": About("px", moves_rate=True, shapes=True),
    "exposure": About("us", moves_rate=True),
    "framerate": About("Hz", moves_rate=True, of_pulses=True),
    "gain": About("dB"),
    "black_level": About("%"),
    "gamma": About(),
    "white_balance": About(),
}
"""The settings that users set, in the order in which settings are applied that are given together: each may
move the limits of later ones.

``device/table.py`` has what is behind them, and ``device/nodefacts.py`` the same order for GenICam nodes.
"""

ORDER = tuple(SETTINGS)
RATE_MOVERS = tuple(name for name, about in SETTINGS.items() if about.moves_rate)
SHAPERS = frozenset(name for name, about in SETTINGS.items() if about.shapes)

RATE_NODES = (
    *("AcquisitionFrameRate", "AcquisitionFrameRateEnable", "ExposureTime", "ExposureMode", "ExposureAuto"),
    *(
        "Width",
        "Height",
        "BinningVertical",
        "BinningHorizontal",
        "DecimationVertical",
        "DecimationHorizontal",
    ),
    *("PixelFormat", "AdcBitDepth", "DeviceLinkThroughputLimit"),
)
"""Nodes that change how many frames a second the camera can give."""

RATE_TOLERANCE = 1e-3
"""How far, relatively, two frame rates may differ and count as the same: cameras round theirs."""


def is_slower(framerate: float, wanted: float) -> bool:
    """Whether a frame rate is less than the one that is wanted, by more than the tolerance."""
    return framerate < wanted * (1 - RATE_TOLERANCE)


def in_order(names: Iterable[str]) -> list[str]:
    """Names of settings in :data:`ORDER`."""
    return sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


class Default(int):
    """A value that nobody asked for: a camera that cannot have it gets the nearest one, without a warning.

    It equals the number that it is made of.  A user who gives that number asks for it.
    """
