"""What a host process is asked: plain data.

Requests with an effect need the lease, and are known by an id: one that comes twice has one effect and one
answer.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

__all__ = [
    "AnyAsk",
    "Ask",
    "Close",
    "Count",
    "GetFacts",
    "GetStatus",
    "Hello",
    "Hold",
    "Latest",
    "Lease",
    "Open",
    "Ping",
    "Prime",
    "Release",
    "Shutdown",
    "Stop",
    "Trigger",
]


class Ask(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all requests."""


# -- for anybody


class Hello(Ask, frozen=True):
    """Who are you?  The one request that is answered whatever the versions are.  Answer: HostFacts."""


class Ping(Ask, frozen=True):
    """Read the clocks.  With the lease it is also word of the controller.  Answer: Pong.

    Attributes
    ----------
    sent_ns : int
        Monotonic time of whoever asks, which is given back.
    """

    sent_ns: int = 0


class GetStatus(Ask, frozen=True):
    """How is the rig?  Answer: Status."""


class Count(Ask, frozen=True):
    """How many triggers came?  Answer: Counted."""


class Latest(Ask, frozen=True):
    """Pictures of one trigger.  Answer: Pictures.

    Attributes
    ----------
    after : int
        The newest trigger that has a higher number than this; -1: any.
    trigger : int, optional
        This trigger instead.  It must be one of the last half second, or come within ``wait_s``.
    cameras : tuple of str
        Names; empty: all.
    form : {"jpeg", "raw"}
    edge : int
        Most pixels along the longer side of a JPEG.
    wait_s : float
        How long to wait for it.
    """

    after: int = -1
    trigger: int | None = None
    cameras: tuple[str, ...] = ()
    form: Literal["jpeg", "raw"] = "jpeg"
    edge: int = 640
    wait_s: float = 2.0


class GetFacts(Ask, frozen=True):
    """What did a recording leave on this host's disk?  Answer: Facts.

    Attributes
    ----------
    recording : str
        Its id; "": the last one.
    """

    recording: str = ""


class Lease(Ask, frozen=True):
    """Let me control this host.  Answer: Leased.

    Attributes
    ----------
    holder : str
        Who asks, for people: ``"anna@control, process 4711"``.
    session : str
        Id of the session that must be open, for a controller that attaches to it; "": whatever is there.
    take_over : bool
        Also where somebody else has the lease, whose requests are refused from then on.
    """

    holder: str
    session: str = ""
    take_over: bool = False


class Shutdown(Ask, frozen=True):
    """End the host process, and its session, for which it needs the lease.  Answer: Done."""


# -- for the one who has the lease


class Release(Ask, frozen=True):
    """Give the lease back.  A recording goes on, as without word of a controller.  Answer: Done."""


class Open(Ask, frozen=True):
    """Open the cameras of this host.  Answer: Opened.

    The same session again gives the same answer; another one is refused while one is open.

    Attributes
    ----------
    session : str
        Id of the session of the rig, the same on all hosts; a new controller attaches by it.
    name : str
        What this host is called in the rig.
    config : dict
        As in the YAML file of a rig, with the cameras of this host.  A host whose pulses come from elsewhere
        needs ``trigger: external``, ``framerate`` and ``exposure``.
    orphan_after_s : float
        Without word of the controller for so long, a recording that has no planned end is ended in order.
    """

    session: str
    name: str
    config: dict[str, Any]
    orphan_after_s: float = 60.0


class Prime(Ask, frozen=True):
    """Arm all cameras and open the writers; the answer is the confirmation.  Answer: Primed.

    The host with the primary first, for switching its lines may look like a pulse to the others; then all
    others.  A host whose pulses come from elsewhere records from here on, with the first pulse as trigger 0.

    Attributes
    ----------
    folder : str or None
        Absolute path on this host, new or empty; None: nothing is recorded.
    recording : str
        Id of the recording, the same on all hosts; "": a new one.
    options : dict
        As the options of ``Rig.prime``: codec, container, fill, budget ...
    pre_trigger, on_failure, allow_lower_rate, metadata
        As in ``Rig.prime``.
    rate_hz : float, optional
        Of pulses from elsewhere: ``rate_hz`` of the ``Primed`` of the primary's host.
    seconds : float, optional
        Planned end, after the trigger.  It is kept with or without a controller.
    triggers : int, optional
        Planned end, after so many triggers; a few more may be recorded.
    """

    folder: str | None = None
    recording: str = ""
    options: dict[str, Any] = {}
    pre_trigger: float | None = None
    on_failure: str | None = None
    allow_lower_rate: bool | None = None
    metadata: dict[str, Any] | None = None
    rate_hz: float | None = None
    seconds: float | None = None
    triggers: int | None = None


class Trigger(Ask, frozen=True):
    """Begin: on the host that makes the pulses, once all have answered ``Prime``.  Answer: Triggered.

    Elsewhere it says that the recording has begun, which the host also sees from the first pulse.
    """


class Hold(Ask, frozen=True):
    """End the pulses and count them; the writers stay open until ``Stop``.  Answer: Held.

    Only on the host that makes the pulses.
    """


class Stop(Ask, frozen=True):
    """End the recording in order: drain, finish the files, make the account.  Answer: RecordingFacts.

    A recording that has ended already, by its planned end say, gives its facts.

    Attributes
    ----------
    triggers : int, optional
        How many pulses there were in all, as ``Hold`` answered it; where pulses come from elsewhere.
    discard : bool
        Nothing is to be left if no trigger has come; for a start that another host broke off.
    """

    triggers: int | None = None
    discard: bool = False


class Close(Ask, frozen=True):
    """Stop if need be, close the cameras, end the session.  Answer: Done."""


AnyAsk = (
    Hello
    | Ping
    | GetStatus
    | Count
    | Latest
    | GetFacts
    | Lease
    | Shutdown
    | Release
    | Open
    | Prime
    | Trigger
    | Hold
    | Stop
    | Close
)
"""Of all kinds; each names its own."""
