"""``llpyspin export``: a recording in the form that another program reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.bars import Bars
from llpyspin.cli.common import Command, OneOf

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["export"]

TARGETS = ("mp4", "nwb", "caliscope", "anipose", "sleap", "dlc", "csv")
"""Those of :mod:`llpyspin.export.targets`, which the help of other commands need not import."""


@click.command(
    cls=Command,
    short_help="Write a recording in the form that another program reads.",
    examples=[
        ("MP4 videos that browsers play", "llpyspin export mouse-17 --to mp4"),
        (
            "a project of Anipose, with links instead of copies",
            "llpyspin export mouse-17 --to anipose --link",
        ),
        ("an NWB file", "llpyspin export mouse-17 --to nwb --out mouse-17-nwb"),
    ],
)
@click.argument("recording", type=click.Path())
@click.option("--to", type=OneOf(TARGETS), required=True, help=f"One of {', '.join(TARGETS)}.")
@click.option("--out", type=click.Path(), help="The new folder. [default: beside the recording, as NAME_mp4]")
@click.option("--link", is_flag=True, help="Link videos of the recording where the program can read them.")
@click.option(
    "--quality",
    type=click.IntRange(0, 51),
    help="Quantiser of H.264 for videos that are encoded again; 0 is lossless. [default: 18]",
)
@click.option("--calibration", type=click.Path(), help="Calibration of the cameras, as aniposelib saves it.")
@click.pass_obj
def export(
    output: Output,
    *,
    recording: str,
    to: str,
    out: str | None,
    link: bool,
    quality: int | None,
    calibration: str | None,
) -> int:
    """Write a recording in the form that another program reads, into a new folder, and check the result.

    RECORDING is the folder of a session, or any file of a single recording. It is not changed.

    Frame n of each video is the same trigger for all cameras. A blank picture stands for a missing frame.
    """
    from llpyspin.export.exporter import export as exported

    with Bars(output) as bars:
        report = exported(
            recording, to, out=out, link=link, quality=quality, calibration=calibration, progress=bars.show
        )
    output.result(str(report), vars(report))
    return 0
