"""How many exposures came before the first frame, if its frame id is not the first one.

Ids that begin late have two reasons: the first frames were lost, or the camera did not begin to count anew.
The counter of exposures tells, and so does the time since a primary was fired.  Pure rules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.frames.gaps import COUNTER_SLACK, PLAUSIBLE_START

if TYPE_CHECKING:
    from llpyspin.roles import ClockSample

__all__ = ["Counted", "exposures_before", "exposures_since"]

EDGE, EDGE_NS = 0.05, 200_000
"""How far from a pulse a moment must be to lie on one side of it for sure: a share of the period, and ns."""


class Counted(NamedTuple):
    """A number that is known to lie between two."""

    least: int
    most: int


def exposures_since(
    began_ns: int,
    clock: ClockSample,
    looked: tuple[int, int],
    *,
    period_ns: int | None,
    least_period_ns: int | None,
) -> Counted:
    """How many exposures have begun after one that began at ``began_ns``, when the counter was read.

    Parameters
    ----------
    began_ns : int
        On the camera's clock.
    clock : ClockSample
    looked : (int, int)
        When the counter was read at the earliest and at the latest (host's monotonic clock, ns).
    period_ns : int or None
        From exposure to exposure; None: not known.
    least_period_ns : int or None
        What is then known of it: it is at least as long.
    """
    offset = clock.camera_ns - clock.host_ns - began_ns
    earliest = looked[0] + offset - clock.uncertainty_ns
    latest = looked[1] + offset + clock.uncertainty_ns
    if period_ns is None:
        return Counted(0, math.ceil(max(0, latest) / least_period_ns) if least_period_ns else 1 << 31)
    edge = min(EDGE * period_ns, EDGE_NS)
    least, most = (earliest - edge) / period_ns, (latest + edge) / period_ns
    return Counted(max(0, math.floor(least)), max(0, math.floor(most)))


def exposures_before(by_ids: int, counted: Counted | None, most: int | None = None) -> int | None:
    """How many exposures came before the first frame; None: its id is the best evidence.

    Parameters
    ----------
    by_ids : int
        How many there were if the camera began to count at its start.
    counted : Counted or None
        How many there were by the counter, which may be off by one.
    most : int or None
        How many there can have been by the time.
    """
    least, highest = (0, 1 << 31) if counted is None else counted
    late = most is not None and by_ids > most
    if not late and by_ids <= min(highest + COUNTER_SLACK, PLAUSIBLE_START):
        return None  # both tell the same, or nearly; else it is the counter that is off
    if counted is None and not late:
        return None
    found = max(0, least)
    return found if most is None else min(found, most)
