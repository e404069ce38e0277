"""Samples of the health of a recording: their columns, their text, and several of them in one."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.recording.sessiontime import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llpyspin.recording.status import WriterStatus

__all__ = ["COLUMNS", "HEADER", "Sample", "line_of", "sample_of", "sample_of_writers", "worst_of"]

COLUMNS = (
    "host_timestamp_ns",
    "utc",
    "camera",
    "frames",
    "backlog",
    "spilled",
    "disk_free",
    "cpu_percent",
)
HEADER = ",".join(COLUMNS)
_MOST = 2**63 - 1


class Sample(NamedTuple):
    """One camera at one time, or the worst of it over a time.

    Attributes
    ----------
    host_ns : int
        On the host's monotonic clock; of several samples, that of the last one.
    camera : str
        Its name.
    frames : int
        Written so far.
    backlog, spilled : int
        Frames that were not encoded yet, and how many of them were on disk.
    disk_free : int or None
        Bytes.
    cpu_percent : float or None
        Load of all processors of the computer since the sample before: 0 to 100.
    """

    host_ns: int
    camera: str
    frames: int
    backlog: int
    spilled: int
    disk_free: int | None
    cpu_percent: float | None = None


def sample_of_writers(camera: str, writers: Iterable[WriterStatus], host_ns: int) -> Sample:
    """A camera at one time, by the status of its writers, oldest first; there is at least one."""
    writers = list(writers)
    return Sample(
        host_ns,
        camera,
        frames=sum(writer.written for writer in writers),
        backlog=sum(writer.backlog for writer in writers),
        spilled=sum(writer.spilled for writer in writers),
        disk_free=writers[-1].disk_free or None,  # 0: the disk did not say
    )


def worst_of(samples: Sequence[Sample], spans: Sequence[int]) -> Sample:
    """Several samples of one camera as one, which has the most frames waiting and the least disk space.

    The load of the processors is the mean; ``spans`` are the seconds that each sample stands for.
    """
    last = samples[-1]
    loads = [
        (each.cpu_percent, span)
        for each, span in zip(samples, spans, strict=True)
        if each.cpu_percent is not None
    ]
    whole = sum(span for _, span in loads)
    return last._replace(
        backlog=max(each.backlog for each in samples),
        spilled=max(each.spilled for each in samples),
        disk_free=min((each.disk_free for each in samples if each.disk_free is not None), default=None),
        cpu_percent=sum(load * span for load, span in loads) / whole if whole else None,
    )


def line_of(sample: Sample, wall_offset_ns: int) -> str:
    """The line of a sample in the file."""
    text = io.StringIO()
    cells = (
        sample.host_ns,
        utc_text((sample.host_ns + wall_offset_ns) // 1000),
        sample.camera,
        sample.frames,
        sample.backlog,
        sample.spilled,
        sample.disk_free,
        None if sample.cpu_percent is None else f"{sample.cpu_percent:.1f}",
    )
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def sample_of(cells: Sequence[str]) -> Sample:
    """The sample of the cells of a line.

    Raises
    ------
    ValueError
        They are not those of a sample.
    """
    if len(cells) != len(COLUMNS) or not cells[2]:
        raise ValueError(f"{len(cells)} cells are no sample")
    return Sample(
        host_ns=_whole(cells[0]),
        camera=cells[2],
        frames=_whole(cells[3]),
        backlog=_whole(cells[4]),
        spilled=_whole(cells[5]),
        disk_free=_whole(cells[6]) if cells[6] else None,
        cpu_percent=_percent(cells[7]) if cells[7] else None,
    )


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > _MOST:
        raise ValueError(f"{text[:40]!r} is not a count")
    return int(text)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError(f"{text[:40]!r} is not a percentage")
    return value
