"""The picture that stands for a lost frame: black with a white diagonal cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.recording.sinks import Picture

__all__ = ["blank", "is_blank"]

STROKE = 64
"""The lines are a 64th of the shorter side wide."""


def blank(picture: Picture) -> npt.NDArray[Any]:
    """A blank picture of this kind: shape (h, w) or (h, w, 3), ``uint8`` or ``uint16``."""
    image = np.zeros(picture.shape, picture.dtype)
    image[_cross(picture.height, picture.width)] = (1 << picture.bits) - 1
    return image


def is_blank(image: npt.NDArray[Any], *, tolerance: float = 0.1) -> bool:
    """Whether a decoded picture is a blank one, up to what an encoder makes of it.

    Parameters
    ----------
    image : ndarray
        (h, w) or (h, w, 3).
    tolerance : float
        Mean difference from a blank picture that is still one, as a part of its white.
    """
    gray = image if image.ndim == 2 else image.mean(axis=2)
    white = float(gray.max())
    cross = _cross(*gray.shape)
    if white <= 0 or cross.all():
        return False
    off_the_cross, on_it = float(gray[~cross].mean()), float(gray[cross].mean())
    return off_the_cross <= tolerance * white and on_it >= (1 - tolerance) * white


def _cross(height: int, width: int) -> npt.NDArray[np.bool_]:
    rows = np.arange(height)[:, None] / max(1, height - 1)
    columns = np.arange(width)[None, :] / max(1, width - 1)
    stroke = max(1 / STROKE, 1.0 / min(height, width))
    cross: npt.NDArray[np.bool_] = np.minimum(np.abs(rows - columns), np.abs(rows + columns - 1)) < stroke
    return cross
