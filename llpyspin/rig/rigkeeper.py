"""When a rig gives way to another object, and how it ends with everything else."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Protocol

from llpyspin.camera.opened import Keeper
from llpyspin.errors import RequestTimeoutError
from llpyspin.rig.together import finish_aside

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.deadlines import Turn
    from llpyspin.rig.runs import Runs

    class Stoppable(Protocol):
        """What users call to end a recording."""

        def release(self) -> None: ...

        def stop(self) -> object: ...


__all__ = ["RigKeeper"]

TURN_S = 120.0


class RigKeeper(Keeper):
    """Keeps all cameras of a rig while it is primed for a recording.

    Parameters
    ----------
    rig : Rig
    turn : Turn
        In which it is opened, primed and stopped.
    runs : Runs
    """

    def __init__(self, rig: Stoppable, turn: Turn, runs: Runs) -> None:
        super().__init__(rig, rank=0)
        self._turn = turn
        self._runs = runs
        self._stop = weakref.WeakMethod(rig.stop)

    def _in_turn(self, work: Callable[[], str]) -> str:
        busy = RequestTimeoutError("another thread opens, primes or stops the rig")
        return self._turn.insist(TURN_S, work, busy)

    def _recording(self) -> str:
        return self._runs.recording

    def doing(self) -> str:
        run = self._runs.current
        idle = "is open" if run is None else "is primed" if run.begun is None else "runs"
        return self._recording() or idle

    def finish(self, seconds: float) -> None:
        """The rig goes on finishing where the time is not enough."""
        stop = self._stop()
        if stop is not None and self._runs.current is not None:
            finish_aside(stop, seconds, f"the rig still finishes {self._runs.folder}")
