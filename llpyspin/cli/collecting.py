"""``llpyspin collect``: a verified copy of a recording on another disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.bars import Bars
from llpyspin.cli.common import Command

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["collect"]


@click.command(
    cls=Command,
    short_help="Copy a recording to another disk, and verify the copy.",
    examples=[
        ("the copy is /archive/mouse-17", "llpyspin collect mouse-17 --to /archive"),
        ("a single recording, with all of its files", "llpyspin collect left.mkv --to /archive"),
    ],
)
@click.argument("recording", type=click.Path())
@click.option("--to", type=click.Path(), required=True, metavar="FOLDER", help="A folder that exists.")
@click.pass_obj
def collect(output: Output, *, recording: str, to: str) -> int:
    """Copy a recording to another disk, compare every byte, and check the copy.

    RECORDING is the folder of a session, or any file of a single recording. Nothing is deleted.

    The same command continues a copy that was interrupted. The exit status is 0 if the copy is verified.
    """
    from llpyspin.recording.collecting.collect import collect as collected

    with Bars(output, share=True) as bars:
        report = collected(recording, to, progress=bars.show)
    output.result(str(report), {**vars(report), "verified": report.verified})
    return 0 if report.verified else 1
