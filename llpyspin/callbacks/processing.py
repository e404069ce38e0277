"""A function of the user's on the frames of a camera, in a process of its own, as its owner sees it."""

from __future__ import annotations

import contextlib
import copy
import logging
import math
import os
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.account import LatencyAccount, Span, account_of_log
from llpyspin.callbacks.child.calling import check_function
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.child.options import StageSpec, check_queue_size
from llpyspin.callbacks.child.statuses import ProcessingStatus
from llpyspin.callbacks.child.telling import LOGGER
from llpyspin.callbacks.recording import StageRecording
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, LlpyspinError, RecordingError
from llpyspin.processes.callables import name_of
from llpyspin.processes.functions import pack_function

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from llpyspin.callbacks.child.lately import LatelyFigures
    from llpyspin.display.overlay import Overlay
    from llpyspin.frames import Layout
    from llpyspin.roles import ClockSample

__all__ = ["Processing"]

logger = logging.getLogger("llpyspin")
callback_logger = logging.getLogger(LOGGER)

STOP_S = 10.0
RECORDED_SLOTS = 64  # frames of memory, where nobody says how many


class Processing(StageRecording):
    """A function that is called with frames, until :meth:`stop`.  ``process()`` of a camera gives one.

    What it returns can be read, shown and recorded as frames of a camera are: :meth:`read`, :meth:`grab`,
    :meth:`retrieve`, :meth:`borrow`, :meth:`display`.

    Parameters
    ----------
    address : str
        Of the frames, which may be those of another processing.
    function, buffer_length, every, writable, queue_size, on_error, timeout_s, deadline_s, log_file, overlay
        As of :meth:`llpyspin.camera.Camera.process`.
    camera : str
        Serial number, for messages.
    name : str, optional
        How log lines call it; by default the function's own name.
    color : bool
        Whether Bayer frames become BGR images.
    layout : Layout, optional
        Of all that is returned, where that is to be recorded from now on.
    record : {"camera", "returned", "both"}
        What recordings of the camera are to have.
    where : {"process", "writer"}
        Whether the writer of such recordings has a process of its own, or lives in that of the function.
    returns : Layout, optional
        Of what is returned, where that is not the camera's own.
    display : bool
        Whether to show what is returned.
    clock : callable
        Gives the camera's clock and the host's at one moment, or nothing: for the latency account.

    Raises
    ------
    FunctionError, CallbackError, CallbackProcessError, CallbackHungError
        The function cannot be called: see ``process()``.
    StreamEnded
        There are no such frames.

    Attributes
    ----------
    name, record, where, returns
        As given.
    """

    def __init__(
        self,
        address: str,
        function: Callable[..., Any],
        *,
        camera: str = "",
        name: str | None = None,
        color: bool = True,
        layout: Layout | None = None,
        record: str = "camera",
        where: str = "process",
        returns: Layout | None = None,
        buffer_length: int = 1,
        every: bool = False,
        writable: bool = False,
        queue_size: int = 100,
        on_error: str = "end",
        timeout_s: float = 10.0,
        deadline_s: float | None = None,
        log_file: str | os.PathLike[str] | None = None,
        overlay: Overlay | None = None,
        display: bool = False,
        clock: Callable[[], tuple[ClockSample, ...]] = tuple,
    ) -> None:
        check_function(function)
        check_queue_size(queue_size)
        self.name = name_of(function) if name is None else name
        spec = StageSpec(
            address,
            camera,
            self.name,
            buffer_length=buffer_length,
            every=every,
            writable=writable,
            color=color,
            on_error=on_error,
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            layout=layout,
            slots=RECORDED_SLOTS if layout is not None else 0,
            overlay=overlay,
            hosts=where == "writer",
        )
        self.record = record
        self.where = where
        self.returns = returns
        self._prepare_keeping(spec, pack_function(function, what="the callback"))
        self._prepare_recording(clock)
        self._raised = False
        self._lately: LatelyFigures | None = None
        up, down = (Figures.UP_PUT, Figures.UP_GOT), (Figures.DOWN_PUT, Figures.DOWN_GOT)
        self.queue = ItemQueue(self._start(spec), queue_size, self._figures, down, up)
        """The main process's end of the queue: ``put``, ``get``, ``qsize``, ``full`` as of
        ``multiprocessing.Queue``.  ``get`` raises the callback's error once nothing will come any more."""
        if log_file is not None:
            self._logs["log_file"] = os.path.abspath(os.path.expanduser(os.fspath(log_file)))
            self._samples["log_file"] = clock()
        self._begin_stage()
        if display:
            self._display_or_warn()

    # -- what one can ask

    @property
    def address(self) -> str:
        """Of the frames that it returns, for a reader of one's own."""
        return self._source.address

    @property
    def layout(self) -> Layout | None:
        """Of the frames that it returns, where that is fixed because they can be recorded."""
        return self._spec.layout

    @property
    def stops_recordings(self) -> bool:
        """Whether recordings end when the function fails."""
        return self._spec.on_error == "stop"

    @property
    def stopped(self) -> bool:
        """Whether it was stopped."""
        return self._stopped

    @property
    def pid(self) -> int:
        """Of its process."""
        stage = self._stage
        return -1 if stage is None else stage.pid

    @property
    def account(self) -> LatencyAccount | None:
        """The latency account of the last recording, or of all that ``log_file`` has; None before the end."""
        return self._account

    def status(self) -> ProcessingStatus:
        """How it does now; takes a millisecond while it is called, and never raises."""
        with contextlib.suppress(LlpyspinError):
            if self._stage is not None and not self._stopped:
                now: LatelyFigures = self._stage.request("status")
                if now.called or self._lately is None:  # a process that was just begun knows nothing
                    self._lately = now
        figures, lately = self._figures, self._lately
        nothing = (math.nan,) * 3
        return ProcessingStatus(
            alive=self.alive,
            frames=figures[Figures.SEEN],
            called=figures[Figures.CALLS],
            skipped=figures[Figures.SKIPPED],
            errors=figures[Figures.ERRORS],
            misses=0 if lately is None else lately.misses,
            copied=figures[Figures.COPIED],
            published=figures[Figures.PUBLISHED],
            queued=self.queue.qsize(),
            unread=0 if lately is None else lately.unread,
            wait_ms=nothing if lately is None else lately.wait_ms,
            call_ms=nothing if lately is None else lately.call_ms,
            total_ms=nothing if lately is None else lately.total_ms,
            error=self._error,
        )

    def __repr__(self) -> str:
        state = "stopped" if self._stopped else "running" if self.alive else "not called any more"
        return f"<Processing {self.name} of camera {self._spec.camera}, {state}>"

    # -- the end

    def stop(self, timeout_s: float = STOP_S) -> LatencyAccount:
        """Let the present call end, call ``close``, and end the process.

        Parameters
        ----------
        timeout_s : float
            Seconds for that; then the process is killed.

        Returns
        -------
        LatencyAccount
            Of the last recording, or else of ``log_file``, or else what is known of the last 1000 calls.

        Raises
        ------
        CallbackError, CallbackHungError, CallbackProcessError
            Why the function was not called any more, unless ``on_error="continue"``.  Everything is in order
            then all the same; stopping again does nothing.
        RecordingError
            Its process has the writer of a recording that goes on (``where="writer"``).
        """
        Deadline(timeout_s)
        if self._hosting and self.alive:
            raise RecordingError(
                f"{self._title}: a recording is written in the process of {self.name}; end that first"
            )
        account = self._end(timeout_s)
        error = self._error
        if error is not None and self._spec.on_error != "continue" and not self._raised:
            self._raised = True
            raise copy.copy(error)
        return account

    def end_quietly(self, timeout_s: float = STOP_S) -> None:
        """The same without raising, for a camera that is released: what failed was said when it did."""
        try:
            self._end(timeout_s)
        except (LlpyspinError, OSError) as error:
            logger.error("%s: %s", self.name, error)

    def _end(self, timeout_s: float) -> LatencyAccount:
        if self._stopped:
            return self._account or LatencyAccount(name=self._title)
        self.status()
        self._stopped = True
        self._drop_reader()
        self._previews.close()
        stage = self._stage
        ended = stage is None or not stage.alive or stage.end(timeout_s)
        with self._changing:
            if self._stage is not None and self._stage is not stage:  # it had just been started again
                self._stage.close()
        if not ended and self._error is None:
            logger.warning("%s: a call did not end within %g s; its process was killed", self.name, timeout_s)
        self.queue.close(
            CallbackError(f"{self._title}: the callback {self.name} was stopped", camera=self._spec.camera)
        )
        self._finalize.detach()
        self._figures.close_descriptor()
        path = self._logs.get("log_file")
        if path is not None and self._account is None:
            samples = (*self._samples["log_file"], *self._clock())
            self._account = account_of_log(
                path, samples, deadline_s=self._spec.deadline_s, name=self._title, notes=self._notes()
            )
        if self._account is None:
            self._account = self._brief_account()
        return self._account

    def _brief_account(self) -> LatencyAccount:
        """What is known where no log was kept."""
        status, lately = self.status(), self._lately
        known = lately if status.called else None
        return LatencyAccount(
            name=self._title,
            calls=status.called,
            errors=status.errors,
            skipped=status.skipped,
            deadline_s=self._spec.deadline_s,
            misses=status.misses,
            notes=("Times are of the last 1000 calls: nothing was recorded, and there was no log_file.",),
            wait=Span(*known.wait_ms) if known else None,
            call=Span(*known.call_ms) if known else None,
        )

    def __enter__(self) -> Processing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.stop()
        else:
            self.end_quietly()
