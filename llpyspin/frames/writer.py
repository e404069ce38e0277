"""Makes the shared memory of frames and publishes in it: one thread writes, any number of processes read.

Nothing here waits for a reader, but :meth:`FrameWriter.wait_for_readers` and
:meth:`FrameWriter.wait_for_a_reader`, for sources that can wait.
"""

from __future__ import annotations

import pickle
import threading
import weakref
from collections import deque
from typing import Protocol

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError
from llpyspin.frames import records
from llpyspin.frames.buffers import reserve_of
from llpyspin.frames.info import FrameFlags, Layout, NoFreeBuffer
from llpyspin.frames.readerrows import BlockRecord, Shared
from llpyspin.frames.records import JOURNAL_WORDS_AT, RECORD_BYTES, RECORD_WORDS, W_HEAD, W_OLDEST, State
from llpyspin.frames.server import Server
from llpyspin.processes.closing import Closing
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.sharedmemory import SharedMemory, new_fence, round_to_pages

__all__ = ["FrameWriter", "LayoutLike"]

_PACK = records.RECORD.pack_into
_RECORDS_AT = records.JOURNAL_AT + 8

LOOKS = 4
"""How often all buffers are looked at before all are taken to be held."""
OLD_BLOCKS = 2
"""Generations before the present one that are kept for readers that have not read all of them."""


class LayoutLike(Protocol):
    """What :meth:`FrameWriter.begin` must know; :class:`llpyspin.frames.Layout` is one."""

    @property
    def pixel_format(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def stride(self) -> int: ...
    @property
    def payload(self) -> int: ...


class FrameWriter(Closing):
    """Publishes frames to readers in any process of this user.

    Parameters
    ----------
    name : str
        Of the camera, for messages.
    first : int
        Index of the first frame; above 0 for frames that keep the indices which they have elsewhere.

    Notes
    -----
    ``begin``, ``claim``, ``skip``, ``publish``, ``retire``, ``fail``, ``end``, ``close`` are for one thread.
    ``address`` is what a :class:`FrameReader` needs; it is a plain string.
    """

    def __init__(self, *, name: str = "", first: int = 0) -> None:
        self._shared = Shared(name)
        self._server = Server(self._shared)
        self.address: str = self._server.address
        self._words = self._shared.words
        self._bytes = self._shared.bytes
        self._fence = new_fence()
        self._closed = False
        self._head = 0
        self._lost = 0
        self._oldest = 0
        self._generation = 0
        self._block: _Block | None = None
        self._has_old = False
        if first:  # the one before is known not to be here, so that accounts begin after it
            self._head = first - 1
            at = self.skip() % records.JOURNAL
            self._words[JOURNAL_WORDS_AT + at * RECORD_WORDS + 2] = records.NOT_HERE
        _writers.add(self)

    def begin(
        self,
        layout: LayoutLike,
        buffers: int,
        *,
        lent: bool,
        block_bytes: int = 0,
        reserve: int | None = None,
    ) -> memoryview:
        """Get ready to publish frames of this layout.

        Parameters
        ----------
        layout : Layout
            Of the frames that come now.
        buffers : int
            Frames there is room for; with ``lent``, how many buffers the SDK makes of the memory.
        lent : bool
            Whether the SDK fills the memory.  Then each call makes new memory, and what readers still look at
            stays as it is. Otherwise memory is made anew only when layout or buffers change.
        block_bytes : int
            With ``lent``, how much memory; 0 for page-aligned buffers of ``layout.payload``.
        reserve : int, optional
            Buffers that are never kept for readers; by default 2, with ``lent`` a quarter and at least 3.

        Returns
        -------
        memoryview
            The writable memory for all buffers, page-aligned.
        """
        layout = Layout(layout.pixel_format, layout.width, layout.height, layout.stride, layout.payload)
        if reserve is None:
            reserve = reserve_of(buffers, lent=lent)
        if not (isinstance(buffers, int) and 1 <= reserve < buffers <= records.MAX_BUFFERS):
            raise ValueError(
                f"buffers must be above the reserve of {reserve} and up to {records.MAX_BUFFERS}, "
                f"not {buffers!r}"
            )
        old = self._block
        if (
            old is None
            or lent
            or old.lent
            or (old.layout, old.buffers, old.reserve) != (layout, buffers, reserve)
        ):
            self._renew(layout, buffers, reserve, lent, block_bytes)
        self._words[records.W_STATE] = State.STREAMING
        assert self._block is not None
        return self._block.pixels

    def _renew(self, layout: Layout, buffers: int, reserve: int, lent: bool, block_bytes: int) -> None:
        buffer_bytes = round_to_pages(layout.payload)
        size = round_to_pages(block_bytes) or buffers * buffer_bytes
        if size < layout.payload or (not lent and size < buffers * buffer_bytes):
            raise ValueError(
                f"{block_bytes} bytes are not enough for {buffers} frames of {layout.payload} bytes"
            )
        table = records.table_bytes(buffers)
        memory = SharedMemory.new("llpyspin-frames", table + size)
        try:
            whole = memory.map(writable=True)
        except BaseException:
            memory.close()
            raise
        self._generation += 1
        self._block = _Block(whole, layout, buffers, reserve, lent, table, buffer_bytes)
        with self._shared.lock:
            self._shared.blocks[self._generation] = BlockRecord(
                self._generation, self._head, buffers, reserve, size, layout, memory
            )
        self._words[records.W_GENERATION] = self._generation
        self._forget_old_blocks()

    def _forget_old_blocks(self) -> None:
        """Let go of generations that every reader has read or that are too many, unless frames are held."""
        blocks = self._shared.blocks
        reached = min((self._words[row.next] for row in self._shared.rows), default=self._head)
        held = [name - 1 for name in self._shared.cells.cast("Q").tolist() if name]
        for generation in sorted(blocks)[:-1]:
            first = blocks[generation].first_index
            following = min(block.first_index for number, block in blocks.items() if number > generation)
            unread = reached < following and generation >= self._generation - OLD_BLOCKS
            if not unread and not any(first <= index < following for index in held):
                with self._shared.lock:
                    blocks.pop(generation).memory.close()
        self._has_old = len(blocks) > 1

    def claim(self) -> tuple[int, memoryview]:
        """A buffer to fill: its offset, for :meth:`publish`, and its memory of ``layout.payload`` bytes.

        It is the one with the oldest frame that nobody holds.  Claiming again without publishing gives the
        same.  Never blocks.

        Raises
        ------
        NoFreeBuffer
            Every buffer is held; drop the frame and count it in the next ``lost_before``.
        """
        block = self._block if self._block is not None else self._in_block()
        buffer = block.claimed
        if buffer is None:
            if block.lent:
                raise ValueError("the SDK owns the buffers of a lent block")
            buffer = block.claimed = block.free.popleft() if block.free else self._recycle(block)
        return block.handles[buffer]

    def _recycle(self, block: _Block) -> int:
        """Take the buffer of the oldest frame that no reader holds."""
        order = block.order
        # Readers move on while we look, and one may be at each place just when we look there: look again.
        for _ in range(LOOKS):
            for place in range(len(order)):
                if self._empty(block, order[place]):
                    buffer = order[place]
                    del order[place]
                    return buffer
        raise NoFreeBuffer(
            f"readers hold all {block.buffers} frames in memory. None is free", camera=self._shared.name
        )

    def _empty(self, block: _Block, buffer: int) -> bool:
        """Remove the frame from a buffer, unless a reader holds it."""
        table, shared = block.table, self._shared
        name = table[buffer]  # index + 1, as in a cell
        if shared.kept(name):
            return False  # and untouched, so that others may take it as well
        table[buffer] = 0
        with self._fence:
            pass
        if shared.kept(name) or shared.copied(name):
            table[buffer] = name
            return False
        if name > self._oldest:
            self._oldest = self._words[W_OLDEST] = name
        return True

    def publish(
        self,
        offset: int,
        *,
        frame_id: int,
        camera_timestamp_ns: int,
        host_timestamp_ns: int,
        flags: int = 0,
        exposure_us: float = float("nan"),
        gain_db: float = float("nan"),
        line_status: int = -1,
        lost_before: int = 0,
    ) -> int:
        """Show the frame at ``offset`` of the block to the readers and wake those that wait.

        Parameters
        ----------
        offset : int
            From :meth:`claim`, or where the SDK put the image.
        lost_before : int
            Frames known to be lost between the previous one and this one.

        Returns
        -------
        int
            Index of the frame.
        """
        block = self._block if self._block is not None else self._in_block()
        buffer = block.claimed
        if buffer is None or block.offsets[buffer] != offset:
            buffer = block.lent_buffer(offset)
        index = self._head
        lost = self._lost + lost_before
        words = self._words
        at = index % records.JOURNAL
        marker = JOURNAL_WORDS_AT + at * RECORD_WORDS
        words[marker] = 0
        _PACK(
            self._bytes,
            _RECORDS_AT + at * RECORD_BYTES,
            self._generation,
            buffer,
            offset,
            frame_id,
            camera_timestamp_ns,
            host_timestamp_ns,
            flags,
            exposure_us,
            gain_db,
            line_status,
            lost,
        )
        words[marker] = index + 1
        block.table[buffer] = index + 1
        block.claimed = None
        block.order.append(buffer)
        self._head = index + 1
        self._lost = lost
        words[W_HEAD] = index + 1
        with self._fence:
            pass
        for waiting, row in self._shared.waiting:
            if words[waiting]:
                self._shared.wake(row)
        if self._has_old:
            self._forget_old_blocks()
        return index

    def skip(
        self,
        *,
        frame_id: int = 0,
        camera_timestamp_ns: int = 0,
        host_timestamp_ns: int = 0,
        flags: int = 0,
        exposure_us: float = float("nan"),
        gain_db: float = float("nan"),
        line_status: int = -1,
        lost_before: int = 0,
    ) -> int:
        """Count a frame that is left out: it gets an index and an account, and no pixels.

        Readers pass it over and count it as missed; those that wait are not woken.  Parameters and result as
        of :meth:`publish`.
        """
        index = self._head
        self._lost += lost_before
        at = index % records.JOURNAL
        marker = JOURNAL_WORDS_AT + at * RECORD_WORDS
        self._words[marker] = 0
        _PACK(
            self._bytes,
            _RECORDS_AT + at * RECORD_BYTES,
            self._generation,
            records.NO_BUFFER,
            0,
            frame_id,
            camera_timestamp_ns,
            host_timestamp_ns,
            flags | FrameFlags.SKIPPED,
            exposure_us,
            gain_db,
            line_status,
            self._lost,
        )
        self._words[marker] = index + 1
        self._head = index + 1
        self._words[W_HEAD] = index + 1
        return index

    def jump(self, index: int) -> None:
        """Go on with this index; nothing is known of the frames in between."""
        if index < self._head:
            raise ValueError(f"frame {index} was published already. The next one is {self._head}")
        self._head = index
        self._words[W_HEAD] = index

    def wake(self) -> None:
        """Have readers that wait look again, after frames were skipped with none after them."""
        self._shared.wake_all()

    def retire(self, keep: int | None = None) -> list[int]:
        """Offsets in a lent block whose images the SDK may fill again, oldest first.

        All but the newest ``keep`` (by default as many as the reserve allows) that nobody holds; they cannot
        be read any more.
        """
        block = self._in_block()
        keep = block.buffers - block.reserve if keep is None else keep
        offsets: list[int] = []
        while len(block.order) > keep:
            try:
                buffer = self._recycle(block)
            except NoFreeBuffer:
                break
            offsets.append(block.offsets[buffer])
        return offsets

    def lent_out(self) -> list[int]:
        """Offsets of a lent block that were published and not retired, oldest first.

        Once the SDK has ended its acquisition all of them may go back to it.
        """
        block = self._in_block()
        return [block.offsets[buffer] for buffer in block.order]

    def wait_for_readers(self, index: int, timeout_s: float) -> None:
        """Block until every reader that is there now wants frame ``index`` or a later one.

        For sources that can wait, such as a file or a benchmark; a camera cannot.

        Raises
        ------
        FrameTimeoutError
            A reader did not get so far in time.
        """
        self._shared.await_readers(index, Deadline(timeout_s))

    def wait_for_a_reader(self, timeout_s: float) -> bool:
        """Block until a reader wants frames in order, or :meth:`stop_waiting`; whether one does.

        Those that stand aside do not.
        """
        return self._shared.await_any(Deadline(timeout_s))

    def stop_waiting(self) -> None:
        """End :meth:`wait_for_a_reader` in another thread, or its next call."""
        self._shared.progress.ring()

    @property
    def readers(self) -> int:
        """How many readers are attached."""
        return len(self._shared.rows)

    @property
    def published(self) -> int:
        """How many frames were published, which is the index of the next one."""
        return self._head

    def fail(self, error: LlpyspinError) -> None:
        """Give this error to every reader that has read all frames, until ``begin``."""
        text = pickle.dumps(error)
        if len(text) > records.ERROR_BYTES:
            text = pickle.dumps(LlpyspinError(str(error)[:4096]))
        self._shared.bytes[records.ERROR_AT : records.ERROR_AT + len(text)] = text
        self._words[records.W_ERROR_LENGTH] = len(text)
        self._set_state(State.FAILED)

    def end(self) -> None:
        """Say that no frames come until the next ``begin``.  Readers go on waiting while they may."""
        self._set_state(State.PAUSED)

    def close(self) -> None:
        """End the stream for good; readers get :class:`StreamEnded` after the frames that are there."""
        if self._closed:
            return
        self._closed = True
        self._set_state(State.CLOSED)
        self._server.close()
        self._shared.close()
        self._block = None

    def _set_state(self, state: State) -> None:
        self._words[records.W_STATE] = state
        with self._fence:
            pass
        self._shared.wake_all()

    def _in_block(self) -> _Block:
        if self._block is None:
            raise ValueError("begin() has not been called, or the writer is closed")
        return self._block

    def abandon(self) -> None:
        """In a forked child: close what would hide the parent's death."""
        if self._closed:
            return
        self._closed = True
        self._block = None
        self._shared.lock = threading.Lock()  # the parent's threads are not here to give it back
        self._server.abandon()
        self._shared.close()


class _Block:
    """The writer's view of the present generation."""

    def __init__(
        self,
        whole: memoryview,
        layout: Layout,
        buffers: int,
        reserve: int,
        lent: bool,
        table: int,
        buffer_bytes: int,
    ) -> None:
        self.layout = layout
        self.buffers = buffers
        self.reserve = reserve
        self.lent = lent
        self.table = whole[:table].cast("Q")
        self.pixels = whole[table:]
        self.order: deque[int] = deque()
        self.claimed: int | None = None
        self.offsets: list[int] = [] if lent else [buffer * buffer_bytes for buffer in range(buffers)]
        self.handles = [(offset, self.pixels[offset : offset + layout.payload]) for offset in self.offsets]
        self.free: deque[int] = deque(range(len(self.offsets)))
        self.buffer_at = {offset: buffer for buffer, offset in enumerate(self.offsets)}

    def lent_buffer(self, offset: int) -> int:
        """The buffer of an image that the SDK put at ``offset``."""
        if not self.lent:
            raise ValueError(f"the buffer at {offset!r} was not claimed")
        buffer = self.buffer_at.get(offset)
        if buffer is None:
            buffer = self._new_buffer(offset)
        if self.table[buffer]:
            raise ValueError(
                f"the image at {offset} was published and not retired: the SDK cannot have filled it"
            )
        return buffer

    def _new_buffer(self, offset: int) -> int:
        buffer = len(self.offsets)
        if not 0 <= offset <= len(self.pixels) - self.layout.payload:
            raise ValueError(f"an image at {offset} does not lie in the block of {len(self.pixels)} bytes")
        if buffer == self.buffers:
            raise ValueError(f"the SDK uses more than the {self.buffers} buffers it was to use")
        self.offsets.append(offset)
        self.buffer_at[offset] = buffer
        return buffer


_writers: weakref.WeakSet[FrameWriter] = weakref.WeakSet()


def _abandon_all() -> None:
    for writer in list(_writers):
        writer.abandon()
    _writers.clear()


in_forked_copies(_abandon_all)
