"""The pulses of a primary: it gives them itself."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from llpyspin.recording.marking import PulseTrain
from llpyspin.sync.following import LeaderPulses
from llpyspin.sync.pulses import MOST_S, late_s, most_exposures, newest_pulse
from llpyspin.sync.station import stations

if TYPE_CHECKING:
    from llpyspin.recording.numbering import Anchor
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.session import Pulse
    from llpyspin.roles import Armed, ClockSample, PulseTiming, Tally
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.sync.run import Run
    from llpyspin.sync.station import Station

__all__ = ["OwnPulses"]

logger = logging.getLogger("llpyspin")


class OwnPulses:
    """See :class:`llpyspin.sync.run.Pulses`, and :class:`llpyspin.sync.following.Leader`.

    Attributes
    ----------
    history : deque of (int, int)
        When pulses began (host's monotonic clock, ns), and how many there were in that run.
    last : (int, ClockSample) or None
        Number of the last pulse of the last run in the history, and when it was.
    timing : PulseTiming or None
        How its pulses stood to its exposures in that run.
    """

    def __init__(self, acquisition: Acquisition) -> None:
        self.history: deque[tuple[int, int]] = deque(maxlen=1000)
        self.last: tuple[int, ClockSample] | None = None
        self.timing: PulseTiming | None = None
        self._acquisition = acquisition

    @property
    def rate(self) -> float:
        """Frames a second (Hz) that come of frame rate and exposure together."""
        armed = self._acquisition.armed
        return (
            armed.framerate
            if armed is not None
            else float(self._acquisition.ask("get", "resulting_framerate"))
        )

    def period_ns(self, armed: Armed | None) -> int | None:
        return None if armed is None else armed.period_ns

    def check(self, run: Run, plan: Plan | None) -> None:
        """It follows itself."""

    def anchor(self, run: Run, period_ns: int | None) -> Anchor | None:
        return None

    def newest(self, run: Run | None) -> tuple[int, ClockSample] | None:
        return None if run is None else newest_pulse(self._acquisition, run.fired_ns)

    def timing_now(self, run: Run | None) -> PulseTiming | None:
        """How its pulses stand to its exposures; None before it was armed."""
        return self.timing if run is None else run.armed.timing

    def exposure_us(self) -> float | None:
        """How long its pulses are, while the camera is open."""
        source = self._acquisition.source
        exposure = self._acquisition.value_of("exposure") if source.is_open else None
        return None if exposure is None else float(exposure)

    def pulse_us(self) -> float | None:
        return None

    def _followers(self) -> list[Station]:
        """The cameras of this process that are primed for these pulses."""
        return [
            station
            for station in stations()
            if station.run is not None
            and isinstance(station.pulses, LeaderPulses)
            and (leader := station.pulses.leader()) is not None
            and leader.pulses is self
        ]

    # -- from being primed to the first pulse -------------------------------------------------------------

    def primed(self, run: Run, *, anew: bool, since_ns: int) -> None:
        if anew:
            for follower in self._followers():
                assert isinstance(follower.pulses, LeaderPulses)
                follower.pulses.leader_was_armed(follower, run.armed, since_ns)
        if run.take is not None and run.take.waits:
            self._fire(run)

    def trigger(self, run: Run) -> None:
        if run.begun:
            logger.info("camera is already triggered")
            return
        followers = self._followers()
        for follower in followers:
            assert follower.run is not None
            follower.run.check_follows(run.armed.framerate, records=follower.run.take is not None)
        if run.fired_ns is None:
            self._fire(run)
        run.begun = True
        if run.take is not None and run.take.waits:
            train = PulseTrain(run.fired_ns, run.armed.period_ns)
            first = run.mark_back(train)
            for follower in followers:
                if follower.run is not None:
                    follower.run.mark(first, train)

    def _fire(self, run: Run) -> None:
        run.fired_ns = time.monotonic_ns()  # in case that the answer is not waited for
        run.fired_ns = self._acquisition.fire()

    # -- the end ------------------------------------------------------------------------------------------

    def cease(self, run: Run) -> None:
        if run.fired_ns is not None:
            run.held_ns = self._acquisition.hold()

    def await_last(self, run: Run) -> Tally:
        acquisition = self._acquisition
        counted = acquisition.tally()
        if run.fired_ns is None:
            return counted
        counted = acquisition.drain(late_s(run.armed), late_s(run.armed) + MOST_S, counted.exposures)
        run.pulses = counted.exposed(most_exposures(acquisition, run.fired_ns, run.held_ns))
        self.timing = run.armed.timing
        self.history.append((run.fired_ns, run.pulses))
        self.last = self.newest(run)
        return counted

    def last_trigger(self, run: Run) -> int | None:
        return run.pulses - 1 if run.pulses else None

    def last_pulse(self, run: Run) -> Pulse | None:
        return None
