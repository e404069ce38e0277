"""Tables as CSV: a row for each trigger of a camera, and a row for each camera."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from llpyspin.export.material import Material, View

__all__ = ["CAMERA_COLUMNS", "FRAME_COLUMNS", "camera_row", "write_cameras", "write_frames", "write_table"]

FRAME_COLUMNS = (
    "frame",
    "trigger",
    "state",
    "where",
    "blank",
    "time_s",
    "time_measured",
    "utc",
    "host_ns",
    "camera_timestamp_ns",
    "arrival_ns",
    "frame_id",
    "exposure_us",
    "gain_db",
    "line_status",
    "video",
    "video_frame",
)
"""Of the table of one camera."""
CAMERA_COLUMNS = (
    "camera",
    "serial",
    "model",
    "role",
    "virtual",
    "replay_of",
    "callback",
    "triggers",
    "written",
    "incomplete",
    "lost",
    "clock_drift_ppm",
    "clock_offset_ns",
)


def write_frames(path: Path, view: View, material: Material) -> None:
    """Write a row for each trigger of a camera, and count the rows of the file.

    ``time_s`` counts from the first trigger of all cameras, on the computer's clock.  ``time_measured`` is 0
    for triggers without a frame, whose time is that of the other cameras or of their neighbours.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    zero = min(int(each.host_ns[0]) for each in material.views)
    write_table(path, FRAME_COLUMNS, (_frame(view, material, zero, at) for at in range(material.count)))


def _frame(view: View, material: Material, zero: int, at: int) -> list[Any]:
    row = view.columns[at]
    host, there = int(view.host_ns[at]), bool(view.pictures[at])
    return [
        at,
        int(row["trigger"]),
        str(row["state"]),
        str(row["where"]),
        int(view.blanks[at]),
        f"{(host - zero) / 1e9:.9f}",
        int(view.measured[at]),
        _utc(host, material.wall_offset_ns),
        host,
        *(_whole(row[name]) for name in ("camera_timestamp_ns", "host_timestamp_ns", "frame_id")),
        *("" if np.isnan(row[name]) else float(row[name]) for name in ("exposure_us", "gain_db")),
        _whole(row["line_status"]),
        view.files[int(row["part"])].name if there else "",
        _whole(row["frame"]),
    ]


def _whole(value: Any) -> int | str:
    return int(value) if value >= 0 else ""


def _utc(host_ns: int, wall_offset_ns: int | None) -> str:
    if wall_offset_ns is None:
        return ""
    return f"{np.datetime64(host_ns + wall_offset_ns, 'ns')}Z"


def write_cameras(path: Path, material: Material) -> None:
    """Write a row for each camera."""
    write_table(path, CAMERA_COLUMNS, [camera_row(view, material) for view in material.views])


def camera_row(view: View, material: Material) -> list[Any]:
    """The cells of a camera, as :data:`CAMERA_COLUMNS` names them."""
    record = view.record
    account = next((one for one in material.account.cameras if one.serial == record.serial), None)
    clock = None if account is None else account.clock
    counts = ["", "", "", ""]
    if account is not None:
        counts = [str(n) for n in (account.triggers, account.written, account.incomplete, account.all_lost)]
    return [
        view.name,
        record.serial,
        record.model,
        record.role,
        int(record.virtual),
        record.replay_of,
        record.callback,
        *counts,
        *(("", "") if clock is None else (clock.drift_ppm, clock.offset_ns)),
    ]


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file, and read it again to count its rows.

    Raises
    ------
    RecordingError
        It cannot be written, or has other rows than were written.
    """
    written = 0
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            for row in rows:
                writer.writerow(row)
                written += 1
        with path.open(encoding="utf-8", newline="") as file:
            found = sum(len(row) == len(header) for row in csv.reader(file)) - 1
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    if found != written:
        raise RecordingError(f"{path} has {found} rows, and {written} were written. This is a fault")
