"""The first pulse of a box on the clock of a camera: it proves that the camera did not miss that pulse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.clockfit import BELIEVABLE_PPM
from llpyspin.recording.intervals import NEAR
from llpyspin.recording.session import Pulse
from llpyspin.roles import span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.rig.boxes.contract import FirstPulse
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.roles import Armed, ClockSample

__all__ = ["first_pulse_at", "pulse_seen"]


def first_pulse_at(run: RigRun, member: Member) -> Pulse | None:
    """The first pulse of the run's box as the camera sees it; None where that is not certain."""
    first = None if run.box is None else run.box.first
    stint = member.stint
    if first is None or stint is None or member.stints != 1 or not run.period_ns:
        return None
    pulse_us = None if run.box is None else run.box.record.pulse_us
    return pulse_seen(first, member.clocks, stint.armed, run.period_ns, pulse_us)


def pulse_seen(
    first: FirstPulse,
    clocks: Sequence[ClockSample],
    armed: Armed,
    period_ns: int,
    pulse_us: float | None = None,
) -> Pulse | None:
    """The same, by readings of the camera's clock from before and after.

    None where all that is not certain adds up to half of what tells a pulse from the next one.
    """
    span = span_of(armed.timing, armed.exposure_us, None, pulse_us, period_ns / 1e3)
    if span is None or not clocks:
        return None
    camera_ns, unsure_ns = _on_clock(first.host_ns, clocks)
    unsure_ns += first.unsure_ns + round(span.unsure_us * 1e3)
    if unsure_ns > period_ns * NEAR / 2:
        return None
    return Pulse(camera_ns + round(span.middle_us * 1e3), 0, by_box=True)


def _on_clock(host_ns: int, clocks: Sequence[ClockSample]) -> tuple[int, int]:
    """A moment of the host on the camera's clock, and how far off that may be, in ns."""
    before = [each for each in clocks if each.host_ns <= host_ns]
    after = [each for each in clocks if each.host_ns > host_ns]
    if before and after:  # in between, whatever the drift is
        one, two = before[-1], after[0]
        share = (host_ns - one.host_ns) / (two.host_ns - one.host_ns)
        passed = round(share * (two.camera_ns - one.camera_ns))
        return one.camera_ns + passed, max(one.uncertainty_ns, two.uncertainty_ns)
    near = before[-1] if before else after[0]
    since_ns = host_ns - near.host_ns
    return near.camera_ns + since_ns, near.uncertainty_ns + round(abs(since_ns) * BELIEVABLE_PPM * 1e-6)
