"""Frames for ``async for``, and opening cameras without blocking the event loop."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llpyspin.reading.cursor import Ended, Taken
from llpyspin.reading.threads import in_thread, until_done

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.reading.cursor import Cursor
    from llpyspin.reading.stream import FrameStream

__all__ = ["AsyncFrames", "open_in_thread"]

_T = TypeVar("_T")


async def open_in_thread(make: Callable[[], _T], release: Callable[[_T], object]) -> _T:
    """What ``make`` makes in a thread; released there if the task is cancelled meanwhile."""
    opening = _Opening(make, release)
    try:
        return await until_done(in_thread(opening.open, name="llpyspin-open"))
    except BaseException:
        opening.forget()
        raise


class AsyncFrames:
    """The frames of a stream, one after the other, for ``async for``.

    Forgotten, it leaves the stream: nobody else has its cursor, and so its reader and its thread go as well.
    """

    def __init__(self, stream: FrameStream) -> None:
        self._stream = stream
        self._cursor: Cursor | None = None

    def __aiter__(self) -> AsyncFrames:
        return self

    async def __anext__(self) -> npt.NDArray[Any]:
        stream, cursor = self._stream, self._cursor
        if cursor is None:
            cursor = self._cursor = stream.cursor()
        seconds = stream.limits.timeout
        outcome = await stream.take(cursor, seconds)
        if isinstance(outcome, Taken):
            return outcome.image
        if outcome is Ended.RELEASED:
            raise StopAsyncIteration
        raise stream.source.no_frame_error(seconds)

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
