"""Cameras that were triggered and give nothing: said while somebody may still look at the cable."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline

if TYPE_CHECKING:
    from llpyspin.rig.run import RigRun

__all__ = ["Silence"]

logger = logging.getLogger("llpyspin")

SILENT_S = 2.0  # after the first frame of another camera


class Silence:
    """Looks for cameras of a run from which nothing has come yet."""

    def __init__(self, run: RigRun) -> None:
        self._run = run
        self._patience: Deadline | None = None
        self._asked = False

    def look(self) -> None:
        """Say once of cameras that nothing comes from them, while somebody may still look at the cable.

        Not an event: what the cameras counted is in the account, and says it better.
        """
        run = self._run
        if run.begun is None or self._asked:
            return
        cameras = run.alive()
        came = [name for name, member in cameras.items() if member.stint and member.stint.follower.newest()]
        if not came:
            return
        if self._patience is None:
            self._patience = Deadline(max(SILENT_S, 3e-9 * (run.period_ns or 0)))
        if not self._patience.passed:
            return
        self._asked = True
        for name in cameras.keys() - set(came):
            logger.warning(
                "%s has no frame yet, but %s has. Check the wire with check_wiring()",
                name,
                ", ".join(came),
            )
