"""One run of a single camera, without a rig, from being primed to its account; and its pulses."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, SettingError, SettingRangeError
from llpyspin.recording.aside import overwritten
from llpyspin.recording.marking import mark_at, mark_back
from llpyspin.recording.take import StillWriting, Take
from llpyspin.recording.timekeeper import Timekeeper, milliseconds
from llpyspin.settings.applying import is_slower
from llpyspin.sync.describing import camera_record, writer_spec
from llpyspin.sync.length import cut_to
from llpyspin.sync.linestatus import check_line_status
from llpyspin.sync.pulses import LATE_S, LOOK_S

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.callbacks.recorded import CallbackFiles
    from llpyspin.recording.account.account import Account
    from llpyspin.recording.marking import Mark, PulseTrain
    from llpyspin.recording.numbering import Anchor
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.session import CameraRecord, Pulse
    from llpyspin.roles import Armed, ClockSample, Tally
    from llpyspin.sync.acquisition import Acquisition

__all__ = ["Pulses", "Run"]

logger = logging.getLogger("llpyspin")


class Pulses(Protocol):
    """The pulses that a camera sends or receives."""

    @property
    def rate(self) -> float:
        """Pulses a second (Hz) to be expected."""

    def period_ns(self, armed: Armed | None) -> int | None:
        """From pulse to pulse, if that is certain; ``armed``: None before the camera is armed."""

    def check(self, run: Run, plan: Plan | None) -> None:
        """Called before a recording starts: refuse pulses that the camera cannot follow."""

    def anchor(self, run: Run, period_ns: int | None) -> Anchor | None:
        """A trigger and when it was on this camera's clock, for one that was primed late."""

    def primed(self, run: Run, *, anew: bool, since_ns: int) -> None:
        """Called when the camera is primed; ``anew``: its lines were switched, since then."""

    def trigger(self, run: Run) -> None:
        """What ``trigger()`` does."""

    def cease(self, run: Run) -> None:
        """Expose no further frame, as far as this camera decides that."""

    def await_last(self, run: Run) -> Tally:
        """Wait until the frames under way have come; return what was counted then."""

    def pulse_us(self) -> float | None:
        """How long the pulses are that the camera gets, where that is known."""

    def last_trigger(self, run: Run) -> int | None:
        """Number of the last pulse; None if that is not known."""

    def last_pulse(self, run: Run) -> Pulse | None:
        """The last pulse on this camera's clock, if the primary has reported it."""


class Run:
    """What happens between priming and stopping, and how far the end has come, if that was interrupted.

    Parameters
    ----------
    acquisition : Acquisition
        It is armed.
    pulses : Pulses

    Attributes
    ----------
    armed : Armed
    take, second : Take or None
        The recording, and that of what a callback returned beside what the camera gave.
    fired_ns : int or None
        Of a primary: since when it gives pulses (host's monotonic clock).
    held_ns : int or None
        When that ended.
    begun : bool
        Whether it was triggered, as the user sees it.
    since_ns : int
        Pulses from then on are this run's.
    late, ceased, cut : bool
        Whether pulses came already when it was armed; whether it gives none any more; whether it was
        stopped while they came.
    pulses : int or None
        How many there were, as far as is known.
    tally : Tally or None
        What was counted, once the stream has ended.
    failure : LlpyspinError or None
        How the camera failed.
    only : int or None
        The files are to have this many triggers and no more.
    """

    def __init__(self, acquisition: Acquisition, pulses: Pulses) -> None:
        assert acquisition.armed is not None
        self.armed: Armed = acquisition.armed
        self.take: Take | None = None
        self.second: Take | None = None
        self.fired_ns: int | None = None
        self.held_ns: int | None = None
        self.begun = False
        self.since_ns = time.monotonic_ns()
        self.late = False
        self.ceased = False
        self.cut = False
        self.pulses: int | None = None
        self.tally: Tally | None = None
        self.failure: LlpyspinError | None = None
        self.only: int | None = None
        self.clocks: tuple[ClockSample, ...] = ()
        self._acquisition = acquisition
        self._pulses = pulses
        self._keeper: Timekeeper | None = None
        self._counted: Tally | None = None  # before the stream was ended
        self._pulse: Pulse | None = None
        self._finished = False
        self._events: list[tuple[str, str]] = []  # kind and text of what the account is to tell

    @property
    def name(self) -> str:
        return self._acquisition.source.name

    @property
    def account(self) -> Account | None:
        """Of the recording, once it is finished."""
        return None if self.take is None else self.take.account

    # -- who can follow -----------------------------------------------------------------------------------

    def why_not_follow(self, rate: float) -> str:
        """Why the camera cannot expose with each of so many pulses a second (Hz); empty if it can."""
        pulse_us, armed = self._pulses.pulse_us(), self.armed
        most = armed.most_with(pulse_us)
        if not is_slower(most, rate):
            return ""
        exposure_us = pulse_us if armed.exposure_us is None else armed.exposure_us
        overlap = " and TriggerOverlap Off" if armed.lines.overlap == "Off" else ""
        return (
            f"{self.name} cannot follow {rate:.5g} fps: with its exposure of {exposure_us or 0.0:g} us"
            f"{overlap} and its image size {most:.5g} fps is the maximum"
        )

    def check_follows(self, rate: float, *, records: bool) -> None:
        """Warn of pulses that come too fast; refuse them for a recording."""
        why_not = self.why_not_follow(rate)
        if why_not and records:
            raise SettingRangeError(why_not, setting="framerate", value=rate)
        if why_not:
            logger.warning("%s", why_not)

    def be_late(self, leader: str, missed: int) -> None:
        """Pulses came before this camera was primed."""
        self.late = True
        first = f"the frames of its first triggers, about {missed}, are missing"
        text = f"primed after {leader} was triggered: {first}"
        logger.warning("%s was %s", self.name, text)
        self._events.append(("late", text))

    def cut_off(self, how: str) -> None:
        """The camera is stopped while pulses come."""
        text = f"{how}: the frames of all later triggers are missing"
        logger.warning("%s is %s", self.name, text)
        self._events.append(("stopped", text))
        self.cut = True

    # -- the beginning ------------------------------------------------------------------------------------

    def attend(self, plan: Plan | None) -> None:
        """Start what notes the frames: a writer, or a timekeeper if nothing is recorded."""
        self._pulses.check(self, plan)
        acquisition = self._acquisition
        if plan is None:
            self._keeper = Timekeeper(acquisition.address, self.armed.published)
            return
        check_line_status(acquisition, plan.options)
        if not plan.options.overwrite:
            self._begin_takes(plan)
            return
        with overwritten(plan.path, plan.options.spill_folder):
            try:
                self._begin_takes(plan)
            except BaseException:
                self.drop()
                raise

    def _begin_takes(self, plan: Plan) -> None:
        files = self._acquisition.callbacks.begin_files(self._spec(plan))
        self.take = self._begin_take(plan, files, files.main_spec())
        self.take.sample()
        second = files.second_spec()
        if second is not None:
            self.second = self._begin_take(plan, files, second)
            self.second.beside = self.take

    def _begin_take(self, plan: Plan, files: CallbackFiles, spec: WriterSpec) -> Take:
        """Start a recording and wait until its writer is ready."""
        info, camera = self._acquisition.info, self._describe(spec)
        camera = camera.replace(callback=files.returned_by) if spec.returned else camera
        with self._acquisition.explaining():
            take = Take(plan, spec, camera, (info.sdk, info.sdk_version), files.host(spec))
        files.watch(take.recorder)
        return take

    def _spec(self, plan: Plan) -> WriterSpec:
        """The settings of the writer."""
        rate, period_ns = self._pulses.rate, self._pulses.period_ns(self.armed)
        return writer_spec(
            self._acquisition,
            self.armed,
            plan.path,
            plan.options,
            rate,
            nickname=self.name,
            period_ns=period_ns,
            hold=bool(plan.pre_trigger),
            held=math.ceil((plan.pre_trigger or 0.0) * rate),
            anchor=self._pulses.anchor(self, period_ns),
        )

    def _describe(self, spec: WriterSpec) -> CameraRecord:
        """The camera, as described in the JSON file beside the video."""
        self._read_clock()
        acquisition, picture = self._acquisition, dataclasses.asdict(spec.picture)
        return camera_record(acquisition, self.armed, self.name, acquisition.described(), picture)

    def _read_clock(self) -> None:
        sample = self._acquisition.clock()
        if sample is not None:
            self.clocks += (sample,)

    def drop(self) -> None:
        """Forget a recording, or a timekeeper, that has nothing yet."""
        for take in (self.take, self.second):
            if take is not None:
                take.discard()
        callbacks = self._acquisition.callbacks
        if callbacks.files is not None:
            callbacks.files.drop()
        self.take = self.second = callbacks.files = None
        self._keeper = None

    # -- after a pre-trigger ------------------------------------------------------------------------------

    def mark_back(self, train: PulseTrain) -> int:
        """Begin this camera's file as far back as requested; return the trigger that it begins with."""
        take, reader = self.take, self._acquisition.reader
        assert take is not None
        assert reader is not None
        armed = self._acquisition.began()
        mark = mark_back(reader, armed, train, take.plan.pre_trigger or 0.0, self._pulses.rate)
        self._begin_files(mark)
        return mark.first

    def mark(self, trigger: int, train: PulseTrain) -> None:
        """Begin the file, where it waits for that, with the frame of this trigger."""
        reader = self._acquisition.reader
        if self.take is None or not self.take.waits or reader is None:
            return
        armed = self._acquisition.began()
        mark = mark_at(reader, armed, train, trigger)
        deadline = Deadline(LATE_S)
        while reader.newest < mark.index and not deadline.passed:
            time.sleep(LOOK_S)  # the frame is on its way
            mark = mark_at(reader, armed, train, trigger)
        self._begin_files(mark._replace(index=min(mark.index, reader.newest + 1)))

    def _begin_files(self, mark: Mark) -> None:
        """Have the recording, and that of what a callback returned, begin there."""
        self.begun = True
        files = self._acquisition.callbacks.files
        for take in (self.take, self.second):
            if take is not None:
                if files is not None:
                    files.before_the_beginning(take.recorder.spec, mark.index)
                take.begin(mark)

    # -- the end ------------------------------------------------------------------------------------------

    def end(self) -> None:
        """End the acquisition, or what is left of that if an earlier call was interrupted.

        How the camera failed is in :attr:`failure` then.
        """
        if self.tally is None and self.failure is None:
            try:
                self._end()
            except LlpyspinError as error:
                self.failure = error

    def _end(self) -> None:
        if not self.ceased:
            self._pulses.cease(self)
            self.ceased = True
        if self._counted is None:
            self._counted = self._pulses.await_last(self)
        if self.take is not None:
            self._read_clock()
        try:
            self.tally = self._acquisition.disarm_only()
        except SettingError:  # not armed any more: the stop() that was interrupted had come so far
            self.tally = self._counted
        self._pulse = self._pulses.last_pulse(self)

    def settle(self, timeout: float | None, *, show: bool) -> npt.NDArray[np.float64]:
        """Have the file finished, or the timestamps gathered."""
        if not self._finished:
            self._finish()
            self._finished = True
        if self.take is not None:
            return self._settle_takes(self.take, timeout, show=show)
        keeper = self._keeper
        if keeper is None:
            return np.empty(0)
        stamps = milliseconds(keeper.finish())
        if keeper.failure is not None:
            logger.warning(
                "%s: timestamps after frame %d are missing: %s", self.name, len(stamps), keeper.failure
            )
        if keeper.missing:
            text = "%s: the timestamps of %d frames were lost, because this program was too busy"
            logger.warning(text, self.name, keeper.missing)
        return stamps

    def _finish(self) -> None:
        """See what became of those that belong to the camera."""
        finish = self._acquisition.finish(self.tally)
        self._events += finish.events
        self.failure = self.failure or finish.failure
        if self.tally is not None and finish.tally is not None:
            self.tally = finish.tally

    def _settle_takes(self, take: Take, timeout: float | None, *, show: bool) -> npt.NDArray[np.float64]:
        """The same for a recording, and for that of what a callback returned beside it."""
        tally, last = cut_to(self, self._pulses.last_trigger(self), self._acquisition.reader)
        files = self._acquisition.callbacks.files
        if files is not None and not files.waited:
            files.before_the_end(None if tally is None else tally.published)
            self._events += files.events
        how: dict[str, Any] = {
            "last_trigger": last,
            "begun": self.begun,
            "failure": self.failure,
            "clocks": self.clocks,
            "pulse": self._pulse,
            "events": self._events,
            "timeout": timeout,
            "show": show,
        }
        try:
            try:
                stamps = take.settle(tally, **how)
            finally:
                if self.second is not None:
                    self.second.settle(tally, **how)
        except StillWriting:
            raise
        except (LlpyspinError, OSError):
            self.end_callbacks(keep=take.account is not None)
            raise
        self.end_callbacks(keep=take.account is not None)
        return stamps

    def end_callbacks(self, *, keep: bool) -> None:
        """End what callbacks add to the recording; ``keep`` it, unless nothing was recorded."""
        callbacks = self._acquisition.callbacks
        files, callbacks.files = callbacks.files, None
        if files is not None and keep:
            files.after_the_end(self.clocks)
        elif files is not None:
            files.drop()

    def give_up(self) -> None:
        """The camera could not be primed: leave nothing behind, as far as it answers."""
        with contextlib.suppress(LlpyspinError):
            self.drop()
            self._acquisition.disarm()
