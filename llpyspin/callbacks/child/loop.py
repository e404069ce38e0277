"""The thread that calls the user's function with each frame and handles its results."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.buffer import FrameBuffer
from llpyspin.callbacks.child.calling import Result, result_of
from llpyspin.callbacks.child.failing import error_of
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.lately import Lately
from llpyspin.callbacks.child.latency import ERROR, LatencyRow
from llpyspin.callbacks.child.output import Output
from llpyspin.deadlines import MOST_S
from llpyspin.display.overlay import OverlayPainter
from llpyspin.errors import (
    CallbackError,
    FrameTimeoutError,
    FunctionError,
    LlpyspinError,
    TooManyHeldError,
)
from llpyspin.frames import EVERY, FrameFlags, FrameReader, decode

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.callbacks.child.calling import Callback
    from llpyspin.callbacks.child.items import ItemQueue
    from llpyspin.callbacks.child.spec import CallbackSpec
    from llpyspin.frames import Frame, FrameInfo, Layout

__all__ = ["Loop"]

SLICE_S = 1.0  # one wait for a frame, when none comes
HELD_SHARE = 8
"""An eighth of the camera's memory may be held for the buffer; older frames of a longer one are copied."""
MOST_HELD = 48


class Loop:
    """Reads frames, calls the function with them, and publishes what came of it, until it is stopped.

    Parameters
    ----------
    spec : CallbackSpec
    callback : callable
        Makes the :class:`Callback`, in the thread that will call it.
    figures : Figures
    items : ItemQueue
        Given to the function.
    logger : logging.Logger
        Given to the function.
    failed : callable
        Called with the :class:`CallbackError` of each call that raises.
    ended : callable
        Called when the camera gives no more frames, with the reason.

    Attributes
    ----------
    address : str
        Of the frames that are published.
    ready : Future
        Done when the function's ``setup`` is, or with the error why it cannot be called.
    over : threading.Event
        Set when the thread is at its end.
    lately : Lately
    """

    def __init__(
        self,
        spec: CallbackSpec,
        callback: Callable[[], Callback],
        *,
        figures: Figures,
        items: ItemQueue,
        logger: logging.Logger,
        failed: Callable[[CallbackError], object],
        ended: Callable[[LlpyspinError], object],
    ) -> None:
        self._spec = spec
        self._make = callback
        self._figures = figures
        self._items = items
        self._logger = logger
        self._failed = failed
        self._ended = ended
        self._callback: Callback | None = None
        self._calls = spec.calls
        self._stopping = False
        self._allowed = threading.Event()
        self._done = threading.Condition()
        self._logs: dict[str, Any] = {}
        self._painter = OverlayPainter(spec.overlay) if spec.overlay else None
        self._buffer = FrameBuffer(spec.buffer_length, color=spec.color, writable=spec.writable)
        since = None if spec.first is None else spec.first + spec.without_first
        self._reader = FrameReader(spec.address, since=since)
        first = self._reader.position if spec.first is None else spec.first
        self._output = Output(
            spec.camera, self._reader, figures, layout=spec.layout, buffers=spec.buffers, first=first
        )
        self._called_with = first - 1
        if spec.without_first:
            self._output.skip_to(first + 1)
            self._called_with = first
        self.thread = threading.Thread(target=self._run, name="callback", daemon=True)
        self.address = self._output.address
        self.ready: Future[None] = Future()
        self.over = threading.Event()
        self.lately = Lately(spec.deadline_s)

    def start(self) -> None:
        self.thread.start()

    def go(self) -> None:
        """Call the function from now on."""
        self._allowed.set()

    def stop(self) -> None:
        """Call the function no more, and end once the present call has."""
        self._stopping = True
        self._allowed.set()
        self._reader.interrupt()

    def fix(self, layout: Layout | None, buffers: int) -> None:
        """See :meth:`Output.fix`."""
        self._output.fix(layout, buffers)

    def set_logs(self, name: str, log: Any) -> Any:
        """Write rows of calls to one more log, or (None) no more to this one; return the one before."""
        logs = dict(self._logs)
        before = logs.pop(name, None)
        if log is not None:
            logs[name] = log
        self._logs = logs
        return before

    def wait_until(self, index: int, seconds: float) -> bool:
        """Wait until all frames before this index are done with; whether they are, or will never be."""
        with self._done:
            return self._done.wait_for(
                lambda: self.over.is_set() or self._figures[Figures.NEXT] >= index, seconds
            )

    # -- the thread

    def _run(self) -> None:
        try:
            self._begin()
        except BaseException as error:  # noqa: BLE001 - outermost line of the thread: the one who waits raises it
            known = isinstance(error, FunctionError)
            self.ready.set_exception(error if known else self._error(error, None, "its setup"))
            self._end()
            return
        self.ready.set_result(None)
        self._allowed.wait(MOST_S)
        try:
            self._go()
        except LlpyspinError as error:  # the camera's frames have ended
            if not self._reader.interrupted:
                self._output.fail(error)
                self._ended(error)
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: nobody else would tell
            self._failed(self._error(error, None, "what calls it"))
        finally:
            self._close_callback()
            self._end()

    def _begin(self) -> None:
        if self._spec.calls:
            self._callback = self._make()
            self._callback.setup()

    def _go(self) -> None:
        backlog = EVERY if self._spec.every or not self._calls else 1
        while not self._stopping:
            try:
                frame = self._reader.next(SLICE_S, backlog=backlog)
            except FrameTimeoutError:
                continue
            except TooManyHeldError:  # by others: a copy does not take anything away from them
                data, info, layout = self._reader.copy_next(SLICE_S, backlog=backlog)
                self._take(info, layout, None, decode(data, layout, color=self._spec.color))
            else:
                self._take(frame.info, frame.layout, frame, None)
            self._tell_waiters()
            if not self._calls:
                backlog = EVERY  # what is only copied need not be skipped

    def _tell_waiters(self) -> None:
        with self._done:
            self._done.notify_all()

    def _end(self) -> None:
        sys.stdout.flush()  # what this thread has printed of a line
        self._buffer.clear()
        self.over.set()
        self._tell_waiters()

    def _close_callback(self) -> None:
        if self._callback is None:
            return
        try:
            self._callback.close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the process ends in order
            self._failed(self._error(error, None, "its close"))

    def close(self) -> None:
        """Once the thread is over: no more frames for anybody."""
        self._output.close()
        self._reader.close()
        for log in self._logs.values():
            log.close()

    # -- one frame

    def _take(
        self, info: FrameInfo, layout: Layout, frame: Frame | None, image: npt.NDArray[Any] | None
    ) -> None:
        figures, output = self._figures, self._output
        figures.add(Figures.SEEN, info.index + 1 - figures[Figures.NEXT])
        output.skip_to(info.index)
        if self._calls and not info.flags & FrameFlags.INCOMPLETE:
            buffer = self._buffer
            if frame is not None:
                buffer.take(frame)
            else:
                assert image is not None
                buffer.take_copy(image, info)
            self._call(info, layout)
            buffer.keep(max(1, min(MOST_HELD, self._reader.buffers // HELD_SHARE)))
            figures[Figures.COPIED] = buffer.copied
            return
        if self._calls or self._spec.calls:
            figures.add(Figures.SKIPPED)
        if frame is not None:
            with frame:
                self._pass_on(decode(frame.data, frame.layout, color=self._spec.color), info, layout)
        elif image is not None:
            self._pass_on(image, info, layout)

    def _call(self, info: FrameInfo, layout: Layout) -> None:
        assert self._callback is not None
        figures, buffer = self._figures, self._buffer
        skipped = info.index - self._called_with - 1
        self._called_with = info.index
        figures.add(Figures.SKIPPED, skipped)
        unread = self._reader.unread
        failure: BaseException | None = None
        result = Result(ERROR)
        figures[Figures.CALL_FRAME] = info.frame_id
        start = figures[Figures.CALL_BEGAN_NS] = time.monotonic_ns()
        try:
            result = result_of(self._callback(buffer, self._items, self._logger))
        except BaseException as error:  # noqa: BLE001 - also SystemExit: the recording goes on whatever it is
            failure = error
        end = time.monotonic_ns()
        figures[Figures.CALL_BEGAN_NS] = 0
        queued = self._items.qsize()
        if failure is None:
            failure = self._publish(result, info, layout, (unread, queued))
            if failure is not None:
                result = Result(ERROR)
        elif self._stopping:
            return  # broken off, because the end has closed its queue: not a call that failed
        else:
            self._pass_on(buffer[-1], info, layout)
        figures.add(Figures.CALLS)
        row = LatencyRow(
            info.index,
            info.frame_id,
            info.camera_timestamp_ns,
            info.host_timestamp_ns,
            start,
            end,
            skipped,
            unread,
            queued,
            result.outcome,
            result.data,
        )
        self.lately.add(row)
        for log in self._logs.values():
            log.add(row)
        if failure is not None and not self._stopping:
            self._fail(failure, info)

    def _publish(
        self, result: Result, info: FrameInfo, layout: Layout, depths: tuple[int, int]
    ) -> Exception | None:
        """Publish what a call gave; why that cannot be."""
        output = self._output
        image = self._buffer[-1] if result.image is None else result.image
        if not output.wanted:
            output.skip(info)
            return None
        try:
            if self._painter is not None:
                image = self._painter.paint(
                    image, info.camera_timestamp_ns, depths, number=info.index, bits=_bits(layout)
                )
            output.publish(image, info, layout)
        except ValueError as error:  # of another size than what is recorded
            self._pass_on(self._buffer[-1], info, layout)
            return error
        return None

    def _pass_on(self, image: npt.NDArray[Any], info: FrameInfo, layout: Layout) -> None:
        """Publish a frame as the camera gave it, where it can be among the others."""
        if not self._output.wanted:
            self._output.skip(info)
            return
        try:
            if self._callback is not None:
                image = self._callback.unchanged(image)
        except Exception as error:  # noqa: BLE001 - the user's code: the frame is counted, and the rest goes on
            self._logger.error("a frame could not be passed on: %s: %s", type(error).__name__, error)
            self._output.skip(info)
            return
        if self._output.fits(image):
            self._output.publish(image, info, layout)
        else:
            self._output.skip(info)

    # -- calls that raise

    def _fail(self, failure: BaseException, info: FrameInfo) -> None:
        self._figures.add(Figures.ERRORS)
        if self._spec.on_error != "continue":
            self._calls = False
            self._buffer.clear()
        self._failed(self._error(failure, info, "it"))

    def _error(self, failure: BaseException, info: FrameInfo | None, what: str) -> CallbackError:
        name = self._spec.name if self._callback is None else self._callback.name
        return error_of(failure, self._spec.camera, name, None if info is None else info.frame_id, what)


def _bits(layout: Layout) -> int | None:
    return next((bits for bits in (10, 12, 14) if str(bits) in layout.pixel_format), None)
