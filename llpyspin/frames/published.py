"""Published frames: their records in the journal, and holding them where they lie."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from llpyspin.frames import records
from llpyspin.frames.frame import Frame
from llpyspin.frames.info import FrameFlags, FrameGone, FrameInfo
from llpyspin.frames.records import W_HEAD
from llpyspin.system.sharedmemory import new_fence

if TYPE_CHECKING:
    from llpyspin.frames.attachment import Attachment, Block

__all__ = ["FLAGS", "INCOMPLETE", "SKIPPED", "Published", "new_info"]

MOST_BLOCKS = 4
"""Generations that a reader keeps mapped."""

INCOMPLETE = int(FrameFlags.INCOMPLETE)
SKIPPED = int(FrameFlags.SKIPPED)
_UNPACK = records.RECORD.unpack_from
_RECORDS_AT = records.JOURNAL_AT + 8
_RECORD_BYTES = records.RECORD_BYTES
_MARKERS_AT = records.JOURNAL_WORDS_AT
_RECORD_WORDS = records.RECORD_WORDS
new_info = functools.partial(tuple.__new__, FrameInfo)  # half the time of FrameInfo(...)


class _Flags(dict[int, FrameFlags]):
    """Flags by value; a look-up is ten times as fast as making them."""

    def __missing__(self, value: int) -> FrameFlags:
        flags = self[value] = FrameFlags(value)
        return flags


FLAGS = _Flags()


class Published:
    """What a reader finds in the writer's memory, whatever its own place among the frames.

    Attributes
    ----------
    block : Block or None
        The memory that was used last.
    gone_up_to : int
        Index before which the writer has let go of memory.
    """

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._words = attachment.words
        self._bytes = attachment.bytes
        self._fence = new_fence()
        self._blocks: dict[int, Block] = {}
        self.block: Block | None = None
        self.gone_up_to = 0

    def hold(self, cell: int, index: int) -> tuple[tuple[Any, ...], Block] | None:
        """Hold a published frame with ``cell``; None, and the cell free, where it is not in memory now."""
        words = self._words
        at = index & (records.JOURNAL - 1)
        record = _UNPACK(self._bytes, _RECORDS_AT + at * _RECORD_BYTES)
        words[cell] = index + 1
        with self._fence:
            pass
        if words[_MARKERS_AT + at * _RECORD_WORDS] == index + 1 and not record[6] & SKIPPED:
            block = self.block
            if block is None or block.generation != record[0]:
                block = self.block_of(record[0])
            if block is not None and block.table[record[1]] == index + 1:
                return record, block
        words[cell] = 0
        return None

    def after(self, index: int) -> int:
        """Where to look after a frame that is not in memory any more."""
        record = self.record(index)
        if record is None:  # not even in the journal
            return max(index + 1, self._words[W_HEAD] - records.JOURNAL + 1)
        if record[0] == self._words[records.W_GENERATION]:
            return max(index + 1, self._words[records.W_OLDEST])
        return max(index + 1, self.gone_up_to)

    def newest_after(self, index: int) -> int:
        """The same for a reader that does not want all that is still in memory: where it was overwritten."""
        record = self.record(index)
        skipped = record is not None and record[6] & SKIPPED
        if skipped or (record is not None and record[0] != self._words[records.W_GENERATION]):
            return self.after(index)
        return max(index + 1, self._words[W_HEAD] - 1)

    def _hold_at(
        self, cell: int, index: int, record: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], Block] | None:
        """The same with the journal's record of the frame from another process."""
        self._words[cell] = index + 1
        with self._fence:
            pass
        block = self.block
        if block is None or block.generation != record[0]:
            block = self.block_of(record[0])
        if block is not None and block.table[record[1]] == index + 1:
            return record, block
        self._words[cell] = 0
        return None

    def block_of(self, generation: int) -> Block | None:
        """The memory of a generation, from the writer if it is new; None if the writer has released it."""
        block = self._blocks.get(generation)
        if block is None:
            block, self.gone_up_to = self._attachment.fetch(generation)
            if block is None:
                return None
            self._blocks[generation] = block
            if len(self._blocks) > MOST_BLOCKS:
                del self._blocks[min(known for known in self._blocks if known != generation)]
        self.block = block
        return block

    def forget_before(self, generation: int) -> None:
        """Let go of memory of earlier generations."""
        self._blocks = {known: each for known, each in self._blocks.items() if known >= generation}

    def forget(self) -> None:
        """Let go of all memory."""
        self.block, self._blocks = None, {}

    def record(self, index: int) -> tuple[Any, ...] | None:
        """What the journal has of a frame, whether its pixels are still there or not."""
        at = index % records.JOURNAL
        record = _UNPACK(self._bytes, records.JOURNAL_AT + 8 + at * records.RECORD_BYTES)
        marker = self._words[records.JOURNAL_WORDS_AT + at * records.RECORD_WORDS]
        return record if marker == index + 1 else None

    def info(self, index: int) -> FrameInfo | None:
        """What the journal has of a frame; see :meth:`FrameReader.journal`."""
        record = self.record(index) if index >= 0 else None
        if record is None or record[1] == records.NOT_HERE:
            return None
        before = self.record(index - 1) if index else None
        _, _, _, frame_id, camera_ns, host_ns, flags, exposure, gain, line, lost = record
        missed = lost - before[-1] if before is not None else lost if index == 0 else 0
        return new_info((index, frame_id, camera_ns, host_ns, FLAGS[flags], missed, exposure, gain, line))

    def at(self, index: int) -> Frame:
        """Hold a frame by its index; see :meth:`FrameReader.at`."""
        if not 0 <= index < self._words[W_HEAD]:
            raise FrameGone(f"frame {index} has not been published yet")
        return self.look_back(index, None)

    def look_back(self, index: int, record: tuple[Any, ...] | None) -> Frame:
        """Hold the frame of this index; ``record``: its record in the journal, from another process."""
        attachment = self._attachment
        cell = attachment.take_cell()
        try:
            held = self.hold(cell, index) if record is None else self._hold_at(cell, index, record)
            if held is None:
                raise FrameGone(f"frame {index} is not in memory any more")
            record, block = held
            attachment.check_room(block)
        except BaseException:
            attachment.give_back(cell)
            raise
        _, _, offset, frame_id, camera_ns, host_ns, flags, exposure, gain, line, _ = record
        info = new_info((index, frame_id, camera_ns, host_ns, FLAGS[flags], 0, exposure, gain, line))
        pixels = block.pixels[offset : offset + block.layout.payload]
        return Frame(attachment, cell, pixels, info, block.layout, record)

    def at_frame_id(self, frame_id: int) -> Frame:
        """Hold the newest frame that the camera gave this number."""
        head = self._words[W_HEAD]
        for index in range(head - 1, max(-1, head - records.JOURNAL), -1):
            record = self.record(index)
            if record is not None and record[3] == frame_id:
                return self.at(index)
        raise FrameGone(f"no frame with the camera's number {frame_id} is in memory (any more)")

    def recent(self, count: int, *, incomplete: bool) -> list[Frame]:
        """Hold the newest frames; see :meth:`FrameReader.recent`."""
        passed_over = SKIPPED if incomplete else SKIPPED | INCOMPLETE
        frames: list[Frame] = []
        index = self._words[W_HEAD] - 1
        try:
            while len(frames) < count and index >= 0:
                record = self.record(index)
                if record is None or not record[6] & passed_over:
                    frames.append(self.at(index))
                index -= 1
        except FrameGone:
            pass  # older ones are gone as well
        except BaseException:
            for frame in frames:
                frame.release()
            raise
        return frames[::-1]
