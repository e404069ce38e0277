"""What a live page shows of a rig: its status as plain values, and where the frames of each camera are."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.sync.station import acquisition_of
from llpyspin.web.newsteller import News

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.camera.temperatures import Temperatures
    from llpyspin.recording.session import Event
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun
    from llpyspin.rig.status import CameraStatus, RigStatus
    from llpyspin.rig.webchoices import Choices

__all__ = ["folder_of", "in_step", "news_of"]

MOST_EVENTS = 50
AWAY = ("lost", "recovering")  # triggers without the camera are accounted for when it is back
CALM = ("open", "running", "recording")  # trigger() and stop() wait for no answer about a temperature


class Watched(Protocol):
    """What is watched: the cameras of a rig that is open."""

    @property
    def members(self) -> Mapping[str, Member]: ...

    @property
    def current(self) -> RigRun | None: ...

    @property
    def attended(self) -> bool: ...

    @property
    def temperatures(self) -> Temperatures: ...

    def status(self) -> RigStatus: ...


def news_of(runs: Watched, choices: Choices | None = None) -> Callable[[], News | None]:
    """What gives the news of a rig; None once nobody uses the rig any more, for it does not keep it.

    ``choices``: what pages can change, if they can.
    """
    known = weakref.ref(runs)

    def news() -> News | None:
        rig = known()
        if rig is None:
            return None
        status = rig.status()
        if status.state in CALM:
            rig.temperatures.catch_up(rig.members)
        addresses = {name: acquisition_of(member.camera).address for name, member in rig.members.items()}
        tree = _tree(status, rig, rig.temperatures.known)
        if choices is not None:
            if status.state == "open":  # in a run nothing can be changed
                choices.catch_up(rig.members)
            tree["control"] = {"settings": choices.known, "attended": rig.attended}
        return News(tree, addresses)

    return news


def _tree(status: RigStatus, rig: Watched, temperatures: Mapping[str, float]) -> dict[str, Any]:
    return {
        "state": status.state,
        "seconds": round(status.seconds, 1),
        "triggers": status.triggers,
        "folder": folder_of(rig.current),
        "sync": in_step(rig.members),
        "cameras": [
            _camera(each, status.triggers, temperatures.get(each.name)) for each in status.cameras.values()
        ],
        "events": events_of(rig.current, {member.serial: name for name, member in rig.members.items()}),
    }


def folder_of(run: RigRun | None) -> str:
    """Where a run records to; "" without a recording, also if there was one before."""
    return "" if run is None or run.plan.folder is None else str(run.plan.folder)


def events_of(run: RigRun | None, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The last events of a run, newest first: seconds since the trigger, the camera's name, and the text."""
    if run is None:
        return []
    return [
        {
            "seconds": _seconds(event, run.begun),
            "camera": names.get(event.camera, event.camera),
            "text": event.text,
        }
        for event in reversed(run.events[-MOST_EVENTS:])
    ]


def _seconds(event: Event, begun: int | None) -> float | None:
    return None if begun is None or event.host_ns is None else round((event.host_ns - begun) / 1e9, 1)


def _camera(status: CameraStatus, triggers: int, temperature: float | None) -> dict[str, Any]:
    return {
        "name": status.name,
        "serial": status.serial,
        "role": status.role,
        "state": status.state,
        "rate": round(status.rate, 2) if math.isfinite(status.rate) else None,
        "frames": status.frames,
        "away": max(0, triggers - status.triggers) if status.state in AWAY else 0,
        "incomplete": status.incomplete,
        "lost": {str(place): count for place, count in status.lost.items() if count},
        "backlog": status.backlog,
        "spilled": status.spilled,
        "disk_free": status.disk_free,
        "temperature": None if status.failure else temperature,
        "failure": status.failure,
    }


def in_step(members: Mapping[str, Member]) -> dict[str, Any] | None:
    """How far apart the cameras are; None where fewer than two give triggered frames.

    ``trigger`` is the newest one that all cameras may have a frame of, ``behind`` how many triggers the last
    camera is behind the first one, and ``arrival_ms`` how far apart the frames of that trigger arrived, None
    where one of them is missing.
    """
    stints = [member.stint for member in members.values()]  # each may be None a moment later
    followers = [stint.follower for stint in stints if stint is not None]
    newest = [found[0] for found in (follower.newest() for follower in followers) if found is not None]
    if len(newest) < 2:
        return None
    trigger = min(newest)
    frames = [follower.frame(trigger) for follower in followers]
    arrived = [frame.host_timestamp_ns for frame in frames if frame is not None]
    whole = len(arrived) == len(followers)
    return {
        "trigger": trigger,
        "behind": max(newest) - trigger,
        "arrival_ms": round((max(arrived) - min(arrived)) / 1e6, 3) if whole else None,
    }
