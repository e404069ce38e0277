"""``llpyspin view``: live frames of one camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command, Number, Whole, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["view"]


@click.command(
    cls=Command,
    short_help="Show live frames of a camera.",
    examples=[
        ("the first camera", "llpyspin view"),
        ("a camera by its serial number, faster", "llpyspin view 12345678 --framerate 100"),
        ("a virtual camera in the terminal, for 5 s", "llpyspin view --virtual --no-window --seconds 5"),
    ],
)
@click.argument("device", default="0")
@with_sdk
@click.option("--framerate", type=Number("FPS"), help="Frames per second. [default: 30]")
@click.option("--exposure", type=Number("US"), help="Microseconds. [default: 1500]")
@click.option("--seconds", type=Number("S"), help="End after this time. [default: at Ctrl-C]")
@click.option("--frames", type=Whole(), metavar="N", help="End after so many frames.")
@click.option("--window/--no-window", default=None, help="Always in a window, or never in one.")
@click.pass_obj
def view(
    output: Output,
    *,
    device: str,
    sdk: str | None,
    framerate: float | None,
    exposure: float | None,
    seconds: float | None,
    frames: int | None,
    window: bool | None,
) -> int:
    """Show live frames with their rate, missed frames, and latency.

    DEVICE is an index or a serial number, by default the first camera. The frames are in a window where
    there is a screen and OpenCV, otherwise in the terminal. Ctrl-C ends it, in a window also q or Escape.
    """
    from llpyspin.camera.defaults import DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
    from llpyspin.cli.live import choose_view, view_frames
    from llpyspin.streaming import VideoStream

    with VideoStream(
        # Serial numbers have eight digits; shorter numbers are indices.
        int(device) if device.isdecimal() and len(device) < 5 else device,
        framerate=DEFAULT_FRAMERATE if framerate is None else framerate,
        exposure=DEFAULT_EXPOSURE if exposure is None else exposure,
        sdk=sdk,
    ) as cap:
        info = cap.info
        kind = "virtual camera" if info.virtual else "camera"
        title = f"{kind} {info.serial} ({info.model}), {info.sdk} {info.sdk_version}"
        shown = choose_view(output.console, title, window, notes=not output.quiet)
        figures = view_frames(cap, shown, seconds=seconds, frames=frames)
    output.result(figures.summary(), figures.as_dict())
    return 0 if figures.frames else 1
