"""Records a schedule with a rig, from its first session to its summary."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.givenrig import config_given
from llpyspin.rig.unattended.rigsessions import RigSessions
from llpyspin.rig.unattended.schedule import KEYS, schedule_of
from llpyspin.rig.unattended.schedulelog import NOTICE, Entry, ScheduleLog
from llpyspin.rig.unattended.scheduler import Scheduler, SystemClock
from llpyspin.sync.signals import signals_raised

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from datetime import datetime

    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.rig import Rig
    from llpyspin.rig.unattended.schedule import Schedule
    from llpyspin.rig.unattended.scheduler import ScheduleSummary

__all__ = ["record_schedule", "run_schedule"]

logger = logging.getLogger("llpyspin")


def record_schedule(
    rig: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    every: float | str | None = None,
    for_: float | str | None = None,
    until: str | datetime | None = None,
    sessions: int | None = None,
    name: str | None = None,
    done: Callable[[Session, str], object] | None = None,
    progress: bool = True,
    report: bool = False,
    **options: Any,
) -> ScheduleSummary:
    """Record sessions at fixed times, as ``llpyspin record --every 1h --for 10m`` does.

    The cameras stay open from one session to the next.  A session that fails is in the log, and the next slot
    tries again.  Ctrl-C, SIGTERM and a closed terminal end the running session cleanly, and the schedule with
    it.  Then ``KeyboardInterrupt`` or ``SystemExit`` is raised.

    Parameters
    ----------
    rig : path-like, RigConfig, list or mapping
        The rig's YAML file, or its cameras as for :class:`llpyspin.rig.Rig`.
    out : path-like, optional
        Folder in which each session gets its own, and of the log ``schedule.csv``; by default named after the
        time, in the current folder.
    every : float or str
        From one session's beginning to the next: seconds, or a text like "1h".
    for_ : float or str
        How long each session lasts; less than ``every``.
    until : str or datetime, optional
        When all is over: "08:00", or "2026-12-24 08:00".  None: no end.
    sessions : int, optional
        How many slots.  None: any number.
    name : str, optional
        Pattern of the folders' names, like "mouse-17_{time}" or "night-{number:03d}".
    done : callable, optional
        Called with the :class:`~llpyspin.recording.session.Session` and its folder after each session.  The
        next slot waits for it.  What it raises is in the log of the program, and ends nothing.
    progress, report : bool
        As for :meth:`llpyspin.rig.Rig.record`.
    options
        Other arguments of :class:`llpyspin.rig.Rig`: ``framerate``, ``exposure``, ``record``, ``budget``,
        ``on_event`` ...; and ``subject``, ``notes`` and ``metadata`` of all sessions.  With a file, they
        replace what the file says.  ``every``, ``for`` ... of its ``schedule:`` hold where they are not given
        here.

    Returns
    -------
    ScheduleSummary
        ``ok``, ``counts`` and ``sessions`` say what became of the slots.

    Raises
    ------
    SettingRangeError, RigConfigError
        Something in the schedule or in the description of the rig is wrong.
    RigError
        The cameras cannot be opened: no session begins.
    RecordingError
        The log cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from llpyspin.rig import record_schedule
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     night = record_schedule(
    ...         ["12345678"], folder, every=2, for_=0.5, sessions=2, sdk="virtual", progress=False
    ...     )
    >>> night.ok, night.counts
    (True, {'complete': 2})
    """
    config = config_given(rig, options)
    given: dict[str, Any] = dict(config.schedule)
    said = dict(zip(KEYS, (every, for_, until, sessions, name), strict=True))
    given.update({key: value for key, value in said.items() if value is not None})
    summary = run_schedule(
        config, schedule_of(given), out, done=_guarded(done), progress=progress, report=report
    )
    if summary.interrupt is not None:
        raise summary.interrupt
    return summary


def _guarded(done: Callable[[Session, str], object] | None) -> Callable[[Session, str], object]:
    """What the user's function raises is told, and ends no schedule."""

    def guarded(session: Session, folder: str) -> None:
        if done is None:
            return
        try:
            done(session, folder)
        except Exception:
            logger.exception("done() failed after the session in %s; the schedule goes on", folder)

    return guarded


def _nothing(rig: Rig) -> None:
    pass


def run_schedule(
    config: RigConfig,
    schedule: Schedule,
    out: str | os.PathLike[str] | None,
    *,
    done: Callable[[Session, str], object],
    opened: Callable[[Rig], object] = _nothing,
    **options: Any,
) -> ScheduleSummary:
    """Record the sessions of a schedule, each into a folder of its own.

    Signals end it; then the summary has what they raised.

    Parameters
    ----------
    config : RigConfig
    schedule : Schedule
    out : path-like or None
        Folder of these folders and of ``schedule.csv``.
    done : callable
        Gets each session that has an account, and its folder.
    opened : callable, optional
        Gets the rig once its cameras are open, before the first session.
    options
        As for :meth:`llpyspin.rig.Rig.record`.

    Raises
    ------
    RigError, RigConfigError, RecordingError, SettingRangeError
        The cameras cannot be opened, the log cannot be written, or ``until`` is over: no session begins.
    """
    clock = SystemClock()
    schedule.slots(clock.now(), clock.wall())  # refuses what is over already
    folder = Path(SessionFolder.free_name() if out is None else out)
    log = ScheduleLog(folder)

    def note(text: str) -> None:
        log.add(Entry(clock.wall().isoformat(timespec="milliseconds"), NOTICE, text=text))

    sessions = RigSessions(config, folder, opened=opened, note=note, done=done, **options)
    with signals_raised():
        try:
            summary = Scheduler(schedule, sessions, log, clock).run()
        finally:
            sessions.close()
    summary.log, summary.entries = log.path, tuple(log.entries)
    return summary
