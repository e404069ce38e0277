"""Time differences between cameras for one trigger: measured and expected."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.recording.account.account import CameraAccount, Spread
from llpyspin.roles import PulseTiming, Span, span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord, Session

    Stamps = npt.NDArray[np.int64]

__all__ = ["Seen", "exposures_us", "spans_of", "spread_of"]


class Seen(NamedTuple):
    """What was found of one camera."""

    account: CameraAccount
    triggers: Stamps
    host_ns: Stamps
    """When the camera took them, by the host's clock."""
    lives: list[list[Row]]
    """The frames of each time that its clock ran without a break."""


def spread_of(seen: Sequence[Seen], step: int) -> Spread | None:
    """How far apart the cameras took the frames of one trigger; of each ``step`` rows one was looked at."""
    seen = [one for one in seen if len(one.triggers)]
    if len(seen) < 2:
        return None
    common: Stamps = functools.reduce(np.intersect1d, (one.triggers for one in seen))
    if not len(common):
        return None
    times = np.stack([_at(one, common) for one in seen])
    apart = (times.max(axis=0) - times.min(axis=0)) / 1e3
    offsets = np.median(times - times[0], axis=1) / 1e3
    return Spread(
        frames=len(common),
        every=step,
        median_us=float(np.median(apart)),
        p99_us=float(np.percentile(apart, 99)),
        most_us=float(apart.max()),
        offsets_us={one.account.serial: float(each) for one, each in zip(seen, offsets, strict=True)},
        read_together=all(one.account.clock and one.account.clock.latency_us is not None for one in seen),
    )


def spans_of(session: Session, seen: Sequence[Seen]) -> dict[str, Span | None]:
    """From the pulse to each camera's timestamp, by serial; None where that is not known."""
    exposures = {
        record.serial: _exposure_us(record, one) for record, one in zip(session.cameras, seen, strict=True)
    }
    timings = {record.serial: _timing(record) for record in session.cameras}
    giver = next((each.serial for each in session.cameras if each.role == "primary"), None)
    given = None if giver is None else timings[giver]
    width_us = None if giver is None else exposures[giver]
    rate = next((one.account.rate for one in seen if one.account.rate), None)
    period_us = None if rate is None else 1e6 / rate
    spans = {
        serial: span_of(timing, exposures[serial], given, width_us, period_us)
        for serial, timing in timings.items()
    }
    if given is None and len({timing.takes for timing in timings.values()}) > 1:
        return dict.fromkeys(spans)  # how long the pulses of the box are decides, and nobody knows that
    if any(exposure is None and not timings[serial].by_width for serial, exposure in exposures.items()):
        return dict.fromkeys(spans, Span(0.0, 0.0))  # an older recording, of which no more is known
    return spans


def exposures_us(session: Session) -> dict[str, float]:
    """From the edge to the end of each camera's exposure, by serial; none where one does not say."""
    told = {record.serial: record.armed.get("exposure_us") for record in session.cameras}
    delays = {record.serial: _timing(record).delay_us for record in session.cameras}
    known = {
        serial: each + delays[serial]
        for serial, each in told.items()
        if isinstance(each, (int, float)) and each
    }
    return known if len(known) == len(told) else {}


def _exposure_us(record: CameraRecord, one: Seen) -> float | None:
    """How long a camera exposed: as its frames say, since an automatic may change it, or else its setting."""
    if _timing(record).by_width:
        return None
    told = [row.exposure_us for life in one.lives for row in life if row.exposure_us is not None]
    set_to = record.armed.get("exposure_us")
    if not isinstance(set_to, (int, float)) or not set_to:
        return None
    return float(np.median(told)) if told else float(set_to)


def _timing(record: CameraRecord) -> PulseTiming:
    """What the camera said when it was armed; nothing special where the file has no sense."""
    told = record.armed.get("timing")
    if not isinstance(told, dict):
        return PulseTiming()
    plain = PulseTiming()
    fields = {name: told.get(name) for name in PulseTiming.__dataclass_fields__}
    good: dict[str, Any] = {
        name: value
        for name, value in fields.items()
        if isinstance(value, (int, float) if name.endswith("_us") else type(getattr(plain, name)))
    }
    return replace(plain, **good)


def _at(one: Seen, triggers: Stamps) -> Stamps:
    _, indices, _ = np.intersect1d(one.triggers, triggers, return_indices=True)
    return one.host_ns[indices]
