"""Point clouds of stereo cameras, as PySpin has them since 4.2: the points, nothing that computes them."""

from __future__ import annotations

import copy
import sys
from typing import Any

from llpyspin.virtual.exceptions import INVALID_PARAMETER, raise_error
from llpyspin.virtual.plain import plain_class
from llpyspin.virtual.references import CameraPtr

__all__ = ["IPointCloud", "ImageUtilityStereo", "PointCloud"]


class IPointCloud:
    """Interface of :class:`PointCloud`."""


class PointCloud(IPointCloud):
    """Points in space, each with a colour and the pixel that it was computed from."""

    def __init__(self, other: PointCloud | None = None, /) -> None:
        self._points: list[Any] = [] if other is None else [copy.deepcopy(point) for point in other._points]

    def AddPoint(self, point: Any) -> None:
        if not isinstance(point, plain_class("Stereo3DPoint")):
            raise TypeError(
                f"in method 'PointCloud_AddPoint', argument 2 of type 'Stereo3DPoint', not {point!r}"
            )
        self._points.append(copy.deepcopy(point))

    def GetNumPoints(self) -> int:
        return len(self._points)

    def GetPoint(self, index: int) -> Any:
        if not 0 <= index < len(self._points):
            raise_error(f"There are {len(self._points)} points, no number {index}.", INVALID_PARAMETER)
        return copy.deepcopy(self._points[index])

    def Clear(self) -> None:
        self._points.clear()

    def PrintPoints(self, numPointsToPrint: int) -> None:
        """Print that many points: x, y, z, the colour (r, g, b), and the pixel (i, j)."""
        for p in self._points[:numPointsToPrint]:
            values = p.x, p.y, p.z, p.r, p.g, p.b, p.pixel.x, p.pixel.y
            sys.stdout.write(", ".join(map(str, values)) + "\n")


class ImageUtilityStereo:
    """Says that a camera sees with one eye; what stereo cameras need is refused (-1003)."""

    @staticmethod
    def IsStereoCamera(pCamera: Any, /) -> bool:
        """False: no virtual camera is one."""
        if not isinstance(pCamera, CameraPtr):
            raise TypeError(
                f"in method 'ImageUtilityStereo_IsStereoCamera', argument 1 is a camera, not {pCamera!r}"
            )
        return False
