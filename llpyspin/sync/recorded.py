"""A camera with a recording: its writers from being ready to the account, and the callbacks beside them."""

from __future__ import annotations

import dataclasses
import logging
import math
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.callbacks.files import CallbackFiles
from llpyspin.errors import LlpyspinError
from llpyspin.recording.marking import mark_back
from llpyspin.recording.options import WriterSpec
from llpyspin.recording.overwriting import older_files, remove
from llpyspin.recording.plan import depth, picture_of, spare_memory
from llpyspin.recording.session import CameraRecord
from llpyspin.recording.take import StillWriting, Take
from llpyspin.recording.timekeeper import Timekeeper, milliseconds
from llpyspin.sync.acquisition import ArmedCamera

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.marking import Mark, Pulses
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.recorder import Recorder
    from llpyspin.roles import Armed
    from llpyspin.sync.acquisition import Run

__all__ = ["RecordedCamera"]

logger = logging.getLogger("llpyspin")


class RecordedCamera(ArmedCamera):
    """A camera whose frames are noted while it is armed: written to files, or their times alone."""

    _account: Account | None = None

    @property
    def recording(self) -> Recorder | None:
        """The writer process of the recording that the camera is primed for; None without one."""
        run = self._run
        return run.take.recorder if run is not None and run.take is not None else None

    @property
    def account(self) -> Account | None:
        """What became of every trigger of the last recording, once it is stopped; ``print`` shows a table."""
        return self._account

    # -- what subclasses know -----------------------------------------------------------------------------

    @property
    def rate(self) -> float:
        """Frames a second (Hz) to be expected."""
        raise NotImplementedError

    def _period_ns(self, armed: Armed) -> int | None:
        """From pulse to pulse, where that is known for sure."""
        raise NotImplementedError

    def _last_trigger(self, run: Run) -> int | None:
        """Number of the last pulse there was; None where nobody knows."""
        raise NotImplementedError

    # -- the beginning ------------------------------------------------------------------------------------

    def _attend(self, run: Run, plan: Plan | None) -> None:
        """Have somebody who notes the frames: a writer, or a timekeeper where nothing is written."""
        if plan is None:
            run.keeper = Timekeeper(self._source.address, run.armed.published)
            return
        older = []
        if plan.options.overwrite:
            spills = plan.options.spill_folder
            older = older_files(plan.path, spills=None if spills is None else pathlib.Path(spills))
        self._begin_callbacks(self._spec(plan, run))
        assert self._callbacks.files is not None
        run.take = self._begin_take(plan, run, self._callbacks.files.main_spec())
        second = self._callbacks.files.second_spec()
        if second is not None:
            run.second = self._begin_take(plan, run, second)
        remove(
            older,
            [
                *run.callbacks.logs,
                *(path for take in (run.take, run.second) if take for path in take.own_files),
            ],
        )

    def _begin_callbacks(self, spec: WriterSpec) -> CallbackFiles:
        """What the callbacks add to a recording that is about to be made."""
        run = self._run
        assert run is not None
        self._callbacks.files = CallbackFiles(self._callbacks.running, spec)
        return self._callbacks.files

    def _forget_callbacks(self) -> None:
        self._callbacks.files = None

    def _begin_take(self, plan: Plan, run: Run, spec: WriterSpec) -> Take:
        """A recording whose writer is ready."""
        assert self._callbacks.files is not None
        camera = self._describe(run, spec)
        if spec.returned:
            camera = camera.replace(callback=self._callbacks.files.returned_by)
        take = Take(
            plan, spec, camera, (self.info.sdk, self.info.sdk_version), self._callbacks.files.host(spec)
        )
        self._callbacks.files.watch(take.recorder)
        return take

    def _spec(self, plan: Plan, run: Run) -> WriterSpec:
        """What the writer is told."""
        armed = run.armed
        roi = self.roi
        held = math.ceil((plan.pre_trigger or 0.0) * self.rate)
        return WriterSpec(
            address=self._source.address,
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
            settings={
                **run.cache,
                "requested_framerate": self.requested_framerate,
                "nodes": self.settings(),
            },
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
        if self._callbacks.files is not None:
            self._callbacks.files.drop()
        run.take = run.second = self._callbacks.files = None
        run.keeper = None

    def _depth(self, plan: Plan | None) -> int:
        """Frames of memory to be armed with.

        As many for a camera without a recording: it then need not be armed anew for one, which switches its
        lines and so may look like a pulse.
        """
        payload = self._ask("node_get", "PayloadSize")
        pre_trigger = plan.pre_trigger if plan is not None else None
        return depth(int(payload), self.rate, pre_trigger=pre_trigger, available=spare_memory())

    def _mark_back(self, run: Run, pulses: Pulses) -> int:
        """Begin this camera's file as far back as was asked for; gives the trigger that it begins with."""
        assert run.take is not None
        assert self._frames.reader is not None
        mark = mark_back(self._frames.reader, run.armed, pulses, run.take.plan.pre_trigger or 0.0, self.rate)
        run.begun = True
        self._begin_files(run, mark)
        return mark.trigger

    def _begin_files(self, run: Run, mark: Mark) -> None:
        """Have the recording, and that of what a callback returned, begin there."""
        for take in (run.take, run.second):
            if take is not None:
                if self._callbacks.files is not None:
                    self._callbacks.files.before_the_beginning(take.recorder.spec, mark.index)
                take.begin(mark)

    # -- the end ------------------------------------------------------------------------------------------

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
        callbacks = self._callbacks.files
        if callbacks is not None and not callbacks.waited:
            callbacks.before_the_end(None if run.tally is None else run.tally.published)
            run.events += callbacks.events
        how: dict[str, Any] = {
            "last_trigger": self._last_trigger(run),
            "begun": run.begun,
            "failure": run.failure,
            "clocks": run.clocks,
            "pulse": run.pulse,
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
        if self._callbacks.files is None:
            return
        if run.take is not None and run.take.account is None:
            self._callbacks.files.drop()  # nothing was recorded
        else:
            self._callbacks.files.after_the_end(run.clocks)
        self._callbacks.files = None
