"""Records a schedule with a rig, from its first session to its summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.rig.unattended.rigsessions import RigSessions
from llpyspin.rig.unattended.schedulelog import Entry, ScheduleLog
from llpyspin.rig.unattended.scheduler import Scheduler, SystemClock

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig
    from llpyspin.rig.unattended.schedule import Schedule
    from llpyspin.rig.unattended.scheduler import Summary

__all__ = ["record_schedule"]


def record_schedule(
    config: RigConfig,
    schedule: Schedule,
    out: str | os.PathLike[str],
    *,
    begun: Callable[[Any], object],
    done: Callable[[Session, str], object],
    **options: Any,
) -> tuple[Summary, ScheduleLog]:
    """Record the sessions of a schedule, each into a folder of its own.

    Parameters
    ----------
    config : RigConfig
    schedule : Schedule
    out : path-like
        Folder of these folders and of ``schedule.csv``.
    begun : callable
        Gets the rig once its cameras are open, before the first session.
    done : callable
        Gets each session that has an account, and its folder.
    options
        As for :meth:`llpyspin.rig.Rig.record`.

    Raises
    ------
    RigError, RigConfigError, RecordingError, SettingRangeError
        The cameras cannot be opened, the log cannot be written, or ``until`` is over: no session begins.
    """
    clock = SystemClock()
    schedule.slots(clock.now(), clock.wall())  # refuses what is over already
    log = ScheduleLog(Path(out))

    def note(text: str) -> None:
        log.add(Entry(clock.wall().isoformat(timespec="milliseconds"), "notice", text=text))

    sessions = RigSessions(config, Path(out), note=note, done=done, **options)
    try:
        begun(sessions.open())
        summary = Scheduler(schedule, sessions, log, clock).run()
    finally:
        sessions.close()
    return summary, log
