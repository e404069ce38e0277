"""A camera that is primed, triggered and stopped, by any thread or at the end of the program."""

from __future__ import annotations

import logging
import time
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.camera.camera import Camera
from llpyspin.camera.nodes import Nodes
from llpyspin.deadlines import Turn
from llpyspin.errors import LlpyspinError, RecordingError, RequestTimeoutError, SettingError
from llpyspin.naming.constructors import checked_methods
from llpyspin.recording.take import StillWriting
from llpyspin.sync.alone import check_arguments, record_alone, state_of
from llpyspin.sync.camerakeeper import SynchronisedKeeper
from llpyspin.sync.length import Length
from llpyspin.sync.run import Run
from llpyspin.sync.station import Station, settle

if TYPE_CHECKING:
    import os
    import pathlib
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from llpyspin.camera.opened import Keeper
    from llpyspin.camera.parts import Parts
    from llpyspin.recording.account.account import Account
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.session import Session
    from llpyspin.settings import RestoreReport
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.sync.run import Pulses

__all__ = ["SynchronisedCamera"]

logger = logging.getLogger("llpyspin")

TURN_S = 30.0  # for another thread that primes or stops


@checked_methods()
class SynchronisedCamera(Camera):
    """Priming, triggering and stopping.  Users use its subclasses."""

    _opening_line = ""
    _closing_line = ""
    prime: Callable[..., None]

    def __init__(self, parts: Parts, acquisition: Acquisition, pulses: Pulses, *, primed: bool) -> None:
        self._primes = primed
        self._acting = Turn()
        self._account: Account | None = None
        self._station = Station(acquisition, pulses, self._prime, self._finish_at_exit)
        super().__init__(parts)

    # -- state --------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """The camera's role: "primary" sends pulses, "secondary" receives them."""
        return self._station.kind

    @property
    def state(self) -> str:
        return state_of(super().state, self._run)

    @property
    def primed(self) -> bool:
        """Whether the camera waits for a trigger or runs after it; its settings are then locked."""
        return self._run is not None

    @property
    def recording(self) -> Recorder | None:
        """Writer process of the recording for which the camera is primed, or None."""
        run = self._run
        return run.take.recorder if run is not None and run.take is not None else None

    @property
    def account(self) -> Account | None:
        """The account of the last recording: what happened to every trigger.  ``print`` shows a table."""
        return self._account

    @property
    def rate(self) -> float:
        """Expected frames per second (Hz): from frame rate and exposure, or from the pulses."""
        return self._station.pulses.rate

    def count_of_frames(self) -> int:
        """Return the number of frames since the camera was primed, without a request to the camera."""
        return self._station.acquisition.count_of_frames()

    # -- settings, which are locked while it is primed ----------------------------------------------------

    def assign(self, name: str, value: Any) -> bool:
        if name in self._station.acquisition.elsewhere:
            logger.warning("%s is set by the primary camera", name)
            return False
        self._check_unlocked(name, value)
        return super().assign(name, value)

    def update(self, **settings: Any) -> dict[str, Any]:
        for name, value in settings.items():
            if name in self._station.acquisition.elsewhere:
                raise SettingError(
                    f"{name} is set by the primary camera. Nothing was changed", setting=name, value=value
                )
            self._check_unlocked(name, value)
        return super().update(**settings)

    def value_of(self, name: str) -> Any:
        return self._station.acquisition.value_of(name)

    def load_settings(self, path: str | pathlib.Path) -> RestoreReport:
        self._check_unlocked("settings", path)
        return super().load_settings(path)

    @property
    def nodes(self) -> Nodes:
        """Any GenICam node by name; to be read only while the camera is primed."""
        written = weakref.WeakMethod(self._node_written)
        return Nodes(self._source.opened(), self._station.acquisition.check_unlocked, written)

    def _check_unlocked(self, name: str, value: object) -> None:
        self._station.acquisition.check_unlocked(name, value)

    # -- opening and closing ------------------------------------------------------------------------------

    @property
    def _run(self) -> Run | None:
        return self._station.run

    def _begin(self) -> None:
        self._forget_run()
        settle(self, self._station)
        if self._primes:
            self._prime(None)
            self._station.acquisition.as_opened = True

    def _forget_run(self) -> None:
        self._station.run = None
        self._station.acquisition.forget()

    def open(self, device: int | str | None = None) -> bool:
        if self._run is not None and (device is not None or not self.isOpened()):
            try:
                self.stop()
            except LlpyspinError as error:
                logger.warning("video acquisition failed: %s", error)
        return super().open(device)

    def release(self) -> None:
        """Stop the camera if it is primed, and close it.  You may call it twice.

        Blocks like :meth:`stop`.  An error of :meth:`stop` is raised after the camera is closed.
        """
        try:
            if self._run is not None:
                self.stop()
        finally:
            super().release()

    def _new_keeper(self) -> Keeper:
        return SynchronisedKeeper(self, self._station, self._acting)

    def __exit__(self, *exc: object) -> None:
        if self._process is None and self._run is None:
            return
        try:
            self.release()
        except LlpyspinError as error:
            if exc[0] is None:
                raise
            logger.error("%s: %s", self.nickname, error)

    # -- priming ------------------------------------------------------------------------------------------

    def _in_turn(self, work: Callable[[], Any]) -> Any:
        """Prime, trigger and stop do not overlap, whichever threads call them."""
        busy = f"{self.nickname}: another thread primes or stops the camera, for over {TURN_S:.0f} s"
        return self._acting.insist(TURN_S, work, RequestTimeoutError(busy, camera=str(self._source.device)))

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
                f"{self.nickname} is running. Call stop() first, which ends "
                + ("the present run" if run.take is None else f"the recording of {run.take.path}")
            )
        if not allow_lower_rate:
            self._requested.check(self.nickname, self.resulting_framerate, self.exposure)
        self._prime(plan)
        self._station.acquisition.as_opened = False

    def _prime(self, plan: Plan | None, *, anew: bool = False) -> None:
        """Arm the camera and, with a plan, start a writer.  If that fails, the camera is not primed.

        ``anew``: arm it even if it is armed and no frame has come.
        """
        self._in_turn(lambda: self._prime_now(plan, anew=anew))

    def _prime_now(self, plan: Plan | None, *, anew: bool) -> None:
        station, since_ns = self._station, time.monotonic_ns()
        acquisition, pulses = station.acquisition, station.pulses
        before = acquisition.armed
        buffers = acquisition.buffers(pulses.rate, None if plan is None else plan.pre_trigger)
        run = station.run
        if run is not None:
            run.drop()
            asked = acquisition.asked or run.armed.buffers
            if anew or buffers > asked or acquisition.published() != run.armed.published:
                # Frames before the trigger are those of pulses that meant nothing.
                station.run = run = None
                acquisition.disarm()
        if run is None:
            acquisition.arm(buffer_count=buffers, period_ns=pulses.period_ns(None))
            station.run = run = Run(acquisition, pulses)
        try:
            run.attend(plan)
        except BaseException:
            run.give_up()
            self._forget_run()
            raise
        pulses.primed(run, anew=run.armed is not before, since_ns=since_ns)

    def record(
        self,
        path: str | os.PathLike[str],
        seconds: float | None = None,
        *,
        frames: int | None = None,
        progress: bool = True,
        **options: Any,
    ) -> Session:
        """Record for a number of seconds or frames: :meth:`prime`, :meth:`trigger`, wait, :meth:`stop`.

        A secondary camera waits for pulses of others meanwhile.  Ctrl-C, SIGTERM and a closed terminal end
        the recording early; the file is complete until then.  Then ``KeyboardInterrupt`` or ``SystemExit``
        is raised.  Afterwards the camera is not primed.

        Parameters
        ----------
        path : path-like
            File of the video, as for :meth:`prime`.
        seconds : float, optional
            Length.  Without ``seconds`` and ``frames``, Ctrl-C is the normal end, and nothing is raised.
        frames : int, optional
            Exact number of triggers in the file, instead of ``seconds``; a lost frame counts.
        progress : bool
            Whether to show the progress, on standard error or in the notebook.
        options
            As for :meth:`prime`: ``codec``, ``quality``, ``overwrite``, ``fill`` ...

        Returns
        -------
        Session
            The files and the account; ``print`` it.  :func:`llpyspin.recording.load` opens the video.
        """
        check_arguments(path, options)
        return record_alone(
            self._station,
            Length(seconds, frames),
            begin=lambda: self.prime(path, **options),
            trigger=self.trigger if self.kind == "primary" else bool,
            end=self.stop,
            progress=progress,
        )

    def trigger(self) -> None:
        """Begin; see the subclasses."""
        self._in_turn(self._trigger)

    def _trigger(self) -> None:
        station = self._station
        if station.run is None:
            if self._source.why_closed:
                raise self._source.closed_error()
            logger.warning("camera is not primed")
        else:
            station.pulses.trigger(station.run)

    # -- the end ------------------------------------------------------------------------------------------

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        """End the acquisition; see the subclasses."""
        stamps: npt.NDArray[np.float64] = self._in_turn(lambda: self._stop(timeout))
        return stamps

    def _stop(self, timeout: float | None, *, show: bool = True) -> npt.NDArray[np.float64]:
        """End the acquisition and the recording, or what is left of that if an earlier call was interrupted.

        An error of the camera is raised when the file is finished.
        """
        run = self._run
        assert run is not None
        run.end()
        try:
            stamps = run.settle(timeout, show=show)
        except StillWriting:
            raise
        except (LlpyspinError, OSError):
            self._account = run.account
            self._forget_run()
            raise
        if run.take is not None:
            self._account = run.account
        self._forget_run()
        if run.failure is not None:
            raise run.failure
        return stamps

    def _finish_at_exit(self) -> None:
        """End the recording, if there is one, when the program ends without having done so.

        No thread can be started any more then, so nothing shows how far the writer is.
        """
        if self.recording is None:
            return
        try:
            self._in_turn(lambda: self._stop(None, show=False))
        except (LlpyspinError, OSError) as error:
            logger.error("%s: %s", self.nickname, error)
