"""What primary and secondary cameras have in common: priming, the acquisition lock, and the end."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import logging
import math
import os
import time
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.arming import ArmedCamera
from llpyspin.callbackfiles import CallbackFiles
from llpyspin.camera import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import (
    LlpyspinError,
    RecordingError,
    RequestTimeoutError,
    SettingError,
    SettingRangeError,
)
from llpyspin.marking import Pulses, mark_at, mark_back, number_of
from llpyspin.priming import depth, picture_of, spare_memory
from llpyspin.reading import READ_S
from llpyspin.recording.options import WriterSpec
from llpyspin.recording.session import CameraRecord
from llpyspin.take import StillWriting, Take
from llpyspin.timekeeping import Timekeeper, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.arming import Run
    from llpyspin.marking import Mark
    from llpyspin.priming import Plan
    from llpyspin.process import CameraProcess
    from llpyspin.recorder import Recorder
    from llpyspin.recording.account import Account
    from llpyspin.roles import Armed, Lines, Tally

__all__ = [
    "LATE_S",
    "SynchronisedCamera",
    "followers_of",
    "late_s",
    "primaries",
]

logger = logging.getLogger("llpyspin")

RATE_TOLERANCE = 1e-3
TURN_S = 30.0  # for another thread that primes or stops
LOOK_S = 0.002
LATE_S = 0.25  # how much later than it should be a frame may come, on a busy machine

_live: weakref.WeakSet[SynchronisedCamera] = weakref.WeakSet()
"""The cameras of this process that are open: they may be wired to each other."""


class SynchronisedCamera(ArmedCamera):
    """A camera that is primed, runs on a signal, and is stopped.  Users meet its subclasses."""

    _opening_line = ""
    _closing_line = ""

    def __init__(
        self,
        device: int | str | None = None,
        *,
        framerate: float | str | None = DEFAULT_FRAMERATE,
        exposure: float = DEFAULT_EXPOSURE,
        binsize: int | tuple[int, int] = DEFAULT_BINSIZE,
        roi: tuple[int, int, int, int] | None = None,
        color: bool | None = None,
        sdk: str | None = None,
        nickname: str | None = None,
        strict: bool = False,
        lines: Lines | None = None,
        primed: bool = True,
        timeout: float = READ_S,
        buffersize: int | None = None,
        serial_number: int | str | None = None,
        device_index: int | None = None,
        dummy: bool = False,
    ) -> None:
        self._prepare_reading(timeout, buffersize)
        self._acting = Turn()
        self._account: Account | None = None
        self._prepare_arming(lines)
        self._primes = primed
        super().__init__(
            device,
            framerate=framerate,
            exposure=exposure,
            binsize=binsize,
            roi=roi,
            color=color,
            sdk=sdk,
            nickname=nickname if nickname is not None else f"{self.kind}-camera",
            strict=strict,
            serial_number=serial_number,
            device_index=device_index,
            dummy=dummy,
        )

    @property
    def recording(self) -> Recorder | None:
        """The writer process of the recording that the camera is primed for; None without one."""
        run = self._run
        return run.take.recorder if run is not None and run.take is not None else None

    @property
    def account(self) -> Account | None:
        """What became of every trigger of the last recording, once it is stopped; ``print`` shows a table."""
        return self._account

    # -- priming ------------------------------------------------------------------------------------------

    def _begin(self, process: CameraProcess) -> None:
        del process
        self._run = None
        _live.add(self)
        if self._primes:
            self._prime(None)

    def _in_turn(self, work: Callable[[], Any]) -> Any:
        """Prime, trigger and stop do not overlap, whichever threads call them."""
        done = self._acting.do(TURN_S, lambda: [work()], None)
        if done is None:
            raise RequestTimeoutError(
                f"{self.nickname}: another thread primes or stops the camera, for over {TURN_S:.0f} s",
                camera=str(self._device),
            )
        return done[0]

    def _prime_or_say(self, plan: Plan | None) -> None:
        """What ``prime()`` does with its arguments, which were found to be good."""
        run = self._run
        if run is None:
            self._opened()
        elif not self.isOpened():
            self._ask("ping")  # raises what became of the camera
        elif plan is None and run.take is None:
            logger.info("camera is already primed")
            return
        elif run.begun:
            raise RecordingError(
                f"{self.nickname} is running: stop() it first, which ends "
                + ("what it does now" if run.take is None else f"the recording of {run.take.path}")
            )
        self._prime(plan)

    def _prime(self, plan: Plan | None) -> None:
        """Be armed, and have a writer where there is a plan; where that fails the camera is not primed."""
        buffers = self._depth(plan)
        run = self._run
        if run is not None:
            self._drop_take(run)
            if buffers > (run.asked or run.armed.buffers) or self._published() != run.armed.published:
                # Frames before the trigger are those of pulses that meant nothing.
                self._disarm()
                run = None
        if run is None:
            self._arm(buffer_count=buffers)
            run = self._run
            assert run is not None
        try:
            self._attend(run, plan)
        except BaseException:
            with contextlib.suppress(LlpyspinError):
                self._drop_take(run)
                self._disarm()
            self._run = None
            raise

    def _attend(self, run: Run, plan: Plan | None) -> None:
        """Have somebody who notes the frames: a writer, or a timekeeper where nothing is written."""
        if plan is None:
            run.keeper = Timekeeper(self._address, run.armed.published)
            return
        if plan.pre_trigger and run.armed.buffers < self._depth(plan):
            raise RecordingError(
                f"{self.nickname}: pre_trigger of {plan.pre_trigger:g} s needs {self._depth(plan)} buffers, "
                f"and the SDK gives {run.armed.buffers}"
            )
        self._begin_callbacks(self._spec(plan, run))
        assert run.callbacks is not None
        run.take = self._begin_take(plan, run, run.callbacks.main_spec())
        second = run.callbacks.second_spec()
        if second is not None:
            run.second = self._begin_take(plan, run, second)

    def _begin_callbacks(self, spec: WriterSpec) -> CallbackFiles:
        """What the callbacks add to a recording that is about to be made."""
        run = self._run
        assert run is not None
        run.callbacks = CallbackFiles(self._running(), spec)
        return run.callbacks

    def _forget_callbacks(self) -> None:
        if self._run is not None:
            self._run.callbacks = None

    def _begin_take(self, plan: Plan, run: Run, spec: WriterSpec) -> Take:
        """A recording whose writer is ready."""
        assert run.callbacks is not None
        camera = self._describe(run, spec)
        if spec.returned:
            camera = camera.replace(callback=run.callbacks.returned_by)
        take = Take(plan, spec, camera, (self.info.sdk, self.info.sdk_version), run.callbacks.host(spec))
        run.callbacks.watch(take.recorder)
        return take

    def _spec(self, plan: Plan, run: Run) -> WriterSpec:
        """What the writer is told."""
        armed = run.armed
        roi = self.roi
        held = math.ceil((plan.pre_trigger or 0.0) * self.rate)
        return WriterSpec(
            address=self._address,
            path=str(plan.path),
            picture=picture_of(
                self.pixel_format, roi.height, roi.width, convert=self.convert, rate=self.rate
            ),
            color=self.convert,
            serial=self.info.serial,
            nickname=self.nickname,
            virtual=self.info.virtual,
            first_id=armed.first_id,
            period_ns=self._period_ns(armed),
            since=armed.published,
            hold=bool(plan.pre_trigger),
            held=held,
            options=plan.options.of_camera(self.info.sdk),
        )

    def _describe(self, run: Run, spec: WriterSpec) -> CameraRecord:
        """What the file beside the video tells of the camera."""
        info, armed = self.info, run.armed
        run.clocks += self.clock_or_none()
        return CameraRecord(
            serial=info.serial,
            name=self.nickname,
            role=self.kind,
            model=info.model,
            interface=info.interface,
            virtual=info.virtual,
            settings={**run.cache, "nodes": self.settings()},
            lines=dataclasses.asdict(armed.lines),
            armed={name: value for name, value in dataclasses.asdict(armed).items() if name != "lines"},
            picture=dataclasses.asdict(spec.picture),
            published=armed.published,
        )

    def _drop_take(self, run: Run) -> None:
        """Forget a recording, or a timekeeper, that has nothing yet."""
        for take in (run.take, run.second):
            if take is not None:
                take.discard()
        if run.callbacks is not None:
            run.callbacks.drop()
        run.take = run.second = run.callbacks = None
        run.keeper = None

    def _depth(self, plan: Plan | None) -> int:
        """Frames of memory to be armed with.

        As many for a camera without a recording: it then need not be armed anew for one, which switches its
        lines and so may look like a pulse.
        """
        payload = self._ask("node_get", "PayloadSize")
        pre_trigger = plan.pre_trigger if plan is not None else None
        return depth(int(payload), self.rate, pre_trigger=pre_trigger, available=spare_memory())

    @property
    def rate(self) -> float:
        """Frames a second (Hz) to be expected."""
        raise NotImplementedError

    def _period_ns(self, armed: Armed) -> int | None:
        """From pulse to pulse, where that is known for sure."""
        raise NotImplementedError

    # -- the end ------------------------------------------------------------------------------------------

    def _stop(self, timeout: float | None, *, show: bool = True) -> npt.NDArray[np.float64]:
        """End the acquisition and the recording, or what is left of that if an earlier call was interrupted.

        An error of the camera is raised when the file is finished.
        """
        run = self._run
        assert run is not None
        if run.tally is None and run.failure is None:
            try:
                self._end(run)
            except LlpyspinError as error:
                run.failure = error
        try:
            stamps = self._settle(run, timeout, show=show)
            if run.take is not None:
                self._account = run.take.account
        except StillWriting:
            raise
        except (LlpyspinError, OSError):
            self._account = None if run.take is None else run.take.account
            self._run = None
            raise
        self._run = None
        if run.failure is not None:
            raise run.failure
        return stamps

    def _end(self, run: Run) -> None:
        if not run.ceased:
            self._cease(run)
            run.ceased = True
        if run.counted is None:
            run.counted = self._wait_for_the_last(run)
        if run.take is not None:
            run.clocks += self.clock_or_none()
        try:
            run.tally = self._ask("disarm")
        except SettingError:  # not armed any more: the stop() that was interrupted had come so far
            run.tally = run.counted

    def _cease(self, run: Run) -> None:
        """See to it that no further frame is exposed, as far as that is in the hands of this camera."""
        raise NotImplementedError

    def _wait_for_the_last(self, run: Run) -> Tally:
        """Wait until the frames under way have come; gives what was counted then."""
        raise NotImplementedError

    def _last_trigger(self, run: Run) -> int | None:
        """Number of the last pulse there was; None where nobody knows."""
        raise NotImplementedError

    def _settle(self, run: Run, timeout: float | None, *, show: bool) -> npt.NDArray[np.float64]:
        """Have the file finished, or the timestamps gathered."""
        if run.take is not None:
            return self._settle_takes(run, run.take, timeout, show=show)
        if run.keeper is None:
            return np.empty(0)
        stamps = milliseconds(run.keeper.finish())
        if run.keeper.missing:
            logger.warning(
                "%s: the timestamps of %d frames were not kept: this program was too busy",
                self.nickname,
                run.keeper.missing,
            )
        return stamps

    def _settle_takes(
        self, run: Run, take: Take, timeout: float | None, *, show: bool
    ) -> npt.NDArray[np.float64]:
        """The same for a recording, and for that of what a callback returned beside it."""
        callbacks = run.callbacks
        if callbacks is not None and not callbacks.waited:
            callbacks.before_the_end(None if run.tally is None else run.tally.published)
            run.events += callbacks.events
        how: dict[str, Any] = {
            "last_trigger": self._last_trigger(run),
            "begun": run.begun,
            "failure": run.failure,
            "clocks": run.clocks,
            "events": run.events,
            "timeout": timeout,
            "show": show,
        }
        try:
            try:
                stamps = take.settle(run.tally, **how)
            finally:
                if run.second is not None:
                    run.second.settle(run.tally, **how)
        except StillWriting:
            raise
        except (LlpyspinError, OSError):
            self._end_callbacks(run)
            raise
        self._end_callbacks(run)
        return stamps

    def _end_callbacks(self, run: Run) -> None:
        if run.callbacks is None:
            return
        if run.take is not None and run.take.account is None:
            run.callbacks.drop()  # nothing was recorded
        else:
            run.callbacks.after_the_end(run.clocks)
        run.callbacks = None

    def release(self) -> None:
        """Stop, if it is primed, and close the camera.  Releasing twice is fine.

        Blocks as :meth:`stop` does.  What :meth:`stop` raises is raised when the camera is closed.
        """
        try:
            if self._run is not None:
                self.stop()
        finally:
            super().release()

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        if self._process is None and self._run is None:
            return
        try:
            self.release()
        except LlpyspinError as error:
            if exc[0] is None:
                raise
            logger.error("%s: %s", self.nickname, error)

    def finish_at_exit(self) -> None:
        """End the recording, if there is one, when the program ends without having done so.

        No thread can be started any more then, so nothing shows how far the writer is.
        """
        if self.recording is None:
            return
        try:
            self._in_turn(lambda: self._stop(None, show=False))
        except (LlpyspinError, OSError) as error:
            logger.error("%s: %s", self.nickname, error)

    def open(self, device: int | str | None = None) -> bool:
        if self._run is not None and (device is not None or not self.isOpened()):
            try:
                self.stop()
            except LlpyspinError as error:
                logger.warning("video acquisition failed: %s", error)
        return super().open(device)

    # -- cameras that are wired to each other -------------------------------------------------------------

    @property
    def leader(self) -> SynchronisedCamera | None:
        """The camera of this program whose pulses this one takes, where that is known."""
        return None

    def leader_was_armed(self, rate: float, since_ns: int) -> None:
        """Called when the leader was primed.

        Parameters
        ----------
        rate : float
            Its rate in Hz, which may be another one than before.
        since_ns : int
            When that began, on the host's monotonic clock: frames since then come of switching its lines.
        """

    @property
    def fired_ns(self) -> int | None:
        """Since when the camera gives pulses (host's monotonic clock, ns); None: it does not."""
        return None

    @property
    def triggered(self) -> bool:
        raise NotImplementedError

    def count_of_frames(self) -> int:
        """Frames that have come since the camera was armed; asks nobody."""
        run, reader = self._run, self._reader
        return 0 if run is None or reader is None else max(0, reader.newest + 1 - run.armed.published)

    def newest_trigger(self) -> tuple[int, int] | None:
        """Number of the newest exposure and its time on the camera's clock (ns); None before the first."""
        run, reader = self._run, self._reader
        info = None if reader is None else reader.journal(reader.newest)
        if run is None or info is None or info.index < run.armed.published:
            return None
        pulses = Pulses(run.fired_ns, run.armed.period_ns)
        return number_of(info, run.armed, pulses), info.camera_timestamp_ns

    def why_not_follow(self, rate: float) -> str:
        """Why the camera cannot expose with each of so many pulses a second (Hz); empty if it can."""
        run = self._run
        if run is None or rate <= run.armed.most_framerate * (1 + RATE_TOLERANCE):
            return ""
        return (
            f"{self.nickname} cannot follow {rate:.5g} fps: with its exposure of {run.armed.exposure_us:g} "
            f"us and its image size {run.armed.most_framerate:.5g} fps are the most"
        )

    def check_follows(self, rate: float, *, records: bool) -> None:
        """Warn of pulses that come too fast; refuse them for a recording.

        Raises
        ------
        SettingRangeError
        """
        why_not = self.why_not_follow(rate)
        if why_not and records:
            raise SettingRangeError(why_not, setting="framerate", value=rate)
        if why_not:
            logger.warning("%s", why_not)

    def mark(self, trigger: int, pulses: Pulses) -> None:
        """Begin the file, where it waits for that, with the frame of this trigger."""
        run, reader = self._run, self._reader
        if run is None or run.take is None or not run.take.waits or reader is None:
            return
        run.begun = True
        mark = mark_at(reader, run.armed, pulses, trigger)
        deadline = Deadline(LATE_S)
        while reader.newest < mark.index and not deadline.passed:
            time.sleep(LOOK_S)  # the frame is on its way
            mark = mark_at(reader, run.armed, pulses, trigger)
        self._begin_files(run, mark._replace(index=min(mark.index, reader.newest + 1)))

    def _mark_back(self, run: Run, pulses: Pulses) -> int:
        """Begin this camera's file as far back as was asked for; gives the trigger that it begins with."""
        assert run.take is not None
        assert self._reader is not None
        mark = mark_back(self._reader, run.armed, pulses, run.take.plan.pre_trigger or 0.0, self.rate)
        run.begun = True
        self._begin_files(run, mark)
        return mark.trigger

    def _begin_files(self, run: Run, mark: Mark) -> None:
        """Have the recording, and that of what a callback returned, begin there."""
        for take in (run.take, run.second):
            if take is not None:
                if run.callbacks is not None:
                    run.callbacks.before_the_beginning(take.recorder.spec, mark.index)
                take.begin(mark)


def primaries() -> list[SynchronisedCamera]:
    """The primary cameras that are open in this process."""
    return [camera for camera in list(_live) if camera.kind == "primary" and camera.isOpened()]


def followers_of(primary: SynchronisedCamera) -> list[SynchronisedCamera]:
    """The cameras of this process that are primed for the pulses of this one."""
    return [camera for camera in list(_live) if camera.leader is primary and camera.primed]


def late_s(armed: Armed) -> float:
    """Seconds after the last pulse by which the frame of it has come."""
    return LATE_S + (armed.exposure_us + (armed.readout_us or 0.0)) / 1e6


def _finish_all() -> None:
    for camera in sorted(_live, key=lambda camera: camera.kind):  # primaries first: then pulses cease
        camera.finish_at_exit()


os.register_at_fork(after_in_child=_live.clear)  # a forked child has no part in the recordings
atexit.register(_finish_all)  # and so before all processes are closed, which was registered earlier
