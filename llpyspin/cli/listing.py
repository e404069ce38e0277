"""``llpyspin list``: which cameras are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["list_"]

_IN_USE = {True: "in use", False: "free", None: "?"}
_NONE_FOUND = (
    "No camera found. To find the cause: llpyspin doctor. To see virtual cameras: llpyspin list --virtual"
)


@click.command(
    "list",
    cls=Command,
    short_help="List the connected cameras.",
    examples=[
        ("all cameras of the SDK that is installed", "llpyspin list"),
        ("virtual cameras, as JSON", "llpyspin list --virtual --json"),
    ],
)
@with_sdk
@click.pass_obj
def list_(output: Output, *, sdk: str | None) -> int:
    """List the connected cameras: index, serial number, model, interface, and whether a program uses them.

    Only GigE cameras say that a program uses them. For all others there is a question mark.
    """
    from llpyspin.camera.which import list_cameras
    from llpyspin.tables.sheet import Sheet

    found = list_cameras(sdk)
    rows = [
        (str(index), camera.serial, camera.model, camera.interface, _IN_USE[camera.in_use])
        for index, camera in enumerate(found)
    ]
    table = Sheet(("index", "serial", "model", "interface", "in use"), rows, right=("index",))
    output.result(table if found else _NONE_FOUND, [camera._asdict() for camera in found])
    return 0 if found else 1
