"""What a host process answers: plain data."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

__all__ = [
    "Answer",
    "AnyAnswer",
    "CameraState",
    "Counted",
    "Done",
    "Facts",
    "FileFact",
    "Held",
    "HostFacts",
    "LeaseFacts",
    "Leased",
    "Newest",
    "Opened",
    "OpenedCamera",
    "Picture",
    "Pictures",
    "Pong",
    "Primed",
    "Pulses",
    "RecordingFacts",
    "Status",
    "Triggered",
]

Pulses = Literal["camera", "box", "elsewhere"]
"""Who makes the pulses: a camera of this host, its pulse box, or something beyond this host."""


class Answer(Struct, frozen=True, tag=True):
    """Base of all answers; a newer host may say more in one."""


class Done(Answer, frozen=True):
    """It is done."""


class LeaseFacts(Struct, frozen=True):
    """Who controls the host.

    Attributes
    ----------
    number : int
        Grows with each lease, also over host processes.
    holder : str
    silent_s : float
        Since the last word.
    """

    number: int
    holder: str
    silent_s: float


class Leased(Answer, frozen=True):
    """The lease: its number goes with each request.

    Attributes
    ----------
    number : int
    before : LeaseFacts or None
        Who had it.
    session : str
        Id of the open session; "" without one.
    """

    number: int
    before: LeaseFacts | None = None
    session: str = ""


class RecordingFacts(Answer, frozen=True):
    """The present recording of a session, or its last one.

    Attributes
    ----------
    recording : str
        Its id.
    folder : str
        On this host; "" where nothing is written.
    state : {"primed", "recording", "ending", "ended", "discarded", "failed"}
        "failed": it was broken off; ``llpyspin repair`` completes it.
    reason : str
        Why it ended, or failed.
    seconds : float
        Since it began, or as long as it was.
    triggers : int or None
        Of all files, once it has ended.
    adds_up : bool or None
        Whether its account does, once it has ended.
    verdict : str
    doubts : tuple of str
        Why the account does not add up.
    ends_by_itself : bool
        Whether it has a planned end.
    """

    recording: str
    folder: str
    state: str
    reason: str = ""
    seconds: float = 0.0
    triggers: int | None = None
    adds_up: bool | None = None
    verdict: str = ""
    doubts: tuple[str, ...] = ()
    ends_by_itself: bool = False


class HostFacts(Answer, frozen=True):
    """Who the host process is.

    Attributes
    ----------
    host : str
        Id of this process: another one after a restart.
    computer : str
        Its name in the network.
    pid : int
    version : str
        Of llpyspin.
    protocol : int
    python : str
    up_s : float
        How long it runs.
    session, name : str
        Id of the open session, and what the host is called in it; "" without one.
    state : str
        "closed", "open", or the state of the recording that goes on.
    lease : LeaseFacts or None
    recording : RecordingFacts or None
    """

    host: str
    computer: str
    pid: int
    version: str
    protocol: int
    python: str
    up_s: float
    session: str = ""
    name: str = ""
    state: str = "closed"
    lease: LeaseFacts | None = None
    recording: RecordingFacts | None = None


class Pong(Answer, frozen=True):
    """The clocks of the host, read when the request had come and before the answer goes.

    Attributes
    ----------
    sent_ns : int
        As it was asked.
    came_ns, goes_ns : int
        The host's monotonic clock, which recordings use as host time.
    wall_ns : int
        Its wall clock, at ``goes_ns``.
    boot : str
        Id of the boot: the monotonic clock begins anew with it.
    """

    sent_ns: int
    came_ns: int
    goes_ns: int
    wall_ns: int
    boot: str = ""


class OpenedCamera(Struct, frozen=True):
    """One camera that is open."""

    name: str
    serial: str
    model: str
    role: str
    virtual: bool = False


class Opened(Answer, frozen=True):
    """The cameras are open.

    Attributes
    ----------
    session : str
    cameras : tuple of OpenedCamera
    pulses : {"camera", "box", "elsewhere"}
        Who makes the pulses.
    rate_hz : float or None
        Of the pulses, with the present settings; None where it is not known.
    """

    session: str
    cameras: tuple[OpenedCamera, ...]
    pulses: Pulses
    rate_hz: float | None = None


class Primed(Answer, frozen=True):
    """All cameras of this host are armed, and their writers are open.

    Attributes
    ----------
    recording : str
        Its id.
    folder : str
    rate_hz : float
        Of the pulses.
    """

    recording: str
    folder: str
    rate_hz: float


class Triggered(Answer, frozen=True):
    """Pulses have begun between these times of the host's monotonic clock, ns."""

    after_ns: int
    before_ns: int


class Held(Answer, frozen=True):
    """There are no more pulses.

    Attributes
    ----------
    triggers : int or None
        How many there were in all; None where the source could not tell.
    """

    triggers: int | None


class Counted(Answer, frozen=True):
    """How many triggers there were.

    Attributes
    ----------
    seen : int
        One more than the highest number of a trigger that any camera of this host has seen.
    held : int or None
        What ``Hold`` has answered; None before.
    """

    seen: int
    held: int | None = None


class Newest(Struct, frozen=True):
    """The newest frame of a camera: its trigger, and when it came on the host's monotonic clock, ns."""

    trigger: int
    host_ns: int


class CameraState(Struct, frozen=True):
    """One camera, as in :class:`llpyspin.rig.status.CameraStatus`."""

    name: str
    serial: str
    role: str
    state: str
    triggers: int
    frames: int
    incomplete: int
    lost: dict[str, int]
    rate: float
    backlog: int
    spilled: int
    bytes: int
    disk_free: int | None
    segments: int
    failure: str


class Status(Answer, frozen=True):
    """How the rig is; as :class:`llpyspin.rig.status.RigStatus`, with the session and the recording."""

    state: str
    seconds: float
    triggers: int
    cameras: dict[str, CameraState]
    folder: str = ""
    events: tuple[str, ...] = ()
    stop_reason: str = ""
    session: str = ""
    name: str = ""
    newest: dict[str, Newest] = {}
    recording: RecordingFacts | None = None
    lease: LeaseFacts | None = None


class Picture(Struct, frozen=True):
    """One picture.

    Attributes
    ----------
    form : {"jpeg", "raw"}
    height, width : int
    channels : int
        1 or 3 (blue, green, red).
    dtype : str
        Of raw pixels, as NumPy calls it.
    content : bytes
    host_ns : int
        When the frame came, on the host's monotonic clock.
    """

    form: str
    height: int
    width: int
    channels: int
    dtype: str
    content: bytes
    host_ns: int


class Pictures(Answer, frozen=True):
    """Pictures of one trigger; None for a camera that has none.  ``trigger`` -1: none came in time."""

    trigger: int
    pictures: dict[str, Picture | None]


class FileFact(Struct, frozen=True):
    """A file of a recording, by its path in the folder, with "/" between names."""

    name: str
    bytes: int


class Facts(Answer, frozen=True):
    """What a recording left.

    Attributes
    ----------
    recording, folder, state : str
    session : dict
        What ``session.json`` holds.
    sidecars : tuple of str
        Names of the sidecars in the folder.
    files : tuple of FileFact
        All files in the folder.
    """

    recording: str
    folder: str
    state: str
    session: dict[str, Any]
    sidecars: tuple[str, ...]
    files: tuple[FileFact, ...]


AnyAnswer = (
    Done
    | Leased
    | RecordingFacts
    | HostFacts
    | Pong
    | Opened
    | Primed
    | Triggered
    | Held
    | Counted
    | Status
    | Pictures
    | Facts
)
"""Of all kinds; each names its own."""
