"""Why an account does not add up: rows against each other, against counters, and against the clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llpyspin.recording.intervals import NEAR
from llpyspin.recording.rows import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llpyspin.recording.account.account import CameraAccount, Spread
    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord
    from llpyspin.roles import Span, Tally

__all__ = [
    "completeness",
    "counters",
    "inverted",
    "not_certain",
    "off_by_triggers",
    "off_since_rejoined",
    "off_the_pulses",
    "periods_off_the_pulses",
    "periods_off_together",
]

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
    elif counted is not None and (counted > exposed or (counted < exposed and first == 0)):
        text = f"the camera counted {counted} exposures, its account has {exposed}"
        if alone and exposed - counted > tally.counter_slack:
            reasons.append(
                f"{text}: its frame ids may not have begun at their start, so that frames count as lost "
                "before the first one that were not, and all its triggers are off by up to "
                f"{exposed - counted}"
            )
        elif alone:
            notes.append(f"{text}: {_alone(counted - exposed, 'counter of exposures')}")
        else:
            reasons.append(f"{text} by timestamps, and {tally.by_ids} by frame ids")
    if tally.pulses is not None and tally.pulses != triggers:
        text = f"its input line had {tally.pulses} pulses, but there were {triggers} triggers"
        wired = "" if tally.pulses else ": is it wired? check_wiring() of a rig tells"
        if alone and tally.pulses != exposed:
            notes.append(f"{text}: {_alone(tally.pulses - triggers, 'counter of pulses')}, or there is noise")
        else:
            reasons.append(text + wired)
    published = tally.published - record.published
    told = account.written + account.incomplete + sum(account.lost.get(place, 0) for place in DELIVERED)
    if first == 0 and published != told:
        reasons.append(f"{published} frames came from the camera, its account has {told}")
    return reasons, notes


def _alone(by: int, counter: str) -> str:
    return f"frame ids and timestamps agree with the account, so its {counter} is off by {by:+d}"


def off_by_triggers(
    cameras: Sequence[CameraAccount], spread: Spread | None, spans: Mapping[str, Span | None]
) -> list[str]:
    """Whether a camera is whole triggers off the first one, which no account of a single camera can show.

    What is known to lie between a pulse and each camera's timestamp (``spans``, by serial) is taken off.
    """
    names = {camera.serial: camera.label for camera in cameras}
    return [
        f"{names[serial]}: its frames are {off:.2f} periods later than those of "
        f"{names[first]}: {_belongs(off)}"
        for serial, first, off, unsure in _offsets(cameras, spread, spans)
        if off is not None and unsure < NEAR and _whole(off)
    ]


def not_certain(
    cameras: Sequence[CameraAccount], spread: Spread | None, spans: Mapping[str, Span | None]
) -> dict[str, str]:
    """By serial: why the clocks do not prove that a camera's frames have the right triggers."""
    names = {camera.serial: camera.label for camera in cameras}
    notes = {}
    for serial, first, off, unsure in _offsets(cameras, spread, spans):
        if off is None:
            notes[serial] = (
                "when it exposes after a pulse is not known, so its triggers were not compared with those "
                f"of {names[first]}"
            )
        elif unsure >= NEAR or abs(off - round(off)) >= NEAR:
            notes[serial] = (
                f"its frames are {off:.2f} periods later than those of {names[first]}, which its settings do "
                "not explain, so its triggers are not certain"
            )
    return notes


def periods_off_together(
    cameras: Sequence[CameraAccount], spread: Spread | None, spans: Mapping[str, Span | None]
) -> dict[str, float | None]:
    """By serial: by how many periods a camera is later than the first one; None: not known closely enough."""
    return {
        serial: off if off is not None and unsure < NEAR else None
        for serial, _, off, unsure in _offsets(cameras, spread, spans)
    }


def _offsets(
    cameras: Sequence[CameraAccount], spread: Spread | None, spans: Mapping[str, Span | None]
) -> Iterator[tuple[str, str, float | None, float]]:
    """Of each camera: serial, that of the first one, periods later than that one, how far off that may be."""
    rates = [camera.rate for camera in cameras if camera.rate]
    if spread is None or not rates or not spread.read_together:
        return
    period_us = 1e6 / rates[0]
    first, *others = spread.offsets_us
    for serial in others:
        own, its = spans.get(serial), spans.get(first)
        if own is None or its is None:
            yield serial, first, None, 0.0
            continue
        later = spread.offsets_us[serial] - (own.middle_us - its.middle_us)
        yield serial, first, later / period_us, (own.unsure_us + its.unsure_us) / period_us


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
        if serial != lead.serial and abs(later - exposure) < unsure and not _whole(later * lead.rate / 1e6):
            notes[serial] = (
                f"it begins to expose {later:.0f} us after {lead.label}, which exposes {exposure:.0f} us: "
                "with the end of its exposures, so the pulses are inverted, or it takes their other edge "
                "(LineInverter, or activation in its lines)"
            )
    return notes


def off_the_pulses(account: CameraAccount, record: CameraRecord, frames: Sequence[Row]) -> list[str]:
    """Whether a camera is whole triggers off the pulses that another one gave, as where it missed the first.

    ``frames`` are those since its clock ran without a break.
    """
    off = periods_off_the_pulses(account, record, frames)
    if off is None or not _whole(off):
        return []
    return [f"by the primary's clock its frames are {off:.2f} periods late: {_belongs(off)}"]


def periods_off_the_pulses(
    account: CameraAccount, record: CameraRecord, frames: Sequence[Row]
) -> float | None:
    """By how many periods its frames are later than those pulses; None where the clocks do not tell."""
    pulse = record.pulse
    if pulse is None or not account.rate or not frames or frames[-1].camera_timestamp_ns is None:
        return None
    exposed, armed = frames[-1].exposure_us, record.armed.get("exposure_us")
    longer_us = exposed - armed if exposed is not None and armed is not None else 0.0  # an automatic exposure
    since_ns = frames[-1].camera_timestamp_ns - pulse.camera_timestamp_ns - longer_us * 1e3
    return pulse.trigger + since_ns * account.rate / 1e9 - frames[-1].trigger


def _whole(periods: float) -> bool:
    """Whether that is a whole number of periods, and not none."""
    by = round(periods)
    return by != 0 and abs(periods - by) < NEAR


def _belongs(periods: float) -> str:
    by = round(periods)
    return f"each belongs to the trigger {abs(by)} {'after' if by > 0 else 'before'} that of its row"


def off_since_rejoined(seen: Sequence[tuple[CameraAccount, Sequence[Sequence[Row]]]]) -> list[str]:
    """Whether a camera that came back is whole triggers off: by when its frames arrive, before and after."""
    steady = next(((account, lives) for account, lives in seen if len(lives) == 1 and account.rate), None)
    if steady is None or steady[0].rate is None:
        return []
    period = 1e9 / steady[0].rate
    reasons = []
    for account, lives in seen:
        delays = [_delay(life, steady[1][0]) for life in lives]
        for delay in delays[1:]:
            if delay is not None and delays[0] is not None and abs(delay - delays[0]) > period / 2:
                reasons.append(
                    f"{account.label}: since it came back its frames are "
                    f"{(delay - delays[0]) / period:.2f} periods off: their triggers do not match"
                )
    return reasons


def _delay(life: Sequence[Row], other: Sequence[Row]) -> float | None:
    """By how many ns frames arrive later than those of another camera for the same triggers, median.

    The exposures are taken off: an automatic may have changed them since.
    """
    arrivals = {row.trigger: _arrival(row) for row in other}
    apart = [
        own - when
        for row in life
        if (own := _arrival(row)) is not None and (when := arrivals.get(row.trigger)) is not None
    ]
    return float(np.median(apart)) if apart else None


def _arrival(row: Row) -> float | None:
    """When a frame came, less its exposure."""
    if row.host_timestamp_ns is None:
        return None
    return row.host_timestamp_ns - (row.exposure_us or 0.0) * 1e3
