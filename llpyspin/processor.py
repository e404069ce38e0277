"""A function of the user's on the frames of a camera, in a process of its own, as its owner sees it."""

from __future__ import annotations

import contextlib
import copy
import logging
import math
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CallbackProcessError, CameraError, LlpyspinError, RecordingError
from llpyspin.functions import name_of, pack_function
from llpyspin.processing.account import LatencyAccount, Span, account_of_log, write_account
from llpyspin.processing.calling import check_function
from llpyspin.processing.figures import Figures
from llpyspin.processing.items import ItemQueue
from llpyspin.processing.latency import log_path
from llpyspin.processing.options import StageSpec, check_queue_size
from llpyspin.processing.statuses import ProcessingStatus
from llpyspin.processing.telling import LOGGER, with_source
from llpyspin.recorder import HostedWriter
from llpyspin.stage import StageProcess
from llpyspin.stagereading import StageReading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from llpyspin.frames import Layout
    from llpyspin.processing.lately import LatelyFigures
    from llpyspin.processing.overlay import Overlay
    from llpyspin.roles import ClockSample

__all__ = ["Processing"]

logger = logging.getLogger("llpyspin")
callback_logger = logging.getLogger(LOGGER)

STOP_S = 10.0
BEHIND_S = 30.0  # for frames that wait for the function when a recording ends
DEATHS = 3
"""Deaths of the process in a row, with no call in between that ended, after which it is not started again."""
RECORDED_SLOTS = 64  # frames of memory, where nobody says how many
AGAIN_S = 1.0  # from one line about calls that raise to the next


class Processing(StageReading):
    """A function that is called with frames, until :meth:`stop`.  ``process()`` of a camera gives one.

    What it returns can be read, shown and recorded as frames of a camera are: :meth:`read`, :meth:`grab`,
    :meth:`retrieve`, :meth:`borrow`, :meth:`display`.

    Parameters
    ----------
    address : str
        Of the frames, which may be those of another processing.
    function, buffer_length, every, writable, queue_size, on_error, timeout_s, deadline_s, log_file, overlay
        As of :meth:`llpyspin.callbacks.ProcessingCamera.process`.
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
        self._spec = StageSpec(
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
        self._packed = pack_function(function, what="the callback")
        self._prepare_stage_reading(camera)
        self._figures = Figures()
        self._changing = threading.RLock()
        self._stage: StageProcess | None = None
        self._holder: list[StageProcess] = []
        self._error: CallbackError | None = None
        self._raised = False
        self._calls = True
        self._stopped = False
        self._hosting = False
        self._deaths = (0, -1)
        self._killed = 0
        self._repeated = 0
        self._spoke = Deadline(0)
        self._logs: dict[str, str] = {}
        self._account: LatencyAccount | None = None
        self._following: list[Callable[[str], object]] = []
        self._on_stop: list[Callable[[CallbackError], object]] = []
        self._clock = clock
        self._samples: dict[str, tuple[ClockSample, ...]] = {}
        self._lately: LatelyFigures | None = None
        self._finalize = weakref.finalize(self, _forget, self._holder)
        up, down = (Figures.UP_PUT, Figures.UP_GOT), (Figures.DOWN_PUT, Figures.DOWN_GOT)
        self.queue = ItemQueue(self._start(self._spec), queue_size, self._figures, down, up)
        """The main process's end of the queue: ``put``, ``get``, ``qsize``, ``full`` as of
        ``multiprocessing.Queue``.  ``get`` raises the callback's error once nothing will come any more."""
        if log_file is not None:
            self._logs["log_file"] = os.path.abspath(os.fspath(log_file))
            self._samples["log_file"] = clock()
        self._begin_stage()
        if display:
            self._display_or_warn()

    # -- what one can ask

    @property
    def address(self) -> str:
        """Of the frames that it returns, for a reader of one's own."""
        return self._address

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
    def alive(self) -> bool:
        """Whether the function is called with the frames that come."""
        stage = self._stage
        return self._calls and not self._stopped and stage is not None and stage.alive

    @property
    def error(self) -> CallbackError | None:
        """How the last call that failed did so; None: none has."""
        return self._error

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

    def renew(self, address: str) -> None:
        """Be called with the frames of another stream, in a new process: the camera was opened again."""
        with self._changing:
            stage, spec = self._stage, self._spec
            if self._stopped or (self._error is not None and spec.on_error != "continue"):
                return
            if stage is not None:
                stage.close()
            self._spec = spec.replace(address=address)
            self._figures[Figures.CALL_BEGAN_NS] = 0
            self.queue.reconnect(self._start(self._spec))
            self.queue.reopen()
            self._calls = True
            self._begin_stage(again=True)
            for follow in list(self._following):
                with contextlib.suppress(LlpyspinError):
                    follow(self._address)

    # -- recordings: called by cameras

    def fix(self, layout: Layout | None, slots: int = 0) -> None:
        """Publish only frames of this layout, in so many slots of memory, because they are recorded."""
        with self._changing:
            self._spec = self._spec.replace(layout=layout, slots=slots)
            stage = self._stage
            if stage is not None and stage.alive:
                stage.request("fix", layout, slots)

    def begin_recording(
        self, video: str | os.PathLike[str], *, overwrite: bool, number: int | None = None
    ) -> None:
        """Have the rows of calls from now on beside a video, as ``NAME.callback.csv``.

        ``number`` is for a camera with several callbacks: ``NAME.callback2.csv``.
        """
        path = log_path(video)
        if number is not None:
            path = path.with_name(path.name.removesuffix(".callback.csv") + f".callback{number}.csv")
        with self._changing:
            self._open_log("recording", str(path), overwrite=overwrite)

    def catch_up(self, index: int) -> bool:
        """Wait until the frames before this index are done with, 30 s at most; whether they are."""
        deadline = Deadline(BEHIND_S)
        while not deadline.passed:
            stage = self._stage
            if stage is None or not stage.alive or self._stopped:
                return False
            try:
                if stage.request("wait", index, min(0.25, deadline.remaining())):
                    return True
            except LlpyspinError:
                continue  # it has died, and may come again
        logger.warning(
            "%s: frames still waited for the callback after %.0f s; it gets them no more", self.name, BEHIND_S
        )
        return False

    def end_recording(self, clocks: Sequence[ClockSample] = ()) -> LatencyAccount | None:
        """Close the log of a recording, and write its account beside; None where there was none."""
        with self._changing:
            path = self._close_log("recording")
        if path is None:
            return None
        try:
            samples = (*self._samples.pop("recording", ()), *(clocks or self._clock()))
            self._account = write_account(
                path, samples, deadline_s=self._spec.deadline_s, name=self._title, notes=self._notes()
            )
        except (LlpyspinError, OSError) as error:
            logger.warning("%s: there is no latency account: %s", self.name, error)
        return self._account

    def drop_recording(self) -> None:
        """Close the log of a recording that had nothing, and remove it."""
        with self._changing:
            path = self._close_log("recording")
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def follow_with(self, follower: Callable[[str], object]) -> None:
        """Have somebody told the new address, should the frames come from another process."""
        self._following.append(follower)

    def stop_with(self, stopper: Callable[[CallbackError], object]) -> None:
        """Have somebody told when the function has failed, for ``on_error="stop"``."""
        self._on_stop.append(stopper)

    def host(self) -> HostedWriter:
        """A place for the writer of a recording in the process of the function."""
        assert self._stage is not None
        self._hosting = True
        return HostedWriter(self._stage)

    def forget_recording(self) -> None:
        """Nobody is to be told any more, and no writer lives here."""
        self._hosting = False
        self._following.clear()
        self._on_stop.clear()

    def _notes(self) -> list[str]:
        return [] if self._error is None else [f"{self._error}."]

    # -- logs of calls

    def _open_log(self, name: str, path: str, *, overwrite: bool) -> None:
        stage = self._stage
        if stage is not None and stage.alive:
            stage.request("log", name, path, overwrite)
            self._logs[name] = path
        self._samples[name] = self._clock()

    def _close_log(self, name: str) -> str | None:
        path = self._logs.pop(name, None)
        stage = self._stage
        if path is None or stage is None:
            return path
        with contextlib.suppress(CameraError):  # what it had written until it died is there
            forgotten, why = stage.request("end_log", name)
            if forgotten:
                logger.warning("%s: %d rows are not in %s: %s", self.name, forgotten, path, why)
        return path

    # -- its process

    @property
    def _title(self) -> str:
        return self._spec.camera or self.name

    def _start(self, spec: StageSpec) -> Any:
        """A process that does not call anything yet; gives its channel for the queue."""
        self._stage = stage = StageProcess(spec, self._figures, self.name)
        self._holder[:] = [stage]
        return stage.queue_channel

    def _begin_stage(self, *, again: bool = False) -> None:
        stage = self._stage
        assert stage is not None
        try:
            stage.attend(self, self.queue)
            level = callback_logger.getEffectiveLevel()
            started = stage.begin(self._packed, self.queue.size, level, self._logs, again=again)
        except BaseException:
            stage.close()
            raise
        self._have_frames_of(started.address)
        with contextlib.suppress(CameraError):  # if it dies of its first call, that is told as of all others
            stage.go()

    def told(self, stage: StageProcess, message: tuple[Any, ...]) -> None:
        """What the function, or its loop, has to say; see :class:`llpyspin.stage.Owner`."""
        kind = message[0]
        if kind == "log":
            _, name, level, text, left_out = message
            _say_left_out(left_out)
            where = logging.getLogger(name if name.startswith(LOGGER) else f"{LOGGER}.{name}")
            where.log(level, "%s: %s", self.name, text)
        elif kind == "print":
            _, text, left_out = message
            _say_left_out(left_out)
            with contextlib.suppress(OSError, ValueError):  # a standard output that is closed
                sys.stdout.write(text)
                sys.stdout.flush()
        elif kind == "error":
            self._failed(message[1])
        elif kind == "ended":
            self._calls = False
            text = f"{self._title}: no more frames come for the callback {self.name}: {message[1]}"
            self.queue.close(CallbackError(text, camera=self._spec.camera))

    def _failed(self, error: CallbackError) -> None:
        """A call has raised."""
        error.remote_traceback = with_source(error.remote_traceback)
        _add_note(error)
        self._error = error
        if self._spec.on_error == "continue":
            self._say_again(error)
            return
        logger.error("%s%s", error, _indented(error.remote_traceback))
        self._is_over(error)

    def _say_again(self, error: CallbackError) -> None:
        """One of many calls that raise: they are said once a second."""
        self._repeated += 1
        if not self._spoke.passed:
            return
        more = f" ({self._repeated} times since the last line)" if self._repeated > 1 else ""
        self._repeated, self._spoke = 0, Deadline(AGAIN_S)
        logger.error("%s%s%s", error, more, _indented(error.remote_traceback))

    def _is_over(self, error: CallbackError) -> None:
        """The function is not called any more."""
        self._calls = False
        self.queue.close(error)
        if self._spec.on_error == "stop":
            for stop in list(self._on_stop):
                stop(error)

    def died(self, stage: StageProcess, error: CallbackError) -> None:
        """The process has gone by itself; see :class:`llpyspin.stage.Owner`."""
        with self._changing:
            if self._stopped or stage is not self._stage:
                return
            _add_note(error)
            self._take_note_of_death(error)
            while self._spec.on_error == "continue" and self._calls and not self._dies_again():
                if self._again(calls=True):
                    return
            if self._calls:
                assert self._error is not None
                self._is_over(self._error)
            while self._spec.layout is not None and self._spec.on_error == "end" and not self._dies_again():
                if self._again(calls=False):  # what is recorded goes on, as the camera gives it
                    return

    def _take_note_of_death(self, error: CallbackError) -> None:
        figures = self._figures
        if figures[Figures.CALL_BEGAN_NS]:  # in the middle of a call
            figures.add(Figures.CALLS)
            figures.add(Figures.ERRORS)
            self._killed += 1
        if self._calls:
            self._error = error
        logger.error("%s%s", error, _indented(error.remote_traceback))

    def _dies_again(self) -> bool:
        """Whether it has died too often, with no call in between that returned."""
        deaths, calls = self._deaths
        now = self._figures[Figures.CALLS] - self._killed
        self._deaths = (deaths + 1 if now == calls else 1, now)
        return self._deaths[0] > DEATHS

    def _again(self, *, calls: bool) -> bool:
        """Another process in the place of the one that died; whether it is there."""
        figures = self._figures
        worked_on = figures[Figures.CALL_BEGAN_NS] != 0
        figures[Figures.CALL_BEGAN_NS] = 0
        spec = self._spec.replace(first=figures[Figures.NEXT], without_first=worked_on, calls=calls)
        try:
            self.queue.reconnect(self._start(spec))
            if self._stopped:
                return True
            self._begin_stage(again=True)
        except (LlpyspinError, OSError) as error:
            if not self._stopped:
                failure = error if isinstance(error, CallbackError) else CallbackProcessError(str(error))
                self._take_note_of_death(failure)
            return self._stopped
        if calls:
            logger.info("%s: the callback was started again", self.name)
        for follow in list(self._following):
            with contextlib.suppress(LlpyspinError):  # a writer that is gone tells by itself
                follow(self._address)
        return True


def _forget(holder: list[StageProcess]) -> None:
    """The owner was forgotten: the process ends by itself once it sees that nobody asks any more."""
    for stage in holder:
        stage.forsake()


def _say_left_out(count: int) -> None:
    if count:
        callback_logger.warning("%d lines of a callback were left out: there were too many", count)


def _indented(trace: str | None) -> str:
    return "" if not trace else "\n" + "\n".join("    " + line for line in trace.splitlines())


def _add_note(error: CallbackError) -> None:
    if sys.version_info >= (3, 11) and error.remote_traceback:
        error.add_note(f"In the callback process:\n{error.remote_traceback}")
