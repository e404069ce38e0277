"""``llpyspin doctor``: what is the matter with this machine, and what to do about it."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Number, with_sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.cli.results import Output
    from llpyspin.doctor import Diagnosis

__all__ = ["doctor"]


class _Size(click.ParamType[tuple[int, int]]):
    """Width and height of a picture."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", str(value))
        if found is None or not (0 < int(found[1]) <= 65535 and 0 < int(found[2]) <= 65535):
            self.fail(f"{value} is not a size. Write it as 1440x1080", param, ctx)
        return int(found[1]), int(found[2])


@click.command(
    cls=Command,
    short_help="Report what is wrong with this machine, and how to fix it.",
    examples=[
        ("everything, for recordings on another disk", "llpyspin doctor --folder /data"),
        ("does this rig fit this machine?", "llpyspin doctor --plan rig.yaml"),
        ("a file for a bug report", "llpyspin doctor --report report.md"),
    ],
)
@with_sdk
@click.option(
    "--plan",
    type=click.Path(),
    metavar="RIG.YAML",
    help="Say whether this rig fits this machine, and what to reduce if not.",
)
@click.option(
    "--folder",
    type=click.Path(),
    default=".",
    metavar="FOLDER",
    help="Folder for recordings. [default: the current one]",
)
@click.option(
    "--size",
    type=_Size(),
    metavar="WxH",
    help="Size of pictures for measuring encoders. [default: that of the largest camera]",
)
@click.option("--rate", type=Number("FPS"), help="Pictures per second that an encoder should reach.")
@click.option("--no-measure", is_flag=True, help="Measure neither disk nor encoders: quicker.")
@click.option("--anyway", is_flag=True, help="Measure, and ask the SDK, even while a camera is in use.")
@click.option(
    "--report",
    type=click.Path(),
    metavar="FILE",
    help="Write everything to a new file for a bug report, without names of people.",
)
@click.pass_obj
def doctor(
    output: Output,
    *,
    sdk: str | None,
    plan: str | None,
    folder: str,
    size: tuple[int, int] | None,
    rate: float | None,
    no_measure: bool,
    anyway: bool,
    report: str | None,
) -> int:
    """Examine SDKs, cameras, access, USB, network, memory, disk and encoders; say how to fix each problem.

    Nothing is ever changed. To measure the disk, an unnamed file is written for 2 s. The exit status is 0
    without a problem and 1 with a problem.
    """
    # Imported here: no other command needs them, and they take a tenth of a second.
    from llpyspin.doctor import Options, diagnose, show
    from llpyspin.rig import load_config

    target = None if report is None else Path(report)
    if target is not None and (reason := _why_not(target)):
        raise click.UsageError(f"cannot write the report to {target}: {reason}", click.get_current_context())
    asked = Options(
        sdk=sdk,
        plan=load_config(plan) if plan is not None else None,
        folder=folder,
        size=size,
        rate=rate,
        measure=not no_measure,
        anyway=anyway,
    )
    with _waiting(output) as say:
        diagnosis = diagnose(asked, say=say)
    if output.json:
        output.result("", {**diagnosis.as_dict(), "facts": diagnosis.facts})
    else:
        show(diagnosis, output.console)
    if target is not None:
        _write(target, diagnosis)
        output.note(f"The report is in {target}. Read it before you send it to anyone.")
    return 0 if diagnosis.ok else 1


def _write(target: Path, diagnosis: Diagnosis) -> None:
    from llpyspin.doctor import Person, report

    with open(target, "x", encoding="utf-8") as file:
        file.write(report(diagnosis, Person.present()))


def _why_not(target: Path) -> str:
    """Why a new file cannot be made there, asked before all the waiting; "" if it can."""
    if os.path.lexists(target):
        return "the file exists. Choose another name"
    if not os.path.isdir(target.absolute().parent):
        return f"there is no folder {target.absolute().parent}"
    return "" if os.access(target.absolute().parent, os.W_OK | os.X_OK) else "its folder cannot be written to"


@contextlib.contextmanager
def _waiting(output: Output) -> Iterator[Callable[[str], None]]:
    """Says on the terminal what is being waited for, and nothing elsewhere."""
    console = output.errors
    if not console.is_terminal or output.quiet:
        yield lambda _: None
        return
    spinner = "dots" if console.encoding.startswith("utf") else "line"
    with console.status("looking around ...", spinner=spinner) as status:
        yield lambda what: status.update(f"{what} ...")
