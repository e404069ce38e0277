"""Size, region and format of a camera that replays: what was recorded, and nothing else.

Binning and decimation stay 1.  Width and height have one value.  The corner of the region can be as recorded,
or 0.  So a program gets the picture if it sets the recorded region, and also if it sets none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.virtual.formats import FORMATS

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model

__all__ = ["format_rows", "recorded_limits", "recorded_values"]

_ONCE = ("BinningHorizontal", "BinningVertical", "DecimationHorizontal", "DecimationVertical")


def recorded_limits(model: Model) -> dict[str, tuple[float, float, float]]:
    """Limits in place of those of a sensor."""
    geometry = model.recorded
    if geometry is None:
        return {}
    # From the least value up in steps of the increment there is no larger size, although WidthMax is larger.
    return {
        "Width": (geometry.width, geometry.width, geometry.offset_x + 1),
        "Height": (geometry.height, geometry.height, geometry.offset_y + 1),
        "OffsetX": (0, geometry.offset_x, max(1, geometry.offset_x)),
        "OffsetY": (0, geometry.offset_y, max(1, geometry.offset_y)),
        **dict.fromkeys(_ONCE, (1, 1, 1)),
    }


def recorded_values(model: Model) -> dict[str, Any]:
    """Values with which the camera begins."""
    geometry = model.recorded
    if geometry is None:
        return {}
    return {
        "WidthMax": geometry.offset_x + geometry.width,
        "HeightMax": geometry.offset_y + geometry.height,
        "Width": geometry.width,
        "Height": geometry.height,
        "OffsetX": geometry.offset_x,
        "OffsetY": geometry.offset_y,
        "PixelFormat": geometry.formats[0],
        "AcquisitionFrameRate": geometry.rate,
        "AcquisitionResultingFrameRate": geometry.rate,
    }


def format_rows(model: Model, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of pixel formats with those that recorded pictures need, although no model has them."""
    recorded = () if model.recorded is None else model.recorded.formats
    more = {name: FORMATS[name].pfnc for name in recorded}
    entries = {**rows["PixelFormat"]["entries"], **more}
    every = {**entries, **rows["ChunkPixelFormat"]["entries"]}
    return {
        "PixelFormat": {**rows["PixelFormat"], "entries": entries},
        "ChunkPixelFormat": {**rows["ChunkPixelFormat"], "entries": every},
    }
