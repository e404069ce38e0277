"""The methods with which users read frames: read(), borrow(), request(), aread(), map() and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import ArgumentTypeError, SettingRangeError
from llpyspin.naming.constructors import checked_methods
from llpyspin.reading.asynchronous import AsyncFrames
from llpyspin.reading.borrowing import Borrowed
from llpyspin.reading.cursor import Taken
from llpyspin.reading.jobs import Job, check_function
from llpyspin.reading.mapping import CALL_S, begin_map
from llpyspin.reading.request import HeldFrame
from llpyspin.reading.snapping import save_next

if TYPE_CHECKING:
    import asyncio
    import os
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo
    from llpyspin.reading.mapping import FrameMap
    from llpyspin.reading.stream import FrameStream

__all__ = ["FrameMethods"]

_T = TypeVar("_T")


@checked_methods("read", "grab", "retrieve", "borrow", "recent", "at")
class FrameMethods:
    """``read()`` and all other ways to read frames; their state is in a :class:`FrameStream`."""

    _frames: FrameStream

    # -- as with OpenCV -----------------------------------------------------------------------------------

    def read(
        self, image: npt.NDArray[Any] | None = None, *, timeout: float | None = None
    ) -> tuple[bool, npt.NDArray[np.uint8 | np.uint16] | None]:
        """Return the next new frame as ``(True, image)``.

        Blocks until a frame arrives, for at most ``timeout`` seconds (default: ``self.timeout``).  Then, and
        if the stream is closed, it returns ``(False, None)``.

        Parameters
        ----------
        image : ndarray, optional
            An array to fill, as in OpenCV.  It is used if it has the frame's shape and dtype and is
            contiguous and writable.  Otherwise a new array is made.

        Returns
        -------
        ok : bool
        image : ndarray or None
            Your own copy: (height, width) uint8, or uint16 for formats of more than 8 bit; colour
            (height, width, 3) in BGR order.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            No frame will come any more; :meth:`open` opens the camera again.
        """
        return self._frames.read(image, timeout)

    def grab(self) -> bool:
        """Wait for the next frame and hold it for :meth:`retrieve`; False if :meth:`read` would be False."""
        return self._frames.grab()

    def retrieve(self, image: npt.NDArray[Any] | None = None) -> tuple[bool, npt.NDArray[Any] | None]:
        """Return a copy of the frame that :meth:`grab` holds, or ``(False, None)``; may be repeated."""
        return self._frames.retrieve(image)

    def borrow(self, *, timeout: float | None = None) -> Borrowed:
        """Lend the next frame, for a ``with`` block, as a read-only view of the shared memory.

        Nothing is copied.  Do not use the view after the block, because the camera then writes over it.
        Frames of packed, Bayer and RGB formats are converted, which makes a copy.

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
        return Borrowed(self._frames, timeout)

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """Iterate over frames, as :meth:`read` returns them, until the stream is closed.

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
        """Data of the last frame that was read: index, the camera's frame id, timestamps (ns) of both clocks,
        flags, and the number of frames missed since the one before.  None before the first frame."""
        return self._frames.info

    @property
    def buffersize(self) -> int | None:
        """Number of unread frames that read() returns in order; None: those of the last 50 ms."""
        return self._frames.limits.buffersize

    @buffersize.setter
    def buffersize(self, value: int | None) -> None:
        self._frames.limits.buffersize = value

    @property
    def timeout(self) -> float:
        """Seconds that read() waits for a frame."""
        return self._frames.limits.timeout

    @timeout.setter
    def timeout(self, value: float) -> None:
        self._frames.limits.timeout = value

    @property
    def convert(self) -> bool:
        """True: Bayer frames become BGR images (``cv2.CAP_PROP_CONVERT_RGB``).  False: they stay raw."""
        return self._frames.limits.convert

    @convert.setter
    def convert(self, value: bool) -> None:
        self._frames.limits.convert = bool(value)

    def save(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, timeout: float | None = None
    ) -> Path:
        """Save a new frame as a picture; frames that :meth:`read` returns are not affected.

        Parameters
        ----------
        path : path-like
            ``.png`` or ``.tif`` have the values as :meth:`read` returns them, in 8 or 16 bit; 12 bit are the
            numbers 0 to 4095, which look dark in most viewers.  ``.jpg`` is for 8 bit.  Default: ``.png``.
        overwrite : bool
            Whether to replace an existing file.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        RecordingExistsError, RecordingError, MissingExtraError
            The file exists, cannot be written, or its kind needs a package that is not installed.
        FrameTimeoutError
            No frame within ``timeout`` seconds (default: ``self.timeout``).
        """
        frames = self._frames
        return save_next(lambda: frames.fresh(timeout), frames.source.name, path, overwrite=overwrite)

    # -- held in shared memory -----------------------------------------------------------------------------

    def request(self, *, timeout: float | None = None) -> HeldFrame:
        """Return the next new frame, held in shared memory without a copy until you release it.

        It shares its place in the stream with :meth:`read`.  A camera has memory for about 80 frames
        (128 MiB) and continues while frames are held.  You can hold up to 63 frames, or fewer if too little
        memory would be left for the camera.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for the frame; default ``self.timeout``.

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
        return HeldFrame(self._frames.next(timeout), convert=self.convert)

    def recent(self, count: int) -> list[HeldFrame]:
        """Return the newest ``count`` frames, held, oldest first; fewer if fewer are in memory.

        These include frames that :meth:`read` has returned or skipped, but no damaged ones.  The call takes
        microseconds for each frame, and :meth:`read` continues as before.

        Raises
        ------
        TooManyHeldError
            The camera would have too little memory left.  Then no frame is held.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise SettingRangeError(
                f"count must be a whole number from 1, not {count!r}", setting="count", value=count
            )
        frames = self._frames.reach(lambda reader: reader.recent(int(count), incomplete=False))
        return [HeldFrame(frame, convert=self.convert) for frame in frames]

    def at(self, frame_id: int) -> HeldFrame:
        """Return the frame with the camera's number ``frame_id``, held, if it is still in memory.

        Takes a few milliseconds at most.

        Raises
        ------
        FrameGone
            The frame was overwritten or lost, or has not arrived yet.
        TooManyHeldError
            Too many frames are held.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        if not isinstance(frame_id, (int, np.integer)) or isinstance(frame_id, bool):
            raise ArgumentTypeError(f"frame_id must be a whole number, not {frame_id!r}")
        frame = self._frames.reach(lambda reader: [reader.at_frame_id(int(frame_id))])[0]
        return HeldFrame(frame, convert=self.convert)

    # -- asyncio ------------------------------------------------------------------------------------------

    async def aread(self, *, timeout: float | None = None) -> tuple[bool, npt.NDArray[Any] | None]:
        """Return the next frame that no other ``aread()`` has returned, as ``(True, image)``, for asyncio.

        The event loop is not blocked; a thread copies the frame.  Several tasks may call it at once.  Each
        gets a different frame, in the order of the calls.  A cancelled task loses no frame.  Calls of
        ``aread()`` share one place in the stream, which is separate from that of :meth:`read`.

        ``frame_info`` describes the frame until the task awaits something else.

        Parameters
        ----------
        timeout : float, optional
            Seconds; default ``self.timeout``.  Then, and if the stream is closed, it returns
            ``(False, None)``.

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
        """Iterate over frames, as :meth:`aread` returns them, until the stream is closed.

        Each ``async for`` has its own place in the stream and sees all frames.

        Raises
        ------
        FrameTimeoutError
            No frame came in time.
        """
        return AsyncFrames(self._frames)

    # -- by threads and processes -------------------------------------------------------------------------

    def submit(
        self,
        function: Callable[[HeldFrame], Any] | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> Job[Any]:
        """Return at once a future (job) for the next frame, which a thread of the camera reads.

        Each job gets a different frame that arrived after it was submitted, in the order of submission.  If
        no frame comes within ``self.timeout``, the job fails with
        :class:`~llpyspin.errors.FrameTimeoutError`.  If the camera is released first, it fails with
        :class:`~llpyspin.errors.CameraClosedError`.

        Parameters
        ----------
        function : callable, optional
            Called in that thread as ``function(request)`` with a :class:`HeldFrame`.  The request is
            released when the function returns, unless it returns the request itself.  Default: the result is
            a copy of the image.
        loop : asyncio.AbstractEventLoop, optional
            Event loop; done-callbacks are called in its thread.

        Returns
        -------
        Job
            A :class:`concurrent.futures.Future` with the result of the function.  You can also await it.

        Raises
        ------
        FunctionError
            The function cannot be called, or is ``async``.
        TooManyJobsError
            1024 jobs are already waiting for frames.
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

        Use ``for result in cap.map(function)`` or ``async for result in cap.map(function)``.  Reading begins
        when you ask for the first result.  Frames for which no worker has time within 50 ms, or
        :attr:`buffersize` frames, are skipped and counted in ``skipped``.  Frames go to the workers without a
        copy; results are pickled.

        Parameters
        ----------
        function : callable
            Called as ``function(image)`` with a read-only image in shared memory.  It may be defined in the
            main script or a notebook.  An object may have ``setup()`` and ``close()``.  Of a class, each
            worker makes one object, so it can load a model once.
        workers : int
            Number of processes, 1 to 32.
        ahead : int, optional
            Frames that may be in work, or finished and not yet fetched; by default ``2 * workers``.
        timeout_s : float
            A call that takes longer counts as hung, and its process is killed.

        Returns
        -------
        FrameMap
            Returned at once.  The workers start meanwhile, which takes about 0.3 s.

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
