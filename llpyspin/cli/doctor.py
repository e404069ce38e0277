"""``llpyspin doctor``: what is the matter with this machine, and what to do about it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from llpyspin.cli.common import complain, positive, sdk_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.cli.common import Commands
    from llpyspin.doctor import Diagnosis

__all__ = ["add"]


def add(commands: Commands, which: argparse.ArgumentParser) -> None:
    """Tell the parser of the command."""
    command = commands.add_parser(
        "doctor",
        parents=[which],
        help="report what is wrong with this machine, and how to fix it",
        description="Examines SDKs, cameras, access, USB, network, memory, disk and encoders, and says how "
        "to fix each problem. It never changes anything. To measure the disk it writes an unnamed file for "
        "2 s. "
        "Exit status: 0 without a problem, 1 with a problem, 2 for a wrong command line.",
    )
    command.add_argument(
        "--plan",
        metavar="RIG.YAML",
        help="say whether this rig fits this machine, and what to reduce if not",
    )
    command.add_argument("--folder", default=".", help="folder for recordings (default: the current one)")
    command.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="size of pictures for measuring encoders (default: that of the largest camera)",
    )
    command.add_argument(
        "--rate", type=positive, metavar="FPS", help="pictures per second that an encoder should reach"
    )
    command.add_argument(
        "--no-measure", action="store_true", help="measure neither disk nor encoders: quicker"
    )
    command.add_argument(
        "--anyway", action="store_true", help="measure, and ask the SDK, even while a camera is in use"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--report",
        metavar="FILE",
        help="write everything to a new file for a bug report, without names of people",
    )
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    # Imported here: no other command needs them, and they take a tenth of a second.
    from llpyspin.doctor import Options, diagnose, show
    from llpyspin.rig import load_config

    target = Path(options.report) if options.report is not None else None
    if target is not None and (reason := _why_not(target)):
        complain(f"llpyspin: cannot write the report to {target}: {reason}")
        return 2
    asked = Options(
        sdk=sdk_of(options),
        plan=load_config(options.plan) if options.plan is not None else None,
        folder=options.folder,
        size=options.size,
        rate=options.rate,
        measure=not options.no_measure,
        anyway=options.anyway,
    )
    with _waiting() as say:
        diagnosis = diagnose(asked, say=say)
    if options.json:
        print(json.dumps({**diagnosis.as_dict(), "facts": diagnosis.facts}, indent=2, default=_plain))
    else:
        show(diagnosis, Console(highlight=False))
    if target is not None:
        _write(target, diagnosis)
    return 0 if diagnosis.ok else 1


def _write(target: Path, diagnosis: Diagnosis) -> None:
    from llpyspin.doctor import Person, report

    with open(target, "x", encoding="utf-8") as file:
        file.write(report(diagnosis, Person.present()))
    Console(stderr=True).print(
        f"The report is in {target}. Read it before you send it to anyone.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _why_not(target: Path) -> str:
    """Why a new file cannot be made there, asked before all the waiting; "" if it can."""
    if os.path.lexists(target):
        return "the file exists; choose another name"
    if not target.absolute().parent.is_dir():
        return f"there is no folder {target.absolute().parent}"
    return "" if os.access(target.absolute().parent, os.W_OK | os.X_OK) else "its folder cannot be written to"


@contextlib.contextmanager
def _waiting() -> Iterator[Callable[[str], None]]:
    """Says on the terminal what is being waited for, and nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("looking around ...") as status:
        yield lambda what: status.update(f"{what} ...")


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if found is None or not (0 < int(found[1]) <= 65535 and 0 < int(found[2]) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a size. Write it as 1440x1080")
    return int(found[1]), int(found[2])


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
