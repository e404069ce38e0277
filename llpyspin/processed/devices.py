"""Which cameras a ProcessedRecorder uses."""

from __future__ import annotations

from dataclasses import dataclass

from llpyspin.camera.defaults import DEFAULT_EXPOSURE
from llpyspin.errors import ArgumentTypeError

__all__ = ["Devices"]


@dataclass(frozen=True)
class Devices:
    """The cameras and how they are driven.

    Parameters
    ----------
    device : int, str, tuple of two, or None
        Index or serial number; with ``stereo`` those of the left and of the right camera.
    stereo : bool
    sdk : str or None
    exposure : float or str
        Microseconds.
    color : bool or None

    Raises
    ------
    TypeError
        One camera was named where two are needed, or two where one is.
    """

    device: int | str | tuple[int | str, int | str] | None = None
    stereo: bool = False
    sdk: str | None = None
    exposure: float | str = DEFAULT_EXPOSURE
    color: bool | None = None

    def __post_init__(self) -> None:
        two = isinstance(self.device, (tuple, list)) and len(self.device) == 2
        one = isinstance(self.device, (int, str)) and not isinstance(self.device, bool)
        if self.device is not None and not (two if self.stereo else one):
            what = "the left and the right camera, (left, right)," if self.stereo else "one camera"
            raise ArgumentTypeError(f"device is index or serial number of {what} not {self.device!r}")

    @property
    def single(self) -> int | str:
        """The camera, where there is one."""
        return self.device if isinstance(self.device, (int, str)) else 0

    @property
    def pair(self) -> tuple[int | str, int | str]:
        """The left and the right one, where there are two."""
        if isinstance(self.device, (tuple, list)):
            left, right = self.device
            return left, right
        return 0, 1
