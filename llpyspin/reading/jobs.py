"""Jobs: what is to be done with the next frame, by a thread, while the program goes on."""

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
from llpyspin.processes.callables import check_plain, name_of
from llpyspin.reading.request import FrameRequest
from llpyspin.reading.source import Copier, FrameSource, Pace
from llpyspin.reading.threads import call_soon

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from llpyspin.frames import Frame, FrameReader

__all__ = ["Job", "JobCamera"]

logger = logging.getLogger("llpyspin")

MOST_JOBS = 1024
_T = TypeVar("_T")


class Job(concurrent.futures.Future[_T]):
    """The future of one frame: ``result()``, ``cancel()``, ``add_done_callback()``; in asyncio, ``await`` it.

    It can be cancelled until its frame is there.  Done-callbacks are called in the thread of the loop that
    :meth:`~llpyspin.streaming.VideoStream.submit` was given, else in the camera's thread for jobs.
    """

    def __init__(
        self, function: Callable[[FrameRequest], _T] | None, loop: asyncio.AbstractEventLoop | None
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
        _check(fn, "the done-callback", _AWAIT)
        loop = self._loop
        super().add_done_callback(fn if loop is None else lambda job: _call_in(loop, fn, job))

    def __await__(self) -> Generator[Any, None, _T]:
        return asyncio.wrap_future(self).__await__()


def _call_in(loop: asyncio.AbstractEventLoop, fn: Callable[..., object], job: object) -> None:
    if not call_soon(loop, fn, job):
        logger.warning("a job is done, and the event loop that was to be told is closed")


_AWAIT = "await the job itself, or start a task in a plain function: lambda job: loop.create_task(...)"


def _check(function: Any, what: str, instead: str) -> None:
    if not callable(function):
        raise FunctionError(f"{what} must be something that can be called, not {function!r}")
    check_plain(function, f"{what} {name_of(function)}", instead)


class JobCamera(FrameSource):
    """A camera with :meth:`submit`."""

    def _prepare_jobs(self) -> None:
        """Called by constructors, before the camera is opened."""
        self._jobs: _Jobs | None = None
        self._jobs_lock = threading.Lock()

    def submit(
        self,
        function: Callable[[FrameRequest], Any] | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> Job[Any]:
        """Have the next frame taken, by a thread of the camera's; returns at once.

        Each job gets a frame of its own that came after it was submitted, in the order of submission.  If
        none comes within ``self.timeout`` the job fails with :class:`~llpyspin.errors.FrameTimeoutError`, and
        if the camera is released first, with :class:`~llpyspin.errors.CameraClosedError`.

        Parameters
        ----------
        function : callable, optional
            Called in that thread as ``function(request)`` with a :class:`FrameRequest`, which is released
            when it returns, unless it returns the request itself.  Default: a copy of the image.
        loop : asyncio.AbstractEventLoop, optional
            The event loop in whose thread done-callbacks are to be called.

        Returns
        -------
        Job
            A :class:`concurrent.futures.Future` of what the function returns; it can also be awaited.

        Raises
        ------
        FunctionError
            The function cannot be called, or is ``async``.
        TooManyJobsError
            1024 jobs wait for frames already.
        CameraClosedError
            The stream is closed.

        Examples
        --------
        >>> from llpyspin import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap:
        ...     job = cap.submit(lambda request: request.image.mean() > 0)
        ...     bool(job.result(timeout=5))
        True
        """
        if function is not None:
            _check(function, "the function for submit()", "await what submit() returns instead")
        with self._jobs_lock:
            jobs = self._jobs
            if jobs is None or not jobs.usable:
                if not self.isOpened():
                    self._attach().close()  # raises what became of the camera
                jobs = self._jobs = _Jobs()
                self._attendants.add(jobs)
            return jobs.add(Job(function, loop), self)


class _Jobs:
    """The jobs that wait, and the thread that does them.

    The thread is there, and keeps the camera from being forgotten, while there are any.
    """

    def __init__(self) -> None:
        self.ended = False
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[Job[Any]] = deque()
        self._running = False
        self._reader: FrameReader | None = None
        self._pace = Pace()
        self._copier = Copier()
        self._came = time.monotonic()  # the frame before

    @property
    def usable(self) -> bool:
        """Whether jobs can still be added, in this process."""
        return not self.ended and self._process == os.getpid()

    def add(self, job: Job[Any], source: FrameSource) -> Job[Any]:
        with self._lock:
            if len(self._waiting) >= MOST_JOBS:
                raise TooManyJobsError(f"{source.nickname}: {MOST_JOBS} jobs wait for frames already")
            if self._reader is not None:
                job.since = self._reader.newest + 1
            self._waiting.append(job)
            if not self._running:
                threading.Thread(target=self._run, args=(source,), name="llpyspin-jobs", daemon=True).start()
                self._running = True
        return job

    def end(self) -> None:
        """Have the jobs that wait fail, for the camera is released."""
        self.ended = True
        reader = self._reader
        if reader is not None:
            reader.interrupt()

    def _run(self, source: FrameSource) -> None:
        while (job := self._first()) is not None:
            try:
                frame = self._frame_for(job, source)
            except Exception as error:  # noqa: BLE001 - whoever has the job gets it
                self._fail(job, error)
            else:
                if frame is not None:
                    self._serve(frame, source)

    def _first(self) -> Job[Any] | None:
        """The job that is next; None, and the thread is over, where there is none."""
        with self._lock:
            while self._waiting and self._waiting[0].cancelled():
                self._waiting.popleft().set_running_or_notify_cancel()
            self._running = bool(self._waiting)
            return self._waiting[0] if self._waiting else None

    def _frame_for(self, job: Job[Any], source: FrameSource) -> Frame | None:
        """A frame that came after the job; None if the job was cancelled meanwhile."""
        if self._reader is None and not self.ended:
            self._reader = source._attach()
        reader = self._reader
        deadline = Deadline(max(0.0, max(self._came, job.submitted) + source.timeout - time.monotonic()))

        def take(from_there: FrameReader) -> Frame:
            backlog = source.buffersize or self._pace.backlog
            return from_there.next(deadline.remaining(), backlog=backlog, incomplete=False)

        while not self.ended and not job.cancelled():
            frame = source._wait_on(reader, take)
            if frame is None:
                break
            self._pace.note(frame.info)
            if frame.info.index >= job.since:
                self._came = time.monotonic()
                return frame
            frame.release()
        if job.cancelled():
            return None
        raise source._closed_error() if self.ended else source._no_frame_error(source.timeout)

    def _serve(self, frame: Frame, source: FrameSource) -> None:
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
            result = self._do(job, frame, convert=source.convert)
        except BaseException as error:  # noqa: BLE001 - as an executor does
            job.set_exception(error)
        else:
            job.set_result(result)

    def _do(self, job: Job[Any], frame: Frame, *, convert: bool) -> Any:
        if job.function is None:
            with frame:
                return self._copier.copy(frame, color=convert)
        request = FrameRequest(frame, convert=convert)
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
