"""The write-ahead file: the triggers of the newest pictures, on disk before these pictures are.

The sidecar has the row of a picture only once the picture is safe.  A writer that is killed, or that fails to
write, so leaves pictures of which the sidecar says nothing.  Counting from the last row would be a guess.  In
``NAME.ahead``, beside ``NAME.csv``, the row of each picture stands before the picture is written, with its
frame id and timestamps.  The file holds the newest rows, and is removed at the end.

It has slots of the same size that are used again and again, each with a line of text::

    checksum row as in the sidecar, spaces, line end
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording import names
from llpyspin.recording.foreign import check_regular
from llpyspin.recording.rows import Row, completed, line_of, row_of
from llpyspin.system.openfiles import opened, reserve, write_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["AHEAD", "Ahead", "Announced", "ahead_of", "read_ahead"]

AHEAD = ".ahead"
SLOT = 256
ROOM = 2048
"""Slots for which the disk has room from the beginning: also when it is full later.  So many rows can be read
again, also those that the sidecar had and lost, as after a crash of the machine."""
MOST = 400_000
"""Slots at most: more rows never wait, see the ledger and the segments."""


def ahead_of(sidecar: str | os.PathLike[str]) -> Path:
    """The write-ahead file of a sidecar."""
    return names.beside(sidecar, AHEAD)


class Ahead:
    """Keeps rows on disk until they are in the sidecar.  For one thread.

    A row that cannot be written here is not kept: the recording goes on, and is only less certain after a
    kill.

    Parameters
    ----------
    path : Path
        Replaced if it is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._slots = ROOM
        self._free = deque(range(ROOM))  # the slot that was free longest comes first: others stay readable
        self._fd = -1
        with contextlib.suppress(OSError):
            self._fd = opened(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            reserve(self._fd, ROOM * SLOT)

    def put(self, row: Row) -> int:
        """Keep a row; return its slot."""
        slot = self._free.popleft() if self._free else self._slots
        self._slots = max(self._slots, slot + 1)
        text = line_of(row)[:-1].encode("ascii")
        data = b"%08x %b" % (zlib.crc32(text), text)
        if self._fd >= 0 and len(data) < SLOT:
            with contextlib.suppress(OSError):
                write_at(self._fd, data.ljust(SLOT - 1) + b"\n", slot * SLOT)
        return slot

    def free(self, slots: Iterable[int]) -> None:
        """Let slots be used again: the sidecar has their rows."""
        self._free.extend(slots)

    def close(self) -> None:
        """Remove the file, unless it has rows still that the sidecar does not have."""
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        os.close(fd)
        if len(self._free) == self._slots:
            with contextlib.suppress(OSError):
                self.path.unlink()


@dataclass
class Announced:
    """What a write-ahead file that was left behind says.

    Attributes
    ----------
    pictures : dict of int to Row
        By the number of the picture in the video, whether that has it or not.
    lost : dict of int to Row
        Rows of triggers without a picture, by trigger.
    """

    pictures: dict[int, Row] = field(default_factory=dict)
    lost: dict[int, Row] = field(default_factory=dict)


def read_ahead(path: str | os.PathLike[str]) -> Announced:
    """The rows in a write-ahead file; slots that are damaged, and a file that is not there, have none."""
    found = Announced()
    try:
        check_regular(path)
        with open(path, "rb") as file:
            for _ in range(MOST):
                slot = file.read(SLOT)
                if len(slot) < SLOT:
                    break
                row = _row(slot)
                if row is not None and row.frame is not None:
                    found.pictures[row.frame] = row
                elif row is not None:
                    found.lost[row.trigger] = row
    except (OSError, RecordingError):
        return Announced()
    return found


def _row(slot: bytes) -> Row | None:
    checksum, _, text = slot.rstrip(b" \n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return row_of(completed(text.decode("ascii")))
    except ValueError:
        return None
