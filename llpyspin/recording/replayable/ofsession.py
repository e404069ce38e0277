"""A recording of this package, to be replayed: its cameras with their triggers, timestamps and losses."""

from __future__ import annotations

import re
import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.loading import Recording
from llpyspin.recording.locating import find
from llpyspin.recording.replayable.probing import DEFAULT_RATE, Kind, formats_for, probe, usable_rate
from llpyspin.recording.rows import INCOMPLETE
from llpyspin.recording.rows import LOST as ROW_LOST
from llpyspin.recording.session import RECORDING
from llpyspin.virtual.footage import (
    DAMAGED,
    LOST,
    SENT,
    SHOT,
    UNEXPOSED,
    CameraFootage,
    Footage,
    Geometry,
)

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.recording.session import CameraRecord, Session

__all__ = ["session_footage", "shots_of"]

Array = np.ndarray[Any, Any]

_SERIAL = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_MOST_PPM = 400.0
_MOST_GAP = 1_000_000
"""Triggers without a row that are believed; more can only be damage."""


def session_footage(path: Path, rate: float | None = None) -> Footage:
    """Open the recording that belongs to a path.

    Raises
    ------
    RecordingError
        It is not complete, has no pictures, or is damaged.
    """
    found = find(path)
    session = found.session
    if rate is not None:
        raise RecordingError(f"{path} has recorded timestamps. Leave out framerate, which is for pictures")
    if session.state == RECORDING:
        raise RecordingError(
            f"{path} is still being recorded, or was killed. Wait until it ends, or complete it: "
            f"llpyspin repair {shlex.quote(str(path))}"
        )
    cameras = [_camera(camera, session, found.folder) for camera in _own(session)]
    if not cameras:
        raise RecordingError(f"{path} has no camera")
    if all(camera is None for camera in cameras):
        raise RecordingError(f"{path} has no pictures")
    there = tuple(camera for camera in cameras if camera is not None)
    return Footage(str(path), there, tuple(session.wiring))


def _own(session: Session) -> list[CameraRecord]:
    """One record for each camera: what it gave itself rather than what a callback returned."""
    chosen: dict[str, CameraRecord] = {}
    for camera in session.cameras:
        if camera.serial not in chosen or (chosen[camera.serial].callback and not camera.callback):
            chosen[camera.serial] = camera
    return list(chosen.values())


def _camera(camera: CameraRecord, session: Session, folder: Path) -> CameraFootage | None:
    """None for a camera without any picture, of which no file was begun."""
    serial = camera.serial
    if not _SERIAL.fullmatch(serial):
        raise RecordingError(f"the recording has a camera with the serial number {serial!r}")
    kind = probe(folder / file.video for file in camera.files) or _declared(camera)
    if kind is None:
        return None
    formats = formats_for(kind, str(camera.settings.get("pixel_format", "")), f"camera {serial}")
    y, x = _corner(camera, kind)
    return CameraFootage(
        serial=serial,
        model=camera.model or "Blackfly S replay",
        interface=camera.interface,
        color=kind.color,
        geometry=Geometry(kind.width, kind.height, formats, x, y, _rate(camera, kind)),
        open=partial(SessionReel, camera, session, folder),
        name=camera.name,
        clock_ppm=_clock_ppm(session, serial),
    )


def _declared(camera: CameraRecord) -> Kind | None:
    """The kind of the pictures as the session declares it, for a camera of which none was written."""
    height, width = camera.picture.get("height"), camera.picture.get("width")
    if not (isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0):
        return None
    return Kind(height, width, color=False, bits=8)


def _corner(camera: CameraRecord, kind: Kind) -> tuple[int, int]:
    """Where the region was on the sensor: y, x."""
    roi = camera.settings.get("roi")
    if not (isinstance(roi, (list, tuple)) and len(roi) == 4 and all(isinstance(n, int) for n in roi)):
        return 0, 0
    y, x, height, width = roi
    inside = (height, width) == (kind.height, kind.width) and 0 <= y <= 65_535 and 0 <= x <= 65_535
    return (y, x) if inside and not camera.callback else (0, 0)


def _rate(camera: CameraRecord, kind: Kind) -> float:
    period = camera.armed.get("period_ns")
    if isinstance(period, int) and period > 0:
        return usable_rate(1e9 / period) or DEFAULT_RATE
    return usable_rate(camera.picture.get("rate")) or kind.rate or DEFAULT_RATE


def _clock_ppm(session: Session, serial: str) -> float:
    """How much faster the camera's clock ran than the computer's, where the account knows it for sure."""
    account = session.account
    fit = next((one.clock for one in account.cameras if one.serial == serial), None) if account else None
    if fit is None or fit.drift_error_ppm is None or abs(fit.drift_ppm) <= fit.drift_error_ppm:
        return 0.0
    return float(np.clip(-fit.drift_ppm, -_MOST_PPM, _MOST_PPM))


class SessionReel:
    """The triggers and pictures of one camera; implements :class:`llpyspin.virtual.footage.Reel`."""

    def __init__(self, camera: CameraRecord, session: Session, folder: Path) -> None:
        recording = Recording(camera, session, folder)
        for file in recording.files:
            if not file.exists():
                raise RecordingError(f"{file} does not exist; the recording needs it")
        self.shots = shots_of(recording.columns, session.first_trigger)
        self.pictures = recording.frames


def shots_of(columns: Array, first_trigger: int) -> Array:
    """One element for each trigger, from the first one of the session on; those without a row were missed.

    Raises
    ------
    RecordingError
        There are no rows, or their triggers do not rise.
    """
    if not len(columns):
        raise RecordingError("there are no rows, so nothing says when its pictures were taken")
    triggers = columns["trigger"]
    if (np.diff(triggers) <= 0).any():
        raise RecordingError("the triggers of its rows do not rise. See llpyspin check")
    first = min(first_trigger, int(triggers[0]))
    count = int(triggers[-1]) - first + 1
    if count > len(columns) + _MOST_GAP:
        raise RecordingError(f"there are {len(columns)} rows of {count} triggers. See llpyspin check")
    shots = np.zeros(count, SHOT)
    shots["fate"], shots["end_ns"], shots["picture"], shots["line_status"] = UNEXPOSED, -1, -1, -1
    shots["exposure_us"] = shots["gain_db"] = np.nan
    at = triggers - first
    lost = columns["state"] == ROW_LOST
    fates = np.where(columns["state"] == INCOMPLETE, DAMAGED, SENT)
    fates[lost] = np.where(columns["where"][lost] == "sensor", UNEXPOSED, LOST)
    numbers = np.cumsum(columns["frame"] >= 0) - 1
    fates[~lost & (columns["frame"] < 0)] = LOST  # it came, and no picture of it is there
    shots["fate"][at] = fates
    shots["picture"][at] = np.where(columns["frame"] >= 0, numbers, -1)
    shots["end_ns"][at] = columns["camera_timestamp_ns"]
    for name in ("exposure_us", "gain_db", "line_status"):
        shots[name][at] = columns[name]
    return shots
