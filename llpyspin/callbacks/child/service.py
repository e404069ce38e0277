"""The requests that a callback process answers, one method each."""

from __future__ import annotations

import sys
import time
import traceback
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.callbacks.child import calling
from llpyspin.callbacks.child.calling import Callback
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.child.latency import LatencyLog
from llpyspin.callbacks.child.loop import Loop
from llpyspin.callbacks.child.spec import SETUP_S
from llpyspin.callbacks.child.telling import Teller
from llpyspin.errors import CallbackError, RecordingExistsError
from llpyspin.processes.functions import unpack_function
from llpyspin.processes.messages import WAIT_S
from llpyspin.processes.serving import FileRequests, end_if_frozen

if TYPE_CHECKING:
    import threading

    from llpyspin.callbacks.child.lately import LatelyFigures
    from llpyspin.callbacks.child.spec import CallbackSpec
    from llpyspin.frames import Layout
    from llpyspin.processes.messages import Channel
    from llpyspin.recording.writing.service import WriterService

__all__ = ["CallbackService", "Started"]

GRACE_S = 2.0  # for a call that does not even let other threads run
STUCK_S = 2.0  # for the present call, when the process is to end
LEAVE_S = 30.0  # for frames that wait for the function when the main process has died


class Started(NamedTuple):
    """A function that is ready to be called."""

    address: str
    first: int


class CallbackService(FileRequests):
    """A function on the frames of one camera; ``do_*`` are requests, called one at a time.

    Parameters
    ----------
    figures : Figures
    events, queue : Channel
        To the main process.
    """

    def __init__(self, figures: Figures, events: Channel, queue: Channel) -> None:
        self._figures = figures
        self._queue_channel = queue
        self._teller = Teller(events)
        self._spec: CallbackSpec | None = None
        self._pieces: list[bytes] = []
        self._loop: Loop | None = None
        self._items: ItemQueue | None = None
        self._writer: WriterService | None = None
        self._receiver: threading.Thread | None = None

    @property
    def serial(self) -> str:
        return "" if self._spec is None else self._spec.camera

    # -- requests

    def do_function(self, piece: bytes) -> None:
        """A piece of the function, as :func:`llpyspin.processes.functions.pack_function` packed it."""
        self._pieces.append(piece)

    def do_start(
        self, spec: CallbackSpec, queue_size: int, level: int, logs: dict[str, str], again: bool
    ) -> Started:
        """Start ``setup``, which goes on when this returns; ``ready`` reports its result."""
        self._spec = spec
        up, down = (Figures.UP_PUT, Figures.UP_GOT), (Figures.DOWN_PUT, Figures.DOWN_GOT)
        self._items = items = ItemQueue(self._queue_channel, queue_size, self._figures, up, down)
        opened = {name: LatencyLog(path, overwrite=True, resume=again) for name, path in logs.items()}
        logger = self._teller.take_over(level)
        packed = b"".join(self._pieces)
        self._pieces.clear()
        self._loop = Loop(
            spec,
            lambda: Callback(unpack_function(packed)),
            figures=self._figures,
            items=items,
            logger=logger,
            failed=self._failed,
            ended=lambda error: self._teller.urgent("ended", str(error)),
        )
        first = self._figures[Figures.NEXT]
        for name, log in opened.items():
            self._loop.set_logs(name, log)
        self._receiver = _receiver(self._queue_channel, items)
        self._loop.start()
        return Started(self._loop.address, first)

    def do_ready(self) -> bool:
        """Whether ``setup`` is done, within 0.25 s."""
        ready = self.loop.ready
        try:
            ready.result(WAIT_S)
        except FutureTimeoutError:  # which is another one in Python 3.10
            return False
        except CallbackError:
            raise
        return True

    def do_go(self) -> None:
        """Call the function from now on."""
        end_if_frozen(self.patience_s())  # the first call may be the one that stops the interpreter
        self.loop.go()

    def do_status(self) -> LatelyFigures:
        return self.loop.lately.figures()

    def do_fix(self, layout: Layout | None, buffers: int) -> None:
        """Publish frames of this layout, because they are recorded."""
        self.loop.fix(layout, buffers)

    def do_log(self, name: str, path: str, overwrite: bool) -> None:
        """Have a row of each call in a file."""
        self.do_end_log(name)
        try:
            log = LatencyLog(path, overwrite=overwrite)
        except FileExistsError:
            raise RecordingExistsError(f"{path} already exists. Choose another name") from None
        self.loop.set_logs(name, log)

    def do_end_log(self, name: str) -> tuple[int, str]:
        """Close that file; how many rows could not be written, and why."""
        log = self.loop.set_logs(name, None)
        if log is None:
            return 0, ""
        log.close()
        return log.forgotten, "" if log.error is None else str(log.error)

    def do_wait(self, index: int, seconds: float) -> bool:
        """Whether all frames before this index are done with, within so many seconds, and 0.25 s at most."""
        return self.loop.wait_until(index, min(seconds, WAIT_S))

    def do_writer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """A request to the writer that lives here; ``open`` is the first, ``close`` the last of each."""
        if self._writer is None or operation == "open":
            from llpyspin.recording.writing.service import (
                WriterService,  # only where it is needed: it takes its time
            )

            self._writer = WriterService()
        answer = self._writer.answer(operation, arguments)
        if operation == "close":
            self._writer = None
        return answer

    def do_halt(self) -> None:
        """Call the function no more; the present call may still go on."""
        loop = self._loop
        if loop is not None:
            loop.stop()
            assert self._items is not None
            self._items.halt(CallbackError(f"camera {self.serial}: the callback was stopped"))

    def do_over(self, seconds: float) -> bool:
        """Whether the present call, and ``close``, have ended."""
        return self._loop is None or self._loop.over.wait(min(seconds, WAIT_S))

    def do_close(self) -> None:
        loop = self._loop
        if loop is None:
            return
        self.do_halt()
        if loop.over.wait(STUCK_S):
            loop.close()
        if self._writer is not None:
            self._writer.do_close()
        sys.stdout.flush()

    # -- others

    def leave(self) -> None:
        """The main process is gone: have what is under way written, if that is written here, and end."""
        if self._loop is not None and self._writer is not None:
            self._loop.over.wait(LEAVE_S)  # the camera's frames end as well, and with the last one the loop
            self._writer.leave()
        self.do_close()

    @property
    def loop(self) -> Loop:
        if self._loop is None:
            raise CallbackError("the callback process has no function")
        return self._loop

    def _failed(self, error: CallbackError) -> None:
        self._teller.urgent("error", error)

    def patience_s(self) -> float:
        """How long the interpreter may stand still: in ``setup`` a model may be unpickled in one go."""
        loop, spec = self._loop, self._spec
        called = loop is not None and loop.ready.done()
        return spec.timeout_s + GRACE_S if called and spec is not None else SETUP_S

    def hung(self) -> bool:
        """Whether the present call takes too long; if so, its place is reported."""
        loop, spec = self._loop, self._spec
        began = self._figures[Figures.CALL_BEGAN_NS]
        if loop is None or spec is None or not began:
            return False
        if time.monotonic_ns() - began < spec.timeout_s * 1e9:
            return False
        frame = sys._current_frames().get(loop.thread.ident or 0)  # noqa: SLF001 - the way to see another's stack
        self._teller.urgent("hung", _own_part(traceback.extract_stack(frame)) if frame else "")
        return True


def _own_part(stack: traceback.StackSummary) -> str:
    """Where the function is, without our own lines that lead there."""
    ours = [place for place, entry in enumerate(stack) if entry.filename == calling.__file__]
    lines = traceback.format_list(stack[ours[0] + 1 if ours else 0 :])
    return "".join(["Traceback of the call (most recent call last):\n", *lines]).rstrip()


def _receiver(channel: Channel, items: ItemQueue) -> threading.Thread:
    """The thread that takes what the main process puts into the queue."""
    import threading

    from llpyspin.processes.messages import ChannelClosed

    def receive() -> None:
        try:
            while True:
                items.receive(channel)
        except ChannelClosed:
            items.close(CallbackError("the main process is gone"))
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: whoever waits for items hears of it
            items.close(CallbackError(f"no more items come: {type(error).__name__}: {error}"))

    thread = threading.Thread(target=receive, name="queue", daemon=True)
    thread.start()
    return thread
