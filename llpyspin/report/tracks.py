"""The rows of each camera as arrays; a damaged sidecar costs its damaged lines only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.account.oneclock import NEW_CLOCK_NS
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.rows import LOST, PLACES, STATES, Row, row_of
from llpyspin.recording.sidecar import lines_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.recording.account.data import CameraAccount
    from llpyspin.recording.session import CameraRecord

    Ints = npt.NDArray[np.int64]

__all__ = ["FATES", "TRACK_DTYPE", "Run", "Track", "track_of", "track_of_rows"]

FATES = (*STATES[:2], *PLACES)
"""What became of a trigger, by the number in ``fate``: written, incomplete, or the place of the loss."""

TRACK_DTYPE = np.dtype(
    [
        ("trigger", np.int64),
        ("frame", np.int64),
        ("camera_ns", np.int64),
        ("host_ns", np.int64),
        ("exposure_us", np.float64),
        ("part", np.int16),
        ("fate", np.uint8),
    ]
)
"""Whole numbers are -1 and others NaN where the sidecar has nothing."""

_BATCH = 50_000
_LATEST_NS = 1 << 61  # 73 years; later times are of damaged files, and their differences overflow
_CODES = {fate: code for code, fate in enumerate(FATES)}


class Run(NamedTuple):
    """Triggers in a row without a whole picture: the first, how many, and the place of most."""

    first: int
    length: int
    fate: str


@dataclass(frozen=True, eq=False)
class Track:
    """What one camera's sidecars say.

    Attributes
    ----------
    record : CameraRecord
    account : CameraAccount
    rows : ndarray
        Of :data:`TRACK_DTYPE`, by trigger.
    files : tuple of Path
        The videos; ``part`` of a row is the index in it.
    problems : tuple of str
        What could not be read.
    """

    record: CameraRecord
    account: CameraAccount
    rows: npt.NDArray[np.void]
    files: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call the camera."""
        return self.record.name or self.record.serial or "camera"

    @property
    def arrived(self) -> npt.NDArray[np.void]:
        """Rows of frames that came, whole or not, with both times, while the fitted clock ran."""
        camera_ns, host_ns = self.rows["camera_ns"], self.rows["host_ns"]
        known = (camera_ns >= 0) & (camera_ns < _LATEST_NS) & (host_ns >= 0) & (host_ns < _LATEST_NS)
        rows = self.rows[known]
        fit = self.account.clock
        if fit is None or not len(rows):
            return rows
        off = np.abs(rows["host_ns"] - fit.host_times(rows["camera_ns"]))
        return rows[off < NEW_CLOCK_NS]

    def delays_ns(self) -> Ints:
        """From the timestamp of each of the :attr:`arrived` to its arrival; empty without a fit."""
        fit, rows = self.account.clock, self.arrived
        if fit is None:
            return np.empty(0, np.int64)
        late: Ints = rows["host_ns"] - fit.host_times(rows["camera_ns"])
        return late

    def host_times(self) -> tuple[Ints, Ints]:
        """Triggers, and when their frames were taken, on the host's clock; without a fit: when they came."""
        fit, rows = self.account.clock, self.arrived
        return rows["trigger"], rows["host_ns"] if fit is None else fit.host_times(rows["camera_ns"])

    def runs(self) -> list[Run]:
        """Where frames are missing: triggers in a row."""
        bad = np.flatnonzero(self.rows["fate"] > 0)
        if not len(bad):
            return []
        triggers = self.rows["trigger"][bad]
        groups = np.split(bad, np.flatnonzero(np.diff(triggers) > 1) + 1)
        return [_run(self.rows[group]) for group in groups]


def _run(rows: npt.NDArray[np.void]) -> Run:
    counts = np.bincount(rows["fate"], minlength=len(FATES))
    return Run(int(rows["trigger"][0]), len(rows), FATES[int(counts.argmax())])


def track_of(record: CameraRecord, account: CameraAccount, folder: Path) -> Track:
    """Read the sidecars of a camera; what cannot be read is among the problems."""
    problems: list[str] = []
    segments = []
    for file in record.files:
        try:
            lines = lines_of_file(folder / file.sidecar)
        except (OSError, RecordingError) as error:
            problems.append(f"{file.sidecar} cannot be read: {getattr(error, 'strerror', None) or error}")
            lines = []
        rows, damaged = _rows_of(lines)
        if damaged:
            problems.append(f"{file.sidecar}: {counted(damaged, 'line')} cannot be read")
        segments.append((rows, folder / file.video))
    segments.sort(key=lambda segment: int(segment[0]["trigger"][0]) if len(segment[0]) else -1)
    for part, (rows, _) in enumerate(segments):
        rows["part"] = part
    every = np.concatenate([np.empty(0, TRACK_DTYPE), *(rows for rows, _ in segments)])
    ordered = every[np.argsort(every["trigger"], kind="stable")]
    return Track(record, account, ordered, tuple(video for _, video in segments), tuple(problems))


def track_of_rows(record: CameraRecord, account: CameraAccount, rows: Sequence[Row]) -> Track:
    """The same of rows that are at hand."""
    return Track(record, account, _columns(rows))


def _rows_of(lines: Sequence[str]) -> tuple[npt.NDArray[np.void], int]:
    """The rows of lines, and how many lines are damaged."""
    parts = [np.empty(0, TRACK_DTYPE)]
    damaged = 0
    for start in range(0, len(lines), _BATCH):
        rows = []
        for line in lines[start : start + _BATCH]:
            try:
                rows.append(row_of(line))
            except ValueError:
                damaged += 1
        parts.append(_columns(rows))
    return np.concatenate(parts), damaged


def _columns(rows: Sequence[Row]) -> npt.NDArray[np.void]:
    columns = np.zeros(len(rows), TRACK_DTYPE)
    columns["trigger"] = [row.trigger for row in rows]
    columns["frame"] = [_or(row.frame) for row in rows]
    columns["camera_ns"] = [_or(row.camera_timestamp_ns) for row in rows]
    columns["host_ns"] = [_or(row.host_timestamp_ns) for row in rows]
    columns["exposure_us"] = [np.nan if row.exposure_us is None else row.exposure_us for row in rows]
    columns["fate"] = [_CODES[row.where if row.state == LOST else row.state] for row in rows]
    return columns


def _or(value: int | None) -> int:
    return -1 if value is None else value
