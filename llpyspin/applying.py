"""The order in which several settings are applied, defaults, and when two rates count as the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ORDER", "RATE_MOVERS", "RATE_NODES", "RATE_TOLERANCE", "Default", "in_order", "is_slower"]

ORDER = (
    "pixel_format",
    "binsize",
    "roi",
    "exposure",
    "framerate",
    "gain",
    "black_level",
    "gamma",
    "white_balance",
)
"""The order in which settings are applied that are given together: each may move the limits of later ones.

``device/nodefacts.py`` has the same order for GenICam nodes.
"""

RATE_MOVERS = ("pixel_format", "binsize", "roi", "exposure", "framerate")
"""Settings that change how many frames a second the camera can give."""

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
