"""Records sessions with a rig, which stays open from one to the next as long as nothing fails."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any

from llpyspin.errors import BudgetError, LlpyspinError, RigError
from llpyspin.recording.budget import BUDGET, budget_of
from llpyspin.recording.notices.notifier import DEADLINE_S, Notifier
from llpyspin.recording.notices.target import targets_of
from llpyspin.rig.rig import Rig
from llpyspin.rig.unattended.scheduler import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig

__all__ = ["RigSessions"]

logger = logging.getLogger("llpyspin")


class RigSessions:
    """For a :class:`~llpyspin.rig.unattended.scheduler.Scheduler`.

    Parameters
    ----------
    config : RigConfig
    folder : Path
        In which each session has its own.
    opened : callable
        Gets the rig once its cameras are open for the first time.
    note : callable
        Gets a sentence about each notice that did not arrive.
    done : callable
        Gets each session that has an account, and its folder.
    options
        As for :meth:`llpyspin.rig.Rig.record`.
    """

    def __init__(
        self,
        config: RigConfig,
        folder: Path,
        *,
        opened: Callable[[Rig], object],
        note: Callable[[str], object],
        done: Callable[[Session, str], object],
        **options: Any,
    ) -> None:
        self._config = config
        self._folder = folder
        self._opened = opened
        self._note = note
        self._done = done
        self._options = options
        self._budget = budget_of(config.budget)
        self._notifier = Notifier(targets_of(config.on_event), note, seconds=DEADLINE_S)
        self._rig: Rig | None = None
        self._begun = False
        self.interrupt: BaseException | None = None

    def open(self) -> Rig:
        """The rig, whose cameras are open; raises as its constructor does."""
        if self._rig is None:
            self._rig = Rig.from_config(self._config)
            if not self._begun:
                self._begun = True
                self._opened(self._rig)
        return self._rig

    def ready(self) -> None:
        """Open cameras that are closed, before a session needs them."""
        try:
            self.open()
        except (LlpyspinError, ValueError, OSError) as error:
            logger.info("cameras cannot be opened before the session: %s", error)

    def tell(self, event: str, text: str) -> None:
        """Have a notice of the schedule sent."""
        self._notifier.tell(event, text, folder=str(self._folder))

    def close(self) -> None:
        """Close the cameras; notices that wait are sent, for one deadline at most."""
        with contextlib.ExitStack() as last:
            last.callback(self._notifier.end)
            last.callback(self._close_rig)

    def record(self, name: str, seconds: float) -> Outcome:
        """One session in a folder that is not there yet."""
        folder = _free(self._folder / name)
        try:
            outcome = self._recorded(folder, seconds)
        except BudgetError as error:
            return Outcome("failed", str(error), ends=str(error) if error.limit != "max_temperature" else "")
        except (LlpyspinError, ValueError, OSError) as error:
            self._close_rig()
            return Outcome("failed", str(error))
        except (KeyboardInterrupt, SystemExit) as interrupt:
            self.interrupt = interrupt
            outcome = self._interrupted(folder)
        if outcome.result != "complete":  # cameras that failed are opened again for the next one
            self._close_rig()
        self._budget = self._budget.less(_size_of(folder))
        return outcome

    def _recorded(self, folder: Path, seconds: float) -> Outcome:
        used = self._rig is not None
        try:
            session = self._record_with(self.open(), folder, seconds)
        except RigError:
            if not used:
                raise
            # A camera may have been unplugged, and be there again, since the session before.
            self._close_rig()
            session = self._record_with(self.open(), folder, seconds)
        return self._outcome(session, folder)

    def _record_with(self, rig: Rig, folder: Path, seconds: float) -> Session:
        return rig.record(seconds, folder, budget=self._budget, **self._options)

    def _outcome(self, session: Session, folder: Path) -> Outcome:
        account = session.account
        assert account is not None
        self._done(session, str(folder))
        result = "complete" if account.complete else "incomplete" if account.adds_up else "doubtful"
        for event in session.events:
            if event.kind == "notice":
                self._note(event.text)
        ended = next((event.text for event in session.events if event.kind == BUDGET), "")
        return Outcome(
            result,
            account.verdict,
            account.triggers,
            sum(camera.all_lost + camera.incomplete for camera in account.cameras),
            ends=ended,
        )

    def _interrupted(self, folder: Path) -> Outcome:
        session = None if self._rig is None else self._rig.session
        if session is None or self._rig is None or self._rig.folder != str(folder):
            place = f"; to complete it: llpyspin repair {folder}" if folder.exists() else ""
            return Outcome("interrupted", f"there is no account{place}")
        outcome = self._outcome(session, folder)
        return Outcome("interrupted", outcome.text, outcome.triggers, outcome.missing)

    def _close_rig(self) -> None:
        rig, self._rig = self._rig, None
        if rig is None:
            return
        try:
            rig.close()
        except LlpyspinError as error:
            logger.error("closing the rig: %s", error)


def _free(folder: Path) -> Path:
    """A folder that is not there: with a number at its end, where it is."""
    free, again = folder, 0
    while os.path.lexists(free):
        again += 1
        free = folder.with_name(f"{folder.name}_{again}")
    return free


def _size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    size = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                size += entry.stat().st_size
    return size
