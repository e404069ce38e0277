"""The frame rate that the user asked for, against the one that comes of all settings together."""

from __future__ import annotations

import logging
import numbers

from llpyspin.errors import SettingRangeError
from llpyspin.settings.applying import Default, is_slower

__all__ = ["RequestedRate", "why_slower"]

logger = logging.getLogger("llpyspin")

ALLOW = "allow_lower_rate=True"


def why_slower(framerate: float, exposure_us: float | None) -> str:
    """What keeps a camera at this frame rate (Hz), as a sentence without its end."""
    if exposure_us and not is_slower(framerate, 1e6 / exposure_us):
        return f"an exposure of {exposure_us:g} us allows no more"
    return "its image size, pixel format and link allow no more"


class RequestedRate:
    """What was asked for.

    Attributes
    ----------
    hz : float or None
        None: nobody named a number, so the default holds, or the most that the camera does.
    """

    def __init__(self) -> None:
        self.hz: float | None = None
        self._told: tuple[float | None, float] | None = None

    def ask(self, value: object) -> None:
        """The user sets the frame rate: a number, or None or "max" for the most."""
        number = isinstance(value, numbers.Real) and not isinstance(value, (bool, Default))
        self.hz = float(value) if number else None  # type: ignore[arg-type]

    def lost(self, framerate: float) -> bool:
        """Whether a camera that gives ``framerate`` (Hz) does not give what was asked for."""
        return self.hz is not None and is_slower(framerate, self.hz)

    def tell(self, name: str, set_to: float, framerate: float, exposure_us: float | None) -> None:
        """Log, once, that the camera called ``name`` runs slower than it is set to, if it does."""
        why = why_slower(framerate, exposure_us)
        if (self.hz, framerate) == self._told:
            return
        self._told = self.hz, framerate
        if self.lost(framerate):
            logger.warning(
                "%s is set to %.5g fps, but will run at %.5g fps: %s", name, self.hz, framerate, why
            )
        elif self.hz is None and is_slower(framerate, set_to):
            logger.info("%s runs at %.5g fps: %s", name, framerate, why)

    def check(self, name: str, framerate: float, exposure_us: float | None) -> None:
        """Refuse a recording at less than what was asked for.

        Raises
        ------
        SettingRangeError
        """
        if not self.lost(framerate):
            return
        assert self.hz is not None
        raise SettingRangeError(
            f"{name}: a framerate of {self.hz:.5g} Hz was requested, but the camera reaches only "
            f"{framerate:.5g} Hz: {why_slower(framerate, exposure_us)}. Change these settings, set framerate "
            f"to {framerate:.5g} or less, or set {ALLOW}",
            setting="framerate",
            value=self.hz,
        )
