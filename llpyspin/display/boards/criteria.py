"""When a calibration take is enough: numbers, and where each of them comes from."""

from __future__ import annotations

from dataclasses import dataclass

from llpyspin.errors import SettingRangeError
from llpyspin.naming.known import named

__all__ = ["GRID", "SOURCES", "Criteria"]

GRID = 5
"""Rows and columns of the map of a picture, as Caliscope has it."""
SECTORS = 8
"""Directions of tilt that are told apart, each of 45 degrees, as Caliscope has it."""
SOURCES = {
    "views": "Caliscope 0.11 computes a lens from up to 30 pictures",
    "cover": "Caliscope 0.11 wants corners in 80 % of 25 fields of the picture",
    "tilts": "Zhang (2000): the focal length needs different tilts; Caliscope 0.11 wants 4 directions of 8",
    "shared": "Caliscope 0.11 calls 200 shared corners of two cameras a good link, and 50 a marginal one",
    "corners": "aniposelib 0.8 uses pictures with 8 corners or more",
}
"""By criterion."""


@named
@dataclass(frozen=True)
class Criteria:
    """What each camera, and each link between cameras, needs.

    Attributes
    ----------
    views : int
        Different pictures of the board for each camera.
    cover : float
        Part of the 25 fields of the picture in which corners were seen, 0 to 1.
    tilts : int
        Different directions in which the board was tilted, of 8.
    shared : int
        Corners that two cameras saw at the same triggers.  Links join all cameras.

    Raises
    ------
    SettingRangeError
    """

    views: int = 30
    cover: float = 0.8
    tilts: int = 4
    shared: int = 200

    def __post_init__(self) -> None:
        _check("views", self.views, 1, 10_000)
        _check("tilts", self.tilts, 0, SECTORS)
        _check("shared", self.shared, 1, 1_000_000)
        if (
            isinstance(self.cover, bool)
            or not isinstance(self.cover, (int, float))
            or not 0 <= self.cover <= 1
        ):
            raise SettingRangeError(
                f"cover must be a part of the picture from 0 to 1, not {self.cover!r}",
                setting="cover",
                value=self.cover,
            )

    @property
    def fields(self) -> int:
        """Fields of the picture that have to be covered."""
        return round(self.cover * GRID * GRID)


def _check(name: str, value: object, least: int, most: int) -> None:
    if not (type(value) is int and least <= value <= most):
        raise SettingRangeError(
            f"{name} must be a whole number from {least} to {most}, not {value!r}", setting=name, value=value
        )
