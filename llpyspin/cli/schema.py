"""``llpyspin schema``: JSON schemas of the files that people write or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command, OneOf

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["schema"]

_FILES = ("rig", "settings", "world", "report")


@click.command(
    cls=Command,
    short_help="Print the JSON schema of a file, for editors.",
    examples=[
        ("the schema of rig.yaml, in a file beside it", "llpyspin schema rig > rig.schema.json"),
        ("that of files of save_settings()", "llpyspin schema settings > settings.schema.json"),
    ],
)
@click.argument("file", type=OneOf(_FILES), metavar="[FILE]", default="rig")
@click.pass_obj
def schema(output: Output, /, *, file: str) -> int:
    """Print a JSON schema. An editor that has it completes keys and marks mistakes.

    FILE is rig (the default), settings (files of save_settings()), world (virtual cameras), or report
    (report.json, which llpyspin report writes). It is JSON with and without --json.
    """
    from llpyspin.rig.schemas import schema_text

    click.echo(schema_text(file), nl=False)
    return 0
