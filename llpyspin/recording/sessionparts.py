"""Parts of a recording's JSON file: a video with its sidecar, a known pulse, an event, a computer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from llpyspin.naming.known import named
from llpyspin.recording.hostclock import HostPing  # noqa: TC001 -- needed to read it from JSON

__all__ = ["UNKNOWN", "Event", "FileRecord", "HostRecord", "Pulse"]

UNKNOWN = "unknown"
"""The state of a host that was lost: nobody knows what it recorded until its files are there."""


@named
@dataclass(frozen=True)
class FileRecord:
    """One video and its sidecar: names, in the folder of the JSON file.

    ``part`` counts the segments of one camera from 0.  ``unassigned`` is the number of pictures at the end of
    the video that have no row, because nothing proves which triggers they belong to.
    """

    video: str
    sidecar: str
    part: int = 0
    unassigned: int = 0


@named
@dataclass(frozen=True)
class Pulse:
    """A pulse whose number another camera knows, on the clock of this one.

    ``camera_timestamp_ns`` is what this camera says of a frame that it exposed with trigger ``trigger``.
    ``by_box``: the pulse box knows it, not another camera.
    """

    camera_timestamp_ns: int
    trigger: int
    by_box: bool = False


@named
@dataclass(frozen=True)
class Event:
    """Something that happened while recording.

    Attributes
    ----------
    kind : str
        One word: "lost" (a camera), "rejoined", "writer", "overflow", "stopped", "killed", ...
    text : str
        A sentence for people.
    camera : str
        Serial number; empty: it concerns all.
    host_ns : int or None
        When, on the host's monotonic clock.
    trigger : int or None
        At which trigger, where that is known.
    """

    kind: str
    text: str
    camera: str = ""
    host_ns: int | None = None
    trigger: int | None = None


@named
@dataclass(frozen=True)
class HostRecord:
    """One computer of a recording of several computers.

    Attributes
    ----------
    name : str
        What the rig calls it, and the folder of its files.
    computer : str
        Its name in the network.
    folder : str
        Where it wrote its files, there.
    state : str
        That of its own recording; "unknown": the computer was lost, and its files are not here.
    wall_offset_ns : int
        As in the session, by its own clocks.
    wall_clock : dict
        What its system says of its wall clock.
    versions : dict
    pings : tuple of HostPing
        Its monotonic clock and that of the program that controlled the rig, read together.
    """

    name: str
    computer: str = ""
    folder: str = ""
    state: str = UNKNOWN
    wall_offset_ns: int = 0
    wall_clock: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)
    pings: tuple[HostPing, ...] = ()
