"""``map()``: a function applied to frames in several processes, results in the order of the frames."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llpyspin.deadlines import Deadline
from llpyspin.errors import FunctionError, SettingRangeError
from llpyspin.naming.known import named
from llpyspin.processes.callables import check_class, check_methods, check_runs, check_takes, name_of
from llpyspin.processes.closing import Closing
from llpyspin.processes.functions import pack_function
from llpyspin.reading.mapcall import OVER, Outcome
from llpyspin.reading.mapwork import MapWork
from llpyspin.reading.threads import in_thread, until_done

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo
    from llpyspin.reading.stream import FrameStream

__all__ = ["CALL_S", "FrameMap", "begin_map"]

MOST_WORKERS = 32  # readers that a camera can have
CALL_S = 60.0

_T = TypeVar("_T")


def begin_map(
    stream: FrameStream,
    function: Callable[[npt.NDArray[Any]], _T],
    workers: int,
    ahead: int | None,
    timeout_s: float,
) -> FrameMap[_T]:
    """What ``map()`` does; see there."""
    workers = _whole("workers", workers, MOST_WORKERS)
    ahead = 2 * workers if ahead is None else _whole("ahead", ahead, 1 << 20)
    _check(function)
    packed = pack_function(function, what="the function for map()")
    stream.source.check_open()
    work = MapWork(
        stream.place(), stream.limits, function, packed, workers, ahead, Deadline(timeout_s).seconds
    )
    stream.attend(work)
    return FrameMap(work)


@named
class FrameMap(Closing, Generic[_T]):
    """Results of a function, one a frame, in the order of the frames; see ``map()`` of a camera.

    It is an iterator and an asynchronous one.  When the function raises, its error comes in the place of the
    result, and one may go on with ``next()``.

    Raises
    ------
    CallbackError
        From ``next()``: the function raised; ``remote_traceback`` has the traceback from the worker, and
        ``__cause__`` the error itself, where that can be pickled.
    CallbackHungError, CallbackProcessError
        A call took too long, or its worker was killed.  Another worker takes the next frame.
    FrameTimeoutError
        No frame came in time.
    CameraLostError, CameraHungError, CameraProcessError
        No frame will come any more.
    """

    def __init__(self, work: MapWork) -> None:
        self._work = work
        self._info: FrameInfo | None = None
        self._forget = weakref.finalize(self, work.stop)
        self._forget.atexit = False

    def __repr__(self) -> str:
        work = self._work
        return f"<FrameMap of {work.name}, {'ended' if work.ended else 'running'}, {work.given} given>"

    @property
    def info(self) -> FrameInfo | None:
        """Of the frame that the last result, or error, is of."""
        return self._info

    @property
    def skipped(self) -> int:
        """Frames that no worker was given, so far, for want of time or because they were lost before."""
        return self._work.skipped

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now."""
        return [process.pid for process in self._work.processes() if process.alive]

    def close(self) -> None:
        """End the workers, at once; results that were not asked for are lost.  Blocks 2 s at most."""
        self._forget.detach()
        self._work.stop()
        self._work.end_workers()

    async def aclose(self) -> None:
        """The same for asyncio; the event loop goes on."""
        await until_done(in_thread(self.close, name="llpyspin-map-close"))

    def __iter__(self) -> FrameMap[_T]:
        return self

    def __next__(self) -> _T:
        number = self._work.claim()
        try:
            outcome = self._work.slot(number).result()
        except BaseException:
            self._work.return_claim(number)
            raise
        if outcome is OVER:
            self._work.give(number)
            raise StopIteration
        return self._given(number, outcome)

    def __aiter__(self) -> FrameMap[_T]:
        return self

    async def __anext__(self) -> _T:
        number = self._work.claim()
        try:
            outcome = await until_done(self._work.slot(number))
        except BaseException:
            self._work.return_claim(number)
            raise
        if outcome is OVER:
            self._work.give(number)
            raise StopAsyncIteration
        return self._given(number, outcome)

    def _given(self, number: int, outcome: Outcome) -> _T:
        self._work.give(number)
        if outcome.info is not None:
            self._info = outcome.info
        if outcome.error is not None:
            raise outcome.error
        value: _T = outcome.value
        return value

    async def __aenter__(self) -> FrameMap[_T]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def _check(function: Any) -> None:
    if not callable(function):
        raise FunctionError(f"the function for map() must be something that can be called, not {function!r}")
    what = f"the function for map() {name_of(function)}"
    if isinstance(function, type):
        check_class(function, what, "__call__(self, image)")
    check_runs(function, what)
    check_methods(function, what)
    check_takes(function, 1, what, "function(image)")


def _whole(name: str, value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise SettingRangeError(
            f"{name} must be a whole number from 1 to {most}, not {value!r}", setting=name, value=value
        )
    return value
