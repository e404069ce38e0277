"""Which events of a rig's recordings become notices, see :mod:`llpyspin.recording.notices`."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from llpyspin.recording.amounts import bytes_text
from llpyspin.recording.notices.notifier import DEADLINE_S, Notifier
from llpyspin.recording.notices.target import targets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.budget import Budget
    from llpyspin.recording.session import Session
    from llpyspin.rig.spending import Spent

__all__ = ["RigNotices"]

logger = logging.getLogger("llpyspin")

_EVENTS = {"lost": "camera_lost", "rejoined": "camera_back", "writer": "writer_failed"}
"""Notices of what the session's own events say, by their kind."""
MOST_FAILURES = 20


class RigNotices:
    """Those of all recordings of a rig; used by its threads, of which none ever waits for a notice.

    Parameters
    ----------
    on_event : str, iterable of str or None
        As for :class:`~llpyspin.rig.Rig`.

    Raises
    ------
    SettingRangeError
        One of the targets cannot be.
    """

    def __init__(self, on_event: object) -> None:
        targets = targets_of(on_event)
        self.names = tuple(target.name for target in targets)
        failures: deque[str] = deque(maxlen=MOST_FAILURES)

        def failed(text: str) -> None:
            """Called by the thread of the notices, which must keep no rig alive."""
            failures.append(text)
            logger.warning("%s", text)

        self._failures = failures
        self._notifier = Notifier(targets, failed, seconds=DEADLINE_S)
        self._folder = ""
        self._lost: dict[str, int] = {}
        self._told_low = False

    def begin(self, folder: str) -> None:
        """Belong to another recording from now on."""
        self._folder = folder
        self._lost.clear()
        self._failures.clear()
        self._told_low = False

    def tell(self, event: str, text: str, **more: Any) -> None:
        """Have a notice sent."""
        self._notifier.tell(event, text, folder=self._folder, **more)

    def noted(self, kind: str, text: str, camera: str) -> None:
        """An event of the session came; that is a notice where it is one of those that wake people."""
        if kind in _EVENTS:
            self.tell(_EVENTS[kind], text, camera=camera)

    def look(self, spent: Spent, budget: Budget) -> None:
        """See whether frames were lost since the last look, and how full the disk is."""
        for name, lost in spent.lost.items():
            more = lost - self._lost.get(name, 0)
            if more > 0:
                self._lost[name] = lost
                self.tell("frame_lost", f"{lost} frames are lost so far", camera=name, count=more)
        if budget.is_low(spent.free) and not self._told_low:
            self._told_low = True
            assert spent.free is not None
            self.tell("disk_low", f"only {bytes_text(spent.free)} are free on the disk")

    def taken_failures(self) -> list[str]:
        """What became of notices that did not arrive, each once."""
        failures = []
        while self._failures:
            failures.append(self._failures.popleft())
        return failures

    def settle(self) -> list[str]:
        """Wait until all notices so far were sent, for one deadline at most; the failures."""
        self._notifier.settle(DEADLINE_S)
        return self.taken_failures()

    def finished(self, session: Session, budget: Budget) -> None:
        """The recording has its account."""
        for camera in session.cameras:
            tally = camera.tally
            reason = budget.heat_reason(camera.name, None if tally is None else tally.temperature_c)
            if reason:
                self.tell("temperature_high", reason, camera=camera.name)
        account = session.account
        if account is not None:
            missing = sum(camera.all_lost + camera.incomplete for camera in account.cameras)
            self.tell("finished", account.verdict, count=missing)

    def end(self) -> None:
        """Send what waits, for one deadline at most, and nothing more."""
        self._notifier.end()

    def options(self, budget: Budget) -> Mapping[str, Any]:
        """What ``session.json`` keeps: no arguments of commands and no paths of URLs, which may be secret."""
        return {
            "budget": {k: v for k, v in vars(budget).items() if v is not None},
            "on_event": list(self.names),
        }
