"""What a notice says, and its JSON."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

__all__ = ["EVENTS", "FLOODS", "Notice", "joined", "notice_of"]

FLOODS = ("frame_lost", "camera_lost", "camera_back", "writer_failed")
"""Those of which there may be many: they are joined."""
EVENTS = (
    *("started", "stopped", "finished"),
    *FLOODS,
    *("disk_low", "temperature_high", "session_failed", "session_missed", "schedule_ended"),
)
MOST_TEXT = 1000


@dataclass(frozen=True)
class Notice:
    """One event, or several of the same kind.

    Attributes
    ----------
    event : str
        One of :data:`EVENTS`.
    text : str
        A sentence for people.
    camera : str
        Name of the camera; "" where it concerns all.
    time, first : str
        UTC; of several events the last one and the first one.
    count : int
        How many events, or lost frames.
    folder : str
        Of the session; "" without one.
    left_out : int
        Notices before this one that were not sent, because too many waited.
    """

    event: str
    text: str
    camera: str = ""
    time: str = ""
    first: str = ""
    count: int = 1
    folder: str = ""
    left_out: int = 0

    def body(self) -> bytes:
        """The JSON that a command reads, and a URL gets."""
        said: dict[str, Any] = asdict(self)
        return json.dumps({**said, "text": self.text[:MOST_TEXT], "host": platform.node()}).encode()


def notice_of(event: str, text: str, **more: Any) -> Notice:
    """A notice of something that happens now."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return Notice(event, text, time=now, first=now, **more)


def joined(earlier: Notice, later: Notice) -> Notice:
    """Two notices of the same event and camera as one."""
    return replace(later, first=earlier.first, count=earlier.count + later.count)
