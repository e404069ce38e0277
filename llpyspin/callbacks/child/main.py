"""The entry of a callback process: one thread watches, one answers requests, one calls the function."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.service import CallbackService
from llpyspin.deadlines import MOST_S
from llpyspin.processes.messages import Channel
from llpyspin.processes.serving import serve
from llpyspin.system.pipes import End

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HUNG_STATUS", "main"]

CLOSE_S = 5.0  # for the present call after the parent has died
HUNG_STATUS = 75  # exit status of a process whose function hung (EX_TEMPFAIL)
WATCH_S = 1.0
LOOKS = 4  # at a call before it counts as hung


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the channel ``descriptor`` until it closes it, or dies."""
    figures, events, queue, timeout_s, hosts = _inherited()
    service = CallbackService(figures, events, queue)
    serve(
        service,
        descriptor,
        parent,
        leave=service.leave,
        leave_s=MOST_S if hosts else CLOSE_S,  # a writer has deadlines of its own, for each step forward
        check=_check(service),
        watch_s=max(0.02, min(WATCH_S, timeout_s / LOOKS)),
        frozen_s=service.patience_s,
    )


def _inherited() -> tuple[Figures, Channel, Channel, float, bool]:
    """What the parent has handed over beside the channel; see :mod:`llpyspin.callbacks.process`."""
    figures, events, queue, timeout, hosts = sys.argv[4:9]
    memory = Figures(int(figures))
    memory.close_descriptor()
    first, second = (Channel(End(int(each))) for each in (events, queue))
    return memory, first, second, float(timeout), hosts == "1"


def _check(service: CallbackService) -> Callable[[], int | None]:
    return lambda: HUNG_STATUS if service.hung() else None
