"""Why an account does not add up: rows against each other and against counters; pulses that are inverted.

What the clocks show is in :mod:`.firstpulse`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.account.firstpulse import whole
from llpyspin.recording.rows import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.recording.account.account import CameraAccount, Spread
    from llpyspin.recording.session import CameraRecord
    from llpyspin.roles import Tally

__all__ = ["completeness", "counters", "inverted"]

UNSURE, UNSURE_US = 0.1, 100.0
"""How far off the primary's exposure time the distance of two frames may be: a share of it, and at least."""
DELIVERED = PLACES[PLACES.index("transport") + 1 :]
"""Where frames are lost that the camera process has published."""


def completeness(account: CameraAccount, first: int, triggers: int, known: bool) -> list[str]:
    """Whether there is a row for each trigger, and each row of one of the three kinds."""
    if account.first_trigger is None or account.last_trigger is None:
        return [f"none of {triggers} triggers is in its account"] if triggers else []
    reasons = []
    if account.first_trigger != first:
        reasons.append(f"its account begins with trigger {account.first_trigger}, not {first}")
    last = first + triggers - 1
    if account.last_trigger != last:
        how = "there were triggers" if known else "another camera's goes"
        reasons.append(f"its account ends with trigger {account.last_trigger}, but {how} to {last}")
    span = account.last_trigger - account.first_trigger + 1
    if account.triggers != span:
        reasons.append(f"it has rows of {account.triggers} triggers, where there are {span}")
    summed = account.written + account.incomplete + account.all_lost
    if account.triggers != summed:
        reasons.append(
            f"{account.triggers} triggers are not {account.written} written + "
            f"{account.incomplete} incomplete + {account.all_lost} lost"
        )
    return reasons


RATE_KNOWN = 0.01
"""Measured by the camera, and that of the pulses: how far they may differ, as a share."""


def counters(
    account: CameraAccount, record: CameraRecord, tally: Tally, first: int
) -> tuple[list[str], list[str]]:
    """Whether what camera and camera process counted by themselves agrees with the rows: reasons, and notes.

    How many exposures there were, three witnesses tell: the frame ids, the timestamps by which the rows were
    numbered, and the counter.  A counter alone against the two others is worth a note: some are off by one.
    """
    if account.last_trigger is None:
        return [], []
    triggers = account.last_trigger + 1
    exposed = triggers - account.lost["sensor"]
    alone = tally.by_ids == exposed
    reasons, notes = [], []
    counted = tally.exposures
    if tally.late:
        pass  # see beginnings
    elif counted is not None and _missed_at_the_end(account, record, tally, exposed):
        notes.append(
            f"the camera exposed {counted} times for {triggers} pulses: it missed {exposed - counted} of the "
            f"{exposed - tally.by_ids} after its last frame. Which, is not known: all say transport"
        )
    elif counted is not None and (counted > exposed or (counted < exposed and first == 0)):
        text = f"the camera counted {counted} exposures, its account has {exposed}"
        if alone and exposed - counted > tally.counter_slack:
            reasons.append(
                f"{text}: its frame ids may not have begun at their start. Then frames count as lost before "
                f"the first one that were not, and all its triggers are off by up to {exposed - counted}"
            )
        elif alone:
            notes.append(f"{text}: {_alone(counted - exposed, 'counter of exposures')}")
        else:
            reasons.append(f"{text} by timestamps, and {tally.by_ids} by frame ids")
    if tally.pulses is not None and tally.pulses != triggers:
        text = f"its input line had {tally.pulses} pulses, but there were {triggers} triggers"
        wired = "" if tally.pulses else ". Check the wire: check_wiring() of a rig does that"
        if alone and tally.pulses != exposed:
            notes.append(f"{text}: {_alone(tally.pulses - triggers, 'counter of pulses')}, or there is noise")
        else:
            reasons.append(text + wired)
    published = tally.published - record.published
    told = account.written + account.incomplete + sum(account.lost.get(place, 0) for place in DELIVERED)
    if first == 0 and published != told:
        reasons.append(f"{published} frames came from the camera, its account has {told}")
    return reasons, notes


def _missed_at_the_end(account: CameraAccount, record: CameraRecord, tally: Tally, exposed: int) -> bool:
    """Whether its counters show pulses that it missed after its last frame, as while its process hung.

    Pulses before that frame that it missed show in the timestamps, where the rate is known.
    """
    assert tally.exposures is not None
    assert account.last_trigger is not None
    rate = record.picture.get("rate") or 0.0
    sure = abs((account.rate or 0.0) - rate) < RATE_KNOWN * rate and not record.doubts
    in_step = tally.pulses == account.last_trigger + 1
    return sure and in_step and tally.by_ids < tally.exposures < exposed


def _alone(by: int, counter: str) -> str:
    return f"frame ids and timestamps agree with the account, so its {counter} is off by {by:+d}"


def inverted(
    cameras: Sequence[CameraAccount], spread: Spread | None, exposures_us: Mapping[str, float]
) -> dict[str, str]:
    """Cameras that begin to expose when the primary ends, by serial, in words: their pulses are inverted."""
    lead = next((camera for camera in cameras if camera.role == "primary"), None)
    if spread is None or not spread.read_together or lead is None or not lead.rate:
        return {}
    exposure, offset = exposures_us.get(lead.serial, 0.0), spread.offsets_us.get(lead.serial)
    unsure = max(UNSURE_US, UNSURE * exposure)
    if offset is None or exposure < 3 * unsure:
        return {}
    notes = {}
    for serial in spread.offsets_us:
        later = spread.offsets_us[serial] - offset - (exposures_us.get(serial, 0.0) - exposure)
        if serial != lead.serial and abs(later - exposure) < unsure and not whole(later * lead.rate / 1e6):
            notes[serial] = (
                f"it begins to expose {later:.0f} us after {lead.label}, which exposes {exposure:.0f} us: "
                "with the end of its exposures, so the pulses are inverted, or it takes their other edge "
                "(LineInverter, or activation in its lines)"
            )
    return notes
