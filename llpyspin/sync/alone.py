"""One camera recorded for some seconds or frames, in one call that waits until all is done."""

from __future__ import annotations

import contextlib
import logging
import shlex
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.camera.notebook import STREAMING
from llpyspin.deadlines import MOST_S, Deadline, Turn
from llpyspin.errors import ArgumentTypeError, LlpyspinError, RecordingError
from llpyspin.recording.marking import PulseTrain, number_of
from llpyspin.recording.plan import plan_of
from llpyspin.recording.progress import progress_of_writer, shown
from llpyspin.recording.session import Session
from llpyspin.roles import Lines
from llpyspin.sync.acquisition import Acquisition
from llpyspin.sync.giving import OwnPulses
from llpyspin.sync.run import Run
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from llpyspin.camera.parts import Parts
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.progress import CameraProgress
    from llpyspin.recording.recorder import Recorder
    from llpyspin.roles import Armed
    from llpyspin.sync.length import Length
    from llpyspin.sync.signals import Asked

__all__ = ["FreeRecorder", "check_arguments", "record_alone", "state_of"]

logger = logging.getLogger("llpyspin")

LOOK_S = 0.02
STATUS_S = 0.5  # between two questions to the writer whether it has failed
_NO_LINES = Lines(output=None, output_source="", power=None, input="")


def state_of(process: str, run: Run | None) -> str:
    """What a synchronised camera does, in a word or a few; ``process``: whether it is open at all."""
    if process != STREAMING:
        return process
    if run is None:
        return "not primed"
    if run.take is None:
        return "triggered" if run.begun else "primed"
    return f"recording to {run.take.path}" if run.begun else f"primed to record to {run.take.path}"


class _Runs(Protocol):
    """What has the run of a camera."""

    acquisition: Acquisition
    run: Run | None


def check_arguments(path: str | os.PathLike[str] | None, options: dict[str, Any]) -> None:
    """Refuse what ``record()`` of a camera does not take.

    Raises
    ------
    TypeError
    """
    if path is None:
        raise ArgumentTypeError("record() needs the name of a file, as record('mouse1.mkv', 5)")
    if options.get("pre_trigger") is not None:
        raise ArgumentTypeError(
            "record() begins at once, so it has no pre_trigger: use prime(), trigger() and stop()"
        )


def record_alone(
    runs: _Runs,
    length: Length,
    *,
    begin: Callable[[], object],
    trigger: Callable[[], object],
    end: Callable[[], object],
    progress: bool,
) -> Session:
    """Record one camera, and wait until its files are complete.

    Parameters
    ----------
    runs : Station or FreeRecorder
    length : Length
    begin, trigger, end : callable
        Make the camera ready with a writer; start it; stop it and finish the files.
    progress : bool
        Whether to show how far it is.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        Ctrl-C, or another signal, has ended it early; the files are complete all the same.
    """
    with signals_noted() as asked:
        begin()
        run = runs.run
        assert run is not None
        assert run.take is not None
        take = run.take
        _limit(run, length)
        deadline = Deadline(MOST_S if length.seconds is None else length.seconds)
        with contextlib.ExitStack() as stack:
            if progress:
                ends = None if length.seconds is None else time.monotonic() + length.seconds
                stack.enter_context(shown(lambda: _progress(run, take.recorder, ends), title="recording"))
            if not asked.signal:
                trigger()
                _wait(asked, run, runs.acquisition, deadline)
        end()
    if not take.json_path.exists():  # ended before the first frame
        asked.raise_again()
        raise RecordingError(f"{take.path}: no frame came, so there is no file")
    session = Session.read(take.json_path)
    if not (length.endless and asked.by_ctrl_c):
        asked.raise_again()
    return session


def _limit(run: Run, length: Length) -> None:
    """Have the files end with the last frame that was asked for."""
    run.only = length.frames
    if length.frames is None:
        return
    for take in (run.take, run.second):
        if take is not None:
            take.recorder.end_with(length.frames - 1)


def _wait(asked: Asked, run: Run, acquisition: Acquisition, deadline: Deadline) -> None:
    """Until the time or the frames are over, somebody asks, or the camera or its writer has failed."""
    assert run.take is not None
    over, recorder, status_at = threading.Event(), run.take.recorder, Deadline(STATUS_S)
    asked.wakes(over)
    counter = _Counter(run, acquisition)
    while not (over.wait(min(LOOK_S, deadline.remaining())) or deadline.passed):
        if not (acquisition.source.is_open and recorder.alive):
            return
        if run.only is not None and counter.newest() >= run.only - 1:
            return
        if status_at.passed:
            status_at = Deadline(STATUS_S)
            if recorder.status().error is not None:
                return


class _Counter:
    """Which trigger the newest frame belongs to."""

    def __init__(self, run: Run, acquisition: Acquisition) -> None:
        self._run, self._acquisition = run, acquisition
        self._began: Armed | None = None

    def newest(self) -> int:
        """Its number; -1 before the first frame."""
        info = self._acquisition.newest()
        if info is None:
            return -1
        if self._began is None:
            self._began = self._acquisition.began()
        return number_of(info, self._began, PulseTrain(self._run.fired_ns, self._run.armed.period_ns))


def _progress(run: Run, recorder: Recorder, ends: float | None) -> list[CameraProgress]:
    status = recorder.status()
    left_s = None if ends is None else max(0.0, ends - time.monotonic())
    if run.only is not None and run.armed.framerate:
        left_s = max(0, run.only - status.triggers) / run.armed.framerate
    return [progress_of_writer(run.name, status, state=status.state, left_s=left_s)]


class FreeRecorder:
    """Recordings of a camera that otherwise streams, and gives no pulses to others.

    Parameters
    ----------
    parts : Parts
        Of the camera.

    Attributes
    ----------
    run : Run or None
        While it records.
    """

    def __init__(self, parts: Parts) -> None:
        self.acquisition = Acquisition("free", parts, lines=_NO_LINES)
        self.run: Run | None = None
        self._pulses = OwnPulses(self.acquisition)
        self._turn = Turn()

    def record(
        self,
        path: str | os.PathLike[str],
        length: Length,
        resume: Callable[[], object],
        *,
        progress: bool,
        allow_lower_rate: bool,
        **options: Any,
    ) -> Session:
        """Record; ``resume`` has the camera stream again afterwards."""
        check_arguments(path, options)
        plan = plan_of(path, **options)
        acquisition = self.acquisition
        busy = RecordingError(f"{acquisition.source.name} is recording already, in another thread")
        acquisition.source.check_open()
        if not allow_lower_rate:
            rate, exposure = self._pulses.rate, acquisition.value_of("exposure")
            acquisition.requested.check(acquisition.source.name, rate, exposure)

        def work() -> Session:
            try:
                session = record_alone(
                    self,
                    length,
                    begin=lambda: self._begin(plan),
                    trigger=self._trigger,
                    end=self._end,
                    progress=progress,
                )
            except BaseException:
                with contextlib.suppress(LlpyspinError):  # what has become of the camera is raised already
                    self._break_off()
                    self._resume(resume)
                raise
            self._resume(resume)
            return session

        return self._turn.insist(0.0, work, busy)

    def _begin(self, plan: Plan | None) -> None:
        acquisition, pulses = self.acquisition, self._pulses
        pre_trigger = None if plan is None else plan.pre_trigger
        acquisition.arm(buffer_count=acquisition.buffers(pulses.rate, pre_trigger))
        run = Run(acquisition, pulses)
        try:
            run.attend(plan)
        except BaseException:
            run.give_up()
            raise
        self.run = run

    def _trigger(self) -> None:
        assert self.run is not None
        try:
            self._pulses.trigger(self.run)
        except LlpyspinError:  # the camera is lost: the recording has begun, and gets its account
            with contextlib.suppress(LlpyspinError):
                self._end()
            raise

    def _end(self) -> None:
        run = self.run
        assert run is not None
        run.end()
        run.settle(None, show=True)
        self.run = None
        if run.failure is not None:
            raise run.failure

    def _break_off(self) -> None:
        """The end was interrupted, or failed: the writer goes on by itself, and the camera is free."""
        run, self.run = self.run, None
        if run is None:
            return
        run.end()
        with contextlib.suppress(LlpyspinError):  # a callback that has died says so by itself
            run.end_callbacks(keep=True)
        if run.take is not None and run.take.account is None:
            run.take.recorder.close()
            place = shlex.quote(str(run.take.path))
            logger.warning("%s has no account yet. To complete it: llpyspin repair %s", run.take.path, place)

    def _resume(self, resume: Callable[[], object]) -> None:
        acquisition = self.acquisition
        acquisition.forget()
        acquisition.source.idle = None
        if acquisition.source.is_open:
            resume()
