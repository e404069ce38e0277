"""The command ``llpyspin``: list cameras, view one."""

from __future__ import annotations

import argparse
import json
import math
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from llpyspin import __version__
from llpyspin.camera import list_cameras
from llpyspin.errors import LlpyspinError
from llpyspin.streaming import VideoStream
from llpyspin.viewer import choose_view, view

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status: 0, 1 for an error, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except (LlpyspinError, ValueError) as error:  # ValueError: a wrong LLPYSPIN_VIRTUAL, a negative index
        Console(stderr=True).print(
            f"llpyspin: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="llpyspin", description="Video acquisition with FLIR machine-vision cameras."
    )
    parser.add_argument("--version", action="version", version=f"llpyspin {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    which = argparse.ArgumentParser(add_help=False)
    group = which.add_mutually_exclusive_group()
    group.add_argument(
        "--virtual", action="store_true", help="use virtual cameras (the same as --sdk virtual)"
    )
    group.add_argument(
        "--sdk", choices=("pyspin", "rotpy", "virtual"), help="which SDK (default: LLPYSPIN_SDK)"
    )

    command = commands.add_parser("list", parents=[which], help="list the cameras that are connected")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(run=_list)

    command = commands.add_parser(
        "view", parents=[which], help="show live frames with rate, missed frames and latency"
    )
    command.add_argument(
        "device", nargs="?", default="0", help="index, or serial number (default: the first camera)"
    )
    command.add_argument("--framerate", type=_positive, default=30.0, metavar="FPS")
    command.add_argument("--exposure", type=_positive, default=1500.0, metavar="US", help="microseconds")
    command.add_argument("--seconds", type=_positive, help="end after this time (default: at Ctrl-C)")
    command.add_argument("--frames", type=int, help="end after so many frames")
    command.add_argument(
        "--window", action=argparse.BooleanOptionalAction, default=None, help="in a window, or never in one"
    )
    command.set_defaults(run=_view)
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def _sdk(options: argparse.Namespace) -> str | None:
    return "virtual" if options.virtual else options.sdk


def _list(options: argparse.Namespace) -> int:
    found = list_cameras(_sdk(options))
    if options.json:
        print(json.dumps([camera._asdict() for camera in found], indent=2))
        return 0
    console = Console()
    if not found:
        console.print("No camera found. Virtual cameras: llpyspin list --virtual", highlight=False)
        return 1
    in_use = {True: "in use", False: "free", None: "?"}
    table = Table("index", "serial", "model", "interface", "")
    for index, camera in enumerate(found):
        table.add_row(str(index), camera.serial, camera.model, camera.interface, in_use[camera.in_use])
    console.print(table)
    return 0


def _view(options: argparse.Namespace) -> int:
    device = options.device
    console = Console()
    with VideoStream(
        # Serial numbers have eight digits; shorter numbers are indices.
        int(device) if device.isdigit() and len(device) < 5 else device,
        framerate=options.framerate,
        exposure=options.exposure,
        sdk=_sdk(options),
    ) as cap:
        info = cap.info
        kind = "virtual camera" if info.virtual else "camera"
        title = f"{kind} {info.serial} ({info.model}), {info.sdk} {info.sdk_version}"
        shown = choose_view(console, title, options.window)
        figures = view(cap, shown, seconds=options.seconds, frames=options.frames)
    console.print(figures.summary(), highlight=False, soft_wrap=True)
    return 0 if figures.frames else 1


if __name__ == "__main__":
    sys.exit(main())
