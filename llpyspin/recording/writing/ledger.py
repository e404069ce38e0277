"""Rows on their way to the sidecar: they wait until their pictures are safe on disk."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.rows import ALWAYS, INCOMPLETE, LOST, WRITTEN, Row

if TYPE_CHECKING:
    from llpyspin.recording.ahead import Ahead
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
        self._pending: deque[tuple[Row, int]] = deque()  # with their slots in the write-ahead file
        self._unwritten_slots: list[int] = []
        self._ahead: Ahead | None = None
        self._sidecar: SidecarWriter | None = None
        self._unwritten = 0
        self._again_at = 0.0

    def begin(self, sidecar: SidecarWriter, ahead: Ahead) -> None:
        """Have the rows to come in this sidecar, and before that in this write-ahead file."""
        self._sidecar = sidecar
        self._ahead = ahead
        self.file_triggers = None

    def announce(self, row: Row) -> int:
        """Have the row of a picture on disk, before the picture is; what :meth:`add` needs to know.

        Where the picture then cannot be written, the file may still have it, and nothing is added.
        """
        return -1 if self._ahead is None else self._ahead.put(row)

    def add(self, row: Row, slot: int | None = None) -> None:
        """Account for a trigger; its picture, if it has one, was announced and is in the sink."""
        self._pending.append((row, self.announce(row) if slot is None else slot))

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
        while pending and ((frame := pending[0][0].frame) is None or frame < safe):
            row, slot = pending.popleft()
            self._count(row)
            self._unwritten_slots.append(slot)
        self._write()

    def condemn(self) -> None:
        """Pictures that are not known to be safe are lost, as far as is known.

        The write-ahead file goes on to say which triggers they would belong to: the video may have them.
        """
        pending, self._pending = self._pending, deque()
        for row, slot in pending:
            self._count(lost_in_writer(row) if row.state != LOST else row._replace(frame=None))
            if row.frame is None:
                self._unwritten_slots.append(slot)
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
        ahead, self._ahead = self._ahead, None
        self._unwritten_slots.clear()
        if ahead is not None:
            ahead.close()

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
            if self._ahead is not None:
                self._ahead.free(self._unwritten_slots)
            self._unwritten_slots.clear()
