"""The host process, from its first line to its last."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError
from llpyspin.hosts.controlled import Controlled
from llpyspin.hosts.entrance import Entrance
from llpyspin.hosts.hostfolder import HostFolder
from llpyspin.hosts.reception import Reception
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main", "run_host"]

logger = logging.getLogger("llpyspin")

TEND_S = 0.5
"""Between two looks whether a recording begins or ends by itself."""


def run_host(folder: Path, ready: Callable[[], object] = lambda: None) -> str:
    """Be the host process of this computer until somebody ends it; the name of the signal, or "".

    A recording that goes on is ended in order.  For the main thread.

    Parameters
    ----------
    folder : Path
    ready : callable
        Called once it can be asked.

    Raises
    ------
    HostUnreachableError, HostStateError
        The folder cannot be used, or has a host process already.
    """
    try:
        return _run(folder, ready)
    except KeyboardInterrupt:  # a second Ctrl-C, while the recording is being ended
        logger.warning("broken off. To complete a recording that went on: llpyspin repair")
        os._exit(130)


def _run(folder: Path, ready: Callable[[], object]) -> str:
    host, over = uuid.uuid4().hex[:12], threading.Event()
    with contextlib.ExitStack() as last, signals_noted() as asked:
        place = HostFolder(folder)
        last.callback(place.close)
        place.shorten_log()
        controlled = Controlled(host, os.getpid(), over.set)
        reception = Reception(host, controlled)
        entrance = Entrance(place, reception)
        last.callback(entrance.close)
        last.callback(reception.close)

        def unreachable() -> bool:
            return place.is_gone() and not controlled.records

        tending = threading.Thread(
            target=_tend, args=(reception, over, unreachable), name="host-tend", daemon=True
        )
        tending.start()
        logger.info("host process %s in %s", host, folder)
        ready()
        asked.wait(over, None)
        over.set()
        logger.info("host process %s ends%s", host, f": {asked.name} came" if asked.signal else "")
    return asked.name


def main(folder: str) -> None:
    """Run a host process that a call has started; its messages go to the log."""
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s")
    try:
        run_host(Path(folder))
    except LlpyspinError as error:
        logger.error("%s", error)
        sys.exit(1)


def _tend(reception: Reception, over: threading.Event, unreachable: Callable[[], bool]) -> None:
    while not over.wait(TEND_S):
        if unreachable():
            logger.warning("the folder of the host process was removed, so nobody can reach it: it ends")
            over.set()
            return
        try:
            reception.tend()
        except Exception:  # outermost line of the thread: the next look may go better
            logger.exception("the host process met an error")
