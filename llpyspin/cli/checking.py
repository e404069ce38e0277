"""``llpyspin check`` and ``llpyspin repair``: is a recording what it says, and make it so after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.bars import Bars
from llpyspin.cli.common import Command

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.cli.results import Output
    from llpyspin.recording.checking.check import CheckReport

__all__ = ["INCOMPLETE", "check", "repair"]

INCOMPLETE = 3
"""Status of ``llpyspin check --complete`` for a recording that is what it says, and lacks frames."""


@click.command(
    cls=Command,
    short_help="Read a recording again, and compare every frame.",
    examples=[
        ("a session of several cameras", "llpyspin check mouse-17"),
        (
            "one video beside its CSV file; status 3 if frames are missing",
            "llpyspin check --complete left.mkv",
        ),
        ("also make report.html, with what was found", "llpyspin check --html mouse-17"),
    ],
)
@click.argument("recording", type=click.Path())
@click.option(
    "--complete",
    is_flag=True,
    help=f"Exit with status {INCOMPLETE} if frames are missing, even if the account names them.",
)
@click.option("--html", is_flag=True, help="Also make the report, as llpyspin report does.")
@click.pass_obj
def check(output: Output, *, recording: str, complete: bool, html: bool) -> int:
    """Read a recording again: decode, count and compare every frame, and print the account.

    RECORDING is the folder of a session, or any file of a single recording. It is not changed.
    """
    from llpyspin.recording.checking.check import check as checked

    with Bars(output) as bars:
        report = checked(recording, progress=bars.show)
    page = _page_of(recording, report) if html else None
    told = {"report": page} if html else {}
    output.result(report, {**vars(report), "ok": report.ok, "complete": report.complete, **told})
    if page is not None:
        output.note(f"Report: {page}", always=True)
    if not report.ok:
        return 1
    return INCOMPLETE if complete and not report.complete else 0


def _page_of(recording: str, report: CheckReport) -> Path:
    from llpyspin.report import write_report

    return write_report(recording, check=report).page


@click.command(
    cls=Command,
    short_help="Complete a recording that was killed.",
    examples=[
        ("only say what would be done", "llpyspin repair --dry-run mouse-17"),
        ("do it", "llpyspin repair mouse-17"),
    ],
)
@click.argument("recording", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.pass_obj
def repair(output: Output, *, recording: str, dry_run: bool) -> int:
    """Complete a recording that was killed: index of the videos, rows, frames that wait on disk, account.

    RECORDING is the folder of a session, or any file of a single recording. A second repair changes nothing.
    """
    from llpyspin.recording.mending.repair import repair as repaired

    with Bars(output) as bars:
        report = repaired(recording, dry_run=dry_run, progress=bars.show)
    output.result(report, {**vars(report), "ok": report.ok})
    return 0 if report.ok else 1
