"""A camera that missed its first pulse: found at the end, by clocks that are whole triggers apart.

Such a camera leaves no trace in its frames: their ids begin at the first exposure, whichever pulse that was.
So nothing is mended while it records.  At the end the clocks are compared, and the account does not add up.

- against the pulses: :func:`off_the_pulses`, by the clock of the primary, or when a pulse box began;
- against the other cameras: :func:`off_by_triggers`;
- after a camera came back: :func:`off_since_rejoined`, by when its frames arrive.

Three other things look alike and are known at once.  The camera was primed after the primary was triggered:
:meth:`llpyspin.sync.run.Run.be_late` warns.  It exposed with the first pulses and their frames were lost:
:mod:`llpyspin.recording.numbering` has rows of them.  No pulse arrives at all: ``check_wiring()`` of a rig.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llpyspin.recording.intervals import NEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llpyspin.recording.account.account import CameraAccount, Spread
    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord
    from llpyspin.roles import Span

__all__ = [
    "belongs",
    "not_certain",
    "off_by_triggers",
    "off_since_rejoined",
    "off_the_pulses",
    "periods_off_the_pulses",
    "periods_off_together",
    "whole",
]


def off_the_pulses(account: CameraAccount, record: CameraRecord, frames: Sequence[Row]) -> list[str]:
    """Whether a camera is whole triggers off the pulses that another one gave, as where it missed the first.

    ``frames`` are those since its clock ran without a break.
    """
    off = periods_off_the_pulses(account, record, frames)
    if off is None or not whole(off):
        return []
    by = "the start of the pulse box" if record.pulse and record.pulse.by_box else "the primary's clock"
    return [f"by {by} its frames are {off:.2f} periods late: {belongs(off)}"]


def periods_off_the_pulses(
    account: CameraAccount, record: CameraRecord, frames: Sequence[Row]
) -> float | None:
    """By how many periods its frames are later than those pulses; None if the clocks do not show it."""
    pulse = record.pulse
    if pulse is None or not account.rate or not frames or frames[-1].camera_timestamp_ns is None:
        return None
    exposed, armed = frames[-1].exposure_us, record.armed.get("exposure_us")
    longer_us = exposed - armed if exposed is not None and armed is not None else 0.0  # an automatic exposure
    since_ns = frames[-1].camera_timestamp_ns - pulse.camera_timestamp_ns - longer_us * 1e3
    return pulse.trigger + since_ns * account.rate / 1e9 - frames[-1].trigger


def off_by_triggers(
    cameras: Sequence[CameraAccount], spread: Spread | None, spans: Mapping[str, Span | None]
) -> list[str]:
    """Whether a camera is whole triggers off the first one, which no account of a single camera can show.

    What is known to lie between a pulse and each camera's timestamp (``spans``, by serial) is taken off.
    """
    names = {camera.serial: camera.label for camera in cameras}
    return [
        f"{names[serial]}: its frames are {off:.2f} periods later than those of "
        f"{names[first]}: {belongs(off)}"
        for serial, first, off, unsure in _offsets(cameras, spread, spans)
        if off is not None and unsure < NEAR and whole(off)
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


def whole(periods: float) -> bool:
    """Whether that is a whole number of periods, and not none."""
    by = round(periods)
    return by != 0 and abs(periods - by) < NEAR


def belongs(periods: float) -> str:
    """What it means for its rows, in words."""
    by = round(periods)
    return f"each belongs to the trigger {abs(by)} {'after' if by > 0 else 'before'} that of its row"
