"""Makes the shared memory of frames and publishes in it: one thread writes, any number of processes read.

Nothing here waits for a reader, but :meth:`FrameWriter.wait_for_readers` and
:meth:`FrameWriter.wait_for_a_reader`, for sources that can wait.
"""

from __future__ import annotations

import pickle
import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError
from llpyspin.frames import records
from llpyspin.frames.buffers import reserve_of
from llpyspin.frames.emptying import Emptying
from llpyspin.frames.generations import Generations
from llpyspin.frames.info import FrameFlags, Layout, NoFreeBuffer
from llpyspin.frames.readerrows import Shared
from llpyspin.frames.records import JOURNAL_WORDS_AT, RECORD_BYTES, RECORD_WORDS, W_HEAD, State
from llpyspin.frames.server import Server
from llpyspin.processes.closing import Closing
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.sharedmemory import new_fence

if TYPE_CHECKING:
    from llpyspin.frames.block import Block

__all__ = ["FrameWriter", "LayoutLike"]

_PACK = records.RECORD.pack_into
_RECORDS_AT = records.JOURNAL_AT + 8


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
        self._generations = Generations(self._shared)
        self._emptying = Emptying(self._shared)
        self._block: Block | None = None
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
        block = self._block
        if block is None or lent or not block.fits(layout, buffers, reserve):
            block = self._block = self._generations.renew(
                layout, buffers, reserve, self._head, lent=lent, block_bytes=block_bytes
            )
            self._has_old = self._generations.forget_old(self._head)
        self._words[records.W_STATE] = State.STREAMING
        return block.pixels

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
            buffer = block.claimed = block.free.popleft() if block.free else self._emptying.take(block)
        return block.handles[buffer]

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
            block.generation,
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
            self._has_old = self._generations.forget_old(self._head)
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
            self._generations.number,
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
                buffer = self._emptying.take(block)
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

    @property
    def is_read(self) -> bool:
        """Whether a reader wants frames in order; those that stand aside do not."""
        return self._shared.is_read

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

    def _in_block(self) -> Block:
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


_writers: weakref.WeakSet[FrameWriter] = weakref.WeakSet()


def _abandon_all() -> None:
    for writer in list(_writers):
        writer.abandon()
    _writers.clear()


in_forked_copies(_abandon_all)
