"""``llpyspin record``: several cameras, hardware-triggered, into a session's folder, with the account."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import shlex
from typing import TYPE_CHECKING, Any

from rich.console import Console

from llpyspin.applying import is_slower
from llpyspin.camera.defaults import DEFAULT_FRAMERATE
from llpyspin.camera.which import list_cameras
from llpyspin.cli.common import complain, positive, sdk_of
from llpyspin.errors import CameraNotFoundError, RigConfigError
from llpyspin.rig import CameraConfig, Rig, RigConfig, load_config
from llpyspin.rig.config import ON_FAILURE

if TYPE_CHECKING:
    from llpyspin.cli.common import Commands
    from llpyspin.recording.session import Session

__all__ = ["add"]

_RECORD = ("codec", "quality", "overflow", "segment_seconds", "overwrite", "fill")
_WORLD = "LLPYSPIN_VIRTUAL"


def add(commands: Commands, which: argparse.ArgumentParser) -> None:
    """Tell the parser of the command."""
    command = commands.add_parser(
        "record",
        parents=[which],
        help="record hardware-triggered cameras, and print the account",
        description="Record several cameras into a folder. The first camera triggers the others. The folder "
        "has videos, one row for each trigger, all settings, and the account. Ctrl-C ends the recording "
        "cleanly.",
    )
    command.add_argument("--config", metavar="RIG.YAML", help="cameras, roles, settings and wiring")
    command.add_argument(
        "--cameras",
        metavar="N | SERIAL,SERIAL",
        help="how many, or which; the first one is the primary (default: all connected cameras)",
    )
    command.add_argument("--seconds", type=positive, help="how long (default: until Ctrl-C)")
    command.add_argument(
        "--out", metavar="FOLDER", help="new or empty folder (default: named after the time)"
    )
    command.add_argument("--framerate", type=positive, metavar="FPS", help="triggers per second")
    command.add_argument("--exposure", type=positive, metavar="US", help="microseconds, for all cameras")
    command.add_argument(
        "--external",
        action="store_true",
        help="an external generator sends the triggers; --framerate is its rate",
    )
    command.add_argument(
        "--sync", choices=("lines", "ptp"), help="trigger by wires, or by the clocks of GigE cameras"
    )
    command.add_argument("--codec", help="h264, h265, av1, ffv1, mjpeg, raw, tiff, hdf5 … or an encoder")
    command.add_argument("--quality", type=float, help="the codec's own constant quality")
    command.add_argument(
        "--overflow", choices=("spill", "drop", "stop"), help="what to do if the encoder is too slow"
    )
    command.add_argument("--segment-seconds", type=positive, metavar="S", help="length of each file")
    command.add_argument(
        "--fill",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="blank pictures for lost frames, so that picture n is trigger n (default)",
    )
    command.add_argument("--on-failure", choices=ON_FAILURE, help="what to do if a camera or a process fails")
    command.add_argument(
        "--allow-lower-rate",
        action="store_true",
        help="record even if the other settings of the camera do not allow --framerate",
    )
    command.add_argument("--overwrite", action="store_true", default=None, help="replace an older session")
    command.add_argument("--quiet", action="store_true", help="show no progress")
    command.set_defaults(run=_record)


def _record(options: argparse.Namespace) -> int:
    config = _configuration(options)
    chosen = {name: getattr(options, name) for name in _RECORD if getattr(options, name) is not None}
    console = Console(highlight=False, soft_wrap=True)
    _show_warnings()
    with Rig.from_config(config) as rig:
        _say_rate(rig)
        try:
            session = rig.record(
                options.seconds,
                options.out,
                progress=not options.quiet,
                on_failure=options.on_failure,
                **chosen,
            )
            return _tell(console, session, rig.folder)
        except (KeyboardInterrupt, SystemExit) as ended:
            status = 130 if isinstance(ended, KeyboardInterrupt) else int(ended.code or 0)
    # Only now are the cameras closed, and what was broken off is as complete as it will be.
    if rig.session is not None:
        _tell(console, rig.session, rig.folder)
    elif rig.folder and os.path.exists(rig.folder):
        place = shlex.quote(rig.folder)
        complain(f"Interrupted: {rig.folder} has no account yet. To complete it: llpyspin repair {place}")
    return status


def _say_rate(rig: Rig) -> None:
    """Say at which rate it records, where that is less than the default and nobody asked for a rate."""
    if rig.primary is None or rig[rig.primary].requested_framerate is not None:
        return
    rate = rig[rig.primary].rate
    if is_slower(rate, DEFAULT_FRAMERATE):
        complain(f"INFO : {rig.primary} runs at {rate:.5g} fps: its settings allow no more")


def _show_warnings() -> None:
    """As a program without logging has them, but for those that the account repeats."""
    logger = logging.getLogger("llpyspin")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        handler.addFilter(lambda record: not getattr(record, "in_account", False))
        logger.addHandler(handler)


def _tell(console: Console, session: Session, folder: str) -> int:
    account = session.account
    assert account is not None
    console.print(str(account), markup=False)
    console.print(f"\nRecorded to {folder}", markup=False)
    return 0 if account.adds_up and any(camera.triggers for camera in account.cameras) else 1


def _configuration(options: argparse.Namespace) -> RigConfig:
    """The file's, with what the command line says beside it; else the cameras that are there."""
    if options.config is not None:
        if options.cameras is not None or options.external:
            raise RigConfigError(
                "--config names the cameras and the trigger; leave out --cameras and --external"
            )
        return _changed(load_config(options.config), options)
    wanted = options.cameras
    if wanted is not None and not wanted.isdigit():
        devices = [name.strip() for name in wanted.split(",") if name.strip()]
    elif wanted is not None and len(wanted) > 4:  # a serial number
        devices = [wanted]
    else:
        devices = _connected(options, None if wanted is None else int(wanted))
    return RigConfig(
        tuple(CameraConfig(device) for device in devices),
        trigger="external" if options.external else "primary",
        framerate=options.framerate,
        exposure=options.exposure,
        sync=options.sync or "lines",
        sdk=sdk_of(options),
        allow_lower_rate=options.allow_lower_rate,
    )


def _changed(config: RigConfig, options: argparse.Namespace) -> RigConfig:
    changes: dict[str, Any] = {name: getattr(options, name) for name in ("framerate", "exposure", "sync")}
    changes["sdk"] = sdk_of(options)
    changes["allow_lower_rate"] = options.allow_lower_rate or None
    return dataclasses.replace(config, **{k: v for k, v in changes.items() if v is not None})


def _connected(options: argparse.Namespace, count: int | None) -> list[str]:
    """Serial numbers of the first ``count`` cameras, or of all."""
    if count is not None and count < 1:
        raise RigConfigError(f"a rig needs at least one camera, not {count}")
    sdk = sdk_of(options)
    if sdk == "virtual" and count is not None and count > 2 and not os.environ.get(_WORLD):
        os.environ[_WORLD] = _world_of(count)
    found = [camera.serial for camera in list_cameras(sdk)]
    if not found or (count is not None and len(found) < count):
        only = f"--cameras asks for {count} cameras, but only {len(found)} are connected: {', '.join(found)}"
        hint = (
            ""
            if sdk == "virtual"
            else ". To find the cause: llpyspin doctor. To use virtual cameras: --virtual"
        )
        raise CameraNotFoundError((only if found else "no camera is connected") + hint)
    return found[:count]


def _world_of(count: int) -> str:
    """So many virtual cameras, all triggered by the first one."""
    serials = [f"{20000001 + number}" for number in range(count)]
    return json.dumps(
        {
            "cameras": [{"serial": serial, "model": "BFS-U3-16S2M"} for serial in serials],
            "wires": [f"{serials[0]}:Line1 -> {serial}:Line3" for serial in serials[1:]],
        }
    )
