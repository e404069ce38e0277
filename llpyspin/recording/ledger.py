"""The account while it is written: rows wait until their pictures are safe, and only then count."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.rows import ALWAYS, INCOMPLETE, LOST, WRITTEN, Row

if TYPE_CHECKING:
    from llpyspin.recording.sidecar import SidecarWriter

__all__ = ["Ledger", "lost_in_writer"]

MOST_UNWRITTEN = 300_000
"""Rows that may wait for a sidecar that cannot be written, some 100 bytes each."""
CROWD = 2000
AGAIN_S = 1.0  # until a sidecar that could not be written is tried again


def lost_in_writer(row: Row, where: str = "writer") -> Row:
    """The row of a frame that was read and is not written; rows of frames lost before stay as they are."""
    return row if row.state == LOST else row._replace(frame=None, state=LOST, where=where)


class Ledger:
    """Counts rows and hands them to the sidecar of the present file.  For one thread; others may look.

    Attributes
    ----------
    written, incomplete, blanks, triggers : int
    lost : dict of str to int
    first, last : Row or None
        Of the whole recording.
    file_triggers : tuple of int, or None
        The first and the last trigger of the present file.
    error : RecordingError or None
        Why the sidecar cannot be written at present.
    forgotten : int
        Rows that are in the counts but in no sidecar.
    """

    def __init__(self) -> None:
        self.written = self.incomplete = self.blanks = self.triggers = self.forgotten = 0
        self.lost = dict.fromkeys(ALWAYS, 0)
        self.first: Row | None = None
        self.last: Row | None = None
        self.error: RecordingError | None = None
        self.file_triggers: tuple[int, int] | None = None
        self._pending: deque[Row] = deque()
        self._sidecar: SidecarWriter | None = None
        self._unwritten = 0
        self._again_at = 0.0

    def begin(self, sidecar: SidecarWriter) -> None:
        """Have the rows to come in this sidecar."""
        self._sidecar = sidecar
        self.file_triggers = None

    def add(self, row: Row) -> None:
        """Account for a trigger; its picture, if it has one, is in the sink."""
        self._pending.append(row)

    @property
    def waiting(self) -> bool:
        """Whether there are rows that are not in the sidecar."""
        return bool(self._pending) or self._unwritten > 0

    @property
    def crowded(self) -> bool:
        """Whether so many rows wait that they had better be written now."""
        return len(self._pending) > CROWD

    def settle(self, safe: int) -> None:
        """The first ``safe`` pictures of the present file are safe: their rows count now."""
        pending = self._pending
        while pending and ((frame := pending[0].frame) is None or frame < safe):
            self._count(pending.popleft())
        self._write()

    def condemn(self) -> None:
        """Pictures that are not known to be safe are lost."""
        rows, self._pending = self._pending, deque()
        for row in rows:
            self._count(lost_in_writer(row) if row.state != LOST else row._replace(frame=None))
        self._write()

    def end(self) -> None:
        """Close the sidecar of the present file."""
        sidecar, self._sidecar = self._sidecar, None
        if sidecar is None:
            return
        self._flush(sidecar)
        if self.error is not None:
            self.forgotten += self._unwritten
        self._unwritten = 0
        try:
            sidecar.close()
        except RecordingError as error:
            self.error = error

    def _count(self, row: Row) -> None:
        state = row.state
        self.triggers += 1
        if state == WRITTEN:
            self.written += 1
        elif state == INCOMPLETE:
            self.incomplete += 1
        else:
            self.lost[row.where] = self.lost.get(row.where, 0) + 1
            if row.frame is not None:
                self.blanks += 1
        if self.first is None:
            self.first = row
        self.last = row
        known = self.file_triggers
        self.file_triggers = (row.trigger if known is None else known[0], row.trigger)
        if self._sidecar is None or self._unwritten >= MOST_UNWRITTEN:
            self.forgotten += 1
        else:
            self._sidecar.add(row)
            self._unwritten += 1

    def _write(self) -> None:
        late = self.error is None or time.monotonic() >= self._again_at
        if self._unwritten and late and self._sidecar is not None:
            self._flush(self._sidecar)

    def _flush(self, sidecar: SidecarWriter) -> None:
        try:
            sidecar.flush()
        except RecordingError as error:
            self.error = error
            self._again_at = time.monotonic() + AGAIN_S
        else:
            self.error = None
            self._unwritten = 0
