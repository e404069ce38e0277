"""A camera that is primed, runs on a signal, and is stopped: by any thread, or when the program ends."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.camera.camera import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
from llpyspin.deadlines import Turn
from llpyspin.errors import LlpyspinError, RecordingError, RequestTimeoutError, SettingError
from llpyspin.reading.limits import READ_S
from llpyspin.recording.take import StillWriting
from llpyspin.sync.recorded import RecordedCamera

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from llpyspin.recording.plan import Plan
    from llpyspin.roles import Lines, Tally
    from llpyspin.sync.acquisition import Run

__all__ = ["PrimedCamera"]

logger = logging.getLogger("llpyspin")

TURN_S = 30.0  # for another thread that primes or stops


class PrimedCamera(RecordedCamera):
    """The order of things: priming, running, the end."""

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
        self._acting = Turn()
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
            timeout=timeout,
            buffersize=buffersize,
            serial_number=serial_number,
            device_index=device_index,
            dummy=dummy,
        )

    # -- priming ------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._end_run()
        if self._primes:
            self._prime(None)

    def _in_turn(self, work: Callable[[], Any]) -> Any:
        """Prime, trigger and stop do not overlap, whichever threads call them."""
        done = self._acting.do(TURN_S, lambda: [work()], None)
        if done is None:
            raise RequestTimeoutError(
                f"{self.nickname}: another thread primes or stops the camera, for over {TURN_S:.0f} s",
                camera=str(self._source.device),
            )
        return done[0]

    def _prime_or_say(self, plan: Plan | None, *, allow_lower_rate: bool = True) -> None:
        """What ``prime()`` does with its arguments, which were found to be good."""
        run = self._run
        if run is None:
            self._source.opened()
        elif not self.isOpened():
            self._ask("ping")  # raises what became of the camera
        elif plan is None:  # to prime for no recording must not end one that waits for its trigger
            recording = "" if run.take is None else f" for {run.take.path.name}"
            logger.info("camera is already primed%s", recording)
            return
        elif run.begun:
            raise RecordingError(
                f"{self.nickname} is running: stop() it first, which ends "
                + ("what it does now" if run.take is None else f"the recording of {run.take.path}")
            )
        if not allow_lower_rate:
            self._requested.check(self.nickname, self._resulting_framerate(), self.exposure)
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
            self._end_run()
            raise

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
            self._end_run()
            raise
        self._end_run()
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
