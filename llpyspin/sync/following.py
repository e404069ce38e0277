"""Pulses that trigger a secondary: from a primary of this program, if one is known, or from elsewhere.

What happens when a secondary misses its first pulse: :mod:`llpyspin.recording.account.firstpulse`.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from llpyspin.recording.clockfit import BELIEVABLE_PPM
from llpyspin.recording.marking import PulseTrain
from llpyspin.recording.numbering import Anchor
from llpyspin.recording.session import Pulse
from llpyspin.roles import span_of
from llpyspin.sync.pulses import LATE_S, MOST_S, late_s
from llpyspin.sync.station import primaries, stations

if TYPE_CHECKING:
    import weakref
    from typing import Protocol

    from llpyspin.frames import FrameInfo
    from llpyspin.recording.plan import Plan
    from llpyspin.roles import Armed, ClockSample, PulseTiming, Span, Tally
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.sync.run import Run
    from llpyspin.sync.station import Station

    class Leader(Protocol):
        """What a secondary needs to know about the primary's pulses."""

        history: list[tuple[int, int]]
        last: tuple[int, ClockSample] | None

        @property
        def rate(self) -> float: ...

        def timing_now(self, run: Run | None) -> PulseTiming | None: ...

        def exposure_us(self) -> float | None: ...

        def newest(self, run: Run | None) -> tuple[int, ClockSample] | None: ...


__all__ = ["LeaderPulses", "recording_followers"]

logger = logging.getLogger("llpyspin")

PERIODS = 3  # without a pulse after which they have ceased
ANCHOR_SHARE = 0.1  # of a period; readings of two clocks that are less certain tell no triggers apart


class LeaderPulses:
    """See :class:`llpyspin.sync.run.Pulses`.

    Parameters
    ----------
    acquisition : Acquisition
    named : weak reference to Station, optional
        The primary whose pulses it takes.
    alone : bool
        Whether no primary of this program gives them.

    Attributes
    ----------
    expected : float or None
        Pulses a second (Hz) that the user expects.
    """

    def __init__(self, acquisition: Acquisition, named: weakref.ref[Station] | None, *, alone: bool) -> None:
        self.expected: float | None = None
        self._acquisition = acquisition
        self._named = named
        self._alone = alone

    # -- whose they are -----------------------------------------------------------------------------------

    def leader(self) -> Station | None:
        """The primary of this program whose pulses this camera takes, where that is known."""
        if self._alone:
            return None
        if self._named is not None:
            return self._named()
        found = primaries()
        return found[0] if len(found) == 1 else None

    def _known_rate(self) -> float | None:
        leader = self.leader()
        return None if leader is None or not leader.is_open else leader.pulses.rate

    @property
    def rate(self) -> float:
        """Without any knowledge, the most that the camera can follow."""
        known = self.expected or self._known_rate()
        if known is not None:
            return known
        acquisition = self._acquisition
        limit = acquisition.armed if acquisition.armed is not None else acquisition.follow_limit()
        return float(limit.most_with(self.pulse_us()))

    def pulse_us(self) -> float | None:
        """How long the pulses are, if the primary is known: its exposure time."""
        leader = self.leader()
        return None if leader is None else _own(leader).exposure_us()

    def period_ns(self, armed: Armed | None) -> int | None:
        del armed
        rate = self.expected or self._known_rate()
        return None if rate is None else round(1e9 / rate)

    # -- from being primed to the first pulse -------------------------------------------------------------

    def check(self, run: Run, plan: Plan | None) -> None:
        leader = self.leader()
        fired_ns = None if leader is None else _fired_ns(leader)
        if leader is not None and fired_ns is not None and fired_ns <= run.since_ns:
            run.be_late(leader.name, leader.acquisition.count_of_frames())
        rate = self.expected or self._known_rate()
        if rate is not None:
            run.check_follows(rate, records=plan is not None)

    def anchor(self, run: Run, period_ns: int | None) -> Anchor | None:
        leader = self.leader()
        fired_ns = None if leader is None else _fired_ns(leader)
        if not run.late or leader is None or fired_ns is None:
            return None
        pulse, own = _own(leader).newest(leader.run), self._acquisition.clock()
        anchor = None if pulse is None or own is None else self._seen(pulse, own, run.armed, period_ns)
        if anchor is not None:
            run.since_ns = fired_ns  # all triggers of that run are accounted for, the first ones as lost
        return anchor

    def primed(self, run: Run, *, anew: bool, since_ns: int) -> None:
        """It waits."""

    def leader_was_armed(self, station: Station, leading: Armed, since_ns: int) -> None:
        """Called when the leader was primed.

        A leader that has switched its 3.3 V supply may have given a pulse with it.  The frame of that pulse
        may come at any time, so this camera is armed anew, whether the frame has come or not.

        Parameters
        ----------
        station : Station
            Of this camera.
        leading : Armed
            What the leader said; its rate may have changed.
        since_ns : int
            When priming the leader began, on the host's monotonic clock.  Frames since then come from
            switching its lines.
        """
        run = station.run
        if run is None or self._pulses_of_leader(run) is not None:
            return
        why_not, first = run.why_not_follow(leading.framerate), self._acquisition.first()
        if why_not:
            logger.warning("%s", why_not)  # trigger() refuses it, if this camera records
        elif first is not None and first.host_timestamp_ns < since_ns:
            leader = self.leader()
            logger.warning(
                "%s took %d frames before %s was triggered. Call prime() again to discard them",
                station.name,
                self._acquisition.count_of_frames(),
                "the primary" if leader is None else leader.name,
            )
        elif (
            leading.supply_switched
            or first is not None
            or (run.take is not None and run.take.period_ns != self.period_ns(run.armed))
        ):
            station.prime_again(None if run.take is None else run.take.plan, anew=leading.supply_switched)

    def trigger(self, run: Run) -> None:
        if run.take is not None and run.take.waits:
            run.mark_back(PulseTrain(None, None))
        else:
            logger.warning("%s is triggered by pulses, not by trigger()", self._acquisition.source.name)

    # -- the end ------------------------------------------------------------------------------------------

    def cease(self, run: Run) -> None:
        leader = self.leader()
        if leader is not None and _fired_ns(leader) is not None and self._acquisition.count_of_frames():
            run.cut_off(f"stopped before {leader.name}")

    def await_last(self, run: Run) -> Tally:
        acquisition = self._acquisition
        if run.cut:
            return acquisition.tally()
        pulses = self._pulses_of_leader(run)
        if not acquisition.count_of_frames():
            run.pulses = pulses
            return acquisition.tally()
        if pulses is None:
            return self._await_silence(run)
        run.pulses = pulses
        late = late_s(run.armed, self.pulse_us())
        return acquisition.drain(late, late + MOST_S, None if run.late else pulses)

    def _await_silence(self, run: Run) -> Tally:
        """Pulses come from somewhere else: wait until they cease, or not for ever."""
        quiet_s = min(late_s(run.armed) + PERIODS * self._observed_period_s(run), MOST_S)
        tally = self._acquisition.drain(quiet_s, MOST_S)
        silent_s = (time.monotonic_ns() - (tally.last_host_ns or 0)) / 1e9
        if silent_s < quiet_s - LATE_S / 2:
            run.cut_off("stopped while pulses are still coming")
        return tally

    def _observed_period_s(self, run: Run) -> float:
        """Between the newest two frames, 0 where there are not two."""
        reader = self._acquisition.reader
        if reader is None or reader.newest <= run.armed.published:
            return 0.0
        return _apart_s(reader.journal(reader.newest), reader.journal(reader.newest - 1))

    def _pulses_of_leader(self, run: Run) -> int | None:
        """How many pulses the primary has sent in this run; None if that is not known."""
        leader = self.leader()
        if leader is None:
            return None
        given = [count for fired_ns, count in _own(leader).history if fired_ns >= run.since_ns]
        return sum(given) if given else None

    def last_trigger(self, run: Run) -> int | None:
        pulses = run.pulses
        if pulses is None and not run.late and run.tally is not None:
            pulses = run.tally.pulses  # as the camera itself has counted them at its input line
        return None if run.cut or not pulses else pulses - 1

    def last_pulse(self, run: Run) -> Pulse | None:
        leader = self.leader()
        if leader is None or run.cut or not run.clocks:
            return None
        runs = [fired_ns for fired_ns, _ in _own(leader).history if fired_ns >= run.since_ns]
        pulse = _own(leader).last if len(runs) == 1 else None  # of several the pulses are counted on
        if pulse is None:
            return None
        seen = self._seen(pulse, run.clocks[-1], run.armed, self.period_ns(run.armed))
        return None if seen is None else Pulse(seen.camera_timestamp_ns, seen.trigger)

    def _seen(
        self, pulse: tuple[int, ClockSample], clock: ClockSample, armed: Armed, period_ns: int | None
    ) -> Anchor | None:
        """A pulse of the primary as a moment on this camera's clock; None if that is not known."""
        leader = self.leader()
        giver = None if leader is None else _own(leader).timing_now(leader.run)
        period_us = None if period_ns is None else period_ns / 1e3
        span = span_of(armed.timing, armed.exposure_us, giver, self.pulse_us(), period_us)
        seen = None if span is None else _seen(pulse, clock, span, period_ns)
        if seen is None or armed.exposure_us is None:
            return seen
        return seen._replace(exposure_us=armed.exposure_us)


def _own(leader: Station) -> Leader:
    """The pulses that a primary gives."""
    pulses: Leader = leader.pulses  # type: ignore[assignment]
    return pulses


def _fired_ns(leader: Station) -> int | None:
    """Since when the leader gives pulses (host's monotonic clock, ns); None: it does not."""
    run = leader.run
    return None if run is None or run.ceased else run.fired_ns


def _apart_s(newest: FrameInfo | None, before: FrameInfo | None) -> float:
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


def recording_followers(primary: Station) -> list[Station]:
    """The secondaries of this program that take the pulses of a primary and have a recording."""
    found = []
    for each in stations():
        pulses, run = each.pulses, each.run
        records = run is not None and run.take is not None
        if records and isinstance(pulses, LeaderPulses) and pulses.leader() is primary:
            found.append(each)
    return found
