"""What the virtual cameras really did, from their diaries (see :mod:`llpyspin.virtual.diary`)."""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Exposure", "Pulses", "Truth", "pulses_of", "pulses_on_a_common_clock", "read_diary"]

EARLY_NS = 50_000
"""By how much an exposure may seem to begin before its pulse: clocks are converted, to some ns a ppm."""


class Exposure(NamedTuple):
    """One exposure: the acquisition it belongs to, its number there, and its times."""

    began_ns: int
    number: int
    start_ns: int
    end_ns: int


@dataclass
class Truth:
    """All exposures of one camera, and what became of their images."""

    exposures: list[Exposure] = field(default_factory=list)
    fates: dict[tuple[int, int], str] = field(default_factory=dict)
    """By acquisition and number: sent, damaged, lost, dropped; those without one never left the camera."""

    def __post_init__(self) -> None:
        self._by_end = {exposure.end_ns: exposure for exposure in self.exposures}

    def of_timestamp(self, end_ns: int) -> Exposure | None:
        """The exposure whose frame carries this timestamp."""
        return self._by_end.get(end_ns)

    def of_number(self, number: int) -> list[Exposure]:
        """Exposures with this number, of all acquisitions, in order."""
        return [exposure for exposure in self.exposures if exposure.number == number]

    def spans(self) -> list[tuple[int, int]]:
        """The beginning of the first and of the last exposure of each acquisition."""
        starts: dict[int, list[int]] = {}
        for exposure in self.exposures:
            starts.setdefault(exposure.began_ns, []).append(exposure.start_ns)
        return [(min(each), max(each)) for each in starts.values()]

    def fate(self, exposure: Exposure) -> str:
        """What became of its image."""
        return self.fates.get((exposure.began_ns, exposure.number), "")


def read_diary(path: Path, until_ns: int | None = None) -> Truth:
    """The diary of one camera, up to a moment of the host's clock; empty where it was never armed."""
    exposures, fates = [], {}
    with contextlib.suppress(FileNotFoundError):
        for line in path.read_text().splitlines():
            what, *numbers = line.split(",")
            began, number, start, end = map(int, numbers)
            if until_ns is not None and start > until_ns:
                break
            if what == "exposed":
                exposures.append(Exposure(began, number, start, end))
            else:
                fates[began, number] = what
    return Truth(exposures, fates)


@dataclass(frozen=True)
class Pulses:
    """The pulses of whoever gives them, in order of time."""

    times: Sequence[int]
    ids: Sequence[tuple[int, int]]
    """Acquisition of the giver, and number in it."""

    def at(self, start_ns: int, within_ns: int) -> tuple[int, int] | None:
        """The pulse that an exposure which began then is of; None where there was none shortly before."""
        place = bisect_right(self.times, start_ns + EARLY_NS) - 1
        if place < 0 or start_ns - self.times[place] > within_ns:
            return None
        return self.ids[place]

    def last_of(self, began_ns: int) -> int:
        """The number of the last pulse of an acquisition."""
        return max(number for began, number in self.ids if began == began_ns)


def pulses_on_a_common_clock(cameras: Sequence[Sequence[Exposure]], period: float) -> Pulses:
    """Where cameras expose at times that they were told: each such time is a pulse, whoever exposed then.

    They are numbered as in the acquisitions of the first camera, which are those of who tells the times.
    """
    giver, *_ = cameras
    began = sorted({exposure.began_ns for exposure in giver})
    times: list[int] = []
    for start in sorted(exposure.start_ns for camera in cameras for exposure in camera):
        if not times or start - times[-1] > period / 4:  # a clock that drifts exposes too early or late
            times.append(start)
    ids: list[tuple[int, int]] = []
    for place, time in enumerate(times):
        of = began[max(0, bisect_right(began, time) - 1)] if began else 0
        if not ids or ids[-1][0] != of:
            ids.append((of, 0))
        else:
            ids.append((of, ids[-1][1] + max(1, round((time - times[place - 1]) / period))))
    return Pulses(times, ids)


def pulses_of(exposures: Iterable[Exposure]) -> Pulses:
    """Each exposure of the giver is a pulse."""
    ordered = sorted(exposures, key=lambda exposure: exposure.start_ns)
    return Pulses([each.start_ns for each in ordered], [(each.began_ns, each.number) for each in ordered])
