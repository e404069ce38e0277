"""The account of a recording of several computers: one account each, joined by the triggers that all saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.recording.account.account import Account, CameraAccount, HostAccount
from llpyspin.recording.account.firstpulse import belongs
from llpyspin.recording.account.oneclock import account_on_one_clock
from llpyspin.recording.account.spread import spans_of, spread_of
from llpyspin.recording.foreign import exists
from llpyspin.recording.hostclock import TriggerTimes, apart_of, fit_hosts, shift_of
from llpyspin.recording.session import SESSION_FILE
from llpyspin.recording.sessionparts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from llpyspin.recording.account.spread import Seen
    from llpyspin.recording.hostclock import HostClock, Shift
    from llpyspin.recording.session import Session
    from llpyspin.recording.sessionparts import HostRecord
    from llpyspin.roles import Span

__all__ = ["account_over_hosts", "in_order", "is_here"]

FILES, TOLD = "files", "told"


class _Part(NamedTuple):
    """One computer's share of the account."""

    host: HostRecord
    source: str
    account: Account
    seen: list[Seen]


class _Joined(NamedTuple):
    """A computer compared with the first one."""

    clock: HostClock | None
    shift: Shift | None
    notes: tuple[str, ...]
    reasons: tuple[str, ...]


def is_here(host: HostRecord, folder: Path) -> bool:
    """Whether the files of a computer are in its folder."""
    return exists(folder / host.name / SESSION_FILE)


def in_order(session: Session) -> list[HostRecord]:
    """The computers; that with the primary camera is the first, since its clock is the reference."""
    first = next((camera.host for camera in session.cameras if camera.role == "primary"), None)
    return sorted(session.hosts, key=lambda host: host.name != first)


def account_over_hosts(session: Session, folder: Path, step: int) -> Account:
    """The account of several computers.

    Of computers whose files are here it is made from their sidecars.  Of others it is what they said at the
    end.  What a lost one recorded is unknown, also where its files are here but not merged: it may go on.
    """
    parts = [_part(host, session, folder, step) for host in in_order(session)]
    seen = [one for part in parts for one in part.seen]
    spans = _spans(session, seen)
    joined = [_joined(parts[0], part, spans) for part in parts]
    cameras = [
        _noted(camera, each.notes)
        for part, each in zip(parts, joined, strict=True)
        for camera in part.account.cameras
    ]
    on_one_clock = [
        _moved(one, each.clock) for part, each in zip(parts, joined, strict=True) for one in part.seen
    ]
    comparable = [part for part, each in zip(parts, joined, strict=True) if part.seen and not each.reasons]
    spread = spread_of(on_one_clock, step) if len(comparable) == len(parts) else None
    triggers = session.triggers
    if triggers is None:
        triggers = max((part.account.triggers or 0 for part in parts), default=0) or None
    reasons = [
        *(reason for part in parts for reason in part.account.reasons),
        *(reason for each in joined for reason in each.reasons),
        *(_short(parts, triggers) if session.triggers is None else ()),
    ]
    return Account(
        first_trigger=session.first_trigger,
        triggers=triggers,
        cameras=tuple(_in_order_of(session, cameras)),
        fill=session.fill,
        virtual=session.virtual,
        spread=spread,
        events=tuple(dict.fromkeys(event for part in parts for event in part.account.events)),
        reasons=tuple(reasons),
        box_pulses=None if session.box is None else session.box.pulses,
        killed=any(part.account.killed for part in parts if part.source != UNKNOWN),
        hosts=tuple(
            HostAccount(part.host.name, part.source, each.clock, each.shift and each.shift.periods)
            for part, each in zip(parts, joined, strict=True)
        ),
    )


# -- one computer


def _part(host: HostRecord, session: Session, folder: Path, step: int) -> _Part:
    own = tuple(camera for camera in session.cameras if camera.host == host.name)
    serials = {camera.serial for camera in own}
    part = session.replace(
        cameras=own,
        hosts=(),
        account=None,
        events=tuple(event for event in session.events if not event.camera or event.camera in serials),
    )
    if host.state != UNKNOWN and is_here(host, folder):
        found = account_on_one_clock(part.replace(state=host.state), folder, step)
        return _Part(host, FILES, found.account, found.seen)
    if host.state != UNKNOWN and session.account is not None:
        return _Part(host, TOLD, _as_told(session.account, serials), [])
    return _Part(host, UNKNOWN, _unknown(part, host), [])


def _as_told(account: Account, serials: set[str]) -> Account:
    """The part of an account that concerns some cameras."""
    cameras = tuple(camera for camera in account.cameras if camera.serial in serials)
    reasons = tuple(f"{camera.label}: {reason}" for camera in cameras for reason in camera.reasons)
    return replace(account, cameras=cameras, reasons=reasons, spread=None, hosts=())


def _unknown(part: Session, host: HostRecord) -> Account:
    text = (
        f"host {host.name} was lost: what it recorded is unknown until llpyspin collect has brought its files"
    )
    cameras = tuple(
        CameraAccount(
            serial=camera.serial,
            name=camera.name,
            role=camera.role,
            virtual=camera.virtual,
            reasons=(text,),
            unknown=True,
        )
        for camera in part.cameras
    )
    events = tuple(event.text for event in part.events if not event.camera)
    return Account(
        cameras=cameras,
        events=events,
        reasons=tuple(f"{camera.label}: {text}" for camera in cameras) or (text,),
    )


# -- the clocks of two


def _joined(first: _Part, part: _Part, spans: dict[str, Span | None]) -> _Joined:
    if part is first:
        return _Joined(None, None, (), ())
    ours, theirs = _steady(part.seen), _steady(first.seen)
    if ours is None or theirs is None:
        return _Joined(None, None, (), ())
    own, its = spans.get(ours.account.serial), spans.get(theirs.account.serial)
    reference, times = _pulses(theirs, its), _pulses(ours, own)
    clock = fit_hosts(reference, times)
    shift, why_not = _shift(first, part, (theirs, ours), (its, own))
    name, other = part.host.name, first.host.name
    if shift is None:
        return _Joined(clock, None, (why_not,) if why_not else (), ())
    periods = f"{shift.periods:.2f} ± {shift.unsure:.2f} periods"
    late = f"by pings its frames are {periods} later than those of host {other}"
    if shift.triggers is None:
        return _Joined(clock, shift, (f"{late}, so its triggers are not certain",), ())
    if not shift.triggers:
        return _Joined(clock, shift, (), ())
    reason = f"host {name}: {late}: {belongs(shift.triggers)}"
    return _Joined(clock, shift, (), (reason,))


def _steady(seen: Iterable[Seen]) -> Seen | None:
    """A camera whose clock ran without a break, with the most triggers; the first of several."""
    return max(
        (one for one in seen if len(one.lives) == 1 and len(one.triggers)),
        key=lambda one: len(one.triggers),
        default=None,
    )


def _pulses(one: Seen, span: Span | None) -> TriggerTimes:
    """When its pulses began: what lies between a pulse and the timestamp of its frame is taken off."""
    before_ns = 0 if span is None else round(span.middle_us * 1e3)
    return TriggerTimes(one.triggers, one.host_ns - before_ns)


def _shift(
    first: _Part, part: _Part, seen: tuple[Seen, Seen], spans: tuple[Span | None, Span | None]
) -> tuple[Shift | None, str]:
    """By how many periods the second one is late; and why that is not known."""
    apart = apart_of(first.host.pings, part.host.pings)
    rate = next((one.account.rate for one in seen if one.account.rate), None)
    if apart is None or rate is None:
        return None, (
            f"no ping compared its host with {first.host.name} while they recorded. A first trigger that "
            f"host {part.host.name} missed would not be noticed"
        )
    theirs, ours = spans
    if theirs is None or ours is None:
        return (
            None,
            f"when it exposes after a pulse is not known, so it was not compared with {first.host.name}",
        )
    if any(one.account.clock is None or one.account.clock.latency_us is None for one in seen):
        return None, (
            "its clock and that of its host were not read together, so its triggers were not compared with "
            f"those of host {first.host.name}"
        )
    pulses = [_pulses(one, span) for one, span in zip(seen, spans, strict=True)]
    unsure_ns = (theirs.unsure_us + ours.unsure_us) * 1e3
    return shift_of(pulses[0], pulses[1], apart, 1e9 / rate, unsure_ns=unsure_ns), ""


def _moved(one: Seen, clock: HostClock | None) -> Seen:
    """The same by the clock of the first computer."""
    return one if clock is None else one._replace(host_ns=clock.reference_times(one.host_ns))


def _spans(session: Session, seen: Sequence[Seen]) -> dict[str, Span | None]:
    """From the pulse to each camera's timestamp, over all computers."""
    by_serial = {one.account.serial: one for one in seen}
    cameras = tuple(camera for camera in session.cameras if camera.serial in by_serial)
    return spans_of(session.replace(cameras=cameras), [by_serial[camera.serial] for camera in cameras])


# -- all together


def _noted(camera: CameraAccount, notes: tuple[str, ...]) -> CameraAccount:
    return replace(camera, notes=(*camera.notes, *notes)) if notes else camera


def _in_order_of(session: Session, cameras: Sequence[CameraAccount]) -> list[CameraAccount]:
    order = {camera.serial: number for number, camera in enumerate(session.cameras)}
    return sorted(cameras, key=lambda camera: order.get(camera.serial, len(order)))


def _short(parts: Sequence[_Part], triggers: int | None) -> Iterable[str]:
    """Computers that know fewer triggers than another one, where nobody counted the pulses."""
    for part in parts:
        known = part.account.triggers
        if part.source != UNKNOWN and triggers is not None and (known or 0) < triggers:
            yield (
                f"host {part.host.name}: its files have {known or 0} triggers, and those of another host "
                f"{triggers}"
            )
