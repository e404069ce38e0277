"""Cameras in asyncio: ``await cap.aread()``, ``async for image in cap``, ``async with``."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llpyspin.deadlines import Deadline
from llpyspin.reading.cursor import Cursor, Ended, Taken
from llpyspin.reading.source import FrameSource
from llpyspin.reading.threads import in_thread, until_done

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.frames import FrameReader

__all__ = ["AsyncCamera", "AsyncFrames"]

_T = TypeVar("_T")
_Self = TypeVar("_Self", bound="AsyncCamera")


class AsyncCamera(FrameSource):
    """A camera whose frames can be awaited."""

    _reader: FrameReader | None

    def _prepare_awaiting(self) -> None:
        """Called by constructors, before the camera is opened."""
        self._cursors: list[Cursor] = []
        self._cursors_lock = threading.Lock()

    # -- opening and closing ------------------------------------------------------------------------------

    @classmethod
    async def aopen(cls: type[_Self], *arguments: Any, **options: Any) -> _Self:
        """Make and open a camera, for which the constructor takes the same arguments, in a thread.

        The constructor itself blocks until the camera is open, and an event loop with it: under 1 s with
        virtual cameras, 8 to 15 s with the real SDK.  A task that is cancelled meanwhile leaves no camera
        open.

        Examples
        --------
        >>> import asyncio
        >>> from llpyspin import VideoStream
        >>> async def shape():
        ...     async with await VideoStream.aopen(0, sdk="virtual") as cap:
        ...         ok, image = await cap.aread()
        ...         return image.shape
        >>> asyncio.run(shape())
        (1080, 1440)
        """
        opening = _Opening(lambda: cls(*arguments, **options), cls.release)
        try:
            return await until_done(in_thread(opening.open, name="llpyspin-open"))
        except BaseException:
            opening.forget()
            raise

    async def __aenter__(self: _Self) -> _Self:
        if not self.isOpened():
            await until_done(in_thread(self.open, name="llpyspin-open"))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await until_done(in_thread(lambda: self.__exit__(*exc), name="llpyspin-release"))

    # -- frames -------------------------------------------------------------------------------------------

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
        seconds = Deadline(self.timeout if timeout is None else timeout).seconds
        taken = await self._take(self._shared_cursor(), seconds)
        return (True, taken.image) if isinstance(taken, Taken) else (False, None)

    def __aiter__(self) -> AsyncFrames:
        """Frames as :meth:`aread` gives them, until the stream is released.

        Each loop has a place in the stream of its own, so that several see all frames.

        Raises
        ------
        FrameTimeoutError
            No frame came in time.
        """
        return AsyncFrames(self)

    # -- internals ----------------------------------------------------------------------------------------

    def open(self) -> bool:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        raise NotImplementedError

    def _shared_cursor(self) -> Cursor:
        """The one for all ``aread()`` of the loop that runs; loops that were closed leave nothing behind."""
        loop = asyncio.get_running_loop()
        with self._cursors_lock:
            for cursor in [each for each in self._cursors if not each.usable]:
                self._cursors.remove(cursor)
                cursor.end()
            for cursor in self._cursors:
                if cursor.loop is loop:
                    return cursor
            cursor = self._new_cursor(loop)
            self._cursors.append(cursor)
            return cursor

    def _new_cursor(self, loop: asyncio.AbstractEventLoop) -> Cursor:
        cursor = Cursor(self, loop)
        self._attendants.add(cursor)
        return cursor

    async def _take(self, cursor: Cursor, seconds: float) -> Taken | Ended:
        if not self._can_read(cursor.unread):
            return Ended.RELEASED if self._reader is None else Ended.TIMEOUT
        outcome = await cursor.next(seconds)
        if isinstance(outcome, Taken):
            self._show_info(outcome.info)
        elif outcome is Ended.TIMEOUT:
            await until_done(in_thread(self._check_health, name="llpyspin-health"))
        return outcome


class AsyncFrames:
    """The frames of a camera, one after the other, for ``async for``.

    Forgotten, it leaves the stream: nobody else has its cursor, and so its reader and its thread go as well.
    """

    def __init__(self, camera: AsyncCamera) -> None:
        self._camera = camera
        self._cursor: Cursor | None = None

    def __aiter__(self) -> AsyncFrames:
        return self

    async def __anext__(self) -> npt.NDArray[Any]:
        camera, cursor = self._camera, self._cursor
        if cursor is None:
            cursor = self._cursor = camera._new_cursor(asyncio.get_running_loop())
        outcome = await camera._take(cursor, camera.timeout)
        if isinstance(outcome, Taken):
            return outcome.image
        if outcome is Ended.RELEASED:
            raise StopAsyncIteration
        raise camera._no_frame_error(camera.timeout)

    async def aclose(self) -> None:
        """Leave the stream; a loop that is left does so by itself."""
        if self._cursor is not None:
            self._cursor.end()


class _Opening(Generic[_T]):
    """A camera that a thread opens, and that nobody may want any more once it is open."""

    def __init__(self, make: Callable[[], _T], release: Callable[[_T], object]) -> None:
        self._make, self._release = make, release
        self._lock = threading.Lock()
        self._made: list[_T] = []
        self._forgotten = False

    def open(self) -> _T:
        made = self._make()
        with self._lock:
            self._made.append(made)
            forgotten = self._forgotten
        if forgotten:
            self._release(made)
        return made

    def forget(self) -> None:
        """Have the camera released, now or when it is open; does not wait for it."""
        with self._lock:
            self._forgotten = True
            made = list(self._made)
        for each in made:
            in_thread(functools.partial(self._release, each), name="llpyspin-release")
