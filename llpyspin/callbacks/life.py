"""The life of a callback's process: it starts, sends messages, dies, and starts again."""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.process import CallbackProcess
from llpyspin.callbacks.source import CallbackSource
from llpyspin.callbacks.voice import Voice
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CallbackProcessError, CameraError, LlpyspinError
from llpyspin.frames import StreamEnded
from llpyspin.processes.functions import with_source
from llpyspin.processes.messages import WAIT_S
from llpyspin.reading.stream import FrameStream
from llpyspin.recording.recorder import HostedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.callbacks.child.spec import CallbackSpec
    from llpyspin.frames import Layout
    from llpyspin.processes.messages import Channel

__all__ = ["CallbackLife"]

logger = logging.getLogger("llpyspin")

DEATHS = 3
"""Deaths of the process in a row, with no call in between that ended, after which it is not started again."""
BEHIND_S = 30.0  # for frames that wait for the function when a recording ends


class CallbackLife:
    """The process that calls one function: it starts, sends messages, dies, and starts again.

    Parameters
    ----------
    spec : CallbackSpec
        What the process is told.
    packed : bytes
        The function, as :func:`llpyspin.processes.functions.pack_function` gives it.
    queue_size : int
        Items that may wait in each direction of the queue.

    Attributes
    ----------
    spec : CallbackSpec
        As it is now.
    figures : Figures
        Shared with the process; they outlive it.
    source : CallbackSource
    frames : FrameStream
        Of what the function returns.
    queue : ItemQueue
        The main process's end.
    error : CallbackError or None
        How the last call that failed did so.
    stopped : bool
        It was ended for good.
    """

    def __init__(self, spec: CallbackSpec, packed: bytes, queue_size: int) -> None:
        self.spec = spec
        self.figures = Figures()
        self.source = CallbackSource(spec.name, spec.camera, self)
        self.frames = FrameStream(self.source)
        up, down = (Figures.UP_PUT, Figures.UP_GOT), (Figures.DOWN_PUT, Figures.DOWN_GOT)
        self.queue = ItemQueue(None, queue_size, self.figures, down, up)
        self.error: CallbackError | None = None
        self.stopped = False
        self._packed = packed
        self._changing = threading.RLock()
        self._process: CallbackProcess | None = None
        self._holder: list[CallbackProcess] = []
        self._calls = True
        self._deaths = (0, -1)
        self._killed = 0
        self._voice = Voice(spec.name)
        self._logs: dict[str, str] = {}
        self._followers: list[Callable[[str], object]] = []
        self._stoppers: list[Callable[[CallbackError], object]] = []
        self._hosting = False
        self._finalize = weakref.finalize(self, _forget, self._holder)

    # -- state --------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """How messages call the function."""
        return self.spec.name

    @property
    def title(self) -> str:
        """The camera, or else the function, for the beginning of a message."""
        return self.spec.camera or self.spec.name

    @property
    def alive(self) -> bool:
        """Whether the function is called with the frames that come."""
        process = self._process
        return self._calls and not self.stopped and process is not None and process.alive

    @property
    def pid(self) -> int:
        """Of the process; -1 before the first one."""
        return -1 if self._process is None else self._process.pid

    @property
    def hosts_writer(self) -> bool:
        """Whether the writer of a recording lives in the process."""
        return self._hosting and self.alive

    def ask(self, operation: str) -> Any:
        """Ask the process; None where there is none that would know."""
        return None if self._process is None or self.stopped else self._process.request(operation)

    # -- begun --------------------------------------------------------------------------------------------

    def begin(self, logs: Mapping[str, str] | None = None) -> None:
        """Start the process, and have the function called.

        Parameters
        ----------
        logs : mapping of str to str, optional
            Files that are to have a row of each call, by a name of their own.
        """
        self._logs.update(logs or {})
        self.queue.connect(self._start(self.spec))
        self._go()

    def _start(self, spec: CallbackSpec) -> Channel:
        """Start a process that does not call anything yet; return its channel for the queue."""
        self._process = process = CallbackProcess(spec, self.figures, self.name)
        self._holder[:] = [process]
        return process.queue_channel

    def _go(self, *, again: bool = False) -> None:
        process = self._process
        assert process is not None
        try:
            process.attend(self, self.queue)
            level = self._voice.level
            started = process.begin(self._packed, self.queue.size, level, self._logs, again=again)
        except BaseException:
            process.close()
            raise
        self.source.address = started.address
        self.frames.move_on()
        with contextlib.suppress(CameraError):  # if it dies of its first call, that is told as of all others
            process.go()

    # -- heard --------------------------------------------------------------------------------------------

    def told(self, process: CallbackProcess, message: tuple[Any, ...]) -> None:
        """What the function, or its loop, has to say; see :class:`llpyspin.callbacks.process.Owner`."""
        kind = message[0]
        if self._voice.heard(message):
            return
        if kind == "error":
            self._failed(message[1])
        elif kind == "ended":
            self._calls = False
            text = f"{self.title}: no more frames come for the callback {self.name}: {message[1]}"
            self.queue.close(CallbackError(text, camera=self.spec.camera))
            process.silent.set()

    def begun_again(self, deadline: Deadline) -> bool | None:
        """See :class:`llpyspin.callbacks.source.Life`."""
        process = self._process
        if process is None or not process.silent.wait(deadline.remaining()):
            return None
        return process is not self._process

    def _failed(self, error: CallbackError) -> None:
        """A call has raised."""
        error.remote_traceback = with_source(error.remote_traceback)
        self.error = error
        if self.spec.on_error == "continue":
            self._voice.repeated(error)
            return
        self._voice.failed(error)
        self._is_over(error)

    def _is_over(self, error: CallbackError) -> None:
        """The function is not called any more."""
        self._calls = False
        self.queue.close(error)
        if self.spec.on_error == "stop":
            for stop in list(self._stoppers):
                stop(error)

    # -- mourned, and begun again -------------------------------------------------------------------------

    def died(self, process: CallbackProcess, error: CallbackError) -> None:
        """The process has gone by itself; see :class:`llpyspin.callbacks.process.Owner`."""
        with self._changing:
            if self.stopped or process is not self._process:
                return
            self._take_note_of_death(error)
            while self.spec.on_error == "continue" and self._calls and not self._dies_again():
                if self._again(calls=True):
                    return
            if self._calls:
                assert self.error is not None
                self._is_over(self.error)
            while self.spec.layout is not None and self.spec.on_error == "end" and not self._dies_again():
                if self._again(calls=False):  # what is recorded goes on, as the camera gives it
                    return

    def _take_note_of_death(self, error: CallbackError) -> None:
        figures = self.figures
        if figures[Figures.CALL_BEGAN_NS]:  # in the middle of a call
            figures.add(Figures.CALLS)
            figures.add(Figures.ERRORS)
            self._killed += 1
        if self._calls:
            self.error = error
        self._voice.failed(error)

    def _dies_again(self) -> bool:
        """Whether it has died too often, with no call in between that returned."""
        deaths, calls = self._deaths
        now = self.figures[Figures.CALLS] - self._killed
        self._deaths = (deaths + 1 if now == calls else 1, now)
        return self._deaths[0] > DEATHS

    def _again(self, *, calls: bool) -> bool:
        """Another process in the place of the one that died; whether it is there."""
        figures = self.figures
        worked_on = figures[Figures.CALL_BEGAN_NS] != 0
        figures[Figures.CALL_BEGAN_NS] = 0
        spec = self.spec.replace(first=figures[Figures.NEXT], without_first=worked_on, calls=calls)
        try:
            self.queue.connect(self._start(spec))
            if self.stopped:
                return True
            self._go(again=True)
        except (LlpyspinError, OSError) as error:
            if not self.stopped:
                self._take_note_of_death(_as_failure(error))
            return self.stopped
        if calls:
            logger.info("%s: the callback was started again", self.name)
        self._tell_followers()
        return True

    def renew(self, address: str) -> None:
        """Be called with the frames of another stream, in a new process: the camera was opened again.

        If the process does not start, the callback has failed, and the camera goes on without it.
        """
        with self._changing:
            process, spec = self._process, self.spec
            if self.stopped or (self.error is not None and spec.on_error != "continue"):
                return
            if process is not None:
                process.close()
            self.spec = spec.replace(address=address)
            self.figures[Figures.CALL_BEGAN_NS] = 0
            try:
                self.queue.connect(self._start(self.spec))
                self.queue.reopen()
                self._calls = True
                self._go(again=True)
            except StreamEnded:  # the camera has gone again, and may come back
                raise
            except (LlpyspinError, OSError) as error:
                failure = _as_failure(error)
                self._take_note_of_death(failure)
                self._is_over(failure)
            else:
                self._tell_followers()

    def _tell_followers(self) -> None:
        for follow in list(self._followers):
            with contextlib.suppress(LlpyspinError):  # a writer that is gone tells by itself
                follow(self.source.address)

    # -- what recordings want of it -----------------------------------------------------------------------

    def fix(self, layout: Layout | None, buffers: int = 0) -> None:
        """Publish only frames of this layout, in so many buffers, because they are recorded."""
        with self._changing:
            self.spec = self.spec.replace(layout=layout, buffers=buffers)
            process = self._process
            if process is not None and process.alive:
                process.request("fix", layout, buffers)

    def catch_up(self, index: int) -> bool:
        """Wait until the frames before this index are done with, 30 s at most; whether they are."""
        deadline = Deadline(BEHIND_S)
        while not deadline.passed:
            process = self._process
            if process is None or self.stopped:
                return False
            if not process.alive:  # another one may come in its place
                if not process.mourned.wait(deadline.remaining()) or self._process is process:
                    return False
                continue
            try:
                if process.request("wait", index, min(WAIT_S, deadline.remaining())):
                    return True
            except LlpyspinError:
                continue  # it has died, and may come again
        logger.warning(
            "%s: frames were still waiting for the callback after %.0f s. They are skipped",
            self.name,
            BEHIND_S,
        )
        return False

    def follow_with(self, follower: Callable[[str], object]) -> None:
        """Call ``follower`` with the new address if the frames come from another process."""
        self._followers.append(follower)

    def follow_no_more(self) -> None:
        """Call no follower with a new address any more."""
        self._followers.clear()

    def stop_with(self, stopper: Callable[[CallbackError], object]) -> None:
        """Call ``stopper`` when the function has failed, for ``on_error="stop"``."""
        self._stoppers.append(stopper)

    def host(self) -> HostedWriter:
        """A place for the writer of a recording in the process of the function."""
        assert self._process is not None
        self._hosting = True
        return HostedWriter(self._process)

    def forget_recording(self) -> None:
        """Forget followers and stoppers; no writer lives here any more."""
        self._hosting = False
        self._followers.clear()
        self._stoppers.clear()

    def open_log(self, name: str, path: str, *, overwrite: bool) -> None:
        """Have a row of each call from now on in a file, also by the processes that follow this one."""
        with self._changing:
            process = self._process
            if process is not None and process.alive:
                process.request("log", name, path, overwrite)
                self._logs[name] = path

    def close_log(self, name: str) -> str | None:
        """End a log; return the file's path, or None if there is none of this name."""
        with self._changing:
            path = self._logs.pop(name, None)
            process = self._process
            if path is None or process is None:
                return path
            with contextlib.suppress(CameraError):  # what it had written until it died is there
                forgotten, why = process.request("end_log", name)
                if forgotten:
                    logger.warning("%s: %d rows are not in %s: %s", self.name, forgotten, path, why)
            return path

    # -- the end ------------------------------------------------------------------------------------------

    def end(self, timeout_s: float) -> None:
        """Let the present call end, within so many seconds, and end the process for good."""
        self.stopped = True
        self.source.closing = True
        try:
            self.frames.end()
            self._end_process(timeout_s)
        except BaseException:
            self._finalize()  # Ctrl-C: nobody may ask again, and the process ends by itself
            raise
        finally:
            self.figures.close()
            text = f"{self.title}: the callback {self.name} was stopped"
            self.queue.close(CallbackError(text, camera=self.spec.camera))
            self._finalize.detach()

    def _end_process(self, timeout_s: float) -> None:
        process = self._process
        ended = process is None or not process.alive or process.end(timeout_s)
        with self._changing:
            if self._process is not None and self._process is not process:  # it had just been started again
                self._process.close()
        if not ended and self.error is None:
            logger.warning("%s: a call did not end within %g s. Its process was killed", self.name, timeout_s)


def _as_failure(error: Exception) -> CallbackError:
    return error if isinstance(error, CallbackError) else CallbackProcessError(str(error))


def _forget(holder: list[CallbackProcess]) -> None:
    """The owner was garbage-collected: the process ends by itself once its connection closes."""
    for process in holder:
        process.forsake()
