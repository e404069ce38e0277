"""What each call of a callback is noted by, and the file that the notes go to while it runs.

One row a call: when the frame was exposed, when it arrived, when the function got it, and when it was done.
Frames that the function never got have no row of their own; the next row counts them.
"""

from __future__ import annotations

import csv
import io
import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.naming.known import hinted
from llpyspin.processes.closing import Closing
from llpyspin.recording.names import beside
from llpyspin.system.openfiles import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = [
    "BOTH",
    "DATA",
    "ERROR",
    "HEADER",
    "IMAGE",
    "OUTCOMES",
    "PASSED",
    "LatencyLog",
    "LatencyRow",
    "log_path",
    "read_log",
    "read_numbers",
]

PASSED = "passed"
IMAGE = "image"
DATA = "data"
BOTH = "image+data"
ERROR = "error"
OUTCOMES = (PASSED, IMAGE, DATA, BOTH, ERROR)
"""What a call gave: nothing (the frame passes as it is), an image, data, both, or an exception."""

FLUSH_S = 0.2  # what a kill may cost
MOST_WAITING = 32 << 20
"""Bytes of rows that may wait for a disk that is full or stands still: half an hour without data."""
CLOSE_S = 5.0  # for a disk that stands still
_PIECE = 4 << 20  # bytes read at once
_NUMBERS = 9  # columns
_ROW = re.compile(rb"^((?:-?\d+,){9})([^,\n]*),", re.MULTILINE)


@hinted
class LatencyRow(NamedTuple):
    """One call of the function.

    Attributes
    ----------
    index : int
        Of the frame, counted by the camera process.
    frame_id : int
        The camera's own number.
    camera_timestamp_ns : int
        The end of its exposure, on the camera's clock.
    host_timestamp_ns, start_ns, end_ns : int
        When it arrived, when the function was called with it, and when the function had returned; on the
        host's monotonic clock.
    skipped : int
        Frames between the one handed to the function before and this one.
    unread : int
        Frames that had come meanwhile and waited when the function was called.
    queued : int
        Items in the queue to the main process, when the function had returned.
    outcome : str
        One of :data:`OUTCOMES`.
    data : str
        The data that it returned, as JSON; "": none.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    frame_id: int
    camera_timestamp_ns: int
    host_timestamp_ns: int
    start_ns: int
    end_ns: int
    skipped: int
    unread: int
    queued: int
    outcome: str
    data: str = ""


HEADER = ",".join(LatencyRow._fields) + "\n"


def log_path(video: str | os.PathLike[str], number: int | None = None) -> Path:
    """The log beside a video: ``NAME.callback.csv`` with ``NAME.mkv``.

    ``number`` is for a camera with several callbacks: ``NAME.callback2.csv``.
    """
    return beside(video, f".callback{'' if number is None else number}.csv")


class LatencyLog(Closing):
    """Writes rows to a file as they come.  Any thread may add rows.

    A thread of its own writes them five times a second. So adding one never waits for a disk, and a kill
    loses those of 0.2 s.

    Parameters
    ----------
    path : path-like
    overwrite : bool
        Whether to replace a file that exists.
    resume : bool
        Whether to go on with a file that another process had begun when it was killed.

    Attributes
    ----------
    rows : int
        Rows that were added so far.
    forgotten : int
        Of these, rows that are in no file, because the disk would not take them.
    error : OSError or None
        Why the file cannot be written at present.

    Raises
    ------
    FileExistsError
        The file exists and ``overwrite`` is false.
    OSError
        It cannot be made.
    """

    def __init__(
        self, path: str | os.PathLike[str], overwrite: bool = False, *, resume: bool = False
    ) -> None:
        self.path = Path(path)
        self.rows = self.forgotten = 0
        self.error: OSError | None = None
        self._lines: list[bytes] = []
        self._waiting = 0  # bytes of them
        self._rest = HEADER.encode("ascii")
        self._lock = threading.Lock()
        self._over = threading.Event()
        mode = 0 if resume else os.O_TRUNC if overwrite else os.O_EXCL
        self._fd = opened(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | mode)
        if resume and (whole := _whole_lines(self.path)):
            os.ftruncate(self._fd, whole)
            self._rest = b""
        error = self._write()
        if error is not None:
            os.close(self._fd)
            raise error
        self._thread = threading.Thread(target=self._run, name="latency log", daemon=True)
        self._thread.start()

    def add(self, row: LatencyRow) -> None:
        """Keep a row for the next flush; takes a few us and never waits for the disk."""
        line = _line_of(row).encode()
        with self._lock:
            self.rows += 1
            if self._waiting + len(line) > MOST_WAITING:
                self.forgotten += 1
            else:
                self._lines.append(line)
                self._waiting += len(line)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Hand over the rest and close; doing it again does nothing.

        Rows that the disk does not take within that time are forgotten, and counted.
        """
        if self._over.is_set():
            return
        self._over.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self.error = TimeoutError(f"{self.path}: the disk did not take the rest within {timeout_s:g} s")
        with self._lock:
            self.forgotten += self._rest.count(b"\n") + len(self._lines)

    def _run(self) -> None:
        try:
            while not self._over.wait(FLUSH_S):
                self._flush()
            self._flush()
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the account must tell
            self.error = OSError(f"{self.path}: no more rows were written: {type(error).__name__}: {error}")
        finally:
            os.close(self._fd)

    def _flush(self) -> None:
        """Hand all rows to the operating system.  What it does not take waits."""
        if self._rest:
            self._write()
        if not self._rest:
            with self._lock:
                lines, self._lines, self._waiting = self._lines, [], 0
            self._rest = b"".join(lines)
            self._write()

    def _write(self) -> OSError | None:
        self.error = None
        while self._rest:  # a disk that is nearly full takes a part
            try:
                self._rest = self._rest[os.write(self._fd, self._rest) :]
            except OSError as error:
                self.error = error
                break
        return self.error


def _whole_lines(path: Path) -> int:
    """Bytes of a file up to its last line end, near its end."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        since = file.seek(max(0, size - (1 << 20)))
        return since + file.read().rfind(b"\n") + 1


def read_log(path: str | os.PathLike[str]) -> Iterator[LatencyRow]:
    """The rows of a log, one by one; a last line that was cut off by a kill is left out.

    Raises
    ------
    RecordingError
        It is not such a log, or a line that is not the last one is damaged.
    OSError
        It cannot be read.
    """
    number = 1
    for lines in _pieces(path):
        for line in lines:
            number += 1
            try:
                yield _row_of(line.decode())
            except ValueError as error:
                raise RecordingError(f"{path}, line {number}: {error}: {line!r}") from error


def read_numbers(path: str | os.PathLike[str]) -> tuple[npt.NDArray[np.int64], dict[str, int]]:
    """The whole numbers of all rows, and how many calls had which outcome; the data are not looked at.

    Some 1 s for an hour at 226 fps.  Errors as of :func:`read_log`.

    Returns
    -------
    ndarray
        (9, rows) int64: the columns from ``index`` to ``queued``.
    dict
    """
    pieces = [np.empty((0, _NUMBERS), np.int64)]
    outcomes: Counter[bytes] = Counter()
    for lines in _pieces(path):
        rows = _ROW.findall(b"".join(lines))
        if len(rows) != len(lines):
            for _ in read_log(path):  # it names the line
                pass
            raise RecordingError(f"{path} is damaged")
        text = b"".join([numbers for numbers, _ in rows]).decode()
        pieces.append(np.fromstring(text, np.int64, sep=",").reshape(-1, _NUMBERS))
        outcomes.update([outcome for _, outcome in rows])
    found = {outcome.decode(): count for outcome, count in sorted(outcomes.items())}
    if not set(found) <= set(OUTCOMES):
        raise RecordingError(f"{path}: one of {', '.join(found)} is not what a call can give")
    return np.concatenate(pieces).T, found


def _pieces(path: str | os.PathLike[str]) -> Iterator[list[bytes]]:
    """The whole lines of a log after its header, many at a time."""
    header = HEADER.encode()
    with open(path, "rb") as file:
        first = file.readline().replace(b"\r\n", b"\n")
        if first != header and not header.startswith(first):
            raise RecordingError(f"{path} is not the log of a callback: it does not begin with its columns")
        while lines := file.readlines(_PIECE):
            if not lines[-1].endswith(b"\n"):
                lines.pop()
            if lines:
                yield lines


def _line_of(row: LatencyRow) -> str:
    data = row.data
    if data:  # the only value that may have commas and quotation marks
        data = '"' + data.replace('"', '""') + '"'
    return ",".join([*(f"{value:d}" for value in row[:9]), row.outcome, data]) + "\n"


def _row_of(line: str) -> LatencyRow:
    cells = line.rstrip("\r\n").split(",", 10)
    if len(cells) != len(LatencyRow._fields):
        raise ValueError(f"{len(cells)} cells instead of {len(LatencyRow._fields)}")
    *numbers, outcome, data = cells
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is not what a call can give")
    if data:
        (told,) = csv.reader(io.StringIO(data))
        if len(told) != 1:
            raise ValueError("more cells than columns")
        data = told[0]
    values: list[Any] = [*map(int, numbers), outcome, data]
    return LatencyRow._make(values)
