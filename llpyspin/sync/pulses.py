"""When a frame is late, and when the newest pulse was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llpyspin.recording.marking import PulseTrain, number_of
from llpyspin.roles import ClockSample

if TYPE_CHECKING:
    from llpyspin.roles import Armed
    from llpyspin.sync.acquisition import Acquisition

__all__ = ["LATE_S", "LOOK_S", "MOST_S", "late_s", "most_exposures", "newest_pulse"]

LOOK_S = 0.002
LATE_S = 0.25  # how much later than it should be a frame may come, on a busy machine
MOST_S = 2.0  # for frames under way, besides their exposure and read-out; or for pulses that do not cease


def late_s(armed: Armed, pulse_us: float | None = None) -> float:
    """Seconds after the last pulse, of that length, by which the frame of it has come."""
    return LATE_S + armed.frame_s(pulse_us)


def newest_pulse(acquisition: Acquisition, since_ns: int | None) -> tuple[int, ClockSample] | None:
    """Number and time of the pulse of the newest exposure; None if that is not known.

    ``since_ns``: since when pulses come.
    """
    armed, info = acquisition.armed, acquisition.newest()
    clock = None if armed is None or info is None else acquisition.clock()
    if armed is None or info is None or clock is None:
        return None
    if math.isnan(info.exposure_us):
        info = info._replace(exposure_us=armed.exposure_us or 0.0)  # a camera that gives pulses has one
    trigger = number_of(info, acquisition.began(), PulseTrain(since_ns, armed.period_ns))
    began_ns = info.began_ns
    host_ns = clock.host_ns + began_ns - clock.camera_ns
    return trigger, ClockSample(began_ns, host_ns, clock.uncertainty_ns)


def most_exposures(acquisition: Acquisition, since_ns: int | None, held_ns: int | None) -> int | None:
    """How many exposures can have begun before the camera was held; None if that is not known.

    ``since_ns``: since when pulses come; ``held_ns``: when they ceased (host's monotonic clock).
    """
    armed, newest = acquisition.armed, newest_pulse(acquisition, since_ns)
    if armed is None or newest is None or held_ns is None or not armed.period_ns:
        return None
    trigger, began = newest
    after = (held_ns + began.uncertainty_ns - began.host_ns) / armed.period_ns
    return trigger + 1 + max(0, math.floor(after))
