"""The account of cameras on one computer, from their sidecars and counters."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.account.account import Account, CameraAccount
from llpyspin.recording.account.beginnings import troubled, with_beginnings
from llpyspin.recording.account.crosschecks import completeness, counters, inverted
from llpyspin.recording.account.firstpulse import (
    not_certain,
    off_by_triggers,
    off_since_rejoined,
    off_the_pulses,
    periods_off_together,
)
from llpyspin.recording.account.spread import Seen, exposures_us, spans_of, spread_of
from llpyspin.recording.clockfit import fit_clock
from llpyspin.recording.columns import Digest, digest
from llpyspin.recording.foreign import check_regular
from llpyspin.recording.rows import ALWAYS, PLACES
from llpyspin.recording.session import KILLED, RECORDING, UNPROVEN, Session
from llpyspin.settings.applying import RATE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.recording.clockfit import ClockFit
    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord, Event
    from llpyspin.roles import ClockSample, Tally

    Stamps = npt.NDArray[np.int64]

__all__ = ["NEW_CLOCK_NS", "OneClock", "account_on_one_clock", "event_text", "step_of"]

COMPARED = 20_000
"""Frames of each camera that are looked at for clocks and spread; of long recordings every n-th."""

NEW_CLOCK_NS = 5_000_000_000
"""A clock that is this much off the host's, of a sudden, began anew: the camera had lost its power."""

_ROW_BYTES = 60


class OneClock(NamedTuple):
    """An account, and what was found of each camera."""

    account: Account
    seen: list[Seen]


def step_of(session: Session, folder: Path) -> int:
    """Every how many triggers one is looked at."""
    return max(1, _rows(session, folder) // COMPARED)


def account_on_one_clock(session: Session, folder: Path, step: int) -> OneClock:
    """The account of cameras whose arrivals are on the clock of one computer."""
    seen = [_look(camera, folder, step) for camera in session.cameras]
    triggers = session.triggers
    known = triggers is not None
    if triggers is None:
        ends = [one.account.last_trigger for one in seen if one.account.last_trigger is not None]
        triggers = max(ends) + 1 - session.first_trigger if ends else None
    cameras = []
    for record, one in zip(session.cameras, seen, strict=True):
        account = one.account
        reasons = list(account.reasons)
        if triggers is not None:
            reasons += completeness(account, session.first_trigger, triggers, known)
        reasons += [
            event.text for event in session.events if event.kind == UNPROVEN and event.camera == record.serial
        ]
        if record.tally is not None and known and not troubled(session, record, one):
            against, notes = counters(account, record, record.tally, session.first_trigger)
            reasons += against
            account = replace(account, notes=(*account.notes, *notes))
        if len(one.lives) == 1:
            reasons += off_the_pulses(account, record, one.lives[0])
        if record.tally is not None:
            account = _details(account, record.tally)
        account = _requested(account, record)
        cameras.append(replace(account, reasons=tuple(reasons)))
    spread, spans = spread_of(seen, step), spans_of(session, seen)
    cameras = with_beginnings(session, cameras, seen, periods_off_together(cameras, spread, spans))
    upside_down = inverted(cameras, spread, exposures_us(session))
    cameras = [
        replace(camera, notes=(*camera.notes, upside_down[camera.serial]))
        if camera.serial in upside_down
        else camera
        for camera in cameras
    ]
    every = [f"{camera.label}: {reason}" for camera in cameras for reason in camera.reasons]
    every += off_by_triggers(cameras, spread, spans)
    unsure = not_certain(cameras, spread, spans)
    cameras = [
        replace(each, notes=(*each.notes, unsure[each.serial])) if each.serial in unsure else each
        for each in cameras
    ]
    every += off_since_rejoined([(one.account, one.lives) for one in seen])
    whole = Account(
        first_trigger=session.first_trigger,
        triggers=triggers,
        cameras=tuple(cameras),
        fill=session.fill,
        virtual=session.virtual,
        spread=spread,
        events=tuple(event_text(event, session) for event in session.events),
        reasons=tuple(every),
        box_pulses=None if session.box is None else session.box.pulses,
        killed=session.state == RECORDING or any(event.kind == KILLED for event in session.events),
    )
    return OneClock(whole, seen)


def _rows(session: Session, folder: Path) -> int:
    """About how many rows the longest account has."""
    most = 0
    for camera in session.cameras:
        size = 0
        for file in camera.files:
            with contextlib.suppress(RecordingError):  # told where it is read
                size += check_regular(folder / file.sidecar)
        most = max(most, size // _ROW_BYTES)
    return most


def _look(record: CameraRecord, folder: Path, step: int) -> Seen:
    digests: list[Digest] = []
    reasons: list[str] = []
    for file in record.files:
        try:
            one = digest(folder / file.sidecar, step)
        except (OSError, ValueError, RecordingError) as error:
            reasons.append(f"the sidecar {file.sidecar} cannot be read: {error}")
            continue
        if one.last is not None:
            digests.append(one)
    digests.sort(key=lambda one: one.first.trigger if one.first is not None else 0)  # mended ones come late
    for before, after in itertools.pairwise(digests):
        assert before.last is not None and after.first is not None
        if after.first.trigger != before.last.trigger + 1:
            reasons.append(
                f"after trigger {before.last.trigger} the next segment begins with {after.first.trigger}"
            )
    sample = [row for one in digests for row in one.sample if row.camera_timestamp_ns is not None]
    lives = _lives(sample)
    fits = [_fit(life, record.clocks) for life in lives]
    account = _camera_account(record, digests)
    notes = (*_clock_notes(lives), *_unassigned_note(account), *record.doubts)
    account = replace(account, reasons=tuple(reasons), clock=_longest(fits), notes=notes)
    host = [_on_host(life, fit) for life, fit in zip(lives, fits, strict=True) if fit is not None]
    told = [_triggers(life) for life, fit in zip(lives, fits, strict=True) if fit is not None]
    none = np.empty(0, np.int64)
    return Seen(account, np.concatenate([none, *told]), np.concatenate([none, *host]), lives)


def _camera_account(record: CameraRecord, digests: Sequence[Digest]) -> CameraAccount:
    firsts = [one.first_frame for one in digests if one.first_frame is not None]
    lasts = [one.last_frame for one in digests if one.last_frame is not None]
    first, last = (firsts[0] if firsts else None), (lasts[-1] if lasts else None)
    ends = [(one.first, one.last) for one in digests if one.first is not None and one.last is not None]
    return CameraAccount(
        serial=record.serial,
        name=record.name,
        role=record.role,
        virtual=record.virtual,
        files=tuple(file.video for file in record.files),
        triggers=sum(one.rows for one in digests),
        first_trigger=ends[0][0].trigger if ends else None,
        last_trigger=ends[-1][1].trigger if ends else None,
        written=sum(one.written for one in digests),
        incomplete=sum(one.incomplete for one in digests),
        lost=_lost(digests),
        blanks=sum(one.blanks for one in digests),
        first_camera_ns=first.camera_timestamp_ns if first else None,
        last_camera_ns=last.camera_timestamp_ns if last else None,
        first_host_ns=first.host_timestamp_ns if first else None,
        last_host_ns=last.host_timestamp_ns if last else None,
        rate=_rate(first, last),
        unassigned=sum(file.unassigned for file in record.files),
    )


def _lost(digests: Sequence[Digest]) -> dict[str, int]:
    counts = {place: sum(one.lost[place] for one in digests) for place in PLACES}
    return {place: count for place, count in counts.items() if count or place in ALWAYS}


def _rate(first: Row | None, last: Row | None) -> float | None:
    if first is None or last is None or first.camera_timestamp_ns is None or last.camera_timestamp_ns is None:
        return None
    span = last.camera_timestamp_ns - first.camera_timestamp_ns
    return (last.trigger - first.trigger) * 1e9 / span if span > 0 else None


# -- clocks


def _lives(sample: Sequence[Row]) -> list[list[Row]]:
    """The frames of each time that the camera's clock ran without a break."""
    lives: list[list[Row]] = []
    offset = 0
    for row in sample:
        assert row.camera_timestamp_ns is not None
        if row.host_timestamp_ns is None:
            continue
        now = row.host_timestamp_ns - row.camera_timestamp_ns
        if not lives or abs(now - offset) > NEW_CLOCK_NS:
            lives.append([])
        lives[-1].append(row)
        offset = now
    return lives


def _fit(life: Sequence[Row], samples: Sequence[ClockSample]) -> ClockFit | None:
    taken = np.array([row.camera_timestamp_ns for row in life], np.int64)
    came = np.array([row.host_timestamp_ns for row in life], np.int64)
    offset = int(came[0] - taken[0])
    own = [one for one in samples if abs(one.host_ns - one.camera_ns - offset) < NEW_CLOCK_NS]
    return fit_clock(taken, came, own)


def _longest(fits: Sequence[ClockFit | None]) -> ClockFit | None:
    return max((fit for fit in fits if fit is not None), key=lambda fit: fit.frames, default=None)


def _clock_notes(lives: Sequence[object]) -> tuple[str, ...]:
    if len(lives) < 2:
        return ()
    return (f"its clock began anew {len(lives) - 1} times. The longest run is shown here",)


def _unassigned_note(account: CameraAccount) -> tuple[str, ...]:
    count = account.unassigned
    if not count:
        return ()
    has = "1 picture" if count == 1 else f"{count} pictures"
    return (f"{has} at the end of its files have no row: nothing proves which triggers they belong to",)


def _triggers(life: Sequence[Row]) -> Stamps:
    return np.array([row.trigger for row in life], np.int64)


def _on_host(life: Sequence[Row], fit: ClockFit) -> Stamps:
    return fit.host_times(np.array([row.camera_timestamp_ns for row in life], np.int64))


def _details(account: CameraAccount, tally: Tally) -> CameraAccount:
    transport = account.lost["transport"]
    unnumbered = max(0, min(tally.incomplete - account.incomplete, transport))
    dropped = min(tally.dropped, transport)
    notes = list(account.notes)
    if unnumbered:
        notes.append(f"{unnumbered} of those lost in transport came damaged and without a number")
    if dropped:
        notes.append(f"{dropped} of those lost in transport were dropped, because readers held all memory")
    return replace(account, unnumbered=unnumbered, dropped=dropped, notes=tuple(notes))


def _requested(account: CameraAccount, record: CameraRecord) -> CameraAccount:
    """With the rate that was asked for, and a note where the triggers came at another one."""
    asked = record.settings.get("requested_framerate")
    if not isinstance(asked, (int, float)) or not asked > 0:
        return account
    notes = account.notes
    if account.rate and abs(account.rate / asked - 1) > RATE_TOLERANCE:
        notes += (f"{asked:.5g} Hz were requested, and its triggers came at {account.rate:.5g} Hz",)
    return replace(account, requested_rate=float(asked), notes=notes)


def event_text(event: Event, session: Session) -> str:
    """An event, for people."""
    names = {camera.serial: camera.name or camera.serial for camera in session.cameras}
    where = f"{names.get(event.camera, event.camera)}: " if event.camera else ""
    when = "" if event.trigger is None else f" (trigger {event.trigger})"
    return f"{where}{event.text}{when}"
