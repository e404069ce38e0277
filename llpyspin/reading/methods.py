"""The ways of taking frames as users have them, on cameras and on callbacks that return frames."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import SettingRangeError
from llpyspin.frames import decode
from llpyspin.reading.asynchronous import AsyncFrames
from llpyspin.reading.cursor import Taken
from llpyspin.reading.jobs import Job, check_function
from llpyspin.reading.mapping import CALL_S, begin_map
from llpyspin.reading.request import FrameRequest

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo
    from llpyspin.reading.mapping import FrameMap
    from llpyspin.reading.stream import FrameStream

__all__ = ["FrameMethods"]

_T = TypeVar("_T")


class FrameMethods:
    """``read()`` and all other ways of taking frames; their state is in a :class:`FrameStream`."""

    _frames: FrameStream

    # -- as with OpenCV -----------------------------------------------------------------------------------

    def read(
        self, image: npt.NDArray[Any] | None = None, *, timeout: float | None = None
    ) -> tuple[bool, npt.NDArray[np.uint8 | np.uint16] | None]:
        """The next frame that this stream has not given yet, as ``(True, image)``.

        Blocks until there is one, for ``timeout`` seconds at most (default: ``self.timeout``); then, and
        from a closed stream, ``(False, None)``.

        Parameters
        ----------
        image : ndarray, optional
            An array to fill, as in OpenCV; used, and returned, if it has the frame's shape and dtype, is
            contiguous and writable, else a new one is made.

        Returns
        -------
        ok : bool
        image : ndarray or None
            The caller's own: (height, width) uint8, or uint16 for formats of more than 8 bit; colour
            (height, width, 3) in BGR order.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            No frame will come any more; :meth:`open` opens the camera again.
        """
        return self._frames.read(image, timeout)

    def grab(self) -> bool:
        """Wait for the next frame and hold it for :meth:`retrieve`; False where :meth:`read` gives it."""
        return self._frames.grab()

    def retrieve(self, image: npt.NDArray[Any] | None = None) -> tuple[bool, npt.NDArray[Any] | None]:
        """A copy of the frame that :meth:`grab` holds, as often as wanted; ``(False, None)`` if none."""
        return self._frames.retrieve(image)

    @contextlib.contextmanager
    def borrow(self, *, timeout: float | None = None) -> Iterator[npt.NDArray[Any]]:
        """The next frame as a read-only view of the shared memory, without a copy, for a ``with`` block.

        The view must not be used after the block: the camera then writes over it.  Frames of packed, Bayer
        and RGB formats are converted and so copied all the same.

        Raises
        ------
        FrameTimeoutError
            No frame within ``timeout`` seconds (default: ``self.timeout``).
        CameraClosedError
            The stream is closed.

        Examples
        --------
        >>> from llpyspin.streaming import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap, cap.borrow() as frame:
        ...     frame.shape, frame.flags.writeable
        ((1080, 1440), False)
        """
        frame = self._frames.next(timeout)
        try:
            yield decode(frame.data, frame.layout, color=self._frames.limits.convert)
        finally:
            frame.release()

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """Frames as :meth:`read` gives them, until the stream is closed.

        Raises
        ------
        FrameTimeoutError
            No frame came in time.
        """
        frames = self._frames
        while (reader := frames.reader) is not None:
            ok, image = self.read()
            if ok and image is not None:
                yield image
            elif frames.reader is not reader or frames.ended:
                return
            else:
                raise frames.source.no_frame_error(frames.limits.timeout)

    @property
    def frame_info(self) -> FrameInfo | None:
        """Of the frame that was read last: its index, the camera's frame id, timestamps in ns of both clocks,
        flags, and how many frames this reader missed since the one before.  None before the first."""
        return self._frames.info

    @property
    def buffersize(self) -> int | None:
        """Unread frames that read() works off in order; None: those of the last 50 ms."""
        return self._frames.limits.buffersize

    @buffersize.setter
    def buffersize(self, value: int | None) -> None:
        self._frames.limits.buffersize = value

    @property
    def timeout(self) -> float:
        """Seconds for which read() waits for a frame."""
        return self._frames.limits.timeout

    @timeout.setter
    def timeout(self, value: float) -> None:
        self._frames.limits.timeout = value

    @property
    def convert(self) -> bool:
        """Whether Bayer frames become BGR images (``cv2.CAP_PROP_CONVERT_RGB``), else they stay raw."""
        return self._frames.limits.convert

    @convert.setter
    def convert(self, value: bool) -> None:
        self._frames.limits.convert = bool(value)

    # -- held where they lie ------------------------------------------------------------------------------

    def request(self, *, timeout: float | None = None) -> FrameRequest:
        """The next frame that this stream has not given yet, held where it lies; without a copy.

        It shares its place in the stream with :meth:`read`.  A camera has memory for some 80 frames (128 MiB)
        and goes on while they are held: beyond 63 held frames, or where too little memory would be left for
        the camera, there are no more until some are released.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for it; default ``self.timeout``.

        Raises
        ------
        FrameTimeoutError
            No frame in time.
        TooManyHeldError
            Too many frames are held.
        CameraClosedError
            The stream is closed.
        CameraLostError, CameraHungError, CameraProcessError
            No frame will come any more.

        Examples
        --------
        >>> from llpyspin import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap, cap.request() as request:
        ...     request.image.shape, request.image.flags.writeable, request.info.missed
        ((1080, 1440), False, 0)
        """
        return FrameRequest(self._frames.next(timeout), convert=self.convert)

    def recent(self, count: int) -> list[FrameRequest]:
        """The newest ``count`` frames, held, oldest first; fewer where fewer are in memory.

        Frames that :meth:`read` gave, or passed over, are among them; damaged ones are not.  Takes
        microseconds a frame, and changes nothing for :meth:`read`.

        Raises
        ------
        TooManyHeldError
            The camera would have too little memory left; none is held then.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise SettingRangeError(
                f"a number of frames is a whole number from 1, not {count!r}", setting="count", value=count
            )
        frames = self._frames.reach(lambda reader: reader.recent(int(count), incomplete=False))
        return [FrameRequest(frame, convert=self.convert) for frame in frames]

    def at(self, frame_id: int) -> FrameRequest:
        """The frame that the camera gave this number, held, if it is still in memory.

        Takes some milliseconds at most.

        Raises
        ------
        FrameGone
            It was overwritten (or lost), or is not there yet.
        TooManyHeldError
            Too many frames are held.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        if not isinstance(frame_id, (int, np.integer)) or isinstance(frame_id, bool):
            raise TypeError(f"a frame id is a whole number, not {frame_id!r}")
        frame = self._frames.reach(lambda reader: [reader.at_frame_id(int(frame_id))])[0]
        return FrameRequest(frame, convert=self.convert)

    # -- asyncio ------------------------------------------------------------------------------------------

    async def aread(self, *, timeout: float | None = None) -> tuple[bool, npt.NDArray[Any] | None]:
        """:meth:`read` for asyncio: the next frame that no ``aread()`` has given yet, as ``(True, image)``.

        The event loop goes on meanwhile, also while the frame is copied, which a thread does.  Several tasks
        may call it at once: they get a frame each, in the order in which they called.  A task that is
        cancelled loses no frame.  It has a place in the stream of its own, beside :meth:`read`.

        ``frame_info`` tells of the frame until the task awaits something else.

        Parameters
        ----------
        timeout : float, optional
            Seconds; default ``self.timeout``.  After that, and from a closed stream, ``(False, None)``.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            No frame will come any more; :meth:`open` opens the camera again.
        """
        frames = self._frames
        seconds = Deadline(frames.limits.timeout if timeout is None else timeout).seconds
        taken = await frames.take(frames.shared_cursor(), seconds)
        return (True, taken.image) if isinstance(taken, Taken) else (False, None)

    def __aiter__(self) -> AsyncFrames:
        """Frames as :meth:`aread` gives them, until the stream is closed.

        Each loop has a place in the stream of its own, so that several see all frames.

        Raises
        ------
        FrameTimeoutError
            No frame came in time.
        """
        return AsyncFrames(self._frames)

    # -- by threads and processes -------------------------------------------------------------------------

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
            check_function(function, "the function for submit()", "await what submit() returns instead")
        job = Job(function, loop)
        self._frames.submit(job)
        return job

    def map(
        self,
        function: Callable[[npt.NDArray[Any]], _T],
        workers: int = 2,
        ahead: int | None = None,
        *,
        timeout_s: float = CALL_S,
    ) -> FrameMap[_T]:
        """Apply a function to frames in worker processes; the results come in the order of the frames.

        ``for result in cap.map(function)`` and ``async for result in cap.map(function)`` are both possible.
        Frames are taken as :meth:`read` takes them, from the first result that is asked for on: those that
        no worker has time for within 50 ms, or :attr:`buffersize` frames, are skipped, and counted in
        ``skipped``.  Frames go to the workers without a copy; what the function returns is pickled.

        Parameters
        ----------
        function : callable
            Called as ``function(image)`` with the read-only image where it lies.  It travels as it is, also
            from the main script and from notebooks.  An object may have ``setup()`` and ``close()``; a class
            is made an object in each worker, so that a model is loaded there once.
        workers : int
            How many processes, 1 to 32.
        ahead : int, optional
            Frames that may be at work, or done and not yet asked for; by default ``2 * workers``.
        timeout_s : float
            A call that takes longer counts as hung: its process is killed.

        Returns
        -------
        FrameMap
            Returned at once, while the workers start, for some 0.3 s.

        Raises
        ------
        FunctionError
            The function cannot be called with an image, or cannot be sent to another process.
        CameraClosedError
            The stream is closed.

        Examples
        --------
        >>> from llpyspin import VideoStream
        >>> with VideoStream(0, sdk="virtual") as cap, cap.map(lambda image: image.shape) as shapes:
        ...     next(shapes)
        (1080, 1440)
        """
        return begin_map(self._frames, function, workers, ahead, timeout_s)
