"""Asks the cameras of a rig for their temperature."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from llpyspin.camera.temperatures import Temperatures
from llpyspin.errors import LlpyspinError
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.rig.member import Member

__all__ = ["temperatures_of"]


def temperatures_of(
    members: Mapping[str, Member], clock: Callable[[], float] = time.monotonic
) -> Temperatures:
    """The temperatures of these cameras, whichever they are at the time; none was read yet."""
    return Temperatures(lambda name: _temperature(members.get(name)), clock)


def _temperature(member: Member | None) -> float | None:
    """°C; None of a camera that has no thermometer, or that is gone."""
    if member is None or member.failure is not None:
        return None
    try:
        value = float(acquisition_of(member.camera).ask("get", "temperature"))
    except LlpyspinError:  # the watch of the run tells of a camera that is gone
        return None
    return value if math.isfinite(value) else None
