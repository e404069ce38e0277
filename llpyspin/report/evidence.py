"""What the rules of :mod:`.causes` look at: a few plain facts of each camera and of the recording."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.session import KILLED, RECORDING
from llpyspin.report.tracks import FATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.recording.account.data import AccountData
    from llpyspin.recording.session import CameraRecord, Event, Session
    from llpyspin.report.document import Spread, Summary
    from llpyspin.report.tracks import Track

__all__ = ["CameraEvidence", "Evidence", "camera_evidence", "evidence_of", "megabytes_per_second"]

_BYTES = {
    "8": 1.0,
    "10": 2.0,
    "10p": 1.25,
    "10packed": 1.25,
    "12": 2.0,
    "12p": 1.5,
    "12packed": 1.5,
    "16": 2.0,
}
_COLOURS = {"BGR8": 3.0, "RGB8": 3.0, "BGRa8": 4.0, "YUV422Packed": 2.0, "YUV444Packed": 3.0}


@dataclass(frozen=True)
class CameraEvidence:
    """What is known of one camera.

    Attributes
    ----------
    lost : dict
        By place; ``away`` of those in transport were lost while the camera was away.
    exposure_us : float or None
        The longest exposure: of the frames, or the setting.
    most_framerate : float or None
        Triggers a second that it can follow, as it said when it was armed.
    pulses : int or None
        What the camera counted at its input.
    megabytes : float or None
        Per second on its cable.
    texts : tuple of str
        Its notes, doubts and events.
    """

    label: str
    serial: str = ""
    role: str = "free"
    interface: str = ""
    triggers: int = 0
    written: int = 0
    incomplete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    away: int = 0
    unnumbered: int = 0
    dropped: int = 0
    unassigned: int = 0
    rate: float | None = None
    requested_rate: float | None = None
    exposure_us: float | None = None
    most_framerate: float | None = None
    pulses: int | None = None
    clock_restarts: bool = False
    megabytes: float | None = None
    sink: str = ""
    delay_ms: Summary | None = None
    events: tuple[Event, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def in_transport(self) -> int:
        """Frames lost on their way, while the camera was there and memory was free."""
        return max(0, self.lost.get("transport", 0) - self.away - self.dropped)


@dataclass(frozen=True)
class Evidence:
    """What is known of a recording; ``problems`` are files that cannot be read, or changed since."""

    cameras: tuple[CameraEvidence, ...] = ()
    triggers: int | None = None
    adds_up: bool = True
    reasons: tuple[str, ...] = ()
    running: bool = False
    killed: bool = False
    repaired: bool = False
    spills: tuple[str, ...] = ()
    overflow: str = ""
    sync: str = "lines"
    spread: Spread | None = None
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    least_disk: int | None = None
    hottest: tuple[str, float] | None = None


def evidence_of(
    session: Session,
    account: AccountData,
    tracks: Sequence[Track],
    delays: Mapping[str, Summary],
    **more: Any,
) -> Evidence:
    """The facts of a recording; ``more`` are those that are not in its session."""
    return Evidence(
        cameras=tuple(camera_evidence(track, session, delays.get(track.label)) for track in tracks),
        triggers=account.triggers,
        adds_up=account.adds_up,
        reasons=account.reasons,
        killed=session.state == RECORDING or any(event.kind == KILLED for event in session.events),
        repaired=session.state == "repaired",
        overflow=str(session.options.get("overflow") or ""),
        sync=session.sync,
        events=tuple(event for event in session.events if not event.camera),
        **more,
    )


def camera_evidence(track: Track, session: Session, delay_ms: Summary | None = None) -> CameraEvidence:
    """The facts of one camera."""
    record, account = track.record, track.account
    events = tuple(event for event in session.events if event.camera and event.camera == record.serial)
    return CameraEvidence(
        label=track.label,
        serial=record.serial,
        role=record.role,
        interface=record.interface,
        triggers=account.triggers,
        written=account.written,
        incomplete=account.incomplete,
        lost={place: count for place, count in account.lost.items() if count},
        away=_away(track, events),
        unnumbered=account.unnumbered,
        dropped=account.dropped,
        unassigned=account.unassigned,
        rate=account.rate,
        requested_rate=account.requested_rate,
        exposure_us=_exposure_us(track),
        most_framerate=_number(record.armed.get("most_framerate")),
        pulses=None if record.tally is None else record.tally.pulses,
        clock_restarts=any("clock began anew" in note for note in account.notes),
        megabytes=megabytes_per_second(record, account.rate),
        sink=record.sink,
        delay_ms=delay_ms,
        events=events,
        texts=(*account.notes, *record.doubts, *record.notes, *(event.text for event in events)),
    )


def megabytes_per_second(record: CameraRecord, rate: float | None) -> float | None:
    """What a camera sends; None where size, format or rate are not known."""
    height, width = (_number(record.picture.get(side)) for side in ("height", "width"))
    size = _bytes_of(str(record.settings.get("pixel_format") or ""))
    if None in (height, width, size) or not rate:
        return None
    return float(height or 0) * float(width or 0) * float(size or 0) * rate / 1e6


def _bytes_of(pixel_format: str) -> float | None:
    """Bytes of a pixel: of ``Mono8``, ``BayerRG12p``, ``BGR8`` …"""
    if pixel_format in _COLOURS:
        return _COLOURS[pixel_format]
    depth = re.fullmatch(r"(?:Mono|Bayer(?:RG|GR|GB|BG))(\d+(?:p|Packed)?)", pixel_format)
    return _BYTES.get(depth[1].lower()) if depth else None


def _exposure_us(track: Track) -> float | None:
    told = track.rows["exposure_us"]
    if np.isfinite(told).any():
        return float(np.nanmax(told))
    return _number(track.record.armed.get("exposure_us"))


def _away(track: Track, events: Sequence[Event]) -> int:
    """Frames lost in transport from the time at which the camera was lost until it came back."""
    gone = track.rows["trigger"][track.rows["fate"] == FATES.index("transport")]
    away = np.zeros(len(gone), bool)
    since: int | None = None
    for event in events:
        if event.kind == "lost" and event.trigger is not None and since is None:
            since = event.trigger
        elif event.kind == "rejoined" and event.trigger is not None and since is not None:
            away |= (gone >= since) & (gone < event.trigger)
            since = None
    if since is not None:
        away |= gone >= since
    return int(away.sum())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
