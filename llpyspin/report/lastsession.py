"""The last session of the same cameras, and what is different now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.recording.session import SESSION_FILE, Session
from llpyspin.report.document import Comparison, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.recording.locating import Found
    from llpyspin.recording.session import CameraRecord

__all__ = ["compared", "differences", "session_before"]

MOST = 200
"""Of the recordings beside this one, so many of the newest are looked at."""
_FROM_ARMED = ("most_framerate", "readout_us")


def compared(found: Found) -> Comparison | None:
    """What is different from the session before; None where there is none beside this one."""
    before = session_before(found)
    if before is None:
        return None
    path, session = before
    return Comparison(str(path), session.started_utc, tuple(differences(session, found.session)))


def session_before(found: Found) -> tuple[Path, Session] | None:
    """The newest older recording of the same serial numbers in the folder around this one."""
    began = _moment(found.session)
    if began is None:
        return None
    best: tuple[datetime, Path, Session] | None = None
    for path in _beside(found):
        try:
            session = Session.read(path)
        except RecordingError:
            continue
        when = _moment(session)
        if when is None or when >= began or _serials(session) != _serials(found.session):
            continue
        if best is None or when > best[0]:
            best = when, path, session
    return None if best is None else best[1:]


def differences(before: Session, now: Session) -> Iterator[Difference]:
    """Values that are not the same: cameras' settings, lines and encoders, the rig's options, versions."""
    cameras = {camera.serial: camera for camera in before.cameras}
    for camera in now.cameras:
        older = cameras[camera.serial]
        yield from _unlike(camera.name or camera.serial, _values(older), _values(camera))
    yield from _unlike("", _common(before), _common(now))


def _values(camera: CameraRecord) -> dict[str, Any]:
    armed = {name: camera.armed.get(name) for name in _FROM_ARMED}
    own = {"name": camera.name, "role": camera.role, "model": camera.model, "encoder": camera.sink}
    lines = {f"lines.{name}": value for name, value in camera.lines.items()}
    return {**own, **camera.settings, **lines, **armed, "virtual": camera.virtual}


def _common(session: Session) -> dict[str, Any]:
    options = {f"record.{name}": value for name, value in session.options.items() if name != "overwrite"}
    versions = {f"version of {name}": value for name, value in session.versions.items()}
    rest = {"sync": session.sync, "wiring": ", ".join(session.wiring), "computer": session.host}
    return {**rest, **options, **versions}


def _unlike(camera: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys((*now, *before)):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield Difference(camera, name, _text(old), _text(new))


def _text(value: Any) -> str:
    return "–" if value is None or value == "" else f"{value:.7g}" if isinstance(value, float) else str(value)


def _beside(found: Found) -> list[Path]:
    """JSON files of other recordings, the newest first."""
    single = found.path.name != SESSION_FILE
    folder = found.folder if single else found.folder.absolute().parent
    pattern = "*.json" if single else f"*/{SESSION_FILE}"
    try:
        paths = [path for path in folder.glob(pattern) if path != found.path]
        dated = sorted(((path.stat().st_mtime, path) for path in paths), reverse=True)
    except OSError:
        return []
    return [path for _, path in dated[:MOST]]


def _serials(session: Session) -> list[str]:
    return sorted(camera.serial for camera in session.cameras)


def _moment(session: Session) -> datetime | None:
    return datetime.fromisoformat(session.started_utc) if session.started_utc else None
