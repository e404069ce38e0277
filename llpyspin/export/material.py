"""What a recording has for an export: of each camera one place for each trigger, the same for all cameras."""

from __future__ import annotations

import itertools
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.export.moments import UNKNOWN, exposed_ns, with_estimates
from llpyspin.recording.account.making import account_of
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.columns import ROW_DTYPE
from llpyspin.recording.foreign import is_plain_name
from llpyspin.recording.health.healthfile import health_files
from llpyspin.recording.loading import Recording
from llpyspin.recording.locating import find, spills_of
from llpyspin.recording.names import folded
from llpyspin.recording.rows import LOST
from llpyspin.recording.session import RECORDING
from llpyspin.recording.sidecar import being_written
from llpyspin.recording.sinks import open_video

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.clockfit import ClockFit
    from llpyspin.recording.locating import Found
    from llpyspin.recording.session import CameraRecord, Session

    Stamps = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Material", "View", "material_of"]

DEFAULT_RATE = 30.0
_MOST_GAP = 1_000_000
"""Triggers without a row that are believed; more can only be damage."""


@dataclass(frozen=True)
class View:
    """One camera.

    Attributes
    ----------
    record : CameraRecord
    name : str
        As in the recording; what a callback returned ends in "_returned".
    files : tuple of Path
        The videos, in the order of their triggers.
    columns : ndarray
        Structured, (triggers,): the row of each trigger; ``state`` is "" where there is none.
    host_ns : ndarray of int64
        (triggers,): when each trigger was, on the host's monotonic clock, rising.
    measured : ndarray of bool
        (triggers,): whether that is the time of a frame that came.
    """

    record: CameraRecord
    name: str
    files: tuple[Path, ...]
    columns: npt.NDArray[np.void]
    host_ns: Stamps
    measured: Flags

    @property
    def pictures(self) -> Flags:
        """(triggers,): whether the videos have a picture of a trigger, blank or not."""
        there: Flags = self.columns["frame"] >= 0
        return there

    @property
    def blanks(self) -> Flags:
        """(triggers,): whether a blank picture stands for a trigger, or has to."""
        blank: Flags = ~self.pictures | (self.columns["state"] == LOST)
        return blank

    @property
    def label(self) -> str:
        """The camera for people: a virtual one is called that."""
        if self.record.replay_of:
            return f"virtual camera {self.name} (replay of {self.record.replay_of})"
        return f"virtual camera {self.name}" if self.record.virtual else f"camera {self.name}"


@dataclass(frozen=True)
class Material:
    """A recording that can be exported.

    Attributes
    ----------
    session : Session
    account : Account
        That of the recording, or one made from its sidecars.
    folder : Path
        Of the recording.
    name : str
    first, count : int
        The first trigger, and how many there are.
    rate : Fraction or float
        Triggers per second that videos declare.
    views : tuple of View
        Cameras with at least one picture.
    wall_offset_ns : int or None
        UTC (ns since 1970) minus the host's monotonic clock; None: nothing says when it was recorded.
    notes : tuple of str
        What the recording lacks.
    health : Path or None
        The file with its health over time.
    """

    session: Session
    account: Account
    folder: Path
    name: str
    first: int
    count: int
    rate: float
    views: tuple[View, ...]
    wall_offset_ns: int | None
    notes: tuple[str, ...]
    health: Path | None = None

    @property
    def virtual(self) -> bool:
        """Whether any of the cameras is virtual."""
        return any(view.record.virtual for view in self.views)

    @property
    def started(self) -> datetime | None:
        """When it began, in UTC; None where nothing says so."""
        if self.session.started_utc:
            return datetime.fromisoformat(self.session.started_utc)
        if self.wall_offset_ns is None:
            return None
        first = min(int(view.host_ns[0]) for view in self.views) + self.wall_offset_ns
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=first // 1000)

    def only_own(self) -> Material:
        """Without what callbacks returned, where the camera's own pictures are there too."""
        own = {view.record.serial for view in self.views if not view.record.callback}
        kept = [view for view in self.views if not view.record.callback or view.record.serial not in own]
        left = [view.name for view in self.views if view not in kept]
        notes = [f"{name} has results of a callback and is left out" for name in left]
        return _changed(self, kept, notes)


def _changed(material: Material, views: Sequence[View], notes: Sequence[str]) -> Material:
    values = {name: getattr(material, name) for name in Material.__dataclass_fields__}
    return Material(**{**values, "views": tuple(views), "notes": (*material.notes, *notes)})


def material_of(path: str | os.PathLike[str]) -> Material:
    """Read all of a recording but its pictures.

    Raises
    ------
    RecordingError
        There is no recording, it is still being recorded, has no pictures, or is damaged.
    """
    found = find(path)
    session, folder = found.session, found.folder
    _check_ended(found)
    account = session.account or account_of(session, folder)
    session = session.replace(account=account)
    read = [(camera, Recording(camera, session, folder)) for camera in session.cameras]
    shown = [(camera, recording) for camera, recording in read if _has_pictures(recording)]
    if not shown:
        raise RecordingError(f"{found.path} has no pictures. There is nothing to export")
    first, count = _span([recording.columns for _, recording in shown], found.path)
    columns = [_by_trigger(recording.columns, first, count) for _, recording in shown]
    rate = _rate(shown, account)
    measured = [
        exposed_ns(each, _clock(session, camera), camera.clocks)
        for (camera, _), each in zip(shown, columns, strict=True)
    ]
    times = with_estimates(measured, 1e9 / rate)
    names = _names([camera for camera, _ in shown])
    return Material(
        session=session,
        account=account,
        folder=folder,
        name=_safe(session.name, found.path.stem),
        first=first,
        count=count,
        rate=rate,
        views=tuple(
            View(camera, name, recording.files, each, host_ns, raw != UNKNOWN)
            for (camera, recording), name, each, host_ns, raw in zip(
                shown, names, columns, times, measured, strict=True
            )
        ),
        wall_offset_ns=_wall_offset(session, columns),
        notes=tuple(_notes(found, read)),
        health=next(iter(health_files(found.path)), None),
    )


def _has_pictures(recording: Recording) -> bool:
    return len(recording.frames) > 0 and any(file.exists() for file in recording.files)


def _check_ended(found: Found) -> None:
    for camera in found.session.cameras:
        for file in camera.files:
            if being_written(found.folder / file.sidecar):
                raise RecordingError(f"{found.path} is still being recorded. Export it when it has ended")


def _clock(session: Session, camera: CameraRecord) -> ClockFit | None:
    """The account's fit, where one record alone has this serial number."""
    cameras = () if session.account is None else session.account.cameras
    fits = [one.clock for one in cameras if one.serial == camera.serial]
    return fits[0] if len(fits) == 1 else None


def _span(columns: Sequence[npt.NDArray[np.void]], path: Path) -> tuple[int, int]:
    """The first trigger of all cameras, and how many there are up to the last one."""
    for each in columns:
        if (np.diff(each["trigger"]) <= 0).any():
            raise RecordingError(f"{path}: the triggers of its rows do not rise. See llpyspin check")
    first = min(int(each["trigger"][0]) for each in columns)
    count = max(int(each["trigger"][-1]) for each in columns) - first + 1
    rows = max(len(each) for each in columns)
    if count > rows + _MOST_GAP:
        raise RecordingError(f"{path} has {rows} rows of {count} triggers. See llpyspin check")
    return first, count


def _by_trigger(columns: npt.NDArray[np.void], first: int, count: int) -> npt.NDArray[np.void]:
    """A row for each trigger; those that the sidecars do not have are empty."""
    result = np.zeros(count, ROW_DTYPE)
    for name in ROW_DTYPE.names or ():
        kind = ROW_DTYPE[name].kind
        absent: Any = {"i": -1, "f": np.nan, "U": "", "M": np.datetime64("NaT", "us")}[kind]
        result[name] = absent
    result["trigger"] = np.arange(first, first + count)
    result[columns["trigger"] - first] = columns
    return result


def _rate(shown: Sequence[tuple[CameraRecord, Recording]], account: Account) -> float:
    """Triggers per second: as the recording or its videos declare, else as they were measured."""
    told: Iterator[Any] = (camera.picture.get("rate") for camera, _ in shown)
    declared = (_declared(file) for _, recording in shown for file in recording.files)
    measured = (one.rate for one in account.cameras)
    for rate in itertools.chain(told, declared, measured):
        if isinstance(rate, (int, float)) and 0 < rate <= 1e6:
            return float(rate)
    return DEFAULT_RATE


def _declared(video: Path) -> float | None:
    """Pictures per second that a video declares; None where it does not, or cannot be read."""
    try:
        with open_video(video) as opened:
            return opened.rate
    except RecordingError:
        return None


def _names(cameras: Sequence[CameraRecord]) -> list[str]:
    """A name of its own for each."""
    names: list[str] = []
    for number, camera in enumerate(cameras):
        name = _safe(camera.name or camera.serial, f"camera{number}")
        taken = {folded(each) for each in names}
        if camera.callback and not name.endswith("_returned") and folded(name) in taken:
            name += "_returned"
        names.append(f"{name}_{number}" if folded(name) in taken else name)
    return names


def _safe(name: str, instead: str) -> str:
    """A name that can be one of a file in the folder at hand, and is not hidden there."""
    return name if is_plain_name(name) and not name.startswith(".") else instead


def _wall_offset(session: Session, columns: Sequence[npt.NDArray[np.void]]) -> int | None:
    if session.wall_offset_ns:
        return session.wall_offset_ns
    for each in columns:
        told = np.flatnonzero(~np.isnat(each["utc"]) & (each["host_timestamp_ns"] >= 0))
        if len(told):
            row = each[told[0]]
            return int(row["utc"].astype(np.int64)) * 1000 - int(row["host_timestamp_ns"])
    return None


def _notes(found: Found, read: Sequence[tuple[CameraRecord, Recording]]) -> list[str]:
    notes = []
    if found.session.state == RECORDING:
        notes.append(
            "the recording was killed, and only what is whole was exported. To complete it first: "
            f"llpyspin repair {shlex.quote(str(found.path.parent if found.written else found.path))}"
        )
    notes += [
        f"{spill.name} has frames that are not in any video and were not exported"
        for spill in spills_of(found)
    ]
    for camera, recording in read:
        label = camera.name or camera.serial
        if not _has_pictures(recording):
            notes.append(f"{label} has no pictures and is left out")
        if unassigned := sum(file.unassigned for file in camera.files):
            notes.append(f"{label}: {counted(unassigned, 'picture')} without a trigger left out")
        notes += [f"{label}: {file.name} is missing" for file in recording.files if not file.exists()]
    account = found.session.account
    return notes + (
        [] if account is None else [f"the account does not add up: {each}" for each in account.reasons]
    )
