"""Jobs: a thread does something with the next frame while the program goes on."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.deadlines import Deadline
from llpyspin.errors import FunctionError, TooManyJobsError
from llpyspin.naming.known import named
from llpyspin.processes.callables import check_plain, name_of
from llpyspin.reading.copier import Copier
from llpyspin.reading.request import HeldFrame
from llpyspin.reading.threads import call_soon

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from llpyspin.frames import Frame
    from llpyspin.reading.limits import Limits
    from llpyspin.reading.place import Place

__all__ = ["Job", "Jobs", "check_function"]

logger = logging.getLogger("llpyspin")

MOST_JOBS = 1024
_T = TypeVar("_T")


@named
class Job(concurrent.futures.Future[_T]):
    """The future of one frame: ``result()``, ``cancel()``, ``add_done_callback()``; in asyncio, ``await`` it.

    It can be cancelled until its frame is there.  Done-callbacks are called in the thread of the loop that
    :meth:`~llpyspin.streaming.VideoStream.submit` was given, else in the camera's thread for jobs.
    """

    function: Callable[[HeldFrame], _T] | None
    since: int
    submitted: float

    def __init__(
        self, function: Callable[[HeldFrame], _T] | None, loop: asyncio.AbstractEventLoop | None
    ) -> None:
        super().__init__()
        self.function = function
        self.since = 0
        self.submitted = time.monotonic()
        self._loop = loop

    def add_done_callback(self, fn: Callable[[concurrent.futures.Future[_T]], object]) -> None:
        """Have ``fn(job)`` called when it is done or cancelled; at once if it is.

        Raises
        ------
        FunctionError
            It cannot be called, or is ``async``: nobody would await it.
        """
        check_function(fn, "the done-callback", _AWAIT)
        loop = self._loop
        super().add_done_callback(fn if loop is None else lambda job: _call_in(loop, fn, job))

    def __await__(self) -> Generator[Any, None, _T]:
        return asyncio.wrap_future(self).__await__()


def _call_in(loop: asyncio.AbstractEventLoop, fn: Callable[..., object], job: object) -> None:
    if not call_soon(loop, fn, job):
        logger.warning("a job is done, but its event loop is closed")


_AWAIT = "await the job itself, or start a task in a plain function: lambda job: loop.create_task(...)"


def check_function(function: Any, what: str, instead: str) -> None:
    """Refuse what cannot be called, or would have to be awaited; ``instead``: what to do then."""
    if not callable(function):
        raise FunctionError(f"{what} must be something that can be called, not {function!r}")
    check_plain(function, f"{what} {name_of(function)}", instead)


class Jobs:
    """The jobs that wait, and the thread that does them.

    The thread is there, and keeps the camera from being forgotten, while there are any.
    """

    def __init__(self, place: Place, limits: Limits) -> None:
        self.ended = False
        self._place = place
        self._limits = limits
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[Job[Any]] = deque()
        self._running = False
        self._copier = Copier()
        self._came = time.monotonic()  # the frame before

    @property
    def usable(self) -> bool:
        """Whether jobs can still be added, in this process."""
        return not self.ended and self._process == os.getpid()

    def add(self, job: Job[Any]) -> None:
        with self._lock:
            if len(self._waiting) >= MOST_JOBS:
                raise TooManyJobsError(
                    f"{self._place.source.name}: {MOST_JOBS} jobs are already waiting for frames. Wait for "
                    "results before you submit more"
                )
            reader = self._place.reader
            if reader is not None:
                job.since = reader.newest + 1
            self._waiting.append(job)
            if not self._running:
                threading.Thread(target=self._run, name="llpyspin-jobs", daemon=True).start()
                self._running = True

    def end(self) -> None:
        """Have the jobs that wait fail, for the camera is released."""
        self.ended = True
        self._place.interrupt()

    def _run(self) -> None:
        while (job := self._first()) is not None:
            try:
                frame = self._frame_for(job)
            except Exception as error:  # noqa: BLE001 - whoever has the job gets it
                self._fail(job, error)
            else:
                if frame is not None:
                    self._serve(frame)

    def _first(self) -> Job[Any] | None:
        """The job that is next; None, and the thread is over, where there is none."""
        with self._lock:
            while self._waiting and self._waiting[0].cancelled():
                self._waiting.popleft().set_running_or_notify_cancel()
            self._running = bool(self._waiting)
            return self._waiting[0] if self._waiting else None

    def _frame_for(self, job: Job[Any]) -> Frame | None:
        """A frame that came after the job; None if the job was cancelled meanwhile."""
        timeout, source = self._limits.timeout, self._place.source
        deadline = Deadline(max(0.0, max(self._came, job.submitted) + timeout - time.monotonic()))
        while not self.ended and not job.cancelled():
            frame = self._place.next(deadline)
            if frame is None:
                break
            if frame.info.index >= job.since:
                self._came = time.monotonic()
                return frame
            frame.release()
        if job.cancelled():
            return None
        closed = self.ended or source.closing
        raise source.closed_error() if closed else source.no_frame_error(timeout)

    def _serve(self, frame: Frame) -> None:
        """Give a frame to the first job that it is for; another one may have been cancelled meanwhile."""
        with self._lock:
            job = None
            while self._waiting and self._waiting[0].since <= frame.info.index:
                if self._waiting[0].set_running_or_notify_cancel():
                    job = self._waiting.popleft()
                    break
                self._waiting.popleft()
        if job is None:
            frame.release()
            return
        try:
            result = self._do(job, frame, convert=self._limits.convert)
        except BaseException as error:  # noqa: BLE001 - as an executor does
            job.set_exception(error)
        else:
            job.set_result(result)

    def _do(self, job: Job[Any], frame: Frame, *, convert: bool) -> Any:
        if job.function is None:
            with frame:
                return self._copier.copy(frame, color=convert)
        request = HeldFrame(frame, convert=convert)
        result = None
        try:
            result = job.function(request)
        finally:
            if result is not request:
                request.release()
        return result

    def _fail(self, job: Job[Any], error: Exception) -> None:
        with self._lock:
            if self._waiting and self._waiting[0] is job:
                self._waiting.popleft()
        if job.set_running_or_notify_cancel():
            job.set_exception(error)
