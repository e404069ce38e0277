"""``llpyspin list``: which cameras are connected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from llpyspin.camera.which import list_cameras
from llpyspin.cli.common import sdk_of

if TYPE_CHECKING:
    import argparse

    from llpyspin.cli.common import Commands

__all__ = ["add"]


def add(commands: Commands, which: argparse.ArgumentParser) -> None:
    """Tell the parser of the command."""
    command = commands.add_parser("list", parents=[which], help="list the connected cameras")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(run=_list)


def _list(options: argparse.Namespace) -> int:
    found = list_cameras(sdk_of(options))
    if options.json:
        print(json.dumps([camera._asdict() for camera in found], indent=2))
        return 0
    console = Console()
    if not found:
        console.print(
            "No camera found. To find the cause: llpyspin doctor. To see virtual cameras: llpyspin list "
            "--virtual",
            highlight=False,
            soft_wrap=True,
        )
        return 1
    in_use = {True: "in use", False: "free", None: "?"}
    table = Table("index", "serial", "model", "interface", "")
    for index, camera in enumerate(found):
        table.add_row(str(index), camera.serial, camera.model, camera.interface, in_use[camera.in_use])
    console.print(table)
    return 0
