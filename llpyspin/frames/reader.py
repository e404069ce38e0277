"""Reads frames in any process."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import ArgumentError, ArgumentTypeError, FrameTimeoutError
from llpyspin.frames import records
from llpyspin.frames.attachment import Attachment
from llpyspin.frames.frame import Frame
from llpyspin.frames.info import FrameInfo, FrameToken, Layout, StreamEnded
from llpyspin.frames.published import FLAGS, INCOMPLETE, Published, new_info
from llpyspin.frames.records import W_HEAD, W_THROTTLE, State
from llpyspin.frames.recycling import Arrays
from llpyspin.naming.known import hinted
from llpyspin.processes.closing import Closing
from llpyspin.system.sharedmemory import new_fence

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.system.waiting import Watch

__all__ = ["EVERY", "FrameReader"]

EVERY = 1 << 62
"""A backlog that no reader can have: never skip a frame that is still there."""

BRISK_NS = 80_000
BEHIND = 2
SPINS = 2000
"""Where the last two frames came within ``BRISK_NS``, which no camera does, a reader looks for the next ones
for about 100 us before it goes to sleep, until more than ``BEHIND`` are there.  To sleep and be woken takes
longer for both sides, and so does reading what another core has only just written."""


@hinted
class FrameReader(Closing):
    """Reads the frames of one :class:`FrameWriter`, from any process of the same user.

    Parameters
    ----------
    address : str
        ``writer.address``.
    timeout_s : float
        How long to wait for the writer's process to answer.
    since : int, optional
        Index of the first frame wanted; by default the first one published from now on.  With 0 all frames
        that are still there come first, and those that are not are counted as missed.
    aside : bool
        Begin as after :meth:`stand_aside`.

    Raises
    ------
    StreamEnded
        There is no such writer, or it does not answer.
    TooManyReadersError
        It has as many readers as it takes.
    FrameAccessError
        It belongs to another user.

    Notes
    -----
    For one thread at a time.  A reader that is killed leaves nothing behind; a forked child cannot use it.
    """

    def __init__(
        self, address: str, *, timeout_s: float = 5.0, since: int | None = None, aside: bool = False
    ) -> None:
        self._attachment = Attachment(address, timeout_s)
        self._words, self._bytes = self._attachment.words, self._attachment.bytes
        self._copy_cell = self._attachment.copying
        self._fence = new_fence()
        self._published = Published(self._attachment)
        self._hold = self._published.hold  # for each frame: no call in between
        self._record = self._published.record
        self._generation = 0  # of the last frame that was read in order
        self._arrays = Arrays()
        self._interrupted = self._brisk = False
        self._next = self._last = self._lost = self._host_ns = 0
        try:
            self._start_at(self._words[W_HEAD] if since is None else since)
            if not aside:
                self._attachment.want(self._next)
            generation = self._words[records.W_GENERATION]
            if generation:  # have the memory before the writer can be gone
                self._published.block_of(generation)
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        return self._attachment.address

    def _start_at(self, index: int) -> None:
        if not isinstance(index, int) or index < 0:
            raise ArgumentError(f"a frame index must be a whole number >= 0, not {index!r}")
        lost = 0
        if index > 0:
            record = self._record(index - 1)
            if record is None:
                raise ArgumentError(f"the account does not reach back to frame {index}, or it is yet to come")
            lost = record[-1]
        self._next, self._last, self._lost = index, index - 1, lost

    # -- frames not seen yet

    def next(self, timeout_s: float, *, backlog: int = 1, incomplete: bool = True) -> Frame:
        """Wait for a frame not seen yet and hold it where it lies.

        Parameters
        ----------
        timeout_s : float
            How long to wait for it.
        backlog : int
            Frames come in order while at most this many wait to be read; beyond that all but the newest are
            skipped, and counted in ``info.missed``.  1 gives always the newest one, :data:`EVERY` all that
            are still in memory.
        incomplete : bool
            Whether to give frames that the SDK delivered damaged, or to count them as missed.

        Raises
        ------
        FrameTimeoutError
            None came in time.
        StreamEnded
            The writer's process closed the stream or is gone, and all of its frames were read.
        TooManyHeldError
            So many frames are held that the camera would run out of memory to fill.
        LlpyspinError
            What the writer failed with, after all of its frames were read.
        """
        attachment = self._attachment
        cell = attachment.take_cell()
        try:
            info, pixels, layout, record = self._take(cell, timeout_s, backlog, incomplete)
        except BaseException:
            attachment.give_back(cell)
            raise
        return Frame(attachment, cell, pixels, info, layout, record)

    def copy_next(
        self,
        timeout_s: float,
        *,
        backlog: int = 1,
        incomplete: bool = True,
        out: npt.NDArray[Any] | None = None,
    ) -> tuple[npt.NDArray[Any], FrameInfo, Layout]:
        """Wait for a frame not seen yet and copy it; see :meth:`next` for parameters and errors.

        The copy keeps the GIL. Otherwise a thread that computes beside this one would take it for the switch
        interval (5 ms), each time.

        Parameters
        ----------
        out : ndarray, optional
            Array to copy into.  Where it does not fit (C-contiguous, writable, ``layout.payload`` bytes), as
            after a change of the format, and by default, a new array is made.

        Returns
        -------
        data : ndarray
            ``uint8``, shape ``(layout.payload,)``; or ``out``.
        info : FrameInfo
        layout : Layout
        """
        cell = self._copy_cell
        try:
            info, pixels, layout, _ = self._take(cell, timeout_s, backlog, incomplete)
            if out is not None and _fits(out, layout):
                data = out
                out.data.cast("B")[:] = pixels
            else:
                data = self._arrays.take(layout.payload)
                data.data[:] = pixels
        finally:
            self._words[cell] = 0
        return data, info, layout

    def _take(
        self, cell: int, timeout_s: float, backlog: int, incomplete: bool
    ) -> tuple[FrameInfo, memoryview, Layout, tuple[Any, ...]]:
        """Wait for the frame to give next, hold it with ``cell``, and account for it.

        This is the path of every frame, so it is one function with few calls.
        """
        attachment = self._attachment
        if not attachment.open:
            attachment.check_open()
        if not 0 <= timeout_s < math.inf or backlog < 1:
            _refuse(timeout_s, backlog)
        words = self._words
        index = self._next
        deadline: Deadline | None = None
        while True:
            head = words[W_HEAD]
            if head <= index:
                self._next = index
                deadline = deadline or Deadline(timeout_s)
                head = self._wait(index, deadline)
            if head - index > backlog:
                index = head - 1  # an older one would be overtaken again at once
            held = self._hold(cell, index)
            if held is None:  # lapped
                published = self._published
                index = published.after(index) if backlog == EVERY else published.newest_after(index)
                continue
            record, block = held
            _, _, offset, frame_id, camera_ns, host_ns, flags, exposure, gain, line, lost = record
            if flags & INCOMPLETE and not incomplete:
                words[cell] = 0
                index += 1
                continue
            break
        if cell != self._copy_cell:
            attachment.check_room(block)
        if block.generation != self._generation:  # what came before is not needed any more
            self._generation = block.generation
            self._published.forget_before(block.generation)
        missed = index - self._last - 1 + lost - self._lost
        info = new_info((index, frame_id, camera_ns, host_ns, FLAGS[flags], missed, exposure, gain, line))
        self._last = index
        self._lost = lost
        self._brisk = host_ns - self._host_ns < BRISK_NS
        self._host_ns = host_ns
        words[attachment.next] = self._next = index + 1
        with self._fence:
            pass
        throttle = words[W_THROTTLE]
        if throttle and index + 1 >= throttle:
            attachment.progress.ring()
        layout = block.layout
        return info, block.pixels[offset : offset + layout.payload], layout, record

    def peek(self, timeout_s: float) -> FrameInfo | None:
        """Wait for the next frame, which stays unread; None where the journal has forgotten it."""
        self._attachment.check_open()
        if self._words[W_HEAD] <= self._next:
            self._wait(self._next, Deadline(timeout_s))
        return self._published.info(self._next)

    def skip_to(self, index: int) -> None:
        """Read no frame before this one; those count as missed."""
        if index > self._next:
            self._words[self._attachment.next] = self._next = index

    def _wait(self, index: int, deadline: Deadline) -> int:
        """Block until frame ``index`` is published; how many frames there are then."""
        words = self._words
        self._attachment.want(index)  # from now on, also of a reader that stood aside
        if self._brisk and deadline.seconds:
            for _ in range(SPINS):
                if words[W_HEAD] > index + BEHIND:
                    break
            if words[W_HEAD] > index:
                return words[W_HEAD]
        waiting = self._attachment.waiting
        try:
            while True:
                self._attachment.check_open()  # another thread may close it at any time
                words[waiting] = 1
                with self._fence:
                    pass
                head = words[W_HEAD]
                if head > index:
                    words[waiting] = 0
                    return head
                self._check_alive(index)
                remaining = deadline.remaining()
                try:
                    rung, gone = self._attachment.watch.wait(remaining)
                except (ValueError, OSError):  # another thread has closed it meanwhile
                    self._attachment.check_open()
                    raise
                if not rung and not gone and not remaining:
                    raise FrameTimeoutError(self._why_none(deadline.seconds), camera=self._attachment.name)
                # Where the bell was rung that is used up, and so is the flag: look again, and be armed again.
                if gone and words[W_HEAD] <= index:
                    raise StreamEnded(
                        f"the camera process (pid {self._attachment.pid}) is gone",
                        camera=self._attachment.name,
                    )
        except FrameTimeoutError:
            raise  # stays armed: fileno() becomes readable with the next frame
        except BaseException:
            if self._attachment.open:  # else the place may be another reader's by now
                words[waiting] = 0
            raise

    def _check_alive(self, index: int) -> None:
        if self._interrupted:
            raise StreamEnded("this reader was interrupted", camera=self._attachment.name)
        words = self._words
        state = words[records.W_STATE]
        if state == State.FAILED:
            error = pickle.loads(bytes(self._bytes[records.ERROR_AT :][: words[records.W_ERROR_LENGTH]]))
        elif state == State.CLOSED:
            error = StreamEnded("the camera process closed the stream", camera=self._attachment.name)
        else:
            return
        if words[W_HEAD] <= index:
            raise error

    def _why_none(self, timeout_s: float) -> str:
        if self._words[records.W_STATE] == State.STREAMING:
            return f"no frame came within {timeout_s} s"
        return f"no frame came within {timeout_s} s: the camera is not streaming"

    def stand_aside(self) -> None:
        """Want only frames that are named or reached back for, until the next frame is asked for in order.

        Sources that can wait for their readers do not wait for this one then, and no memory of an earlier
        format is kept for it.
        """
        self._words[self._attachment.next] = records.ASIDE

    # -- frames that were published already

    @property
    def newest(self) -> int:
        """Index of the newest frame, seen or not; -1 before the first."""
        return self._words[W_HEAD] - 1

    @property
    def unread(self) -> int:
        """Frames published and not yet read (or skipped) by this reader."""
        return max(0, self._words[W_HEAD] - self._next)

    @property
    def position(self) -> int:
        """Index of the frame that is wanted next."""
        return self._next

    @property
    def buffers(self) -> int:
        """Frames that there is memory for in the present stream; 0 before the first one."""
        block = self._published.block
        return 0 if block is None else block.buffers

    @property
    def reserve(self) -> int:
        """How many of :attr:`buffers` are never kept for readers."""
        block = self._published.block
        return 0 if block is None else block.reserve

    def at(self, index: int) -> Frame:
        """Hold a frame that is still in memory, by its index; the account of this reader is not touched.

        Raises
        ------
        FrameGone
            It was overwritten, or is not there yet.
        TooManyHeldError
            So many frames are held that the camera would run out of memory to fill.
        """
        self._attachment.check_open()
        return self._published.at(index)

    def journal(self, index: int) -> FrameInfo | None:
        """What is known of a published frame, whether its pixels are still in memory or not.

        ``missed`` are the frames lost between the one published before it and this one.  None where it is
        not published yet, or so old that the journal has forgotten it (16384 frames).  Never blocks.
        """
        self._attachment.check_open()
        return self._published.info(index)

    def take(self, token: FrameToken) -> Frame:
        """Hold the frame that another process named with :meth:`Frame.token`; errors as for :meth:`at`."""
        self._attachment.check_open()
        if token.address != self.address:
            raise ArgumentError(f"this token is of {token.address!r}, the reader is of {self.address!r}")
        return self._published.look_back(token.index, token.record)

    def at_frame_id(self, frame_id: int) -> Frame:
        """Hold the newest frame that the camera gave this number; errors as for :meth:`at`."""
        self._attachment.check_open()
        return self._published.at_frame_id(frame_id)

    def recent(self, count: int, *, incomplete: bool = True) -> list[Frame]:
        """Hold the newest ``count`` frames, oldest first; fewer where fewer are in memory.

        ``incomplete`` as for :meth:`next`.
        """
        self._attachment.check_open()
        return self._published.recent(count, incomplete=incomplete)

    # -- the rest

    def fileno(self) -> int:
        """A descriptor for ``select`` and asyncio, readable when a frame or the end may be there.

        Read with a timeout of 0 until :class:`FrameTimeoutError`; that arms it for the next frame.
        """
        return self.source.descriptor

    @property
    def source(self) -> Watch:
        """The same for :func:`llpyspin.system.waiting.wait` and event loops of every system."""
        self._attachment.check_open()
        return self._attachment.watch

    def interrupt(self) -> None:
        """Have the thread that waits for a frame now, or will, get :class:`StreamEnded` at once.

        The one method that any thread may call at any time.
        """
        self._interrupted = True
        self._attachment.wake()

    @property
    def interrupted(self) -> bool:
        """Whether :meth:`interrupt` was called."""
        return self._interrupted

    def close(self) -> None:
        """Disconnect; held frames are released and must not be used.  A second call does nothing.

        The memory of the pixels is let go of, too, however long somebody keeps this object: a traceback may.
        """
        self._attachment.close()
        self._published.forget()

    def __iter__(self) -> None:  # a reader needs a time to wait, which a loop cannot give
        raise ArgumentTypeError("call next(timeout_s) of a FrameReader")


def _fits(out: npt.NDArray[Any], layout: Layout) -> bool:
    return out.nbytes == layout.payload and out.flags.c_contiguous and out.flags.writeable


def _refuse(timeout_s: float, backlog: int) -> None:
    if backlog < 1:
        raise ArgumentError(f"backlog must be at least 1 frame, not {backlog!r}")
    raise ArgumentError(f"a timeout must be a finite number of seconds >= 0, not {timeout_s!r}")
