"""When a synchronised camera gives way to another object, and how it ends with everything else."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Protocol

from llpyspin.camera.opened import Keeper
from llpyspin.errors import RequestTimeoutError
from llpyspin.sync.following import recording_followers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.deadlines import Turn
    from llpyspin.sync.station import Station

    class Stoppable(Protocol):
        """What users call to end a recording."""

        def release(self) -> None: ...

        def stop(self, *, timeout: float | None = None) -> object: ...


__all__ = ["SynchronisedKeeper"]

TURN_S = 30.0


class SynchronisedKeeper(Keeper):
    """Keeps its camera while that takes part in a recording.

    Parameters
    ----------
    camera : SynchronisedCamera
    station : Station
    acting : Turn
        In which the camera is primed and stopped.
    """

    def __init__(self, camera: Stoppable, station: Station, acting: Turn) -> None:
        super().__init__(camera, rank=1 if station.kind == "primary" else 2)
        self._station = station
        self._acting = acting
        self._stop = weakref.WeakMethod(camera.stop)

    def _in_turn(self, work: Callable[[], str]) -> str:
        busy = RequestTimeoutError(f"{self._station.name}: another thread primes or stops the camera")
        return self._acting.insist(TURN_S, work, busy)

    def _recording(self) -> str:
        run = self._station.run
        if run is not None and run.take is not None:
            return f"{'records' if run.begun else 'is primed to record'} {run.take.path}"
        for follower in recording_followers(self._station):
            return f"gives the pulses for the recording of {follower.name}"
        return ""

    def doing(self) -> str:
        run = self._station.run
        idle = "is not primed" if run is None else "runs" if run.begun else "is primed"
        return self._recording() or idle

    def finish(self, seconds: float) -> None:
        stop = self._stop()
        if stop is not None and self._station.run is not None:
            stop(timeout=seconds)
