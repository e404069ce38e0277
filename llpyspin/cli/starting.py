"""``llpyspin init``: a rig's YAML file from the cameras that are connected."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["init"]


@click.command(
    cls=Command,
    short_help="Write a rig.yaml for the connected cameras.",
    examples=[
        ("all connected cameras, into rig.yaml", "llpyspin init"),
        ("the virtual cameras, into a file of another name", "llpyspin init --virtual virtual.yaml"),
    ],
)
@click.argument("file", type=click.Path(), default="rig.yaml")
@with_sdk
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@click.pass_obj
def init(output: Output, *, file: str, sdk: str | None, overwrite: bool) -> int:
    """Write a file that describes the connected cameras as a rig, with comments.

    FILE is the new file, by default rig.yaml. The first camera is the primary. Change the file, then record
    with it: llpyspin record --config rig.yaml
    """
    from pathlib import Path

    from llpyspin.camera.which import list_cameras
    from llpyspin.errors import RecordingExistsError
    from llpyspin.recording.foreign import exists
    from llpyspin.rig.drafting import draft, write_draft

    path = Path(file).expanduser()
    if exists(path) and not overwrite:  # before cameras are looked for
        raise RecordingExistsError(f"{path} already exists. Choose another name, or replace it: --overwrite")
    cameras = list_cameras(sdk)
    written = write_draft(path, draft(cameras, sdk=sdk, name=path.name), overwrite=overwrite)
    serials = [camera.serial for camera in cameras]
    output.result(f"{written}: {', '.join(serials)}", {"file": written, "cameras": serials})
    output.note(f"To record: llpyspin record --config {shlex.quote(str(written))} --seconds 10")
    return 0
