"""The position of one event loop's tasks in the frames of a camera.

The loop watches the reader.  When a frame is there, a thread beside the loop takes the frame and copies
it, which lets go of the interpreter's lock, and the loop hands the copy to the task that waits the longest.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.errors import FrameTimeoutError
from llpyspin.reading.copier import Copier
from llpyspin.reading.limits import ATTACH_S
from llpyspin.reading.threads import call_soon
from llpyspin.system.waiting import LoopWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo, FrameReader
    from llpyspin.reading.limits import Limits
    from llpyspin.reading.place import Place

__all__ = ["Cursor", "Cursors", "Ended", "Taken"]


class Taken(NamedTuple):
    """A frame for one task."""

    image: npt.NDArray[Any]
    info: FrameInfo


class Ended(Enum):
    """Why a task gets no frame."""

    TIMEOUT = "no frame came in time"
    RELEASED = "the stream was released"


class _NoneYet(Enum):
    """What the thread says when there is no frame; the loop watches the reader for the next one."""

    NONE_YET = 0


class _Waiter:
    """A task that waits for a frame."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.late = False  # its time is over
        self.future: asyncio.Future[Taken | Ended] = loop.create_future()

    def settle(self, outcome: Taken | Ended) -> None:
        if not self.future.done():
            self.future.set_result(outcome)


class Cursor:
    """Gives each frame to one task, in order; see :meth:`next`.

    The place belongs to a thread of the cursor's, which takes frames there and leaves it.  Everything else
    belongs to the thread of the loop, but for :meth:`end`.
    """

    def __init__(self, place: Place, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.ended = False
        self._place = place
        self._limits = limits
        self._process = os.getpid()
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="llpyspin-aio")
        self._copier = Copier()
        self._waiters: deque[_Waiter] = deque()
        self._busy = False  # the thread looks for a frame
        self._watched: LoopWatch | None = None  # the loop waits for a frame
        self._spare: deque[Taken] = deque()  # taken for tasks that were cancelled
        self._passed_over = 0

    @property
    def usable(self) -> bool:
        """Whether frames can still come by it, in this process."""
        return not self.ended and not self.loop.is_closed() and self._process == os.getpid()

    @property
    def unread(self) -> int:
        """Frames that came and were given to nobody."""
        return len(self._spare) + self._place.unread

    async def next(self, seconds: float) -> Taken | Ended:
        """The next frame that no task was given yet.

        A frame that was taken for a task which is cancelled goes to another one, and is not lost.  Raises
        what became of the camera.
        """
        waiter = _Waiter(self.loop)
        self._waiters.append(waiter)
        expiry = self.loop.call_later(seconds, self._expire, waiter)
        self._go()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._keep(waiter.future)
            raise
        finally:
            expiry.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            self._go()

    def end(self) -> None:
        """Have all tasks that wait told that the stream was released, and let go of the reader."""
        self.ended = True
        if self._process != os.getpid():
            return  # loop and thread are those of the process that forked this one
        self._place.interrupt()
        if not call_soon(self.loop, self._finish):
            self._leave()

    # -- in the thread of the loop ------------------------------------------------------------------------

    def _go(self) -> None:
        """See to it that a frame comes for the task that waits the longest."""
        while self._waiters and self._spare and not self._busy:
            self._use_spare()
        if self._waiters and self.ended:
            self._settle_all(Ended.RELEASED)
        if not self._waiters:
            self._unwatch()
        elif not self._busy and self._watched is None:
            self._busy = True
            self._helper.submit(self._take).add_done_callback(self._taken)

    def _came(self, future: Future[Taken | Ended | _NoneYet]) -> None:
        self._busy = False
        error = future.exception()
        if error is not None:
            self._fail(error)
        elif isinstance(outcome := future.result(), Taken):
            self._give(outcome)
        elif outcome is Ended.RELEASED:
            self._settle_all(Ended.RELEASED)
        else:
            self._watch()
        for waiter in self._waiters:
            if waiter.late:
                waiter.settle(Ended.TIMEOUT)
        self._go()

    def _fail(self, error: BaseException) -> None:
        """Give the task that waits the longest an error; the next one may get one of its own."""
        while self._waiters:
            future = self._waiters.popleft().future
            if not future.done():
                future.set_exception(error)
                return

    def _give(self, taken: Taken) -> None:
        if self._passed_over:
            info = taken.info
            taken = taken._replace(info=info._replace(missed=info.missed + self._passed_over))
            self._passed_over = 0
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.future.done():
                waiter.settle(taken)
                return
        self._spare.append(taken)

    def _keep(self, future: asyncio.Future[Taken | Ended]) -> None:
        """Keep for others what a task was given in the moment when it was cancelled."""
        if future.done() and not future.cancelled() and future.exception() is None:
            outcome = future.result()
            if isinstance(outcome, Taken):
                self._spare.append(outcome)

    def _use_spare(self) -> None:
        """Give what is left over, or pass it over where it has become too old meanwhile."""
        taken = self._spare.popleft()
        place = self._place
        too_many = place.reader is not None and place.unread >= place.backlog
        if too_many or not place.is_past_change(taken.info):
            self._passed_over += 1 + taken.info.missed
        else:
            self._give(taken)

    def _readable(self) -> None:
        self._unwatch()
        self._go()

    def _watch(self) -> None:
        reader = self._place.reader
        if reader is not None and not self.ended:
            self._watched = LoopWatch(self.loop, reader.source, self._readable)

    def _unwatch(self) -> None:
        watched, self._watched = self._watched, None
        if watched is not None:
            watched.end()

    def _expire(self, waiter: _Waiter) -> None:
        """Its time is over; while the thread looks, it may still get what that finds."""
        waiter.late = True
        if not self._busy:
            waiter.settle(Ended.TIMEOUT)

    def _settle_all(self, outcome: Ended) -> None:
        while self._waiters:
            self._waiters.popleft().settle(outcome)

    def _finish(self) -> None:
        self._unwatch()
        self._settle_all(Ended.RELEASED)
        self._leave()

    # -- in the thread of the cursor ----------------------------------------------------------------------

    def _take(self) -> Taken | Ended | _NoneYet:
        if self.ended:
            return Ended.RELEASED
        return self._place.take(self._take_now, Deadline(ATTACH_S)) or Ended.RELEASED

    def _take_now(self, reader: FrameReader) -> Taken | _NoneYet:
        try:
            self._place.pass_change(reader, 0)
            image, info = self._copier.next(reader, backlog=self._place.backlog, color=self._limits.convert)
        except FrameTimeoutError:
            return _NoneYet.NONE_YET
        self._place.note(info)
        return Taken(image, info)

    def _taken(self, future: Future[Taken | Ended | _NoneYet]) -> None:
        call_soon(self.loop, self._came, future)

    # -- in any thread ------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Close the reader once the thread does not use it any more, and end the thread."""
        try:
            self._helper.submit(self._close)
        except RuntimeError:
            return  # it was done before, or the program ends
        self._helper.shutdown(wait=False)

    def _close(self) -> None:
        self._place.close()


class Cursors:
    """The cursors of one stream that ``aread()`` shares: one for each event loop."""

    def __init__(self) -> None:
        self._all: list[Cursor] = []
        self._lock = threading.Lock()

    def new(self, place: Place, limits: Limits) -> Cursor:
        """One of somebody's own, in the loop that runs."""
        return Cursor(place, limits, asyncio.get_running_loop())

    def shared(self, make: Callable[[], tuple[Place, Limits]]) -> Cursor:
        """The one of the loop that runs; loops that were closed leave nothing behind."""
        loop = asyncio.get_running_loop()
        with self._lock:
            for cursor in [each for each in self._all if not each.usable]:
                self._all.remove(cursor)
                cursor.end()
            for cursor in self._all:
                if cursor.loop is loop:
                    return cursor
            cursor = self.new(*make())
            self._all.append(cursor)
            return cursor
