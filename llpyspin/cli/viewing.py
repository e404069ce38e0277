"""``llpyspin view``: live frames of one camera, or of several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Number, Whole, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["view"]


@click.command(
    cls=Command,
    short_help="Show live frames of cameras.",
    examples=[
        ("all cameras, side by side", "llpyspin view"),
        ("one camera by its serial number, faster", "llpyspin view 12345678 --framerate 100"),
        (
            "the first virtual camera in the terminal, for 5 s",
            "llpyspin view 0 --virtual --no-window --seconds 5",
        ),
    ],
)
@click.argument("devices", metavar="[DEVICE]...", nargs=-1)
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
    devices: tuple[str, ...],
    sdk: str | None,
    framerate: float | None,
    exposure: float | None,
    seconds: float | None,
    frames: int | None,
    window: bool | None,
) -> int:
    """Show live frames with their rate, missed frames, and latency.

    DEVICE is an index or a serial number. Several cameras are side by side, and so are all connected ones
    without a DEVICE. The frames are in a window where there is a screen and OpenCV, otherwise in the
    terminal. Ctrl-C ends it, in a window also q or Escape.
    """
    from llpyspin.camera.defaults import DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
    from llpyspin.cli.live import choose_view
    from llpyspin.cli.liveall import connected, opened, view_all

    chosen = [_device(each) for each in devices] or connected(sdk)
    settings = {
        "framerate": DEFAULT_FRAMERATE if framerate is None else framerate,
        "exposure": DEFAULT_EXPOSURE if exposure is None else exposure,
    }
    if len(chosen) == 1:
        return _one(output, chosen[0], sdk, settings, seconds=seconds, frames=frames, window=window)
    with opened(chosen, sdk=sdk, **settings) as caps:
        shown = choose_view(output.console, f"{len(caps)} cameras", window, notes=not output.quiet)
        figures = view_all(caps, shown, seconds=seconds, frames=frames)
    lines = [f"{serial}: {each.summary()}" for serial, each in figures.items()]
    output.result("\n".join(lines), {serial: each.as_dict() for serial, each in figures.items()})
    return 0 if all(each.frames for each in figures.values()) else 1


def _device(text: str) -> int | str:
    """Serial numbers have eight digits; shorter numbers are indices."""
    return int(text) if text.isdecimal() and len(text) < 5 else text


def _one(
    output: Output,
    device: int | str,
    sdk: str | None,
    settings: dict[str, Any],
    *,
    seconds: float | None,
    frames: int | None,
    window: bool | None,
) -> int:
    from llpyspin.cli.live import choose_view, view_frames
    from llpyspin.streaming import VideoStream

    with VideoStream(device, sdk=sdk, **settings) as cap:
        info = cap.info
        kind = "virtual camera" if info.virtual else "camera"
        title = f"{kind} {info.serial} ({info.model}), {info.sdk} {info.sdk_version}"
        shown = choose_view(output.console, title, window, notes=not output.quiet)
        figures = view_frames(cap, shown, seconds=seconds, frames=frames)
    output.result(figures.summary(), figures.as_dict())
    return 0 if figures.frames else 1
