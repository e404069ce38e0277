"""Sees during a recording whether a camera gets too hot, where ``max_temperature`` asks for that.

In a thread of its own: a camera may take seconds to answer, and nothing else waits for it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from llpyspin.errors import without_traceback

if TYPE_CHECKING:
    from llpyspin.camera.temperatures import Temperatures
    from llpyspin.rig.run import RigRun

__all__ = ["watch_heat"]

LOOK_S = 1.0


def watch_heat(run: RigRun, temperatures: Temperatures) -> None:
    """Note in ``run.heat`` that a camera is too hot, from the trigger to the end of the run."""
    if run.plan.budget.max_temperature is None or run.plan.folder is None:
        return
    threading.Thread(target=_watch, args=(run, temperatures), name="rig-heat", daemon=True).start()


def _watch(run: RigRun, temperatures: Temperatures) -> None:
    begun = time.monotonic()
    while not run.stopping.wait(LOOK_S) and not run.heat:
        if run.begun is None:
            continue
        try:
            temperatures.catch_up(run.members)
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the account must tell
            run.note("failed", f"temperatures cannot be read: {type(error).__name__}: {error}")
            without_traceback(error)
            return
        run.heat = reason_of_heat(run, temperatures, begun)


def reason_of_heat(run: RigRun, temperatures: Temperatures, since: float) -> str:
    """Why the run must end, by temperatures that were read since then; "" where it may go on."""
    for name, value in list(temperatures.known.items()):
        reason = run.plan.budget.heat_reason(name, value)
        if reason and temperatures.read_at[name] >= since:
            run.notices.tell("temperature_high", reason, camera=name)
            return reason
    return ""
