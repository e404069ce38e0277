"""Makes a picture smaller."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Image = npt.NDArray[Any]

__all__ = ["shrunk"]


def shrunk(image: Image, height: int, width: int) -> Image:
    """An image that fits into ``height`` and ``width``; one that does already is returned as it is.

    OpenCV averages pixels, if the program has imported it.  Without it, single pixels are picked.
    """
    scale = min(1.0, height / image.shape[0], width / image.shape[1])
    if scale == 1.0:
        return image
    size = (max(1, int(image.shape[1] * scale)), max(1, int(image.shape[0] * scale)))
    cv2: Any = sys.modules.get("cv2")
    if cv2 is not None:
        small: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return small
    rows = np.arange(size[1]) * image.shape[0] // size[1]
    columns = np.arange(size[0]) * image.shape[1] // size[0]
    picked: Image = image[rows[:, None], columns]
    return picked
