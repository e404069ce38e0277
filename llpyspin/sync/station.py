"""The synchronised cameras of this program, as they know each other."""

from __future__ import annotations

import atexit
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.system.forks import in_forked_copies

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.recording.plan import Plan
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.sync.run import Pulses, Run

__all__ = ["Station", "acquisition_of", "primaries", "settle", "station_of", "stations"]


class Station:
    """What one camera is to the others.

    Parameters
    ----------
    acquisition : Acquisition
    pulses : Pulses
    prime, finish : bound methods of the camera, which they do not keep
        ``prime(plan, anew=...)`` primes it in its turn; ``finish()`` ends its recording as the program ends.

    Attributes
    ----------
    run : Run or None
        From being primed to being stopped.
    """

    def __init__(
        self,
        acquisition: Acquisition,
        pulses: Pulses,
        prime: Callable[..., Any],
        finish: Callable[[], None],
    ) -> None:
        self.acquisition = acquisition
        self.pulses = pulses
        self.run: Run | None = None
        self._prime = weakref.WeakMethod(prime)
        self._finish = weakref.WeakMethod(finish)

    @property
    def kind(self) -> str:
        return self.acquisition.kind

    @property
    def name(self) -> str:
        return self.acquisition.source.name

    @property
    def is_open(self) -> bool:
        return self.acquisition.source.is_open

    def prime_again(self, plan: Plan | None, *, anew: bool) -> None:
        """Prime the camera; ``anew``: arm it even if no frame has come."""
        prime = self._prime()
        if prime is not None:
            prime(plan, anew=anew)

    def finish(self) -> None:
        finish = self._finish()
        if finish is not None:
            finish()


_stations: weakref.WeakKeyDictionary[Any, Station] = weakref.WeakKeyDictionary()
"""Of the cameras of this process that were opened: they may be wired to each other."""


def settle(camera: object, station: Station) -> None:
    """Have a camera known to the others."""
    _stations[camera] = station


def station_of(camera: object) -> Station | None:
    return _stations.get(camera)


def acquisition_of(camera: object) -> Acquisition:
    """The remote control of a synchronised camera, for those who coordinate several."""
    return _stations[camera].acquisition


def stations() -> list[Station]:
    return list(_stations.values())


def primaries() -> list[Station]:
    """Of the primary cameras that are open."""
    return [station for station in stations() if station.kind == "primary" and station.is_open]


def _finish_all() -> None:
    for station in sorted(stations(), key=lambda station: station.kind):  # primaries first: pulses cease then
        station.finish()


in_forked_copies(_stations.clear)  # a forked child has no part in the recordings
atexit.register(_finish_all)  # and so before all processes are closed, which was registered earlier
