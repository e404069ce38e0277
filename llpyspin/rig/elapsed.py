"""The session's first trigger on the clock of a camera that is written on, or came back.

All cameras of a session count ``seconds`` from the same trigger.  The sidecars tell when that was on a
camera's clock.  Where this clock began anew, another camera and both clocks tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.recording.clockfit import BELIEVABLE_PPM
from llpyspin.recording.rows import row_of
from llpyspin.recording.sessiontime import Elapsed
from llpyspin.recording.sidecar import lines_of_file
from llpyspin.rig.folder import sidecars

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.roles import ClockSample

__all__ = ["after_restart", "goes_on", "when_joined", "when_written_on", "zero_of"]

_SLACK_NS = 5_000_000  # two readings of a clock, on a busy machine


def zero_of(folder: Path, camera: str) -> int | None:
    """The first trigger on the camera's clock, by the newest of its sidecars that tells it."""
    for path in reversed(sidecars(folder, camera).values()):
        try:
            rows = (row_of(line) for line in lines_of_file(path))
            for row in rows:
                if row.since_ns is not None and row.camera_timestamp_ns is not None:
                    return row.camera_timestamp_ns - row.since_ns
        except (OSError, RecordingError, ValueError):  # the account tells of damaged sidecars
            continue
    return None


def when_written_on(run: RigRun, member: Member) -> dict[str, Any]:
    """Fields of the writer's spec where only the writer was lost: the camera's clock goes on."""
    folder = run.plan.folder
    zero_ns = None if folder is None else zero_of(folder.path, member.name)
    return _fields(run, None if zero_ns is not None else Elapsed(run.first_trigger), zero_ns)


def when_joined(run: RigRun, member: Member, reference: Member | None) -> dict[str, Any]:
    """The same for a camera that came back while pulses come, whose clock began anew.

    Another camera's clock tells when a trigger came that this camera's clock knows, too.
    """
    anchor = None if member.stint is None else member.stint.anchor
    folder = run.plan.folder
    if anchor is not None and reference is not None and reference.stint is not None and folder is not None:
        theirs = reference.stint.follower.frame(anchor.trigger)
        zero_ns = zero_of(folder.path, reference.name)
        if theirs is not None and zero_ns is not None:
            return _fields(run, Elapsed(anchor.trigger, theirs.camera_timestamp_ns - zero_ns))
    return _fields(run, Elapsed(run.first_trigger))


def after_restart(run: RigRun) -> dict[str, dict[str, Any]]:
    """The same for all cameras, by name, that were armed anew because the primary had gone.

    Trigger numbers go on without a gap though time has passed, so nothing can be counted.
    """
    folder = run.plan.folder
    armed = {name: member for name, member in run.members.items() if member.stint is not None}
    zeros = {} if folder is None else {name: zero_of(folder.path, name) for name in armed}
    same = {name: zero for name, zero in zeros.items() if zero is not None and goes_on(armed[name].clocks)}
    found = {name: same.get(name) for name in armed}
    if same:
        name, zero = next(iter(same.items()))
        host_ns = zero - _offset(armed[name].clocks[-1])
        for other, member in armed.items():
            if found[other] is None and member.clocks:
                found[other] = host_ns + _offset(member.clocks[-1])
    return {name: {"elapsed": None, "zero_ns": zero} for name, zero in found.items()}


def _fields(run: RigRun, elapsed: Elapsed | None, zero_ns: int | None = None) -> dict[str, Any]:
    return {"elapsed": elapsed, "zero_ns": zero_ns, **run.session.of_writers}


def goes_on(clocks: list[ClockSample]) -> bool:
    """Whether the last reading of a clock is of the same clock as the one before."""
    if len(clocks) < 2:
        return bool(clocks)
    before, now = clocks[-2:]
    span_ns = now.host_ns - before.host_ns
    off_ns = abs(now.camera_ns - before.camera_ns - span_ns)
    return off_ns <= span_ns * BELIEVABLE_PPM * 1e-6 + _SLACK_NS


def _offset(sample: ClockSample) -> int:
    return sample.camera_ns - sample.host_ns
