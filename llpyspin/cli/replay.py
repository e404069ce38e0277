"""``llpyspin replay``: run a program whose cameras are those of a recording."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Number, OneOf

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["replay"]

NO_PROGRAM = 127
"""Exit status of shells for a program that is not there."""


@click.command(
    cls=Command,
    has_json=False,
    short_help="Run a program with the cameras of a recording.",
    examples=[
        ("show yesterday's cameras", "llpyspin replay mouse-17 -- llpyspin view"),
        ("test a program with them, again and again", "llpyspin replay mouse-17 --repeat -- python track.py"),
        (
            "a program for PySpin, as fast as it reads",
            "llpyspin replay mouse-17 --pace read -- python -m llpyspin.virtual grab.py",
        ),
        ("a folder of pictures, at 100 fps", "llpyspin replay frames --framerate 100 -- llpyspin view"),
    ],
)
@click.argument("session", type=click.Path())
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option(
    "--pace",
    type=OneOf(("recorded", "read")),
    default="recorded",
    help="Frames at the recorded times, or as fast as they are read. [default: recorded]",
)
@click.option("--repeat", is_flag=True, help="Begin again when the recording is over.")
@click.option("--framerate", type=Number("FPS"), help="Of a video or pictures without timestamps.")
@click.pass_obj
def replay(
    output: Output,
    *,
    session: str,
    program: tuple[str, ...],
    pace: str,
    repeat: bool,
    framerate: float | None,
) -> int:
    """Run a program with virtual cameras that replay a recording.

    SESSION is the folder of a session, any file of a single recording, a video, or a folder of pictures.
    PROGRAM and its arguments stand behind --. Nothing in the program changes: it finds cameras with the
    recorded serial numbers, sizes and frame rates. The exit status is that of the program.
    """
    from llpyspin.errors import LlpyspinError, RecordingError
    from llpyspin.system.programs import become
    from llpyspin.virtual.world import ENVIRONMENT, load_world

    entry: dict[str, Any] = {"path": os.path.abspath(os.path.expanduser(session))}
    entry |= {"pace": pace, "repeat": repeat}
    entry |= {} if framerate is None else {"framerate": framerate}
    text = json.dumps({"replay": entry})
    try:
        world = load_world(text)  # what is wrong with the recording is said before the program starts
    except (LlpyspinError, ValueError) as error:
        raise RecordingError(str(error).partition("): replay: ")[2] or str(error)) from error
    found = shutil.which(program[0])
    if found is None:
        output.complain(f"there is no program {program[0]}")
        return NO_PROGRAM
    cameras = ", ".join(f"{spec.serial} ({spec.model.name})" for spec in world.specs)
    output.note(f"Replaying {session}: {cameras}")
    sys.stdout.flush()
    become(found, program, {ENVIRONMENT: text, "LLPYSPIN_SDK": "virtual"})
