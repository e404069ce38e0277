"""Whether every secondary can follow the pulses, before the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import RigError, SettingRangeError
from llpyspin.settings.applying import is_slower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.roles import FollowLimit

__all__ = ["check_rates"]


def check_rates(
    framerate: float, limits: Mapping[str, FollowLimit], source: str, pulse_us: float | None = None
) -> None:
    """Refuse pulses that come faster than a camera can follow.

    Parameters
    ----------
    framerate : float
        Of the pulses, Hz.
    limits : mapping of str to FollowLimit
        Of the cameras that are triggered, by name.
    source : str
        Who gives the pulses, for the text.
    pulse_us : float or None
        How long they are, where that is known.

    Raises
    ------
    RigError
        With every camera that cannot follow, the rate that it can, and what sets that limit.
    """
    failures: dict[str, Exception] = {
        name: SettingRangeError(_why(name, framerate, limit, pulse_us), setting="framerate", value=framerate)
        for name, limit in limits.items()
        if is_slower(limit.most_with(pulse_us), framerate)
    }
    if failures:
        least = min(limits[name].most_with(pulse_us) for name in failures)
        raise RigError(
            f"{source} gives {framerate:.5g} pulses a second, and not every camera can follow; with the "
            f"present settings {least:.5g} Hz is the maximum:",
            failures,
        )


def _why(name: str, framerate: float, limit: FollowLimit, pulse_us: float | None) -> str:
    text = f"{name} follows at most {limit.most_with(pulse_us):.5g} Hz, not {framerate:.5g} Hz, with "
    exposure_us = limit.exposure_us
    if exposure_us is None:
        exposure_us = pulse_us or 0.0
        text += f"an exposure as long as the pulse, {exposure_us:.5g} us"
    else:
        text += f"its exposure of {exposure_us:.5g} us"
    if limit.readout_us is None:
        return text + "; lower the rate or the exposure"
    text += f" and {limit.readout_us:.5g} us for read-out and transfer"
    if limit.exposure_us is None or not limit.overlap:
        text += ", one after the other (no overlap)"
    if exposure_us > limit.readout_us or not limit.overlap:
        return text + "; lower the rate or the exposure"
    return text + "; lower the rate, or let it read out less (roi, binsize, pixel_format)"
