"""The command ``llpyspin record``: its arguments and options; :mod:`.rigging` records with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.amounttypes import Size, Span
from llpyspin.cli.boarding import with_board_sizes
from llpyspin.cli.common import Command, Number, OneOf, Pair, Suggested, Whole, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["CODECS", "record"]

CODECS = ("h264", "h265", "av1", "ffv1", "mjpeg", "raw", "tiff", "hdf5", "opencv", "skvideo", "spinvideo")


@click.command(
    cls=Command,
    short_help="Record cameras in step, and print the account.",
    sections={
        "Cameras": (
            "--config",
            "--cameras",
            "--virtual",
            "--sdk",
            "--framerate",
            "--exposure",
            "--external",
            "--sync",
        ),
        "Recording": (
            "--seconds",
            "--out",
            "--overwrite",
            "--on-failure",
            "--allow-lower-rate",
            "--line-status",
            "--report",
            "--serve",
            "--control",
        ),
        "Calibration": ("--calibration", "--square-mm", "--marker-mm", "--dictionary", "--legacy-board"),
        "Unattended": (
            "--every",
            "--for",
            "--until",
            "--sessions",
            "--name",
            "--min-disk",
            "--max-size",
            "--max-temperature",
            "--notify",
        ),
        "Metadata": ("--subject", "--notes", "--metadata"),
        "Videos": ("--codec", "--container", "--quality", "--overflow", "--segment-seconds", "--fill"),
    },
    examples=[
        ("two virtual cameras for 5 s", "llpyspin record --virtual --cameras 2 --seconds 5"),
        ("all connected cameras until Ctrl-C, without loss", "llpyspin record --codec ffv1 --out mouse-17"),
        ("the cameras of a file, faster", "llpyspin record --config rig.yaml --framerate 200"),
        (
            "with the animal's name and weight in session.json",
            "llpyspin record --subject m42 --metadata weight_g=24.1",
        ),
        ("a calibration board until it was seen enough", "llpyspin record --calibration charuco_7x5"),
        ("two of the connected cameras", "llpyspin record --cameras 12345678,87654321"),
        ("ten minutes of each hour", "llpyspin record --every 1h --for 10m --until 08:00 --min-disk 50GB"),
    ],
)
@with_sdk
@click.option("--config", type=click.Path(), metavar="RIG.YAML", help="Cameras, roles, settings and wiring.")
@click.option(
    "--cameras",
    metavar="N|SERIAL,SERIAL",
    help="How many, or which; the first one is the primary. [default: all connected cameras]",
)
@click.option("--seconds", type=Number("S"), help="How long. [default: until Ctrl-C]")
@click.option(
    "--out", type=click.Path(), metavar="FOLDER", help="New or empty folder. [default: named after the time]"
)
@click.option(
    "--calibration",
    metavar="BOARD",
    help="Record a calibration board, as charuco_7x5, until it was seen enough, --seconds at most.",
)
@with_board_sizes
@click.option("--subject", metavar="NAME", help="Who or what is recorded.")
@click.option("--notes", metavar="TEXT", help="Free text about the recording.")
@click.option(
    "--metadata",
    type=Pair(),
    multiple=True,
    help="More to keep, such as --metadata weight_g=24.1; a number or text. Can be repeated.",
)
@click.option("--framerate", type=Number("FPS"), help="Triggers per second. [default: 30]")
@click.option("--exposure", type=Number("US"), help="Microseconds, for all cameras. [default: 1500]")
@click.option(
    "--external", is_flag=True, help="An external generator sends the triggers. --framerate is its rate."
)
@click.option(
    "--sync", type=OneOf(("lines", "ptp")), help="Trigger by wires, or by the clocks of GigE cameras."
)
@click.option(
    "--codec",
    type=Suggested("NAME", CODECS),
    help=f"{', '.join(CODECS)}, or the name of an encoder. [default: h264; ffv1 for more than 8 bits]",
)
@click.option(
    "--container",
    type=OneOf(("mkv", "mp4", "mov", "avi")),
    help="Format of the files. [default: mkv, or that of the codec]",
)
@click.option("--quality", type=Number("Q", any_sign=True), help="The codec's own constant quality.")
@click.option(
    "--overflow", type=OneOf(("spill", "drop", "stop")), help="What to do if the encoder is too slow."
)
@click.option("--segment-seconds", type=Number("S"), help="Length of each file.")
@click.option(
    "--fill/--no-fill",
    default=None,
    help="Blank pictures for lost frames, so that picture n is trigger n. [default: --fill]",
)
@click.option(
    "--on-failure",
    type=OneOf(("recover", "continue", "stop")),
    help="What to do if a camera or a process fails.",
)
@click.option(
    "--allow-lower-rate",
    is_flag=True,
    help="Record even if the other settings of the camera do not allow --framerate.",
)
@click.option(
    "--line-status",
    is_flag=True,
    default=None,
    help="Refuse cameras that do not send the levels of their lines with each frame.",
)
@click.option("--overwrite", is_flag=True, default=None, help="Replace an older session in that folder.")
@click.option("--report", is_flag=True, help="Make a page about the recording at its end: report.html.")
@click.option("--serve", is_flag=True, help="Serve a live page meanwhile, as llpyspin serve does.")
@click.option("--control", is_flag=True, help="The live page of --serve can also stop the recording.")
@click.option("--every", type=Span(), help="From one session's beginning to the next, like 1h; needs --for.")
@click.option("--for", "for_", type=Span(), help="How long a recording lasts, like 10m; as --seconds.")
@click.option(
    "--until", metavar="MOMENT", help="When all is over: 08:00, or '2026-12-01 08:00'. [default: Ctrl-C]"
)
@click.option("--sessions", type=Whole(), help="How many sessions.")
@click.option(
    "--name", metavar="PATTERN", help="Name of each session's folder in --out, like {time} or night-{number}."
)
@click.option("--min-disk", type=Size(), help="End when less is free on the disk, like 50GB.")
@click.option("--max-size", type=Size(), help="End when all videos together are larger, like 500GB.")
@click.option("--max-temperature", type=Number("C"), help="End when a camera is hotter (degrees C).")
@click.option(
    "--notify",
    metavar="COMMAND|URL",
    multiple=True,
    help="Gets a notice (JSON) of what happens. Can be repeated.",
)
@click.pass_obj
def record(output: Output, /, **given: Any) -> int:
    """Record several cameras into a folder. The first camera triggers the others.

    The folder has videos, one row for each trigger, all settings, and the account: how many triggers were
    written, and how many were lost where. Ctrl-C ends the recording cleanly. With --every, one session after
    the other is recorded. The exit status is 4 if limits of disk, size or temperature ended it.
    """
    from llpyspin.cli.rigging import Request, record_rig
    from llpyspin.cli.scheduling import planned, record_slots

    if given["control"] and not given["serve"]:
        raise click.UsageError("--control needs --serve", click.get_current_context())
    names = [name for name, _ in given["metadata"]]
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"--metadata has {name} twice", click.get_current_context())
    if given["for_"] is not None and given["seconds"] is not None:
        raise click.UsageError(
            "--for and --seconds mean the same. Leave out one", click.get_current_context()
        )
    request = planned(Request(**{**given, "metadata": dict(given["metadata"])}))
    return record_rig(request, output) if request.schedule is None else record_slots(request, output)
