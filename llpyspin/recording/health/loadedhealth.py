"""The health of a recording as a numpy array, and what ``check`` says of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.health.healthfile import health_files, read_health

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["HEALTH_DTYPE", "health_columns", "health_notes"]

HEALTH_DTYPE = np.dtype(
    [
        ("host_timestamp_ns", np.int64),
        ("camera", "U60"),
        ("frames", np.int64),
        ("backlog", np.int64),
        ("spilled", np.int64),
        ("disk_free", np.int64),
        ("cpu_percent", np.float64),
    ]
)


def health_columns(recording: Path) -> npt.NDArray[np.void]:
    """The samples of a recording, of which this is the JSON file, shape (n,); none without a file.

    Raises
    ------
    RecordingError
        The file cannot be read.
    """
    samples = [sample for path in health_files(recording) for sample in read_health(path).samples]
    rows: list[Any] = [
        (
            each.host_ns,
            each.camera,
            each.frames,
            each.backlog,
            each.spilled,
            -1 if each.disk_free is None else each.disk_free,
            np.nan if each.cpu_percent is None else each.cpu_percent,
        )
        for each in samples
    ]
    return np.array(rows, HEALTH_DTYPE)


def health_notes(recording: Path) -> Iterator[str]:
    """What is wrong with the file; pictures and rows do not depend on it."""
    for path in health_files(recording):
        try:
            damaged = read_health(path).damaged
        except RecordingError as error:
            yield str(error)
            continue
        if damaged:
            yield f"{path.name}: {counted(damaged, 'line')} cannot be read"
