"""``llpyspin view``: live frames of one camera."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.console import Console

from llpyspin.camera.defaults import DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
from llpyspin.cli.common import positive, sdk_of, whole
from llpyspin.cli.live import choose_view, view
from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    from llpyspin.cli.common import Commands

__all__ = ["add"]


def add(commands: Commands, which: argparse.ArgumentParser) -> None:
    """Tell the parser of the command."""
    command = commands.add_parser(
        "view", parents=[which], help="show live frames with rate, missed frames and latency"
    )
    command.add_argument(
        "device", nargs="?", default="0", help="index, or serial number (default: the first camera)"
    )
    command.add_argument(
        "--framerate",
        type=positive,
        default=DEFAULT_FRAMERATE,
        metavar="FPS",
        help="frames per second (default: 30)",
    )
    command.add_argument(
        "--exposure",
        type=positive,
        default=DEFAULT_EXPOSURE,
        metavar="US",
        help="microseconds (default: 1500)",
    )
    command.add_argument("--seconds", type=positive, help="end after this time (default: at Ctrl-C)")
    command.add_argument("--frames", type=whole, help="end after so many frames")
    command.add_argument(
        "--window", action=argparse.BooleanOptionalAction, default=None, help="in a window, or never in one"
    )
    command.set_defaults(run=_view)


def _view(options: argparse.Namespace) -> int:
    device = options.device
    console = Console()
    with VideoStream(
        # Serial numbers have eight digits; shorter numbers are indices.
        int(device) if device.isdigit() and len(device) < 5 else device,
        framerate=options.framerate,
        exposure=options.exposure,
        sdk=sdk_of(options),
    ) as cap:
        info = cap.info
        kind = "virtual camera" if info.virtual else "camera"
        title = f"{kind} {info.serial} ({info.model}), {info.sdk} {info.sdk_version}"
        shown = choose_view(console, title, options.window)
        figures = view(cap, shown, seconds=options.seconds, frames=options.frames)
    console.print(figures.summary(), highlight=False, soft_wrap=True)
    return 0 if figures.frames else 1
