"""``llpyspin batch``: all recordings of a folder are checked, exported or reported on at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.bars import Bars
from llpyspin.cli.checking import INCOMPLETE
from llpyspin.cli.common import Command, OneOf, Whole
from llpyspin.cli.exporting import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llpyspin.cli.results import Output
    from llpyspin.processes.batches import BatchItem, BatchReport
    from llpyspin.recording.checking.check import CheckReport
    from llpyspin.tables.texttable import TextTable

__all__ = ["batch"]

ACTIONS = ("check", "export", "report")
_ONLY_OF = {"to": "export", "out": "export", "link": "export", "quality": "export", "complete": "check"}
"""Options, and the action that has them."""


@click.command(
    cls=Command,
    short_help="Check, export or report on all recordings of a folder.",
    examples=[
        ("check every recording below /data", "llpyspin batch check /data"),
        ("MP4 videos of all of them, in another folder", "llpyspin batch export /data --to mp4 --out /mp4"),
        ("on a Dask cluster", "llpyspin batch report /data --scheduler tls://server:8786"),
    ],
    sections={"Where": ["--workers", "--scheduler", "--certificates", "--insecure"]},
)
@click.argument("action", type=OneOf(ACTIONS), metavar="ACTION")
@click.argument("folder", type=click.Path())
@click.option("--to", type=OneOf(TARGETS), help=f"For export: one of {', '.join(TARGETS)}.")
@click.option("--out", type=click.Path(), help="For export: where to. [default: beside each recording]")
@click.option("--link", is_flag=True, help="For export: link videos where the program can read them.")
@click.option("--quality", type=click.IntRange(0, 51), help="For export: quantiser of H.264. [default: 18]")
@click.option(
    "--complete", is_flag=True, help=f"For check: exit with status {INCOMPLETE} if frames are missing."
)
@click.option("--workers", type=Whole(), help="Processes on this machine. [default: one for each processor]")
@click.option("--scheduler", metavar="ADDRESS", help="Use the Dask cluster of this scheduler.")
@click.option(
    "--certificates",
    type=click.Path(),
    help="Folder of llpyspin certificates. [default: those of Dask's configuration]",
)
@click.option("--insecure", is_flag=True, help="Allow a connection to the scheduler without encryption.")
@click.pass_obj
def batch(
    output: Output,
    /,
    *,
    action: str,
    folder: str,
    workers: int | None,
    scheduler: str | None,
    certificates: str | None,
    insecure: bool,
    **options: Any,
) -> int:
    """Check, export or report on all recordings in FOLDER and in the folders below it.

    ACTION is check, export or report. Recordings are worked on at the same time, each in a process. An export
    or a report that is there already, and whole, is not written again.
    """
    _refuse_contradictions(action, workers, scheduler, options)
    secured: dict[str, Any] = {"insecure": insecure, "certificates": certificates}
    _refuse_without_scheduler(scheduler, secured)
    from llpyspin.recording.recordingsin import recordings_in

    found = recordings_in(folder)
    with Bars(output) as bars:
        places = {"workers": workers, "progress": bars.show}
        if scheduler is None:
            report = _done(action, found, options, places)
        else:
            from llpyspin.processes.cluster.connecting import connected

            with connected(scheduler, **secured) as client:
                report = _done(action, found, options, {**places, "client": client})
    output.result(str(_table(action, report, folder)), _tree(action, report))
    return _status(action, report, options["complete"])


def _refuse_contradictions(
    action: str, workers: int | None, scheduler: str | None, options: dict[str, Any]
) -> None:
    context = click.get_current_context()
    for name, whose in _ONLY_OF.items():
        if whose != action and not (options[name] is None or options[name] is False):
            raise click.UsageError(f"--{name} is only for batch {whose}", context)
    if action == "export" and options["to"] is None:
        raise click.UsageError("batch export needs --to, as in: --to mp4", context)
    if workers is not None and scheduler is not None:
        raise click.UsageError(
            "--workers and --scheduler contradict each other. Leave out one of them", context
        )


def _refuse_without_scheduler(scheduler: str | None, secured: dict[str, Any]) -> None:
    for name, value in secured.items():
        if value and scheduler is None:
            raise click.UsageError(f"--{name} is only for --scheduler", click.get_current_context())


def _done(
    action: str, found: list[Path], options: dict[str, Any], places: dict[str, Any]
) -> BatchReport[Any]:
    if action == "check":
        from llpyspin.recording.checking.check import check

        return check(found, **places)
    if action == "report":
        from llpyspin.report import write_reports

        return write_reports(found, **places)
    from llpyspin.export.exporter import export

    wanted = {name: options[name] for name in ("out", "link", "quality")}
    return export(found, options["to"], **wanted, **places)


def _table(action: str, report: BatchReport[Any], folder: str) -> TextTable:
    from llpyspin.tables.texttable import TextTable

    say = _SAY[action]
    rows = []
    for item in report.items:
        says, more = ("FAILED", str(item.error)) if item.error is not None else say(item.result)
        rows.append((_short(item.path, folder), says, f"{item.seconds:.1f}", more))
    failed = len(report.failures)
    after = [f"{len(report.items)} recordings, {failed} failed." if rows else f"{folder} has no recordings."]
    return TextTable(("recording", "result", ">seconds", ""), rows, after=after)


def _short(path: str, folder: str) -> str:
    import os

    return os.path.relpath(path, folder) if os.path.abspath(path) != os.path.abspath(folder) else path


def _checked(result: CheckReport) -> tuple[str, str]:
    if not result.ok:
        more = len(result.findings) - 1
        return "WRONG", result.findings[0] + (f" (and {more} more)" if more else "")
    return ("complete", "") if result.complete else ("frames missing", "the account names them")


def _exported(result: Any) -> tuple[str, str]:
    return "exported" if result.new else "was there", str(result.path)


def _reported(result: Any) -> tuple[str, str]:
    return "written" if result.new else "was there", result.headline


_SAY: dict[str, Callable[[Any], tuple[str, str]]] = {
    "check": _checked,
    "export": _exported,
    "report": _reported,
}


def _tree(action: str, report: BatchReport[Any]) -> list[dict[str, Any]]:
    return [_item(action, item) for item in report.items]


def _item(action: str, item: BatchItem[Any]) -> dict[str, Any]:
    error = None if item.error is None else {"type": type(item.error).__name__, "message": str(item.error)}
    tree = {"path": item.path, "seconds": round(item.seconds, 3), "error": error, "result": item.result}
    if action == "check" and item.result is not None:
        return {**tree, "ok": item.result.ok, "complete": item.result.complete}
    return tree


def _status(action: str, report: BatchReport[Any], complete: bool) -> int:
    if not report.items or not report.ok:
        return 1
    if complete and not all(each.complete for each in report.results.values()):
        return INCOMPLETE
    return 0
