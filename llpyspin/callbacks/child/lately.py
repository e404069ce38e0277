"""Live figures of a callback: counts, and the times of its last calls."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from llpyspin.callbacks.child.latency import ERROR

if TYPE_CHECKING:
    from llpyspin.callbacks.child.latency import LatencyRow

__all__ = ["Lately", "LatelyFigures"]

LATELY = 1000  # calls


class LatelyFigures(NamedTuple):
    """How a callback does: counts since it began, times of its last calls.

    Attributes
    ----------
    called, errors : int
        Calls that have returned or raised, and of these those that raised.
    skipped : int
        Frames that the function did not get.
    misses : int
        Calls that ended later than the deadline after their frame's arrival; 0 without a deadline.
    wait_ms, call_ms, total_ms : tuple of float
        (p50, p99, longest) in ms over the last 1000 calls: arrival of the frame to the call, the call itself,
        and arrival to the end of the call.  NaN before the first.
    unread, queued : int
        At the last call, as in :class:`LatencyRow`.
    """

    called: int
    errors: int
    skipped: int
    misses: int
    wait_ms: tuple[float, float, float]
    call_ms: tuple[float, float, float]
    total_ms: tuple[float, float, float]
    unread: int
    queued: int


class Lately:
    """Keeps the figures of a callback while it runs.  One thread adds; others may look.

    Parameters
    ----------
    deadline_s : float, optional
        How long after its arrival a frame should be done with.
    """

    def __init__(self, deadline_s: float | None = None) -> None:
        self._deadline_ns = None if deadline_s is None else round(deadline_s * 1e9)
        self._called = self._errors = self._skipped = self._misses = self._unread = self._queued = 0
        self._times: deque[tuple[int, int, int]] = deque(maxlen=LATELY)

    def add(self, row: LatencyRow) -> None:
        """Take note of a call that has ended."""
        total = row.end_ns - row.host_timestamp_ns
        self._times.append((row.start_ns - row.host_timestamp_ns, row.end_ns - row.start_ns, total))
        self._called += 1
        self._skipped += row.skipped
        self._errors += row.outcome == ERROR
        self._misses += self._deadline_ns is not None and total > self._deadline_ns
        self._unread, self._queued = row.unread, row.queued

    def figures(self) -> LatelyFigures:
        """The figures now; takes some 100 us."""
        times = np.array(list(self._times), np.float64).reshape(-1, 3) / 1e6
        if len(times):
            spans = np.percentile(times, (50, 99, 100), axis=0).T.tolist()
        else:
            spans = [[math.nan] * 3] * 3
        wait, call, total = map(tuple, spans)
        return LatelyFigures(
            *(self._called, self._errors, self._skipped, self._misses),
            *(wait, call, total),
            *(self._unread, self._queued),
        )
