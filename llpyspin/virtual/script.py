"""When a replayed camera exposes, and what becomes of it: rules on the recorded triggers, on no clock.

Positions count triggers from 0, on and on where the recording repeats.  Times are ns since the first one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from llpyspin.virtual.footage import DAMAGED, LOST, SENT, UNEXPOSED

__all__ = ["Script", "Shot"]

Array = np.ndarray[Any, Any]


class Shot(NamedTuple):
    """One trigger of the recording; None where nobody knows a value."""

    fate: int
    picture: int
    exposure_us: float | None
    gain_db: float | None
    line_status: int | None


class Script:
    """The triggers of one camera.

    Parameters
    ----------
    shots : ndarray
        (n,) of :data:`llpyspin.virtual.footage.SHOT`, one for each trigger.
    rate : float
        Triggers per second where no timestamps tell.
    repeat : bool
        Whether the first trigger follows the last one.
    """

    def __init__(self, shots: Array, rate: float, *, repeat: bool) -> None:
        self._shots = shots
        self._period = max(1, round(1e9 / rate))
        self._times = _times(shots["end_ns"], self._period)
        self._exposed = np.flatnonzero(shots["fate"] != UNEXPOSED)
        self._repeat = repeat and len(self._exposed) > 0
        self._last = int(self._exposed[-1]) if len(self._exposed) else -1
        self.sends = bool(np.isin(shots["fate"], (SENT, DAMAGED)).any())
        """Whether any frame arrives."""

    def __len__(self) -> int:
        return len(self._shots)

    def over(self, position: int) -> bool:
        """Whether no exposure follows, from this position on."""
        return not self._repeat and position > self._last

    def exposed(self, position: int) -> bool:
        """Whether the camera exposed at this trigger; False also after the end."""
        if self.over(position):
            return False
        return bool(self._shots["fate"][position % len(self)] != UNEXPOSED)

    def next_exposed(self, position: int) -> int | None:
        """The first position from this one on at which the camera exposed."""
        if self.over(position):
            return None
        turns, index = divmod(position, len(self))
        following = int(np.searchsorted(self._exposed, index))
        if following == len(self._exposed):
            turns, following = turns + 1, 0
        return turns * len(self) + int(self._exposed[following])

    def time(self, position: int) -> int:
        """End of the exposure of a trigger, in ns since that of the first one."""
        turns, index = divmod(position, len(self))
        length = int(self._times[-1]) + self._period
        return turns * length + int(self._times[index])

    def shot(self, position: int) -> Shot:
        """What is known of a trigger; lost after the end."""
        if self.over(position):
            return Shot(LOST, -1, None, None, None)
        row = self._shots[position % len(self)]
        exposure, gain, lines = float(row["exposure_us"]), float(row["gain_db"]), int(row["line_status"])
        return Shot(
            int(row["fate"]),
            int(row["picture"]),
            exposure if exposure > 0 else None,  # NaN is not
            gain if gain == gain else None,
            lines if lines >= 0 else None,
        )


def _times(stamps: Array, period: int) -> Array:
    """Times since the first trigger: as recorded, and evenly in between where there is no timestamp.

    Timestamps that do not rise (a clock that began anew) continue after one period.
    """
    count = len(stamps)
    known = np.flatnonzero(stamps >= 0)
    if not len(known):
        return np.arange(count, dtype=np.int64) * period
    steps = np.diff(stamps[known].astype(np.int64))
    gaps = np.diff(known)
    steps = np.where(steps > 0, steps, gaps * period)
    at = np.concatenate([[0], np.cumsum(steps)])
    times = np.empty(count, np.int64)
    times[known] = at
    for left, right, first, step in zip(known, known[1:], at, steps, strict=False):
        if right - left > 1:
            times[left + 1 : right] = first + _even(int(step), int(right - left))
    head, tail = int(known[0]), int(known[-1])
    times[:head] = (np.arange(head) - head) * period
    times[tail + 1 :] = at[-1] + np.arange(1, count - tail) * period
    first_time = times[0] if count else 0
    shifted: Array = times - first_time
    return shifted


def _even(step: int, parts: int) -> Array:
    """The whole numbers that divide a step into equal parts; no product is larger than the step or parts²."""
    inner = np.arange(1, parts, dtype=np.int64)
    whole, rest = divmod(step, parts)
    divided: Array = inner * whole + inner * rest // parts
    return divided
