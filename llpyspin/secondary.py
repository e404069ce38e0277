"""SecondaryCamera: a camera that takes a frame with each pulse on its input line."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
import weakref
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llpyspin.camera.camera import DEFAULT_BINSIZE, DEFAULT_EXPOSURE
from llpyspin.errors import SettingRangeError
from llpyspin.reading.limits import READ_S
from llpyspin.recording.clockfit import BELIEVABLE_PPM
from llpyspin.recording.marking import Pulses
from llpyspin.recording.numbering import Anchor
from llpyspin.recording.plan import is_number, plan_of
from llpyspin.recording.session import Pulse
from llpyspin.roles import Span, span_of
from llpyspin.sync.camera import (
    LATE_S,
    SynchronisedCamera,
    late_s,
    primaries,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.plan import Plan
    from llpyspin.roles import Armed, ClockSample, Lines, Tally
    from llpyspin.sync.acquisition import Run

__all__ = ["SecondaryCamera"]

logger = logging.getLogger("llpyspin")

MOST_S = 2.0  # for frames under way, or for pulses that do not cease
PERIODS = 3  # without a pulse after which they have ceased
ANCHOR_SHARE = 0.1  # of a period; readings of two clocks that are less certain tell no triggers apart
ELSEWHERE = ("framerate", "exposure")
FIRST = {"binsize": DEFAULT_BINSIZE, "roi": None}


class SecondaryCamera(SynchronisedCamera):
    """A camera that takes a frame with each pulse: of a :class:`PrimaryCamera`, or of any other source.

    It is primed, and so waits for pulses, as soon as it is open.  ``framerate`` and ``exposure`` read None
    and cannot be set: the pulses give the rate, and how long to expose is for the constructor to say.

    Parameters
    ----------
    device, binsize, roi, color, sdk, strict, serial_number, device_index, dummy
        As in :class:`llpyspin.camera.camera.Camera`.
    exposure : float, optional
        Exposure time in microseconds: each pulse begins an exposure, which the camera itself times.  Default
        1500.
    primary : PrimaryCamera or None, optional
        The camera that gives the pulses, by which rates are compared and missing frames are told.  By default
        the one :class:`PrimaryCamera` that is open in this program, if it is the only one; None: something
        else gives them.
    nickname : str
        A name for messages; default "secondary-camera".
    lines, primed, timeout, buffersize
        As in :class:`llpyspin.primary.PrimaryCamera`.

    Examples
    --------
    >>> from llpyspin.primary import PrimaryCamera
    >>> with PrimaryCamera("12345678", sdk="virtual") as primary:
    ...     with SecondaryCamera("87654321", sdk="virtual") as secondary:
    ...         primary.trigger()
    ...         ok, image = secondary.read()
    ...         pulses, frames = len(primary.stop()), len(secondary.stop())
    >>> ok, frames == pulses
    (True, True)
    """

    kind = "secondary"

    def __init__(
        self,
        device: int | str | None = None,
        *,
        exposure: float | None = None,
        primary: SynchronisedCamera | Literal["auto"] | None = "auto",
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
        if not (primary is None or primary == "auto" or getattr(primary, "kind", None) == "primary"):
            raise TypeError(f"primary is a PrimaryCamera or None, not {primary!r}")
        self._alone = primary is None
        self._named = weakref.ref(primary) if isinstance(primary, SynchronisedCamera) else None
        self._exposure = exposure
        self._expected: float | None = None
        super().__init__(
            device,
            binsize=binsize,
            roi=roi,
            color=color,
            sdk=sdk,
            nickname=nickname,
            strict=strict,
            lines=lines,
            primed=primed,
            timeout=timeout,
            buffersize=buffersize,
            serial_number=serial_number,
            device_index=device_index,
            dummy=dummy,
        )

    # -- what the pulses give -----------------------------------------------------------------------------

    def assign(self, name: str, value: Any) -> bool:
        if name in ELSEWHERE:
            logger.warning("%s is set by the primary camera", name)
            return False
        return super().assign(name, value)

    def value_of(self, name: str) -> Any:
        return None if name in ELSEWHERE else super().value_of(name)

    def _apply_first(self) -> None:
        first = {name: value for name, value in self._first.items() if name not in ELSEWHERE}
        if self._exposure is not None:
            first = {"exposure": self._exposure, **first}
        refused = self._put_all(first)
        self._put_all({name: FIRST[name] for name in refused if name not in ELSEWHERE})
        if self._exposure is None or "exposure" in refused:
            self._ask("fit", "exposure", int(DEFAULT_EXPOSURE))

    def _after(self, names: Iterable[str]) -> None:
        """Pulses give the rate, and whether the camera can follow them is found out when it is primed."""

    # -- priming ------------------------------------------------------------------------------------------

    def prime(
        self,
        path: str | os.PathLike[str] | None = None,
        framerate: float | None = None,
        *,
        pre_trigger: float | None = None,
        codec: str | None = None,
        quality: float | None = None,
        overflow: str | None = None,
        fill: bool | None = None,
        overwrite: bool | None = None,
        segment_seconds: float | None = None,
        segment_bytes: int | None = None,
        options: Mapping[str, Any] | None = None,
        spill_folder: str | None = None,
        backend: str | None = None,
        bitrate: float | None = None,
        timeout: float | None = None,
        primary_camera_framerate: float | None = None,
    ) -> None:
        """Make ready for pulses: lock the settings and, with a path, start the writer.

        As :meth:`PrimaryCamera.prime <llpyspin.primary.PrimaryCamera.prime>`, which has the other parameters
        and the errors.  Prime secondaries before the primary is triggered.

        Parameters
        ----------
        framerate : float, optional
            Pulses a second (Hz), where the program does not know the primary: the video declares it, and a
            pulse without a frame is noticed.  One that the camera cannot follow is refused.
        primary_camera_framerate : float, optional
            The same, as parallel-pyspin 1.0 called it.
        """
        plan = plan_of(
            path,
            pre_trigger=pre_trigger,
            codec=codec,
            quality=quality,
            overflow=overflow,
            fill=fill,
            overwrite=overwrite,
            segment_seconds=segment_seconds,
            segment_bytes=segment_bytes,
            options=options,
            spill_folder=spill_folder,
            backend=backend,
            bitrate=bitrate,
            timeout=timeout,
        )
        rate = _rate_of(framerate, primary_camera_framerate)
        self._in_turn(lambda: self._expect_and_prime(rate, plan))

    @property
    def triggered(self) -> bool:
        """Whether pulses have come since the camera was primed."""
        run, reader = self._run, self._frames.reader
        return run is not None and reader is not None and reader.newest >= run.armed.published

    def trigger(self) -> None:
        """With ``pre_trigger``: begin the file, where no primary of this program does.

        Pulses are nothing that a secondary could begin: without ``pre_trigger`` this only says so.
        """
        self._in_turn(self._trigger)

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        """End the acquisition, once pulses have ceased; finish the recording.

        Stop the primary first.  While pulses come, this waits some periods, 2 s at most, and says that the
        frames of later ones will be missing.  Parameters, result and errors are those of
        :meth:`PrimaryCamera.stop <llpyspin.primary.PrimaryCamera.stop>`.
        """
        if self._run is None:
            logger.info("video acquisition is already stopped")
            return np.empty(0)
        stamps: npt.NDArray[np.float64] = self._in_turn(lambda: self._stop(timeout))
        return stamps

    # -- internals ----------------------------------------------------------------------------------------

    def _expect_and_prime(self, rate: float | None, plan: Plan | None) -> None:
        if rate is not None or self._run is None or plan is not None:
            self._expected = rate
        self._prime_or_say(plan)

    def leader_was_armed(self, rate: float, since_ns: int) -> None:
        run = self._run
        if run is None or self._pulses_of_leader(run) is not None:
            return
        why_not = self.why_not_follow(rate)
        first_ns = self._first_ns(run)
        if why_not:
            logger.warning("%s", why_not)  # trigger() refuses it, if this camera records
        elif first_ns is not None and first_ns < since_ns:
            logger.warning(
                "%s has taken %d frames before %s was triggered; prime() it again to begin anew",
                self.nickname,
                self.count_of_frames(),
                getattr(self.leader, "nickname", "the primary"),
            )
        elif first_ns is not None or (
            run.take is not None and run.take.period_ns != self._period_ns(run.armed)
        ):
            plan = None if run.take is None else run.take.plan
            self._in_turn(lambda: self._prime(plan))

    def _first_ns(self, run: Run) -> int | None:
        """When the first frame since arming came, on the host's clock; None before that."""
        reader = self._frames.reader
        info = None if reader is None else reader.journal(run.armed.published)
        return None if info is None else info.host_timestamp_ns

    def _attend(self, run: Run, plan: Plan | None) -> None:
        leader = self.leader
        if leader is not None and leader.fired_ns is not None and leader.fired_ns <= run.since_ns:
            self._be_late(run, leader)
        rate = self._expected or self._known_rate()
        if rate is not None:
            self.check_follows(rate, records=plan is not None)
        super()._attend(run, plan)

    def _be_late(self, run: Run, leader: SynchronisedCamera) -> None:
        run.late = True
        text = (
            f"primed after {leader.nickname} was triggered: the frames of its first triggers, about "
            f"{leader.count_of_frames()}, are missing"
        )
        logger.warning("%s was %s", self.nickname, text)
        run.events.append(("late", text))

    def _spec(self, plan: Plan, run: Run) -> WriterSpec:
        spec = super()._spec(plan, run)
        leader = self.leader
        anchor = self._anchor(run, leader, spec.period_ns) if run.late and leader is not None else None
        if anchor is None or leader is None or leader.fired_ns is None:
            return spec
        run.since_ns = leader.fired_ns  # all triggers of that run are accounted for, the first ones as lost
        return dataclasses.replace(spec, anchor=anchor)

    def _anchor(self, run: Run, leader: SynchronisedCamera, period_ns: int | None) -> Anchor | None:
        """A trigger of the primary and when that was on this camera's clock; None where nobody can tell."""
        pulse, own = leader.newest_pulse(), self.clock_or_none()
        return None if pulse is None or not own else self._seen(pulse, own[0], run.armed, period_ns)

    def _trigger(self) -> None:
        run = self._run
        if run is None:
            logger.warning("camera is not primed")
        elif run.take is not None and run.take.waits:
            self._mark_back(run, Pulses(None, None))
        else:
            logger.warning("%s is triggered by the pulses that it gets, not by trigger()", self.nickname)

    @property
    def leader(self) -> SynchronisedCamera | None:
        """The primary of this program whose pulses this camera takes, where that is known."""
        if self._alone:
            return None
        if self._named is not None:
            return self._named()
        found = primaries()
        return found[0] if len(found) == 1 else None

    def _known_rate(self) -> float | None:
        leader = self.leader
        return None if leader is None or not leader.isOpened() else leader.rate

    @property
    def rate(self) -> float:
        """Pulses a second (Hz) to be expected; without any knowledge, the most that the camera can follow."""
        run = self._run
        known = self._expected or self._known_rate()
        if known is not None:
            return known
        limit = run.armed if run is not None else self._ask("follow_limit", self._overlap)
        return float(limit.most_with(self._pulse_us()))

    @property
    def _overlap(self) -> str:
        return "ReadOut" if self._lines is None else self._lines.overlap

    def _pulse_us(self) -> float | None:
        """How long the pulses are, where the camera that gives them is known: its exposures."""
        leader = self.leader
        exposure = None if leader is None or not leader.isOpened() else leader.exposure
        return None if exposure is None else float(exposure)

    def _period_ns(self, armed: Armed) -> int | None:
        del armed
        rate = self._expected or self._known_rate()
        return None if rate is None else round(1e9 / rate)

    def _cease(self, run: Run) -> None:
        leader = self.leader
        if leader is not None and leader.fired_ns is not None and self.count_of_frames():
            self._cut(run, f"stopped before {leader.nickname}")

    def _cut(self, run: Run, how: str) -> None:
        text = f"{how}: the frames of all later triggers are missing"
        logger.warning("%s is %s", self.nickname, text)
        run.events.append(("stopped", text))
        run.cut = True

    def _end(self, run: Run) -> None:
        super()._end(run)
        pulse = self._last_pulse_of_leader(run)
        if pulse is not None and run.clocks and not run.cut:
            seen = self._seen(pulse, run.clocks[-1], run.armed, self._period_ns(run.armed))
            run.pulse = None if seen is None else Pulse(seen.camera_timestamp_ns, seen.trigger)

    def _seen(
        self, pulse: tuple[int, ClockSample], clock: ClockSample, armed: Armed, period_ns: int | None
    ) -> Anchor | None:
        """What this camera says of a frame of a pulse of the primary; None where nobody can tell."""
        leader = self.leader
        giver = None if leader is None else leader.timing
        period_us = None if period_ns is None else period_ns / 1e3
        span = span_of(armed.timing, armed.exposure_us, giver, self._pulse_us(), period_us)
        if span is None:
            return None
        seen = _seen(pulse, clock, span, period_ns)
        if seen is None or armed.exposure_us is None:
            return seen
        return seen._replace(exposure_us=armed.exposure_us)

    def _last_pulse_of_leader(self, run: Run) -> tuple[int, ClockSample] | None:
        """The last pulse that the primary has given in this run; None where that is not known."""
        leader = self.leader
        if leader is None:
            return None
        runs = [fired_ns for fired_ns, _ in leader.history if fired_ns >= run.since_ns]
        return leader.last_pulse if len(runs) == 1 else None  # of several the pulses are counted on

    def _wait_for_the_last(self, run: Run) -> Tally:
        if run.cut:
            return self._tally()
        pulses = self._pulses_of_leader(run)
        if not self.count_of_frames():
            run.pulses = pulses
            return self._tally()
        if pulses is None:
            return self._wait_for_silence(run)
        run.pulses = pulses
        late = late_s(run.armed, self._pulse_us())
        return self._drain(late, late + MOST_S, None if run.late else pulses)

    def _wait_for_silence(self, run: Run) -> Tally:
        """Pulses come from somewhere else: wait until they cease, or not for ever."""
        quiet_s = min(late_s(run.armed) + PERIODS * self._observed_period_s(run), MOST_S)
        tally = self._drain(quiet_s, MOST_S)
        silent_s = (time.monotonic_ns() - (tally.last_host_ns or 0)) / 1e9
        if silent_s < quiet_s - LATE_S / 2:
            self._cut(run, "stopped while pulses still come")
        return tally

    def _pulses_of_leader(self, run: Run) -> int | None:
        """How many pulses the primary has given in this run; None where that is not known."""
        leader = self.leader
        if leader is None:
            return None
        given = [count for fired_ns, count in leader.history if fired_ns >= run.since_ns]
        return sum(given) if given else None

    def _last_trigger(self, run: Run) -> int | None:
        pulses = run.pulses
        if pulses is None and not run.late and run.tally is not None:
            pulses = run.tally.pulses  # as the camera itself has counted them at its input line
        return None if run.cut or not pulses else pulses - 1

    def _observed_period_s(self, run: Run) -> float:
        """Between the newest two frames, 0 where there are not two."""
        reader = self._frames.reader
        if reader is None or reader.newest <= run.armed.published:
            return 0.0
        newest, before = reader.journal(reader.newest), reader.journal(reader.newest - 1)
        if newest is None or before is None:
            return 0.0
        return max(0, newest.camera_timestamp_ns - before.camera_timestamp_ns) / 1e9


def _seen(
    pulse: tuple[int, ClockSample], clock: ClockSample, span: Span, period_ns: int | None
) -> Anchor | None:
    """A pulse on the clock of a camera, read since, that exposes with it.

    None where the clocks are not certain enough to tell it from the pulses before and after.
    """
    trigger, given = pulse
    since_ns = clock.host_ns - given.host_ns
    unsure_ns = (
        span.unsure_us * 1e3 + clock.uncertainty_ns + given.uncertainty_ns + since_ns * BELIEVABLE_PPM * 1e-6
    )
    if not period_ns or unsure_ns > ANCHOR_SHARE * period_ns:
        return None
    return Anchor(clock.camera_ns - since_ns + round(span.middle_us * 1e3), trigger)


def _rate_of(framerate: float | None, alias: float | None) -> float | None:
    if framerate is not None and alias is not None:
        raise TypeError("give framerate or primary_camera_framerate, not both")
    rate = framerate if framerate is not None else alias
    if rate is None:
        return None
    if not is_number(rate) or not 0 < rate < math.inf:
        raise SettingRangeError(
            f"framerate is a number of pulses a second above 0, not {rate!r}", setting="framerate", value=rate
        )
    return float(rate)
