"""Which trigger is which on the clock of a camera that came back: by another camera, or by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.errors import CameraClosedError
from llpyspin.recording.intervals import between
from llpyspin.recording.numbering import Anchor
from llpyspin.rig.member import CERTAIN

if TYPE_CHECKING:
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.roles import ClockSample

__all__ = [
    "LastPulse",
    "anchor_of",
    "is_sure",
    "last_pulse_of",
    "note_lags",
    "observed_period_ns",
    "reference_for",
]


@dataclass(frozen=True)
class LastPulse:
    """The last pulse that a camera saw before it was lost, on the host's clock.

    Attributes
    ----------
    trigger : int
    host_ns : int
        When it came.
    period_ns : int
        From pulse to pulse, as the camera saw them.
    lag_ns : int
        How much later than at the lead camera this camera's exposures begin.
    """

    trigger: int
    host_ns: int
    period_ns: int
    lag_ns: int

    def anchor(self, member: Member, sample: ClockSample) -> Anchor:
        """The pulse just before the clock of ``member`` was read, if pulses have come evenly until then."""
        passed = max(0, (sample.host_ns - self.host_ns) // self.period_ns)
        lag_ns = (member.lag_ns or 0) - self.lag_ns
        host_ns = self.host_ns + passed * self.period_ns
        return Anchor(host_ns + lag_ns + _offset(sample), self.trigger + passed, exposure_us=0.0)


def last_pulse_of(member: Member) -> LastPulse | None:
    """None where the camera saw no pulse, or nobody knows its clock or the period."""
    stint = member.stint
    newest = None if stint is None else stint.follower.newest()
    if stint is None or newest is None or stint.clock is None:
        return None
    period_ns = observed_period_ns(member) or stint.period_ns
    if period_ns is None:
        return None
    # Its clock was read when it was armed.  Since then frames come as much later as the clocks have drifted.
    host_ns = newest[1].began_ns - _offset(stint.clock) + stint.follower.drift_ns()
    return LastPulse(newest[0], host_ns, period_ns, member.lag_ns or 0)


def note_lags(run: RigRun) -> None:
    """How much later than at another camera a camera's exposures begin: once, while both clocks are fresh.

    Where a camera does not say how long it exposed: how much later they end.
    """
    lead = run.primary or next(iter(run.members.values()))
    leading = lead.stint
    if leading is None or not is_sure(lead) or lead.failure is not None:
        return
    for member in run.members.values():
        stint = member.stint
        if member.lag_ns is not None or stint is None or not is_sure(member):
            continue
        newest = stint.follower.newest()
        theirs = leading.follower.frame(newest[0]) if newest is not None else None
        if newest is not None and theirs is not None:
            own_ns = newest[1].began_ns - _offset(member.clocks[-1])
            member.lag_ns = own_ns - (theirs.began_ns - _offset(lead.clocks[-1]))


def is_sure(member: Member) -> bool:
    """Whether its clock was read well enough to tell pulses apart."""
    stint = member.stint
    if stint is None or stint.period_ns is None or not member.clocks:
        return False
    return member.clocks[-1].uncertainty_ns < stint.period_ns * CERTAIN


def _offset(sample: ClockSample) -> int:
    return sample.camera_ns - sample.host_ns


def anchor_of(reference: Member, member: Member, sample: ClockSample) -> Anchor | None:
    """A moment on the clock of ``member``, read just now, at which a known trigger happened.

    Raises
    ------
    CameraClosedError
        The reference was let go of meanwhile, as by a second Ctrl-C.
    """
    stint = reference.stint
    if stint is None:
        raise CameraClosedError(f"{reference.name}, whose triggers are known, was closed meanwhile")
    stint.follower.catch_up()
    newest = stint.follower.newest()
    if newest is None:
        return None
    trigger, info = newest
    theirs = reference.clock(stint.period_ns)
    if theirs is None:
        return None
    host_ns = info.began_ns - _offset(theirs)
    lag_ns = (member.lag_ns or 0) - (reference.lag_ns or 0)
    return Anchor(host_ns + lag_ns + _offset(sample), trigger, exposure_us=0.0)  # when the exposure began


def observed_period_ns(reference: Member) -> int | None:
    """From pulse to pulse, as a camera has seen them lately."""
    stint = reference.stint
    newest = None if stint is None else stint.follower.newest()
    if stint is None or newest is None:
        return None
    earlier = stint.follower.first_at_or_after(max(0, newest[0] - 200))
    if earlier is None or earlier[0] == newest[0]:
        return None
    span = round(between(earlier[1], newest[1]))
    return round(span / (newest[0] - earlier[0])) or None


def reference_for(run: RigRun, member: Member) -> Member | None:
    """A camera whose triggers are known, the primary rather than another."""
    others = [each for each in run.alive().values() if each is not member]
    stints = [(each, each.stint) for each in others]  # which the end of the rig may take away meanwhile
    known = [each for each, stint in stints if stint is not None and stint.follower.newest() is not None]
    return next((each for each in known if each.primary), known[0] if known else None)
