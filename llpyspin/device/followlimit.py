"""The highest rate of pulses that a camera can follow; and its clock against the host's."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from llpyspin.device.exposing import by_width
from llpyspin.device.undo import Changes
from llpyspin.errors import SettingError
from llpyspin.roles import ClockSample, FollowLimit

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["RATE_SWITCH", "follow_limit", "sample_clock"]

RATE_SWITCH = ("AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled")
TRIES = 5  # readings of the clock, of which the quickest counts


def follow_limit(nodes: NodeMap, *, may_switch: bool, overlap: str = "ReadOut") -> FollowLimit:
    """What rate the camera can follow with its present exposure, region, binning, format and throughput.

    With ``TriggerOverlap`` "ReadOut" a camera takes a pulse as soon as the exposure that it starts would end
    no earlier than the read-out of the frame before.  So it follows pulses as fast as it runs by itself
    without a limit of the frame rate. It reports that rate in ``AcquisitionResultingFrameRate``.  With "Off"
    it takes none before that read-out is over.

    Parameters
    ----------
    may_switch : bool
        Whether the limit of the frame rate can be switched off for that moment; never while frames come.
        Otherwise, and where a camera does not tell its resulting rate, the answer is the most that
        ``AcquisitionFrameRate`` allows, or the inverse of the exposure time if that is less.
    overlap : str
        ``TriggerOverlap`` that the camera is to have.
    """
    exposure = None if by_width(nodes) else _first(nodes, "ExposureTime", "ExposureTimeAbs")
    overlapped = overlap != "Off" and nodes.first("TriggerOverlap") is not None
    rate = nodes.first("AcquisitionFrameRate")
    readout_us = None
    most = math.inf if exposure is None else 1e6 / exposure
    changes = Changes(nodes)
    try:
        free = may_switch and _switch_off(nodes, changes)
        if rate is not None and rate.readable:
            fastest = float(rate.limits().max)
            readout_us = 1e6 / fastest
            most = min(most, fastest)
        resulting = nodes.usable("AcquisitionResultingFrameRate")
        if free and resulting is not None and exposure is not None:
            most = float(resulting.get())
        if not overlapped and exposure is not None:
            most = min(most, 1e6 / (exposure + _sensor_us(nodes, changes, readout_us, free=free)))
    finally:
        changes.undo()
    return FollowLimit(most if math.isfinite(most) else 1e6, exposure, readout_us, overlapped)


def _sensor_us(nodes: NodeMap, changes: Changes, readout_us: float | None, *, free: bool) -> float:
    """Read-out time alone, as far as the camera reports it: without the limit of its link."""
    throughput, rate = nodes.usable("DeviceLinkThroughputLimit"), nodes.first("AcquisitionFrameRate")
    if free and throughput is not None and rate is not None and rate.readable:
        changes.try_put(throughput.name, throughput.limits().max)
        return 1e6 / float(rate.limits().max)
    return readout_us or 0.0


def _switch_off(nodes: NodeMap, changes: Changes) -> bool:
    switch = nodes.first(*RATE_SWITCH)
    return switch is None or changes.try_put(switch.name, False)


def _first(nodes: NodeMap, *names: str) -> float:
    node = nodes.first(*names)
    if node is None:
        raise SettingError(f"this camera has no node {names[0]}", setting=names[0])
    return float(node.get())


def sample_clock(nodes: NodeMap) -> ClockSample:
    """Latch the camera's clock a few times and give the reading with the shortest round trip.

    ``TimestampLatch`` and ``TimestampLatchValue`` are those of Blackfly S.  Older USB3 cameras have
    ``TimestampLatch`` and ``Timestamp``, older GigE cameras ``GevTimestampControlLatch`` and
    ``GevTimestampValue``, in ticks.

    Raises
    ------
    SettingError
        The camera has no such nodes: take the clocks from the frames, which carry both.
    """
    for latch_name, value_name, unit_name in _CLOCKS:
        latch, value = nodes.first(latch_name), nodes.first(value_name)
        if latch is None or value is None:
            continue
        unit = nodes.usable(unit_name) if unit_name else None
        ticks = float(unit.get()) if unit is not None else 1e9
        best: ClockSample | None = None
        for _ in range(TRIES):
            before = time.monotonic_ns()
            latch.execute()
            after = time.monotonic_ns()
            camera_ns = round(int(value.get()) * (1e9 / ticks))
            half = (after - before + 1) // 2
            if best is None or half < best.uncertainty_ns:
                best = ClockSample(camera_ns, before + half, half)
        assert best is not None
        return best
    known = ", ".join(f"{latch} with {value}" for latch, value, _ in _CLOCKS)
    raise SettingError(
        f"this camera's clock cannot be read: it has none of {known}", setting="TimestampLatch"
    )


_CLOCKS = (
    ("TimestampLatch", "TimestampLatchValue", ""),
    ("TimestampLatch", "Timestamp", ""),
    ("GevTimestampControlLatch", "GevTimestampValue", "GevTimestampTickFrequency"),
)
