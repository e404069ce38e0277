"""``llpyspin report``: a page about a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["report"]


@click.command(
    cls=Command,
    short_help="Make a page about a recording: is it good, and why not.",
    examples=[
        ("report.html in the folder of the session", "llpyspin report mouse-17"),
        (
            "in another folder, for a recording that cannot be written to",
            "llpyspin report --out /tmp mouse-17",
        ),
        ("of one video beside its CSV file", "llpyspin report left.mkv"),
    ],
)
@click.argument("recording", type=click.Path())
@click.option("--out", type=click.Path(), metavar="FOLDER", help="Where to. [default: beside the recording]")
@click.option("--overwrite", is_flag=True, help="Replace files of these names that no report left.")
@click.pass_obj
def report(output: Output, *, recording: str, out: str | None, overwrite: bool) -> int:
    """Make a page about a recording: verdict, causes of losses, pictures, figures, settings.

    RECORDING is the folder of a session, or any file of a single recording, also one that was killed. It is
    not changed. An older report is replaced. The page needs no other file. report.json has the same numbers.
    """
    from llpyspin.report import write_report

    made = write_report(recording, out, overwrite=overwrite)
    document = made.document
    tree = {
        "page": made.page,
        "files": made.files,
        "grade": document.verdict.grade,
        "verdict": document.verdict.headline,
        "causes": [cause.key for cause in document.causes],
    }
    output.result(str(made), tree)
    return 0
