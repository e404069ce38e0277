"""The readers of one writer: which are connected, which wait, which frames they hold.

Used by two threads of that process: the one that publishes, and the server that lets readers in and out.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.errors import FrameTimeoutError
from llpyspin.frames import records
from llpyspin.system.bells import Bell
from llpyspin.system.sharedmemory import SharedMemory, new_fence

if TYPE_CHECKING:
    from llpyspin.deadlines import Deadline
    from llpyspin.frames.info import Layout

_WORD = struct.Struct("@Q")

LOOKS_AHEAD = 150
"""How often a source that waits looks at its readers, some 50 us in all, before it goes to sleep."""


@dataclass(frozen=True)
class ReaderRow:
    """One reader: its number, where its flags lie, and the bell that wakes it."""

    number: int
    bell: Bell
    waiting: int
    copying: int
    next: int


@dataclass(frozen=True)
class BlockRecord:
    """A generation of pixels, as its readers must know it."""

    generation: int
    first_index: int
    buffers: int
    reserve: int
    pixel_bytes: int
    layout: Layout
    memory: SharedMemory = field(repr=False)


class Shared:
    """Control memory, rows and blocks of a writer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()
        self.control = SharedMemory.new("llpyspin-control", records.CONTROL_BYTES)
        self.bytes = self.control.map(writable=True)
        self.bytes[:] = bytes(records.CONTROL_BYTES)  # all of it is there from now on: nothing grows later
        self.words = self.bytes.cast("Q")
        self.words[records.W_MAGIC] = records.MAGIC
        self.progress = Bell()
        self.blocks: dict[int, BlockRecord] = {}
        self.rows: tuple[ReaderRow, ...] = ()
        self.waiting: tuple[tuple[int, ReaderRow], ...] = ()
        self._fence = new_fence()
        self._set_rows(())

    def add(self) -> ReaderRow | None:
        """A row for a new reader, or None where all are taken."""
        with self.lock:
            taken = {row.number for row in self.rows}
            number = next((n for n in range(records.MAX_READERS) if n not in taken), None)
            if number is None:
                return None
            flags = records.ROWS_AT + number * records.ROW_WORDS
            row = ReaderRow(
                number, Bell(), flags + records.R_WAITING, flags + records.R_COPYING, flags + records.R_NEXT
            )
            self.words[row.waiting] = 0
            self.words[row.next] = records.ASIDE  # until the reader says where it begins, or stands aside
            self._set_rows((*self.rows, row))
            return row

    def remove(self, row: ReaderRow) -> None:
        """Forget a reader that is gone; what it held is free again."""
        with self.lock:
            self._set_rows(tuple(other for other in self.rows if other is not row))
            row.bell.close()
            self.words[row.waiting] = self.words[row.copying] = 0
            first = (records.CELLS_AT + row.number * records.CELLS) * 8
            self.bytes[first : first + records.CELLS * 8] = bytes(records.CELLS * 8)
        self.progress.ring()

    def _set_rows(self, rows: tuple[ReaderRow, ...]) -> None:
        used = 1 + max((row.number for row in rows), default=-1)
        first = records.CELLS_AT * 8
        self.words[records.W_ROWS_USED] = used
        self.words[records.W_READERS] = len(rows)
        self.cells = self.bytes[first : first + used * records.CELLS * 8]
        self._no_holds = bytes(len(self.cells))
        self._copying = tuple(row.copying for row in rows)
        self.waiting = tuple((row.waiting, row) for row in rows)
        self.rows = rows

    def kept(self, name: int) -> bool:
        """Whether a reader holds the frame of index ``name - 1``."""
        raw = self.cells.tobytes()
        # A match across two cells would only keep a frame for longer.
        return raw != self._no_holds and _WORD.pack(name) in raw.rstrip(b"\0") + bytes(8)

    def copied(self, name: int) -> bool:
        """Whether a reader copies the frame of index ``name - 1`` just now."""
        words = self.words
        for copying in self._copying:  # noqa: SIM110 - any() takes three times as long, for every frame
            if words[copying] == name:
                return True
        return False

    @property
    def is_read(self) -> bool:
        """Whether a reader wants frames in order; those that stand aside do not."""
        return any(self.words[row.next] != records.ASIDE for row in self.rows)

    def await_any(self, deadline: Deadline) -> bool:
        """Block until a reader wants frames in order, or ``progress`` is rung; whether one does."""
        if self.is_read:
            return True
        self.words[records.W_THROTTLE] = records.ANYBODY
        try:
            with self._fence:
                pass
            return self.is_read or (self.progress.wait(deadline.remaining()) and self.is_read)
        finally:
            self.words[records.W_THROTTLE] = 0

    def await_readers(self, index: int, deadline: Deadline) -> None:
        """Block until every reader that is there now wants frame ``index`` or a later one.

        Raises
        ------
        FrameTimeoutError
            A reader did not get so far in time.
        """
        words = self.words
        for _ in range(LOOKS_AHEAD):  # readers are often just about to be there: sleeping takes longer
            if min((words[row.next] for row in self.rows), default=index) >= index:
                return
        words[records.W_THROTTLE] = index
        try:
            while True:
                with self._fence:
                    pass
                if all(words[row.next] >= index for row in self.rows):
                    return
                if deadline.passed:
                    raise FrameTimeoutError(
                        f"a reader did not get to frame {index} within {deadline.seconds} s",
                        camera=self.name,
                    )
                self.progress.wait(deadline.remaining())
        finally:
            words[records.W_THROTTLE] = 0

    def wake(self, row: ReaderRow) -> None:
        """Wake one reader.  Its flag is taken back first, so that a flag set in between is not lost."""
        with self.lock:
            if row in self.rows:
                self.words[row.waiting] = 0
                row.bell.ring()

    def wake_all(self) -> None:
        for row in self.rows:
            self.wake(row)

    def close(self) -> None:
        with self.lock:
            for row in self.rows:
                row.bell.close()
            self._set_rows(())
            for block in self.blocks.values():
                block.memory.close()
            self.blocks.clear()
            self.control.close()
            self.progress.close()
