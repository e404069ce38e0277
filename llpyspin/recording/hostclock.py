"""One computer's clock against another's, by the triggers that the cameras of both saw.

A trigger comes to all cameras at the same moment.  So its times on two computers give the offset between
their clocks, and many triggers give the rate.  Neither needs PTP.

If one computer missed the first trigger, all its numbers are one too small.  Triggers alone do not show this,
because the offset is only wrong by one period.  Pings over the network do: each reads both clocks together,
and it only needs to be more exact than half a period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from llpyspin.errors import ArgumentError
from llpyspin.naming.known import named
from llpyspin.recording.clockfit import BELIEVABLE_PPM, BLOCK, FEWEST_BLOCKS, MOST_BLOCKS, trend
from llpyspin.recording.intervals import NEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Stamps = npt.NDArray[np.int64]

__all__ = ["Apart", "HostClock", "HostPing", "Shift", "TriggerTimes", "apart_of", "fit_hosts", "shift_of"]

NEAREST = 51
"""Triggers around a ping that are compared with it."""


@named
@dataclass(frozen=True)
class HostPing:
    """The clocks of whoever asks and of a host, read together.

    Attributes
    ----------
    asked_ns : int
        Monotonic time of whoever asks.
    host_ns : int
        Monotonic time of the host at the same moment, with an error of at most ``uncertainty_ns``.
    uncertainty_ns : int
        Half of the time that the question and the answer were on their way, and what the clocks may have
        drifted meanwhile.
    by : str
        Whose clock ``asked_ns`` is of.  Pings of different clocks cannot be compared.
    """

    asked_ns: int
    host_ns: int
    uncertainty_ns: int
    by: str = ""

    @classmethod
    def of(cls, sent_ns: int, came_ns: int, goes_ns: int, back_ns: int, by: str = "") -> HostPing:
        """From four times: sent and back by the clock of whoever asks, came and goes by that of the host.

        Raises
        ------
        ArgumentError
            A time is before the one that it must follow.
        """
        inside = goes_ns - came_ns
        on_the_way = (back_ns - sent_ns) - inside
        drifted = int(inside * BELIEVABLE_PPM * 1e-6) + 1  # the clocks need not run at the same rate
        if back_ns < sent_ns or inside < 0 or on_the_way < -drifted:
            raise ArgumentError(
                f"the times of a ping must follow each other, not sent {sent_ns}, came {came_ns}, "
                f"goes {goes_ns}, back {back_ns}"
            )
        uncertainty = max(on_the_way, 0) // 2 + drifted + 1
        return cls((sent_ns + back_ns) // 2, (came_ns + goes_ns) // 2, uncertainty, by)


class TriggerTimes(NamedTuple):
    """Triggers of one host's recording, each once, and when they were by that host's clock."""

    triggers: Stamps
    host_ns: Stamps


@named
@dataclass(frozen=True)
class HostClock:
    """A host's monotonic clock, compared with that of the host with the primary camera.

    Attributes
    ----------
    reference_ns : int
        Time of the other host at which the offset holds: that of the first common trigger.
    offset_ns : int
        The host's time minus the other one's, then.
    drift_ppm : float
        How many us the host's clock gains in a second; 0 where it is not known.
    drift_error_ppm : float or None
        How far off that may be; None where the drift is not known.
    residual_us : float
        Half of the triggers are within this time (us) of the fit.
    triggers : int
        From how many this was found.
    """

    reference_ns: int
    offset_ns: int
    drift_ppm: float
    drift_error_ppm: float | None
    residual_us: float
    triggers: int

    def host_times(self, reference_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Times of the host at times of the other one."""
        gained = np.rint((reference_ns - self.reference_ns) * (self.drift_ppm * 1e-6)).astype(np.int64)
        return np.asarray(reference_ns + self.offset_ns + gained, np.int64)

    def reference_times(self, host_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Times of the other host at times of this one."""
        rate = self.drift_ppm * 1e-6
        since = host_ns - self.offset_ns - self.reference_ns
        gained = np.rint(since * (rate / (1 + rate))).astype(np.int64)
        return np.asarray(host_ns - self.offset_ns - gained, np.int64)


def fit_hosts(reference: TriggerTimes, host: TriggerTimes) -> HostClock | None:
    """Offset and rate of a host's clock, from the triggers that both hosts saw; None where there are none.

    A few late or wrong times do not move the result.
    """
    theirs, ours = _common(reference, host)
    if not len(theirs):
        return None
    start, offset = int(theirs[0]), int(ours[0]) - int(theirs[0])
    x = (theirs - start).astype(np.float64)
    later = (ours - theirs - offset).astype(np.float64)
    slope, error = _slope(x, later)
    rest = later - slope * x
    level = float(np.median(rest))
    residual = float(np.median(np.abs(rest - level)))
    return HostClock(start, offset + round(level), slope * 1e6, error, residual / 1e3, len(x))


def _slope(x: npt.NDArray[np.float64], later: npt.NDArray[np.float64]) -> tuple[float, float | None]:
    """That of the line through the medians of blocks of triggers; its error in ppm, None: not known."""
    blocks = min(len(x) // BLOCK, MOST_BLOCKS)
    if blocks < FEWEST_BLOCKS:
        return 0.0, None
    chunks = np.array_split(np.arange(len(x)), blocks)
    middles = np.array([float(np.median(x[chunk])) for chunk in chunks])
    return trend(middles, np.array([float(np.median(later[chunk])) for chunk in chunks]))


def _common(reference: TriggerTimes, host: TriggerTimes) -> tuple[Stamps, Stamps]:
    """Times of the triggers that both saw, in order of the triggers."""
    _, theirs, ours = np.intersect1d(reference.triggers, host.triggers, return_indices=True)
    return reference.host_ns[theirs], host.host_ns[ours]


# -- pings


class Apart(NamedTuple):
    """How far two hosts' clocks are apart at one moment, by pings.

    Attributes
    ----------
    reference_ns : int
        The moment, by the clock of the host with the primary camera.
    offset_ns : int
        The other host's time minus this.
    uncertainty_ns : int
    """

    reference_ns: int
    offset_ns: int
    uncertainty_ns: int


def apart_of(reference: Iterable[HostPing], host: Iterable[HostPing]) -> Apart | None:
    """From pings of the same asker to both hosts: the pair that is most certain; None where there is none."""
    others = list(host)
    pairs = (_pair(one, other) for one in reference for other in others if one.by == other.by)
    return min(pairs, key=lambda pair: pair.uncertainty_ns, default=None)


def _pair(one: HostPing, other: HostPing) -> Apart:
    later = other.asked_ns - one.asked_ns
    there = one.host_ns + later
    drifted = int(abs(later) * BELIEVABLE_PPM * 1e-6)
    return Apart(there, other.host_ns - there, one.uncertainty_ns + other.uncertainty_ns + drifted)


class Shift(NamedTuple):
    """By how many triggers the numbers of a host are too small.

    Attributes
    ----------
    periods : float
        As measured.
    unsure : float
        How far off that may be, in periods.
    """

    periods: float
    unsure: float

    @property
    def triggers(self) -> int | None:
        """The one whole number that is possible; None where none is, or more than one."""
        by = round(self.periods)
        near = abs(self.periods - by) <= max(self.unsure, NEAR)
        return by if near and self.unsure < 0.5 else None


def shift_of(
    reference: TriggerTimes, host: TriggerTimes, apart: Apart, period_ns: float, *, unsure_ns: float = 0.0
) -> Shift | None:
    """Compare triggers with a ping; None where the hosts have no trigger in common.

    Parameters
    ----------
    apart : Apart
        The clocks by pings.
    period_ns : float
        From one trigger to the next.
    unsure_ns : float
        How far the times of a trigger may be off: frames that arrive late, or exposures of unknown length.
    """
    theirs, ours = _common(reference, host)
    if not len(theirs):
        return None
    since = np.abs(theirs - apart.reference_ns)
    near = np.argsort(since, kind="stable")[:NEAREST]
    later = (ours[near] - theirs[near] - apart.offset_ns).astype(np.float64)
    drifted = float(since[near].max()) * BELIEVABLE_PPM * 1e-6
    middle = float(np.median(later))
    scatter = float(np.median(np.abs(later - middle)))
    unsure = (apart.uncertainty_ns + drifted + scatter + unsure_ns) / period_ns
    return Shift(middle / period_ns, unsure)
