"""How ``llpyspin record`` makes a rig of its options, records with it, and shows the account."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from rich.console import Group

from llpyspin.camera.defaults import DEFAULT_FRAMERATE
from llpyspin.camera.which import list_cameras
from llpyspin.cli.calibrating import check_calibration, record_board, tell_take
from llpyspin.cli.fitting import check_fit
from llpyspin.display.boards.boardkind import board_of
from llpyspin.errors import BudgetError, CameraNotFoundError, RigConfigError
from llpyspin.recording.budget import BUDGET, NAMES
from llpyspin.recording.metadata import described
from llpyspin.recording.notices.targetrules import several
from llpyspin.recording.options import CONTAINERS
from llpyspin.recording.reportnames import report_page
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.sinks.codecnames import codec_mistake
from llpyspin.rig import CameraConfig, Rig, RigConfig, load_config
from llpyspin.rig.folder import SessionFolder
from llpyspin.settings.applying import is_slower
from llpyspin.web.liveserver import check_can_serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.cli.results import Output
    from llpyspin.recording.session import Session
    from llpyspin.rig.unattended.schedule import Schedule

__all__ = ["OVER_BUDGET", "Request", "check_request", "configuration", "record_rig", "say_rate", "unattended"]

_RECORD = ("codec", "container", "quality", "overflow", "segment_seconds", "overwrite", "fill", "line_status")
_WORLD = "LLPYSPIN_VIRTUAL"
OVER_BUDGET = 4
"""Exit status of a recording that its budget ended."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What the command line asks for; None: nothing was said."""

    sdk: str | None = None
    config: str | None = None
    cameras: str | None = None
    seconds: float | None = None
    out: str | None = None
    framerate: float | None = None
    exposure: float | None = None
    external: bool = False
    sync: Literal["lines", "ptp"] | None = None
    codec: str | None = None
    container: str | None = None
    quality: float | None = None
    overflow: str | None = None
    segment_seconds: float | None = None
    fill: bool | None = None
    line_status: bool | None = None
    on_failure: str | None = None
    allow_lower_rate: bool = False
    overwrite: bool | None = None
    subject: str | None = None
    notes: str | None = None
    report: bool = False
    serve: bool = False
    control: bool = False
    calibration: str | None = None
    square_mm: float | None = None
    marker_mm: float | None = None
    dictionary: str | None = None
    legacy_board: bool = False
    every: float | None = None
    for_: float | None = None
    until: str | None = None
    sessions: int | None = None
    name: str | None = None
    schedule: Schedule | None = None
    min_disk: int | None = None
    max_size: int | None = None
    max_temperature: float | None = None
    notify: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def words(self) -> dict[str, Any]:
        """What stands in the metadata of the recording."""
        return described(self.metadata, subject=self.subject, notes=self.notes)

    def sizes(self) -> dict[str, Any]:
        """Of the calibration board."""
        names = ("square_mm", "marker_mm", "dictionary")
        return {**{name: getattr(self, name) for name in names}, "legacy": self.legacy_board}

    def chosen(self) -> dict[str, Any]:
        """The options of recordings that something was said of."""
        return {name: getattr(self, name) for name in _RECORD if getattr(self, name) is not None}


def record_rig(request: Request, output: Output) -> int:
    """Record until the time is over, Ctrl-C or a failure; gives the exit status."""
    check_request(request)
    config = unattended(configuration(request, output), request)
    _check_folder(request)
    options: dict[str, Any] = {
        "on_failure": request.on_failure,
        "metadata": request.words(),
        **request.chosen(),
    }
    if config.hosts is not None:
        from llpyspin.cli.hostsrecording import record_over_hosts

        check_over_hosts(request)
        return record_over_hosts(config, request.seconds, request.out, options, output, _tell)
    if request.serve:
        check_can_serve()
    with Rig.from_config(config) as rig:
        say_rate(rig, output)
        if request.calibration is None:
            output.note(_how_it_ends(rig, request.seconds))
        if request.serve:  # the cameras are primed at once, and need not run freely before
            output.note(f"Live page: {rig.serve(free=False, control=request.control).url}", always=True)
        try:
            if request.calibration is not None:
                return _record_board(rig, request, output, options)
            session = rig.record(
                request.seconds,
                request.out,
                progress=not output.quiet,
                report=request.report,
                **options,
            )
            _say_report(request, rig.folder, output)
            return _tell(output, session, rig.folder)
        except BudgetError as error:
            output.fail(error)
            return OVER_BUDGET
        except (KeyboardInterrupt, SystemExit) as ended:
            status = 130 if isinstance(ended, KeyboardInterrupt) else int(ended.code or 0)
            if request.calibration is not None and rig.calibration is not None:
                tell_take(rig, output)
                return status
    # Only now are the cameras closed, and what was broken off is as complete as it will be.
    if rig.session is not None:
        _tell(output, rig.session, rig.folder)
    elif rig.folder and os.path.exists(rig.folder):
        place = shlex.quote(rig.folder)
        output.complain(
            f"Interrupted: {rig.folder} has no account yet. To complete it: llpyspin repair {place}"
        )
    return status


def check_over_hosts(request: Request) -> None:
    """Refuse what only the cameras of one computer have."""
    for name in ("serve", "calibration", "report"):
        if getattr(request, name):
            raise RigConfigError(f"--{name} is for the cameras of one computer, and this rig has hosts")


def check_request(request: Request) -> None:
    """Refuse a board or a codec that cannot be, before the cameras are opened."""
    if request.codec is not None:
        suffix = CONTAINERS.get(request.container or "")
        if mistake := codec_mistake(request.codec, suffix):
            raise click.UsageError(mistake, click.get_current_context(silent=True))
    sizes = {name: value for name, value in request.sizes().items() if value}
    if request.calibration is not None:
        check_calibration(report=request.report, overwrite=request.overwrite)
        board_of(request.calibration, **request.sizes())
    elif sizes:
        named = {"legacy": "legacy-board"}
        options = ", ".join(f"--{named.get(name, name).replace('_', '-')}" for name in sizes)
        raise RigConfigError(f"a calibration board has {options}, and there is none. Add --calibration BOARD")


def _record_board(rig: Rig, request: Request, output: Output, options: dict[str, Any]) -> int:
    assert request.calibration is not None
    status = record_board(
        *(rig, request.calibration, request.sizes(), output),
        seconds=request.seconds,
        out=request.out,
        options=options,
    )
    return OVER_BUDGET if rig.calibration is not None and _spent(rig.calibration.session) else status


def _say_report(request: Request, folder: str, output: Output) -> None:
    page = report_page(Path(folder, SESSION_FILE))
    if request.report and page.exists():
        output.note(f"Report: {page}")


def _check_folder(request: Request) -> None:
    """Refuse a folder that cannot be used before the cameras are opened."""
    if request.out is not None:
        SessionFolder(request.out, overwrite=bool(request.overwrite)).discard([])


def _how_it_ends(rig: Rig, seconds: float | None) -> str:
    cameras = f"{len(rig)} camera{'' if len(rig) == 1 else 's'}"
    if seconds is None:
        return f"{cameras}. Ctrl-C ends the recording."
    return f"{cameras}, for {seconds:g} s. Ctrl-C ends the recording earlier."


def say_rate(rig: Rig, output: Output) -> None:
    """Say at which rate it records, where that is less than the default and nobody asked for a rate."""
    if rig.primary is None or rig[rig.primary].requested_framerate is not None:
        return
    rate = rig[rig.primary].rate
    if is_slower(rate, DEFAULT_FRAMERATE):
        output.note(f"{rig.primary} runs at {rate:.5g} fps: its settings allow no more", always=True)


def _tell(output: Output, session: Session, folder: str) -> int:
    account = session.account
    assert account is not None
    output.result(
        Group(account, "", f"Recorded to {folder}"),
        {
            "folder": folder,
            "complete": account.complete,
            "adds_up": account.adds_up,
            "verdict": account.verdict,
            "account": account,
        },
    )
    if not account.adds_up or not any(camera.triggers for camera in account.cameras):
        return 1
    return OVER_BUDGET if _spent(session) else 0


def _spent(session: Session) -> bool:
    """Whether its budget ended the recording."""
    return any(event.kind == BUDGET for event in session.events)


def unattended(config: RigConfig, request: Request) -> RigConfig:
    """With the limits and the targets of notices that the command line adds to those of the file."""
    limits = {name: getattr(request, name) for name in NAMES if getattr(request, name) is not None}
    budget = {**config.budget, **limits}
    return dataclasses.replace(config, budget=budget, on_event=[*several(config.on_event), *request.notify])


def configuration(request: Request, output: Output) -> RigConfig:
    """The file's, with what the command line says beside it; else the cameras that are there."""
    if request.config is not None:
        if request.cameras is not None or request.external:
            raise RigConfigError(
                "--config names the cameras and the trigger. Leave out --cameras and --external"
            )
        config = _changed(load_config(request.config), request)
        check_fit(len(config.cameras), output)
        return config
    return RigConfig(
        tuple(CameraConfig(device) for device in _devices(request, output)),
        trigger="external" if request.external else "primary",
        framerate=request.framerate,
        exposure=request.exposure,
        sync=request.sync or "lines",
        sdk=request.sdk,
        allow_lower_rate=request.allow_lower_rate,
    )


def _changed(config: RigConfig, request: Request) -> RigConfig:
    changes: dict[str, Any] = {name: getattr(request, name) for name in ("framerate", "exposure", "sync")}
    changes["sdk"] = request.sdk
    changes["allow_lower_rate"] = request.allow_lower_rate or None
    return dataclasses.replace(config, **{k: v for k, v in changes.items() if v is not None})


def _devices(request: Request, output: Output) -> list[str]:
    """Serial numbers of the cameras that ``--cameras`` asks for; of all that are connected by default."""
    wanted = request.cameras
    count = None
    if wanted is not None:
        # Serial numbers have eight digits; shorter numbers are counts.
        if not wanted.isdecimal() or len(wanted) > 4:
            serials = [name.strip() for name in wanted.split(",") if name.strip()]
            check_fit(len(serials), output)
            return serials
        count = int(wanted)
        if count < 1:
            raise RigConfigError(f"a rig needs at least one camera, not {count}")
        if request.sdk == "virtual" and count > 2 and not os.environ.get(_WORLD):
            check_fit(count, output, full_frames=True)
            os.environ[_WORLD] = _world_of(count)
            return _serials(count)
    found = _connected(request.sdk, count)
    check_fit(len(found), output)
    return found


def _connected(sdk: str | None, count: int | None) -> list[str]:
    """Serial numbers of the first ``count`` cameras, or of all."""
    found = [camera.serial for camera in list_cameras(sdk)]
    if found and (count is None or len(found) >= count):
        return found[:count]
    text = "no camera is connected"
    if found:
        text = f"--cameras asks for {count} cameras, but only {len(found)} are connected: {', '.join(found)}"
    if sdk != "virtual":
        text += ". To find the cause: llpyspin doctor. To use virtual cameras: --virtual"
    raise CameraNotFoundError(text)


def _serials(count: int) -> list[str]:
    return [f"{20000001 + number}" for number in range(count)]


def _world_of(count: int) -> str:
    """So many virtual cameras, all triggered by the first one."""
    serials = _serials(count)
    return json.dumps(
        {
            "cameras": [{"serial": serial, "model": "BFS-U3-16S2M"} for serial in serials],
            "wires": [f"{serials[0]}:Line1 -> {serial}:Line3" for serial in serials[1:]],
        }
    )
