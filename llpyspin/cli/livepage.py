"""``llpyspin serve``: a live page of the cameras for browsers."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Number, Whole, with_sdk

if TYPE_CHECKING:
    from llpyspin.cli.results import Output

__all__ = ["serve"]


@click.command(
    cls=Command,
    short_help="Serve a live page of the cameras to browsers.",
    sections={
        "Cameras": ("--config", "--cameras", "--virtual", "--sdk", "--framerate", "--exposure"),
        "Control": ("--control", "--folder"),
        "Access": ("--host", "--port", "--name", "--certificate", "--key"),
        "Pictures": ("--rate", "--edge", "--viewers"),
    },
    examples=[
        ("all connected cameras, for browsers of this machine", "llpyspin serve"),
        ("two virtual cameras, at any port that is free", "llpyspin serve --virtual --cameras 2 --port 0"),
        ("to record from the page, into folders in data", "llpyspin serve --control --folder data"),
        (
            "for other machines, with TLS",
            "llpyspin serve --host 192.168.1.5 --certificate rig.pem --key rig.key",
        ),
    ],
)
@with_sdk
@click.option("--config", type=click.Path(), metavar="RIG.YAML", help="Cameras, roles, settings and wiring.")
@click.option("--cameras", metavar="N|SERIAL,SERIAL", help="How many, or which. [default: all]")
@click.option("--framerate", type=Number("FPS"), help="Frames per second of the primary. [default: 30]")
@click.option("--exposure", type=Number("US"), help="Microseconds, for all cameras. [default: 1500]")
@click.option("--control", is_flag=True, help="The page can also change settings, prime, trigger and stop.")
@click.option(
    "--folder", type=click.Path(), metavar="FOLDER", help="Where the page makes sessions. [default: here]"
)
@click.option("--host", metavar="ADDRESS", help="Address to listen at. [default: 127.0.0.1]")
@click.option("--port", type=int, metavar="PORT", help="Port to listen at, 0: any. [default: 8765, or any]")
@click.option(
    "--name",
    "names",
    metavar="NAME",
    multiple=True,
    help="Name by which browsers call this machine. Can be repeated.",
)
@click.option("--certificate", type=click.Path(), metavar="FILE", help="For TLS, in PEM format.")
@click.option("--key", type=click.Path(), metavar="FILE", help="For TLS, in PEM format.")
@click.option("--rate", type=Number("HZ"), help="Pictures per second of each camera. [default: 15]")
@click.option("--edge", type=Whole(), metavar="PIXELS", help="Longest edge of the pictures. [default: 640]")
@click.option("--viewers", type=Whole(), metavar="N", help="Pages at the same time. [default: 16]")
@click.option("--seconds", type=Number("S"), help="End after this time. [default: at Ctrl-C]")
@click.pass_obj
def serve(
    output: Output,
    /,
    *,
    sdk: str | None,
    config: str | None,
    cameras: str | None,
    framerate: float | None,
    exposure: float | None,
    seconds: float | None,
    **options: Any,
) -> int:
    """Serve a page with a live picture of each camera, and its figures, to browsers.

    Open the URL that is printed. It has a token: whoever has it can look. Only with --control can the page
    change anything. The cameras run freely until it primes them. To record meanwhile: llpyspin record --serve
    """
    from llpyspin.cli.rigging import Request, configuration
    from llpyspin.rig import Rig
    from llpyspin.sync.signals import signals_noted
    from llpyspin.web.liveserver import check_can_serve
    from llpyspin.web.serverplan import plan_from

    plan_from(options)  # refuses what makes no sense before a camera is opened
    check_can_serve()
    request = Request(sdk=sdk, config=config, cameras=cameras, framerate=framerate, exposure=exposure)
    with Rig.from_config(configuration(request, output)) as rig, signals_noted() as asked:
        server = rig.serve(**options)
        output.result(server.url, {"url": server.url, "port": server.port, "cameras": rig.names})
        sys.stdout.flush()  # for a program that waits for the URL
        output.note(f"Ctrl-C ends the live page{', and a recording' if options['control'] else ''}.")
        asked.wait(server.over, seconds)
        ended = not server.alive and not asked.signal
        if ended and rig.primed:
            output.complain("The live page has ended. The recording goes on. Ctrl-C ends it.")
            asked.wait(threading.Event(), None)
    return 1 if ended else 0
