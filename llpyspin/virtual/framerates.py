"""Which frame rates a virtual camera can have, and whether it has any limit at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.settings.applying import RATE_TOLERANCE
from llpyspin.virtual.readings import timing_of

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.shutter import Programme
    from llpyspin.virtual.timing import Sensor

__all__ = ["is_endless", "limit_rates"]

_ENDLESS_HZ = 1e6
_MEMORY_BYTES = 240_000_000
"""Image buffer of a Blackfly S."""


def limit_rates(registers: Registers, sensor: Sensor, recorded: float | None) -> None:
    """Let the frame rate and its limits follow from the other settings.

    ``recorded`` is the rate of what is replayed, if it has one.
    """
    timing = timing_of(registers, sensor)
    slowest, fastest = 1.0, timing.max_framerate
    rate = min(registers.get("AcquisitionFrameRate"), fastest)
    if recorded is not None and registers.get("AcquisitionFrameRateEnable"):
        slowest, rate, fastest = (
            recorded * (1 - RATE_TOLERANCE),
            recorded,
            recorded * (1 + RATE_TOLERANCE),
        )
    registers.set("AcquisitionFrameRate.min", slowest)
    registers.set("AcquisitionFrameRate.max", fastest)
    if registers.get("AcquisitionFrameRate") != rate:
        registers.set("AcquisitionFrameRate", rate)
        timing = timing_of(registers, sensor)
    registers.set("AcquisitionResultingFrameRate", recorded or timing.framerate)
    registers.set("TransferQueueMaxBlockCount", max(1, _MEMORY_BYTES // registers.get("PayloadSize")))


def is_endless(registers: Registers, programme: Programme, *, paced: bool, unlimited: bool) -> bool:
    """Whether frames come as fast as they are taken.

    Parameters
    ----------
    registers : Registers
    programme : Programme
    paced : bool
        Whether the scene has a time for each frame.
    unlimited : bool
        Whether the sensor can have no limit.
    """
    if programme.acquisition.on or programme.burst.on or programme.frame.on:
        return False
    if not paced or not unlimited:
        return not paced
    # A rate that no host can take is asked for by those who want the most.
    return (
        not registers.get("AcquisitionFrameRateEnable")
        or registers.get("AcquisitionFrameRate") >= _ENDLESS_HZ
    )
