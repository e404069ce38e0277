"""What a change of the binning does to the region of interest, for those who had set one."""

from __future__ import annotations

import logging
from typing import Any

from llpyspin.settings import Roi

__all__ = ["Region"]


class Region:
    """The region of interest of a camera, before its binning is changed."""

    def __init__(self, camera: Any) -> None:
        self._roi = Roi(*camera.value_of("roi"))
        self._whole = self._roi[2:] == tuple(camera.limits("roi").max)[2:]

    def lines(self, camera: Any, binsize: Any) -> list[tuple[int, str]]:
        """What is to be logged after the change: a warning where a region was dropped."""
        now = Roi(*camera.value_of("roi"))
        if now == self._roi:
            return []
        if self._whole:
            return [(logging.INFO, f"the ROI is the full frame, which is now {now}")]
        return [
            (
                logging.WARNING,
                f"{camera.nickname}: binsize {binsize} has dropped the ROI {self._roi}; it is now the full "
                f"frame {now}. Set roi again, in pixels of the binned image",
            )
        ]
