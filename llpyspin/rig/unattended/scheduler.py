"""Records the sessions of a schedule, one after the other, whatever becomes of each of them."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from llpyspin.errors import without_traceback
from llpyspin.recording.amounts import seconds_text
from llpyspin.rig.unattended.schedulelog import NOTICE, RESULTS, Entry
from llpyspin.rig.unattended.walltime import name_of
from llpyspin.sync.signals import signals_noted
from llpyspin.system.clocks import elapsed_s

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.rig.unattended.schedule import Schedule
    from llpyspin.rig.unattended.schedulelog import ScheduleLog

__all__ = ["Clock", "Outcome", "ScheduleSummary", "Scheduler", "Sessions", "SystemClock"]

logger = logging.getLogger("llpyspin")

AHEAD_S = 30.0  # before a slot: cameras that are closed are opened, which takes up to 15 s
LOOK_S = 10.0  # a wait of the system's does not go on while the machine sleeps
GOOD = ("complete", "incomplete")
"""Results of sessions whose account adds up."""


class Clock(Protocol):
    """The time of a schedule."""

    def now(self) -> float:
        """Seconds on a clock that neither jumps nor stands still."""

    def wall(self) -> datetime:
        """Date and time, with zone."""

    def wait(self, until: float) -> None:
        """Wait until then.  Ctrl-C and SIGTERM raise ``KeyboardInterrupt`` and ``SystemExit``."""


class SystemClock:
    """That of this computer."""

    def now(self) -> float:
        """As :meth:`Clock.now`."""
        return elapsed_s()

    def wall(self) -> datetime:
        """As :meth:`Clock.wall`."""
        return datetime.now().astimezone()

    def wait(self, until: float) -> None:
        """As :meth:`Clock.wait`."""
        never = threading.Event()
        with signals_noted() as asked:
            while not asked.signal and (left := until - self.now()) > 0:
                asked.wait(never, min(left, LOOK_S))
        asked.raise_again()


@dataclass(frozen=True)
class Outcome:
    """What became of a session.

    Attributes
    ----------
    result : str
        "complete", "incomplete" (frames are missing, and the account says which), "doubtful" (the account
        does not add up), "failed", "interrupted".
    text : str
    triggers, missing : int or None
    ends : str
        Why no session can follow, as where the disk is full; "" if one can.
    """

    result: str
    text: str = ""
    triggers: int | None = None
    missing: int | None = None
    ends: str = ""


class Sessions(Protocol):
    """What records the sessions."""

    def open(self) -> object:
        """Have the cameras open; raises what the reason is, where that is not possible."""

    def ready(self) -> None:
        """Have the cameras open, where that is possible; what fails is tried again by :meth:`record`."""

    def record(self, name: str, seconds: float) -> Outcome:
        """Record one session.

        Ctrl-C and the like end it; then the outcome is "interrupted", and :attr:`interrupt` is what came.
        """

    @property
    def interrupt(self) -> BaseException | None:
        """What ended the last session before its time."""

    def tell(self, event: str, text: str) -> None:
        """Have a notice sent."""


@dataclass
class ScheduleSummary:
    """How a schedule went.

    Attributes
    ----------
    counts : dict of str to int
        Sessions by their result, and "missed" ones.
    reason : str
        Why it is over.
    over_budget : bool
        Whether a limit of disk or size is why.
    interrupt : BaseException or None
        What ended it from outside.
    log : Path or None
        Its ``schedule.csv``.
    entries : tuple of Entry
        The newest lines of that.
    """

    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    over_budget: bool = False
    interrupt: BaseException | None = None
    log: Path | None = None
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    @property
    def sessions(self) -> list[Entry]:
        """What became of the slots: the newest lines of the log that say so."""
        return [entry for entry in self.entries if entry.event in RESULTS]

    @property
    def lost_notices(self) -> list[str]:
        """A sentence for each notice that did not arrive."""
        return [entry.text for entry in self.entries if entry.event == NOTICE]

    @property
    def ok(self) -> bool:
        """Whether each slot has a session whose account adds up."""
        return not any(count for result, count in self.counts.items() if result not in GOOD)

    def text(self) -> str:
        """In words."""
        counted = ", ".join(f"{count} {result}" for result, count in self.counts.items() if count)
        return f"{counted or 'no session'}; {self.reason}"

    def __str__(self) -> str:
        return self.text()


class Scheduler:
    """Runs a schedule once.

    Parameters
    ----------
    schedule : Schedule
    sessions : Sessions
    log : ScheduleLog
    clock : Clock, optional
    """

    def __init__(
        self, schedule: Schedule, sessions: Sessions, log: ScheduleLog, clock: Clock | None = None
    ) -> None:
        self._schedule = schedule
        self._sessions = sessions
        self._log = log
        self._clock = SystemClock() if clock is None else clock
        self._slots = schedule.slots(self._clock.now(), self._clock.wall())
        self.summary = ScheduleSummary()

    def run(self) -> ScheduleSummary:
        """Record until the schedule is over, its budget is used up, or somebody ends it.

        Raises
        ------
        LlpyspinError, ValueError, OSError
            The cameras cannot be opened: no session begins.
        """
        summary = self.summary
        every, for_ = seconds_text(self._slots.every_s), seconds_text(self._slots.for_s)
        self._note("begun", text=f"every {every} for {for_}")
        try:
            summary.reason = self._run()
        except (KeyboardInterrupt, SystemExit) as interrupt:
            summary.interrupt = interrupt
        except Exception as error:
            summary.reason = f"{type(error).__name__}: {error}"
            self._end()
            raise
        if summary.interrupt is not None:
            summary.reason = "it was ended from outside"
        self._end()
        return summary

    def _end(self) -> None:
        self._note("ended", text=self.summary.text())
        self._sessions.tell("schedule_ended", self.summary.text())

    def _run(self) -> str:
        """Why it is over."""
        self._sessions.open()
        self._slots = replace(self._slots, first_s=self._clock.now())  # the first one begins now
        last = -1
        while True:
            turn = self._slots.turn(last, self._clock.now())
            self._note_missed(turn.missed)
            if turn.slot is None:
                return "all of its slots are over"
            last = turn.slot
            start = self._slots.start_of(last)
            self._clock.wait(start - AHEAD_S)
            self._sessions.ready()
            self._clock.wait(start)
            if self._slots.is_late(last, self._clock.now()):
                last -= 1  # it is missed, which the next turn sees
                continue
            outcome = self._record(last)
            if outcome.ends:
                self.summary.over_budget = True
                return outcome.ends
            if self._sessions.interrupt is not None:
                self.summary.interrupt = self._sessions.interrupt
                return ""

    def _record(self, slot: int) -> Outcome:
        name = name_of(self._schedule.name, slot, self._clock.wall())
        seconds = self._slots.seconds_from(self._clock.now())
        self._note("started", slot, folder=name)
        try:
            outcome = self._sessions.record(name, seconds)
        except Exception as error:
            logger.error("slot %d failed unexpectedly", slot, exc_info=error)
            outcome = Outcome("failed", f"{type(error).__name__}: {error}")
            without_traceback(error)
        self._count(outcome.result, 1)
        self._note(
            outcome.result,
            slot,
            folder=name,
            triggers=outcome.triggers,
            missing=outcome.missing,
            text=outcome.text,
        )
        if outcome.result == "failed":
            self._sessions.tell("session_failed", f"slot {slot}: {outcome.text}")
        return outcome

    def _note_missed(self, missed: range) -> None:
        if not missed:
            return
        self._count("missed", len(missed))
        which = f"slot {missed[0]}" if len(missed) == 1 else f"slots {missed[0]} to {missed[-1]}"
        text = f"{which}: the computer slept, or the session before took too long"
        self._note("missed", missed[0], slots=len(missed), text=text)
        self._sessions.tell("session_missed", text)

    def _count(self, result: str, number: int) -> None:
        self.summary.counts[result] = self.summary.counts.get(result, 0) + number

    def _note(self, event: str, slot: int | None = None, **more: object) -> None:
        now = self._clock.wall()
        planned = ""
        if slot is not None:
            ahead = timedelta(seconds=self._slots.start_of(slot) - self._clock.now())
            planned = (now + ahead).astimezone().isoformat(timespec="seconds")
        entry = Entry(now.isoformat(timespec="milliseconds"), event, slot, planned=planned, **more)  # type: ignore[arg-type]
        failure = self._log.add(entry)
        if failure:
            logger.warning("%s", failure)
        shown = f"slot {slot} of the schedule" if slot is not None else "the schedule"
        level = logging.WARNING if event in ("failed", "missed", "doubtful") else logging.INFO
        logger.log(level, "%s: %s%s", shown, event, f": {entry.text}" if entry.text else "")
