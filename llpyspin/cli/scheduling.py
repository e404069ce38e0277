"""How ``llpyspin record --every`` records one session after the other, and shows what became of them."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group

from llpyspin.cli.rigging import OVER_BUDGET, check_request, configuration, say_rate, unattended
from llpyspin.recording.amounts import seconds_text
from llpyspin.rig import load_config
from llpyspin.rig.unattended.schedule import schedule_of
from llpyspin.rig.unattended.unattended import run_schedule
from llpyspin.rig.unattended.walltime import moment_of
from llpyspin.tables.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.cli.results import Output
    from llpyspin.cli.rigging import Request
    from llpyspin.recording.session import Session
    from llpyspin.rig import Rig
    from llpyspin.rig.unattended.schedule import Schedule
    from llpyspin.rig.unattended.scheduler import ScheduleSummary

__all__ = ["planned", "record_slots"]

_COLUMNS = ("slot", "planned", "result", "triggers", "missing", "folder")


def planned(request: Request) -> Request:
    """The request with its schedule; or, for one recording, with how many seconds that lasts.

    ``--seconds`` or ``--calibration`` without ``--every`` records once, also where the rig's file has a
    schedule.
    """
    once = request.every is None and (request.seconds is not None or request.calibration is not None)
    given: dict[str, Any] = {}
    if request.config is not None and not once:
        given.update(load_config(request.config).schedule)
    seconds = request.for_ if request.seconds is None else request.seconds
    said = {"every": request.every, "for": seconds, "until": request.until}
    said |= {"sessions": request.sessions, "name": request.name}
    given.update({name: value for name, value in said.items() if value is not None})
    if given.get("every") is None:
        return _once(request, given)
    wrongly = {"--overwrite": request.overwrite, "--serve": request.serve}
    for option, wrong in {**wrongly, "--calibration": request.calibration}.items():
        if wrong:
            raise _wrong(f"{option} cannot be used with a schedule (--every)")
    return dataclasses.replace(request, schedule=schedule_of(given))


def _once(request: Request, given: Mapping[str, Any]) -> Request:
    for option in ("sessions", "name"):
        if option in given:
            raise _wrong(f"--{option} needs --every: from one session's beginning to the next")
    seconds = given.get("for")
    if given.get("until") is not None:
        now = datetime.now().astimezone()
        left = (moment_of(given["until"], now, "--until") - now).total_seconds()
        seconds = left if seconds is None else min(seconds, left)
    return dataclasses.replace(request, seconds=seconds)


def _wrong(text: str) -> click.UsageError:
    return click.UsageError(text, click.get_current_context())


def record_slots(request: Request, output: Output) -> int:
    """Record the sessions of a schedule; gives the exit status."""
    schedule = request.schedule
    assert schedule is not None
    check_request(request)
    config = unattended(configuration(request, output), request)

    def opened(rig: Rig) -> None:
        say_rate(rig, output)
        output.note(_how_it_goes(rig, schedule))

    def done(session: Session, folder: str) -> None:
        if session.account is not None:
            output.note(f"Recorded to {folder}: {session.account.verdict}")

    summary = run_schedule(
        config,
        schedule,
        request.out,
        opened=opened,
        done=done,
        progress=not output.quiet,
        on_failure=request.on_failure,
        metadata=request.words(),
        report=request.report,
        **request.chosen(),
    )
    _show(summary, output)
    return _status(summary)


def _how_it_goes(rig: Rig, schedule: Schedule) -> str:
    every, for_ = seconds_text(schedule.every_s), seconds_text(schedule.for_s)
    cameras = f"{len(rig)} camera{'' if len(rig) == 1 else 's'}"
    return f"{cameras}, every {every} for {for_}. Ctrl-C ends the schedule."


def _show(summary: ScheduleSummary, output: Output) -> None:
    results, lost = summary.sessions, summary.lost_notices
    rows = [
        tuple(
            "" if value is None else str(value)
            for value in (
                entry.slot if entry.slots == 1 else f"{entry.slot} and {entry.slots - 1} more",
                entry.planned,
                entry.event,
                entry.triggers,
                entry.missing,
                entry.folder,
            )
        )
        for entry in results
    ]
    sheet = Sheet(_COLUMNS, rows, right=("triggers", "missing"), optional=("planned",))
    output.result(
        Group(sheet, "", f"{summary}.", *_of_notices(lost), f"All sessions: {summary.log}"),
        {
            "log": str(summary.log),
            "reason": summary.reason,
            "counts": summary.counts,
            "ok": summary.ok,
            "over_budget": summary.over_budget,
            "sessions": [dataclasses.asdict(entry) for entry in results],
            "lost_notices": lost,
        },
    )


def _of_notices(lost: list[str]) -> list[str]:
    """What there is to say about notices that did not arrive: the last one, and how many."""
    if not lost:
        return []
    number = "1 notice" if len(lost) == 1 else f"{len(lost)} notices"
    return [f"{number} did not arrive. The last of these: {lost[-1]}."]


def _status(summary: ScheduleSummary) -> int:
    """130 and the like where somebody ended it; else the worst of its sessions; else whether it was full."""
    if isinstance(summary.interrupt, SystemExit):
        return int(summary.interrupt.code or 0)
    if summary.interrupt is not None:
        return 130
    if not summary.ok:
        return 1
    return OVER_BUDGET if summary.over_budget else 0
