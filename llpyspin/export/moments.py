"""When each trigger was, on the computer's clock: one time for each trigger and camera, always rising.

A frame that came has the time of its exposure, by the fit of its camera's clock.  A trigger without a frame
has the time that the other cameras measured, or one between its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.clockfit import fit_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.recording.clockfit import ClockFit
    from llpyspin.roles import ClockSample

    Stamps = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["UNKNOWN", "exposed_ns", "rising", "with_estimates"]

UNKNOWN = -1
_NEW_CLOCK_NS = 5_000_000_000
"""A camera whose clock steps by more than this against the computer's has begun to count anew."""


def exposed_ns(
    columns: npt.NDArray[np.void], clock: ClockFit | None, samples: Sequence[ClockSample]
) -> Stamps:
    """When each frame was taken, in ns on the host's monotonic clock; -1 for triggers without a frame.

    Parameters
    ----------
    columns : ndarray
        Structured, (n,): the rows of a camera.
    clock : ClockFit or None
        The fit of the account.
    samples : sequence of ClockSample
        The camera's clock and the host's, read together.
    """
    taken, came = columns["camera_timestamp_ns"], columns["host_timestamp_ns"]
    result: Stamps = np.where(came >= 0, came, UNKNOWN)
    known = np.flatnonzero((taken >= 0) & (came >= 0))
    offsets = came[known] - taken[known]
    for life in np.split(known, np.flatnonzero(np.abs(np.diff(offsets)) > _NEW_CLOCK_NS) + 1):
        fit = _fit(taken[life], came[life], clock, samples)
        if fit is not None:
            result[life] = fit.host_times(taken[life])
    return result


def _fit(
    taken: Stamps, came: Stamps, clock: ClockFit | None, samples: Sequence[ClockSample]
) -> ClockFit | None:
    """The account's fit where it is of this run of the clock, else a new one."""
    if not len(taken):
        return None
    offset = int(came[0] - taken[0])
    if clock is not None and abs(clock.offset_ns - offset) < _NEW_CLOCK_NS:
        return clock
    own = [one for one in samples if abs(one.host_ns - one.camera_ns - offset) < _NEW_CLOCK_NS]
    return fit_clock(taken, came, own)


def with_estimates(times: Sequence[Stamps], period_ns: float) -> list[Stamps]:
    """The times of all cameras, with one for each trigger, rising.

    Parameters
    ----------
    times : sequence of ndarray of int64
        (n,) of each camera; -1 where nothing was measured.
    period_ns : float
        Between two triggers, where a camera has fewer than two times.
    """
    return [rising(_estimated(at, times, period_ns)) for at in range(len(times))]


def _estimated(at: int, times: Sequence[Stamps], period_ns: float) -> Stamps:
    own = times[at]
    known = own != UNKNOWN
    if known.all():
        return own
    others = [other for number, other in enumerate(times) if number != at]
    told = _of_others(own, known, others)
    own = np.where(known, own, told)
    known = own != UNKNOWN
    if not known.any():
        evenly: Stamps = np.rint(np.arange(len(own)) * period_ns).astype(np.int64)
        return evenly
    whole: Stamps = np.where(known, own, _between(own, known, period_ns))
    return whole


def _of_others(own: Stamps, known: Flags, others: Sequence[Stamps]) -> Stamps:
    """When the trigger came by the first other camera that saw it, less what it is usually apart."""
    told: Stamps = np.full(len(own), UNKNOWN, np.int64)
    for other in others:
        there = other != UNKNOWN
        both = known & there
        apart = int(np.median(own[both] - other[both])) if both.any() else 0
        use = there & (told == UNKNOWN)
        told[use] = other[use] + apart
    return told


def _between(own: Stamps, known: Flags, period_ns: float) -> Stamps:
    """Times on the line between the neighbours, and before the first and after the last one by the period."""
    places = np.flatnonzero(known)
    first, last = int(places[0]), int(places[-1])
    if last > first:
        period_ns = float(own[last] - own[first]) / (last - first)
    base = int(own[first])
    at = np.arange(len(own))
    line: npt.NDArray[Any] = np.interp(at, places, own[places] - base)
    line = np.where(at < first, (at - first) * period_ns, line)
    line = np.where(at > last, float(own[last] - base) + (at - last) * period_ns, line)
    result: Stamps = np.rint(line).astype(np.int64) + base
    return result


def rising(times: Stamps) -> Stamps:
    """The same, each at least 1 ns after the one before: readers refuse anything else."""
    steps = np.arange(len(times), dtype=np.int64)
    result: Stamps = np.maximum.accumulate(times - steps) + steps
    return result
