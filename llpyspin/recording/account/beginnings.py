"""Cameras whose first frame id is not the usual one: what proves their triggers.

Either frames were lost before it, or the camera did not begin to count anew.  Its counter of exposures and
the clocks tell; a counter alone may be off by one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llpyspin.frames.gaps import COUNTER_SLACK
from llpyspin.recording.account.firstpulse import periods_off_the_pulses
from llpyspin.recording.intervals import NEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llpyspin.recording.account.account import CameraAccount
    from llpyspin.recording.account.spread import Seen
    from llpyspin.recording.session import CameraRecord, Session
    from llpyspin.roles import Tally

__all__ = ["beginning", "troubled", "with_beginnings"]


def troubled(session: Session, record: CameraRecord, one: Seen) -> bool:
    """Whether something happened to it, so that its counters at the end prove nothing."""
    return len(one.lives) > 1 or any(event.camera == record.serial for event in session.events)


def with_beginnings(
    session: Session,
    cameras: Sequence[CameraAccount],
    seen: Sequence[Seen],
    off: dict[str, float | None],
) -> list[CameraAccount]:
    """Accounts with notes on cameras whose ids began elsewhere; ``off``: see :func:`periods_off_together`."""
    sure: set[str] = set()
    if off:
        first = next(each.serial for each in session.cameras if each.serial not in off)
        sure.update(_confirmed_together(session.cameras, off, first))
    result = []
    for record, account, one in zip(session.cameras, cameras, seen, strict=True):
        if record.tally is not None:
            by = periods_off_the_pulses(account, record, one.lives[0]) if len(one.lives) == 1 else None
            confirmed = record.serial in sure or (by is not None and abs(by) < NEAR)
            tally = replace(record.tally, exposures=None) if troubled(session, record, one) else record.tally
            reasons, notes = beginning(account, record, tally, confirmed=confirmed)
            account = replace(account, reasons=(*account.reasons, *reasons), notes=(*account.notes, *notes))
        result.append(account)
    return result


def beginning(
    account: CameraAccount, record: CameraRecord, tally: Tally, *, confirmed: bool
) -> tuple[list[str], list[str]]:
    """Whether it is certain how many frames were lost before the first one: reasons, and notes.

    ``confirmed``: the clocks have shown that its frames have the right triggers.
    """
    if not tally.late or account.last_trigger is None:
        return [], []
    first_id = record.armed.get("first_id")
    first_id = first_id if isinstance(first_id, int) else 0
    how = "none was lost before it" if not tally.before else f"{_frames(tally.before)} lost before it"
    text = f"its first frame had the id {first_id + tally.late}, not {first_id}"
    if confirmed:
        return [], [f"{text}; by the clocks {how}"]
    if tally.proven:
        return [], [f"{text}; by the time since it was fired {how}"]
    exposed = account.last_trigger + 1 - account.lost["sensor"]
    if _counted(tally, exposed) and _two_witnesses(tally):
        return [], [f"{text}; by its counter of exposures {how}"]
    if tally.exposures is None:
        off, counter = max(tally.late, tally.before), "it has no counter of exposures"
    else:
        off, counter = abs(exposed - tally.exposures), f"its counter of exposures says {tally.exposures}"
    return [
        f"{text}: it is not known whether {_frames(tally.late)} lost before it. Its rows say that {how} and "
        f"that there were {exposed} exposures, and {counter}. So all its triggers may be off by "
        f"{max(off, 1)}: its frame ids may not have begun at their start"
    ], []


def _counted(tally: Tally, exposed: int) -> bool:
    """Whether the counter, read at the beginning or at the end, says the same as the rows."""
    if tally.exposures is None:
        return tally.counted == tally.before
    at_first = tally.before if tally.counted is None else tally.counted  # while exposures went on
    return tally.exposures == exposed and abs(at_first - tally.before) <= COUNTER_SLACK


def _two_witnesses(tally: Tally) -> bool:
    """Whether the counter agrees with the ids, or with frames without a gap.

    Against ids that are off by no more than the counter may be, it proves nothing.
    """
    return tally.before == tally.late or (not tally.before and tally.late > COUNTER_SLACK)


def _frames(count: int) -> str:
    return "1 frame was" if count == 1 else f"{count} frames were"


def _confirmed_together(
    cameras: Sequence[CameraRecord], off: Mapping[str, float | None], first: str
) -> Iterable[str]:
    """Serials of cameras in step with one whose ids began at their start: they begin right.

    ``off``: of all but the ``first``, by how many periods each is later than that, None: not known.
    """
    together = {first, *(serial for serial, by in off.items() if by is not None and abs(by) < NEAR)}
    sure = {camera.serial for camera in cameras if camera.tally is not None and not camera.tally.late}
    return together if together & sure else ()
