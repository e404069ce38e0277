"""``schedule.csv``: what became of each slot, a line at a time, so that it outlives whoever writes it."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import threading
from collections import deque
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOG", "NOTICE", "RESULTS", "Entry", "ScheduleLog"]

LOG = "schedule.csv"
RESULTS = ("complete", "incomplete", "doubtful", "failed", "interrupted", "missed")
"""Events that say what became of a slot."""
NOTICE = "notice"
"""The event of a notice that did not arrive."""
KEPT = 200
"""Of the newest lines, for a summary."""


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes
    ----------
    time : str
        When it was written; local time with zone.
    event : str
        "begun" or "ended" (the schedule), "started", "complete", "incomplete", "doubtful", "failed",
        "interrupted", "missed" (a session), "notice" (one did not arrive).
    slot : int or None
    slots : int
        How many slots it is about.
    planned : str
        When the slot begins.
    folder : str
        Of the session, in that of the schedule.
    triggers, missing : int or None
        Of the session; missing pictures of all cameras.
    text : str
        For people.
    """

    time: str
    event: str
    slot: int | None = None
    slots: int = 1
    planned: str = ""
    folder: str = ""
    triggers: int | None = None
    missing: int | None = None
    text: str = ""


HEADER = ",".join(field.name for field in fields(Entry))


class ScheduleLog:
    """Appends to the file in a schedule's folder; any thread may.

    Another schedule in the same folder goes on in the same file.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Raises
    ------
    RecordingError
        The file cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._begin()
        except OSError as error:
            raise RecordingError(f"{self.path} cannot be written: {error.strerror}") from error

    def _begin(self) -> None:
        with open(self.path, "a+b") as file:
            file.seek(0)
            first = file.readline()
            if not first:
                file.write(f"{HEADER}\n".encode())
                return
            if first.decode(errors="replace").strip() != HEADER:
                raise RecordingError(f"{self.path} is not the log of a schedule. Choose another folder")
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # a line that a loss of power has cut off
                file.write(b"\n")

    def add(self, entry: Entry) -> str:
        """Have a line on the disk; "" or why it is not.  Nothing is raised: sessions go on without it."""
        text = io.StringIO()
        cells = [getattr(entry, field.name) for field in fields(entry)]
        csv.writer(text, lineterminator="\n").writerow(["" if cell is None else cell for cell in cells])
        with self._lock:
            self.entries.append(entry)
            try:
                with open(self.path, "ab", buffering=0) as file:
                    file.write(text.getvalue().encode())
                    with contextlib.suppress(OSError):  # a disk that cannot: the line is with the system
                        os.fsync(file.fileno())
            except OSError as error:
                return f"{self.path} cannot be written: {error.strerror}"
        return ""
