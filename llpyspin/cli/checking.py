"""``llpyspin check`` and ``llpyspin repair``: is a recording what it says, and make it so after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from llpyspin.recording.checking.check import check
from llpyspin.recording.mending.repair import repair

if TYPE_CHECKING:
    import argparse

    from llpyspin.cli.common import Commands

__all__ = ["INCOMPLETE", "add"]

INCOMPLETE = 3
"""Status of ``llpyspin check --complete`` for a recording that is what it says, and lacks frames."""


def add(commands: Commands, which: argparse.ArgumentParser) -> None:
    """Add both commands; they need no camera, so no SDK either."""
    command = commands.add_parser(
        "check", help="read a recording again: decode, count and compare every frame, print the account"
    )
    command.add_argument("session", help="a session's folder, or any file of a single recording")
    command.add_argument(
        "--complete",
        action="store_true",
        help=f"exit with status {INCOMPLETE} if frames are missing, even if the account names them",
    )
    command.set_defaults(run=_check)

    command = commands.add_parser("repair", help="complete a recording that was killed")
    command.add_argument("path", help="a session's folder, or any file of a single recording")
    command.add_argument("--dry-run", action="store_true", help="only report what would be done")
    command.set_defaults(run=_repair)


def _check(options: argparse.Namespace) -> int:
    with _Bars() as bars:
        report = check(options.session, progress=bars.show)
    _say(str(report))
    if not report.ok:
        return 1
    return INCOMPLETE if options.complete and not report.complete else 0


def _repair(options: argparse.Namespace) -> int:
    with _Bars() as bars:
        report = repair(options.path, dry_run=options.dry_run, progress=bars.show)
    _say(str(report))
    return 0 if report.ok else 1


def _say(text: str) -> None:
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


class _Bars:
    """A bar for each video, on the terminal only, and gone at the end."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bars: dict[str, TaskID] = {}

    def show(self, video: str, done: int, total: int) -> None:
        if not self._progress.console.is_terminal:
            return
        if video not in self._bars:
            self._bars[video] = self._progress.add_task(video, total=total)
        self._progress.update(self._bars[video], completed=done)

    def __enter__(self) -> _Bars:
        if self._progress.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress.console.is_terminal:  # elsewhere it was not begun, and would print an empty line
            self._progress.stop()
