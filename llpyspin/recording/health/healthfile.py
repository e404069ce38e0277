"""The file with the health of a recording over time: how it is called, written and read.

However long a recording is, the file has at most :data:`MOST_ROUNDS` times.  When it is full, two
neighbouring times become one, and from then on a time stands for twice as many seconds.
"""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.recording.foreign import read_bytes
from llpyspin.recording.health.samples import HEADER, Sample, line_of, sample_of, worst_of
from llpyspin.recording.names import beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Health", "HealthFile", "health_files", "health_path", "is_health", "read_health"]

MOST_ROUNDS = 2000
MOST_BYTES = 64 << 20
"""Of a file that is read: more than that of 100 cameras."""
SUFFIX = ".health.csv"

Round = dict[str, Sample]
"""One sample of each camera, by name."""


def health_path(recording: Path) -> Path:
    """``session.health.csv`` beside ``session.json``, ``NAME.health.csv`` beside ``NAME.json``."""
    return beside(recording, SUFFIX)


def is_health(path: Path) -> bool:
    """Whether a file begins like those of this module; a recording may be called ``NAME.health``."""
    try:
        with open(path, "rb") as file:
            return file.read(len(HEADER) + 1) == f"{HEADER}\n".encode()
    except OSError:
        return False


def health_files(recording: Path) -> list[Path]:
    """The file of a recording, where there is one."""
    path = health_path(recording)
    return [path] if path.is_file() and is_health(path) else []


class HealthFile:
    """Writes the file, for one thread at a time.

    Each line is with the system at once, so it outlives this process.  The file is there from its first line.

    Parameters
    ----------
    path : Path
    wall_offset_ns : int
        Of the recording, for the column ``utc``.
    most : int
        Times in the file at most; even.
    """

    def __init__(self, path: Path, wall_offset_ns: int, *, most: int = MOST_ROUNDS) -> None:
        self.path = path
        self._wall_offset_ns = wall_offset_ns
        self._most = most
        self._rounds: list[Round] = []
        self._spans: list[int] = []
        self._waiting: list[Round] = []
        self._every = 1
        self._made = False

    def add(self, samples: Iterable[Sample]) -> None:
        """Take a sample of each camera; they are in the file with the next line that is due.

        Raises
        ------
        OSError
            It cannot be written.
        """
        self._waiting.append({sample.camera: sample for sample in samples})
        if len(self._waiting) >= self._every:
            self.flush()

    def flush(self) -> None:
        """Write what waits for a line.

        Raises
        ------
        OSError
        """
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        made = _merged(waiting, [1] * len(waiting))
        self._rounds.append(made)
        self._spans.append(len(waiting))
        if len(self._rounds) >= self._most:
            self._thin()
            self._write_anew()
            return
        text = self._text([made])
        with open(self.path, "ab" if self._made else "xb", buffering=0) as file:
            self._made = True
            file.write((text if len(self._rounds) > 1 else f"{HEADER}\n{text}").encode())

    def remove(self) -> None:
        """Remove the file, if it is there."""
        if self._made:
            self.path.unlink(missing_ok=True)

    def _thin(self) -> None:
        """Make one of two neighbours, from now on too."""
        rounds, spans = self._rounds, self._spans
        pairs = range(0, len(rounds), 2)
        self._rounds = [_merged(rounds[at : at + 2], spans[at : at + 2]) for at in pairs]
        self._spans = [sum(spans[at : at + 2]) for at in pairs]
        self._every *= 2

    def _write_anew(self) -> None:
        """Have the file with the present rounds: at any moment the old or the new one is there whole."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            part.write_text(f"{HEADER}\n{self._text(self._rounds)}", encoding="utf-8")
            os.replace(part, self.path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _text(self, rounds: Iterable[Round]) -> str:
        return "".join(line_of(each, self._wall_offset_ns) for one in rounds for each in one.values())


def _merged(rounds: Sequence[Round], spans: Sequence[int]) -> Round:
    names = dict.fromkeys(name for one in rounds for name in one)
    merged = {}
    for name in names:
        there = [(one[name], span) for one, span in zip(rounds, spans, strict=True) if name in one]
        merged[name] = worst_of([each for each, _ in there], [span for _, span in there])
    return merged


class Health(NamedTuple):
    """What is in a file: its samples in order, and how many lines of it are damaged."""

    samples: tuple[Sample, ...]
    damaged: int


def read_health(path: Path) -> Health:
    """The samples of a file; lines that are damaged are left out, and counted.

    Raises
    ------
    RecordingError
        It cannot be read.
    """
    text = read_bytes(path, MOST_BYTES).decode("utf-8", errors="replace").replace("\0", "")
    samples, damaged = [], 0
    for number, line in enumerate(text.splitlines()):
        if number == 0 and line == HEADER:
            continue
        try:
            (cells,) = csv.reader([line], strict=True)
            samples.append(sample_of(cells))
        except (ValueError, csv.Error):
            damaged += 1
    return Health(tuple(samples), damaged)
