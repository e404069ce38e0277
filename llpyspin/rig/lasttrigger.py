"""The end of pulses: which trigger of a run was the last, and all frames until then are there."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError
from llpyspin.rig.member import QUIET_S
from llpyspin.rig.pretrigger import LOOK_S
from llpyspin.rig.run import STEP_S
from llpyspin.rig.together import together

if TYPE_CHECKING:
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun

__all__ = ["end_pulses", "hold_pulses"]

AHEAD_S = 0.3  # for writers to be told of a trigger before it comes
COMING_S = 3.0  # for that trigger to come to all cameras
COMMANDED_S = 0.5  # for exposures that a lost primary has asked for ahead, where cameras share a clock


def end_pulses(run: RigRun) -> int | None:
    """No further pulse, and all frames under way are there; number of the last trigger, or None."""
    if not run.held:
        hold_pulses(run)
    if run.fired is None and run.makes_pulses:
        return None
    pulses = None if run.pulses is None else run.pulses - run.base
    others = {name: member for name, member in run.alive().items() if not member.primary}

    def drain(member: Member) -> None:
        stint = member.stint
        member.drain(None if stint is None or stint.joined else pulses, under_way_s)

    under_way_s = COMMANDED_S if pulses is None and run.config.sync == "ptp" else 0.0
    for name, error in together(drain, others, STEP_S).failures.items():
        run.lose(run.members[name], error)
    if pulses is not None:
        return run.base + pulses - 1
    if any(_still_pulsing(member) for member in others.values()):
        return _cut_short(run, others)
    last = run.catch_up() - 1
    return last if last >= 0 else None


def hold_pulses(run: RigRun) -> None:
    """End the pulses of the primary or the box; the run knows how many there were, where that is known.

    Pulses that come from elsewhere go on.
    """
    counted = None
    primary = run.primary
    if run.box is not None:
        counted = run.box.end()
    if primary is not None and primary.name in run.alive() and run.fired is not None:
        counted = _hold(run, primary)
    if run.makes_pulses:
        run.held = True
        run.pulses = None if counted is None else run.base + counted


def _cut_short(run: RigRun, members: dict[str, Member]) -> int | None:
    """Pulses go on, of an external trigger or of a primary that cannot be reached any more.

    All files end with a trigger that no writer has come to yet.
    """
    following = _agree_on_the_end(run, members)
    for member in members.values():
        stint = member.stint
        if stint is None or stint.tally is None:
            continue
        stint.follower.catch_up()  # pulses go on: the first one beyond may have come meanwhile
        beyond = stint.follower.first_at_or_after(following)
        published = stint.follower.position if beyond is None else beyond[1].index
        # Counters have counted on, so only how many frames belong to the recording is left of them.
        stint.tally = dataclasses.replace(stint.tally, published=published, exposures=None, pulses=None)
    run.note("stopped", "the rig was stopped while pulses were still coming; its files end before the pulses")
    return following - 1 if following else None


def _agree_on_the_end(run: RigRun, members: dict[str, Member]) -> int:
    """The trigger after the last one of all files, which has come to all cameras."""
    followers = [member.stint.follower for member in members.values() if member.stint is not None]
    seen = run.catch_up()
    ahead = math.ceil(AHEAD_S * max(follower.rate() for follower in followers)) + 2
    for member in members.values():
        for recorder in member.writers.present:
            with contextlib.suppress(LlpyspinError):  # one that was killed: it is told of elsewhere
                recorder.end_with(seen + ahead - 1)
    deadline = Deadline(COMING_S)
    while min(follower.catch_up() for follower in followers) < seen + ahead:
        if deadline.passed:  # no pulses any more: what has come by now was all
            return run.catch_up()
        time.sleep(LOOK_S)
    return seen + ahead


def _hold(run: RigRun, primary: Member) -> int | None:
    """End the primary's pulses; how many there were since it was armed, None where it cannot tell."""
    try:
        held_ns = primary.hold()
        tally = primary.drain(primary.tally().asked_for)
        most = primary.most_exposures(held_ns)
    except LlpyspinError as error:
        run.lose(primary, error)
        return None
    return tally.given(most)


def _still_pulsing(member: Member) -> bool:
    """Whether its newest frame came when it was waited for that none would."""
    stint = member.stint
    if stint is None or stint.tally is None or stint.tally.last_host_ns is None:
        return False
    return time.monotonic_ns() - stint.tally.last_host_ns < QUIET_S * 1e9
