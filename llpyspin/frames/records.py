"""The layout of the memory that a writer shares with its readers.

The *control* memory lives as long as the writer.  It is a row of 8-byte words (native order)::

    header | rows of flags, one a reader | hold cells, one row a reader | text of an error | journal

and each *block* (one generation of pixels) is a table of one word a buffer followed, page-aligned, by pixels.

Words are read and written through ``memoryview.cast("Q")``, where each access is one 8-byte load or store.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from llpyspin.system.sharedmemory import round_to_pages

MAGIC = 0x6C6C7079_66726D31
"""First word of a control memory: format and its version."""

MAX_READERS = 32
CELLS = 64
"""Frames that one reader can hold at once."""
ASIDE = 1 << 62
"""What a reader that stands aside wants next: an index that no frame has."""
JOURNAL = 16384
"""Frames that the journal reaches back; a power of two, more than a block can have buffers."""
MAX_BUFFERS = JOURNAL // 2
ERROR_BYTES = 65536

# The header.  Words that different sides write lie in different cache lines.
W_MAGIC = 0
W_HEAD = 8
"""Frames published so far, which is the index of the next one.  Written last of all by ``publish``."""
W_OLDEST = 9
"""Frames of the present generation below this index are not in memory any more, but for held ones."""
W_STATE = 16
W_GENERATION = 17
W_ERROR_LENGTH = 18
W_ROWS_USED = 20
"""Rows that can have a reader: all from this one on are free."""
W_READERS = 21
"""Rows that have one."""
W_THROTTLE = 24
"""Index that the writer waits for all readers to have reached, :data:`ANYBODY`, or 0."""
ANYBODY = 1
"""What the writer waits for until any reader wants frames in order: who takes any frame has reached it."""
HEADER_WORDS = 64

# One row of flags a reader, written by that reader (the writer takes back W_WAITING when it wakes it).
ROWS_AT = HEADER_WORDS
ROW_WORDS = 16
R_WAITING = 0
R_COPYING = 8
"""Index + 1 of the frame that this reader copies just now, or 0.  A cell of its own, so that the common case,
in which nobody holds anything, is quick to see."""
R_NEXT = 9
"""Index of the frame that this reader wants next."""

CELLS_AT = ROWS_AT + MAX_READERS * ROW_WORDS
"""A cell has index + 1 of a frame that the reader holds, or 0.  Cells are apart from the flags, because the
writer searches them as bytes."""

ERROR_AT = (CELLS_AT + MAX_READERS * CELLS) * 8
JOURNAL_AT = ERROR_AT + ERROR_BYTES
RECORD_BYTES = 128
RECORD_WORDS = RECORD_BYTES // 8
JOURNAL_WORDS_AT = JOURNAL_AT // 8
CONTROL_BYTES = round_to_pages(JOURNAL_AT + JOURNAL * RECORD_BYTES)

RECORD = struct.Struct("@QQQqqqQddqQ")
"""generation, buffer, offset, frame id, camera ns, host ns, flags, exposure, gain, line status, lost so far.

It follows the first word of a record, its marker: index + 1 while the record is whole, else 0.  A frame that
was skipped has no buffer: :data:`NO_BUFFER`.  The record before the first index of a writer that begins
above 0 has :data:`NOT_HERE`: that frame was of another process, and nothing is known of it."""

NO_BUFFER = (1 << 64) - 1
NOT_HERE = NO_BUFFER - 1


class State(IntEnum):
    """What the writer is doing."""

    IDLE = 0
    STREAMING = 1
    PAUSED = 2
    FAILED = 3
    CLOSED = 4


def table_bytes(buffers: int) -> int:
    """Bytes of a block before its first pixel."""
    return round_to_pages(buffers * 8)
