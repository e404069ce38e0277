"""The life of a callback's process: begun, heard, mourned, and begun again."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.telling import LOGGER
from llpyspin.callbacks.process import StageProcess
from llpyspin.callbacks.source import CallbackSource
from llpyspin.deadlines import Deadline
from llpyspin.display.preview import Preview, Previews, preview_or_warn
from llpyspin.display.showing import PreviewSpec
from llpyspin.errors import CallbackError, CallbackProcessError, CameraError, LlpyspinError
from llpyspin.processes.functions import with_source
from llpyspin.reading.methods import FrameMethods
from llpyspin.reading.stream import FrameStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.callbacks.child.items import ItemQueue
    from llpyspin.callbacks.child.options import StageSpec
    from llpyspin.display.overlay import Overlay

__all__ = ["StageKeeping"]

logger = logging.getLogger("llpyspin")
callback_logger = logging.getLogger(LOGGER)

DEATHS = 3
"""Deaths of the process in a row, with no call in between that ended, after which it is not started again."""
AGAIN_S = 1.0  # from one line about calls that raise to the next


class StageKeeping(FrameMethods):
    """The half of a :class:`~llpyspin.callbacks.processing.Processing` that keeps its process."""

    name: str
    queue: ItemQueue

    def _prepare_keeping(self, spec: StageSpec, packed: bytes) -> None:
        """Called by constructors, before the process is begun."""
        self._source = CallbackSource(self.name, spec.camera, self)
        self._frames = FrameStream(self._source)
        self._previews = Previews()
        self._spec = spec
        self._packed = packed
        self._figures = Figures()
        self._changing = threading.RLock()
        self._stage: StageProcess | None = None
        self._holder: list[StageProcess] = []
        self._error: CallbackError | None = None
        self._calls = True
        self._stopped = False
        self._deaths = (0, -1)
        self._killed = 0
        self._repeated = 0
        self._spoke = Deadline(0)
        self._logs: dict[str, str] = {}
        self._following: list[Callable[[str], object]] = []
        self._on_stop: list[Callable[[CallbackError], object]] = []
        self._finalize = weakref.finalize(self, _forget, self._holder)

    @property
    def alive(self) -> bool:
        """Whether the function is called with the frames that come."""
        stage = self._stage
        return self._calls and not self._stopped and stage is not None and stage.alive

    @property
    def error(self) -> CallbackError | None:
        """How the last call that failed did so; None: none has."""
        return self._error

    def display(
        self, title: str | None = None, *, overlay: Overlay | None = None, rate: float = 30.0
    ) -> Preview:
        """Show what the function returns in a window; see ``display()`` of a camera."""
        camera = self._spec.camera
        spec = PreviewSpec(self._source.address, str(title or self.name), camera, overlay=overlay, rate=rate)
        return self._previews.add(Preview(spec))

    def _display_or_warn(self) -> None:
        preview = preview_or_warn(PreviewSpec(self._source.address, self.name, self._spec.camera))
        if preview is not None:
            self._previews.add(preview)

    def _drop_reader(self) -> None:
        """Read no more."""
        self._source.closing = True
        self._frames.end()

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
        self._source.address = started.address
        self._frames.move_on()
        with contextlib.suppress(CameraError):  # if it dies of its first call, that is told as of all others
            stage.go()

    def told(self, stage: StageProcess, message: tuple[Any, ...]) -> None:
        """What the function, or its loop, has to say; see :class:`llpyspin.callbacks.process.Owner`."""
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
            stage.silent.set()

    def begun_again(self, deadline: Deadline) -> bool | None:
        """See :class:`llpyspin.callbacks.source.Life`."""
        stage = self._stage
        if stage is None or not stage.silent.wait(deadline.remaining()):
            return None
        return stage is not self._stage

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
        """The process has gone by itself; see :class:`llpyspin.callbacks.process.Owner`."""
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
                follow(self._source.address)
        return True

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
                    follow(self._source.address)


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
