"""What a live page may ask of a rig, done as if a program had called it, or refused with the reason."""

from __future__ import annotations

import logging
import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.errors import (
    CameraClosedError,
    RecordingError,
    RequestTimeoutError,
    SettingError,
)
from llpyspin.recording.metadata import described
from llpyspin.rig.assigning import assign, value_of
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.webchoices import CHOICES, told
from llpyspin.rig.webnews import folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.deadlines import Turn
    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.looking import Looking
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.rig.webchoices import Choices
    from llpyspin.web.wish import Wish

__all__ = ["RigWishes", "new_folder"]

logger = logging.getLogger("llpyspin")

LOOK_S = 0.0  # whoever has the turn ends the run
STOPPED = "the live page stopped it"
_BUSY = "the program is priming or stopping the rig, so nothing was done. Wait, and try again"


class Runs(Protocol):
    """The runs of a rig that is open, see :class:`llpyspin.rig.runs.Runs`."""

    config: RigConfig
    attended: bool
    looking: Looking
    current: RigRun | None
    folder: str

    @property
    def members(self) -> Mapping[str, Member]: ...

    def prime(
        self,
        out: str | os.PathLike[str] | None,
        pre_trigger: float | None,
        on_failure: str | None,
        options: dict[str, Any],
        *,
        allow_lower_rate: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None: ...

    def trigger(self) -> None: ...

    def stop(self) -> Session | None: ...


class RigWishes:
    """Does what pages ask for, one after the other.  It does not keep the rig.

    Parameters
    ----------
    runs : Runs
    turn : Turn
        In which the rig is primed and stopped.  A wish that does not get it in time is refused.
    folder : str
        Where new sessions are made; "": in the current folder.
    choices : Choices
        Is to be read again when a setting was changed.
    free : bool
        Whether cameras run freely while the rig is not primed.
    """

    def __init__(self, runs: Runs, turn: Turn, folder: str, choices: Choices, *, free: bool) -> None:
        self._runs = weakref.ref(runs)
        self._turn = turn
        self._folder = folder
        self._choices = choices
        self._free = free
        self._primed: weakref.ref[RigRun] | None = None  # the run that a page has begun
        self._work: dict[str, Callable[..., str]] = {
            "set": self._set,
            "prime": self._prime,
            "trigger": self._trigger,
            "stop": self._stop,
        }

    def do(self, wish: Wish) -> str:
        """Do it; gives what happened.

        Raises
        ------
        LlpyspinError
            It was refused; nothing has changed.
        """
        runs = self._rig()
        logger.info("the live page asks to %s", wish.kind)
        work = self._work[wish.kind]
        return self._turn.insist(
            max(0.0, wish.left_s), lambda: work(runs, **wish.arguments), RequestTimeoutError(_BUSY)
        )

    def look(self) -> str:
        """End a run that a page has begun and that is to end because of a failure or its budget."""
        runs = self._runs()
        run = None if self._primed is None else self._primed()
        if runs is None or run is None or runs.current is not run or not run.over.is_set():
            return ""
        return self._turn.do(LOOK_S, lambda: self._over(runs, run), "")

    def _rig(self) -> Runs:
        runs = self._runs()
        if runs is None or not runs.members:
            raise CameraClosedError("the rig is closed")
        return runs

    # -- one method for each kind of wish

    def _set(self, runs: Runs, name: str, value: float | str, camera: str) -> str:
        if name not in CHOICES:
            raise SettingError(
                f"the live page cannot set {name!r}. It can set {', '.join(CHOICES)}",
                setting=name,
                value=value,
            )
        _check_not_attended(runs, "change its settings")
        assign(runs.members, runs.config, name, {camera: value} if camera else value)
        self._choices.renew()
        now = told(value_of(runs.members, runs.config, name), name)
        return f"{name} is now {now}."

    def _prime(self, runs: Runs, name: str, subject: str, notes: str, metadata: dict[str, Any]) -> str:
        _check_not_attended(runs, "prime it")
        if runs.current is not None:
            raise RecordingError("the rig is already primed. Stop it first")
        words = described(metadata, subject=subject or None, notes=notes or None)
        folder = new_folder(self._folder, name)
        lower = runs.config.allow_lower_rate
        try:
            runs.prime(folder, None, None, {"overwrite": False}, allow_lower_rate=lower, metadata=words)
        finally:
            self._run_freely(runs)
        self._primed = None if runs.current is None else weakref.ref(runs.current)
        return f"Primed. Trigger starts the recording to {runs.folder}."

    def _trigger(self, runs: Runs, folder: str) -> str:
        run = runs.current
        if run is None:
            raise RecordingError("the rig is not primed. Prime it first")
        _check_not_attended(runs, "trigger it")
        _check_shown(runs, folder)
        if run.begun is not None:
            raise RecordingError("the rig is already triggered")
        runs.trigger()
        return "Triggered. The recording runs." if run.plan.folder is not None else "Triggered."

    def _stop(self, runs: Runs, folder: str) -> str:
        run = runs.current
        if run is None:
            raise RecordingError("the rig is not primed, so there is nothing to stop")
        _check_shown(runs, folder)
        if runs.attended:
            run.end(STOPPED)
            return "The recording ends. The program that runs it makes its account."
        run.because(STOPPED)
        return self._ended(runs)

    # -- what they have in common

    def _over(self, runs: Runs, run: RigRun) -> str:
        if runs.current is not run:
            return ""
        return self._ended(runs, f"Ended: {run.reason}" if run.reason else "Stopped")

    def _ended(self, runs: Runs, how: str = "Stopped") -> str:
        """Stop the run; gives what its account says."""
        try:
            session = runs.stop()
        finally:
            self._run_freely(runs)
        if session is None:
            return f"{how}. Nothing was recorded."
        account = session.account
        verdict = "" if account is None else account.verdict
        return f"{how}. {verdict or 'The account does not add up: see llpyspin check.'} {runs.folder}"

    def _run_freely(self, runs: Runs) -> None:
        if self._free and runs.current is None:
            runs.looking.run_freely()


def _check_not_attended(runs: Runs, what: str) -> None:
    if runs.attended:
        raise RecordingError(f"a program records with this rig. The live page can stop it, but not {what}")


def _check_shown(runs: Runs, folder: str) -> None:
    """Refuse a page that showed another session when its button was pressed."""
    present = folder_of(runs.current)
    if folder != present:
        raise RecordingError(
            f"the page showed {_named(folder)}, but the rig has {_named(present)} now. Nothing was done"
        )


def _named(folder: str) -> str:
    return os.path.basename(folder) or "no session"


def new_folder(parent: str, name: str) -> Path:
    """The folder of a new session that a page has named; without a name, it is named after the time.

    Raises
    ------
    RecordingError
        The name is not that of a folder in ``parent``.
    """
    within = Path(parent or ".").absolute()
    name = name.strip()
    if not name:
        return SessionFolder.free_name(within)
    if name.startswith(".") or not name.isprintable() or any(letter in name for letter in '/\\:*?"<>|'):
        raise RecordingError(
            f"{name!r} cannot be the name of a session. Use letters, digits, '-' and '_', no '/', and no '.' "
            "at its beginning"
        )
    return within / name
