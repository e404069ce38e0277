"""Statistics of the pixels of an image, a channel at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llpyspin.virtual.conversion import pixels_of
from llpyspin.virtual.exceptions import NOT_IMPLEMENTED, SpinnakerException

if TYPE_CHECKING:
    from llpyspin.virtual.conversion import Readable

__all__ = ["ChannelStatistics"]


class ChannelStatistics:
    """Statistics of a channel: GREY (0) of mono and Bayer images, RED, GREEN, BLUE (1-3) of coloured ones."""

    def __init__(self, image: Readable, channel: int) -> None:
        record = image._use()
        pixels = pixels_of(image)
        self.channel = int(channel)
        if record.format.samples == 1 and self.channel == 0:
            values = pixels
        elif record.format.samples > 1 and 1 <= self.channel <= 3:
            values = pixels[..., record.format.channels.index("RGB"[self.channel - 1])]
        else:
            raise SpinnakerException(
                f"Channel {channel} has no statistics in pixel format {record.format.name}.", NOT_IMPLEMENTED
            )
        self.range_min = 0
        self.range_max = (1 << record.format.depth) - 1
        self.pixel_value_min = int(values.min())
        self.pixel_value_max = int(values.max())
        self.pixel_value_mean = float(values.mean())
        self.histogram = np.bincount(values.reshape(-1), minlength=self.range_max + 1)
        self.num_pixel_values = int(np.count_nonzero(self.histogram))
