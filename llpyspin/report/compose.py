"""Makes the document of a report from the files of a recording."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import numpy as np

import llpyspin
from llpyspin.recording.account.making import account_of
from llpyspin.recording.locating import spills_of
from llpyspin.recording.session import RECORDING
from llpyspin.recording.sidecar import being_written
from llpyspin.report.causes import causes_of
from llpyspin.report.contactsheet import MOST_CAMERAS, choose_moments, tiles_of
from llpyspin.report.distributions import (
    clock_of,
    delays_of,
    intervals_of,
    losses_of,
    spread_of_tracks,
    time_base,
)
from llpyspin.report.document import (
    About,
    CameraFigures,
    Checked,
    Document,
    EventLine,
    Moment,
    Series,
    Summary,
)
from llpyspin.report.evidence import evidence_of
from llpyspin.report.headline import verdict_of_report
from llpyspin.report.healthseries import health_of, hottest_of, least_disk_of
from llpyspin.report.lastsession import compared
from llpyspin.report.tracks import Track, track_of
from llpyspin.tables.sheet import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.checking.check import CheckReport
    from llpyspin.recording.locating import Found
    from llpyspin.recording.session import Session
    from llpyspin.report.contactsheet import Tile
    from llpyspin.report.distributions import TimeBase
    from llpyspin.report.document import Health

    Tiles = dict[str, list[Tile]]

__all__ = ["compose"]


def compose(found: Found, check: CheckReport | None = None) -> tuple[Document, Tiles]:
    """The document of a recording, and the pictures of its contact sheet by camera."""
    with np.errstate(all="ignore"):  # numbers in damaged files may be of any size
        return _composed(found, check)


def _composed(found: Found, check: CheckReport | None) -> tuple[Document, Tiles]:
    session = found.session
    account = account_of(session, found.folder)
    tracks = _tracks(found, account)
    base = time_base(tracks)
    health = health_of(found.path, tracks, base)
    series, summaries = _series(tracks, base, account, health)
    delays = {label: each[1] for label, each in summaries.items() if each[1] is not None}
    problems = tuple(_problems(found, tracks, account))
    evidence = evidence_of(
        session,
        account,
        tracks,
        delays,
        running=_is_running(found),
        spills=tuple(path.name for path in spills_of(found)),
        spread=series.synchronisation,
        problems=problems,
        findings=() if check is None else _new_findings(check, account),
        least_disk=least_disk_of(health),
        hottest=hottest_of(health),
    )
    causes = causes_of(evidence)
    seconds = _seconds(account)
    moments, tiles, not_shown = _moments(tracks, base)
    document = Document(
        made_utc=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        made_with=f"llpyspin {llpyspin.__version__}",
        recording=_about(found, account, seconds),
        verdict=verdict_of_report(evidence, causes, seconds),
        causes=causes,
        cameras=tuple(_figures(track, *summaries[track.label]) for track in tracks),
        series=series,
        moments=moments,
        losses_not_shown=not_shown,
        events=tuple(_events(session, base)),
        compared_with=compared(found),
        settings={track.label: dict(track.record.settings) for track in tracks},
        options=dict(session.options),
        wiring=session.wiring,
        versions=dict(session.versions),
        not_recorded=tuple(_not_recorded(session, series, check)),
        problems=problems,
        checked=None if check is None else Checked(dict(check.pictures), check.compared, check.findings),
        account=plain(account),
        files=(),
    )
    return document, tiles


def _tracks(found: Found, account: Account) -> list[Track]:
    return [
        track_of(record, one, found.folder)
        for record, one in zip(found.session.cameras, account.cameras, strict=True)
    ]


Summaries = dict[str, "tuple[Summary | None, Summary | None]"]
"""Of each camera: of its intervals and of its delays, in ms."""


def _series(
    tracks: Sequence[Track], base: TimeBase | None, account: Account, health: Health | None
) -> tuple[Series, Summaries]:
    summaries: Summaries = {}
    spread = spread_of_tracks(tracks, account.spread)
    series = Series(losses=losses_of(tracks, base), synchronisation=spread, health=health)
    for track in tracks:
        interval, delay, clock = intervals_of(track), delays_of(track, base), clock_of(track, base)
        summaries[track.label] = (interval[0] if interval else None, delay[0] if delay else None)
        if interval:
            series.intervals[track.label] = interval[1]
        if delay:
            series.delays[track.label] = delay[1]
        if clock:
            series.clocks[track.label] = clock
    return series, summaries


def _is_running(found: Found) -> bool:
    sidecars = [found.folder / file.sidecar for camera in found.session.cameras for file in camera.files]
    return any(being_written(sidecar) for sidecar in sidecars)


def _problems(found: Found, tracks: Sequence[Track], account: Account) -> Iterator[str]:
    """Files that cannot be read, and numbers that are not those of the account that was written."""
    for track in tracks:
        for video in track.files:
            if not video.is_file():
                yield f"{track.label}: {video.name} is missing: its pictures are lost"
        yield from (f"{track.label}: {problem}" for problem in track.problems)
    if not found.written:
        yield f"{found.path.name} is missing: settings, events and versions are not known"
    before = (
        {}
        if found.session.account is None
        else {
            camera.serial: (camera.triggers, camera.written, camera.all_lost)
            for camera in found.session.account.cameras
        }
    )
    for camera in account.cameras:
        now = (camera.triggers, camera.written, camera.all_lost)
        if before.get(camera.serial, now) != now:
            then = before[camera.serial]
            yield (
                f"{camera.label}: the files changed after their account was made. It has {then[0]} triggers, "
                f"{then[1]} written, {then[2]} lost. The CSV files have {now[0]}, {now[1]}, {now[2]}"
            )


def _new_findings(check: CheckReport, account: Account) -> tuple[str, ...]:
    """What only the check of the pictures knows."""
    known = set(account.reasons)
    return tuple(finding for finding in check.findings if finding not in known)


def _seconds(account: Account) -> float | None:
    spans = [
        camera.last_host_ns - camera.first_host_ns
        for camera in account.cameras
        if camera.first_host_ns is not None and camera.last_host_ns is not None
    ]
    return max(spans) / 1e9 if spans else None


def _about(found: Found, account: Account, seconds: float | None) -> About:
    session = found.session
    return About(
        path=str(found.path),
        name=session.name or found.folder.name,
        state=session.state if found.written else RECORDING,
        started_utc=session.started_utc,
        host=session.host,
        user=session.user,
        virtual=session.virtual,
        replay_of=tuple(dict.fromkeys(each.replay_of for each in session.cameras if each.replay_of)),
        seconds=seconds,
        triggers=account.triggers,
        sync=session.sync,
        metadata=dict(session.metadata),
        id=session.id,
    )


def _figures(track: Track, interval_ms: Summary | None, delay_ms: Summary | None) -> CameraFigures:
    record, account, clock = track.record, track.account, track.account.clock
    exposure = record.armed.get("exposure_us")
    return CameraFigures(
        name=track.label,
        serial=record.serial,
        model=record.model,
        interface=record.interface,
        role=record.role,
        virtual=record.virtual,
        replay_of=record.replay_of,
        triggers=account.triggers,
        written=account.written,
        incomplete=account.incomplete,
        lost=dict(account.lost),
        blanks=account.blanks,
        rate=account.rate,
        requested_rate=account.requested_rate,
        exposure_us=float(exposure) if isinstance(exposure, (int, float)) else None,
        drift_ppm=None if clock is None or clock.drift_error_ppm is None else clock.drift_ppm,
        drift_error_ppm=None if clock is None else clock.drift_error_ppm,
        residual_us=None if clock is None else clock.residual_us,
        interval_ms=interval_ms,
        delay_ms=delay_ms,
        delay_known=clock is not None and clock.latency_us is not None,
        sink=record.sink,
        files=tuple(file.video for file in record.files),
        notes=tuple(dict.fromkeys((*account.notes, *record.doubts))),
    )


def _moments(tracks: Sequence[Track], base: TimeBase | None) -> tuple[tuple[Moment, ...], Tiles, int]:
    chosen, not_shown = choose_moments(tracks)
    shown = tracks[:MOST_CAMERAS]
    tiles = {track.label: tiles_of(track, [each.trigger for each in chosen]) for track in shown}
    moments = [
        Moment(
            each.trigger,
            None if base is None else round(float(base.at(each.trigger)), 6),
            each.why,
            {label: of_camera[number].text for label, of_camera in tiles.items()},
        )
        for number, each in enumerate(chosen)
    ]
    return tuple(moments), tiles, not_shown


def _events(session: Session, base: TimeBase | None) -> Iterator[EventLine]:
    names: Mapping[str, str] = {camera.serial: camera.name or camera.serial for camera in session.cameras}
    for event in session.events:
        since = None if base is None or event.host_ns is None else round(base.since(event.host_ns), 3)
        yield EventLine(since, event.trigger, names.get(event.camera, event.camera), event.kind, event.text)


def _not_recorded(session: Session, series: Series, check: CheckReport | None) -> Iterator[str]:
    """What a reader may look for, and will not find."""
    if series.health is None or not series.health.cameras:
        yield "Backlog of the writers, free disk space and load of the computer over time: not recorded."
    if series.health is None or not series.health.temperatures:
        yield "Temperatures of the cameras: not recorded."
    if not series.clocks:
        yield "Fits of the clocks: there are too few frames."
    if len(session.cameras) > 1 and series.synchronisation is None:
        yield "Synchronisation: no trigger has frames of all cameras."
    if len(session.cameras) == 1:
        yield "Synchronisation: there is one camera only."
    if session.account is None:
        yield "Counters of the cameras at the end: the recording was not ended in order."
    if check is None:
        yield "The pictures were not all decoded for this report. `llpyspin check --html` does this."
