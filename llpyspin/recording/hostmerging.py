"""One session of several hosts: the session of each host, in a folder of its own, becomes a part of it.

``SESSION/session.json`` is of all hosts, and ``SESSION/HOST/`` has the whole recording of one host with its
own ``session.json``.  A host whose folder is not there yet is known from what it said, or not at all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import RecordingError
from llpyspin.recording.account.account import Account
from llpyspin.recording.account.making import finish
from llpyspin.recording.account.overhosts import in_order, is_here
from llpyspin.recording.files import of_host
from llpyspin.recording.foreign import exists
from llpyspin.recording.session import COMPLETE, RECORDING, REPAIRED, SESSION_FILE, Session

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from llpyspin.recording.sessionparts import Event, HostRecord

__all__ = ["merge", "merge_around", "merge_parts", "merged", "not_here"]


def merge(folder: str | os.PathLike[str]) -> Session:
    """Make the session of several hosts anew, from the hosts whose folders are in it.

    Parameters
    ----------
    folder : path-like
        Of the session.

    Returns
    -------
    Session
        As it was written, with its account.

    Raises
    ------
    RecordingError
        It is not a session of several hosts, a folder belongs to another recording, or it cannot be written.
    """
    path = Path(folder) / SESSION_FILE
    session = Session.read(path)
    if not session.hosts:
        raise RecordingError(f"{path} is not a session of several hosts: there is nothing to merge")
    parts = {
        host.name: Session.read(path.parent / host.name / SESSION_FILE)
        for host in session.hosts
        if is_here(host, path.parent)
    }
    return merge_parts(session, parts, path)


def merge_parts(session: Session, parts: Mapping[str, Session], path: Path) -> Session:
    """As :func:`merge`, with what the hosts tell of their recordings; ``path`` is the JSON file to write."""
    session = merged(session, parts)
    return finish(session, path, session.state)


def merge_around(path: Path) -> Path | None:
    """Merge the session that a host's recording belongs to, if that is where it lies.

    ``path`` is the JSON file of a recording.  Returns the JSON file that was written.
    """
    for json in (path, path.parent.parent / SESSION_FILE):
        if exists(json):
            hosts = {host.name for host in Session.read(json).hosts}
            if hosts and (json == path or path.parent.name in hosts):
                merge(json.parent)
                return json
    return None


def merged(session: Session, parts: Mapping[str, Session]) -> Session:
    """The session with what its hosts recorded.

    Parameters
    ----------
    session : Session
        Of all hosts: ``hosts`` and the cameras that were asked for.
    parts : mapping of str to Session
        The recordings of hosts by their names.  Those that are not there stay as they are in ``session``.

    Raises
    ------
    RecordingError
        A part is of another recording.
    """
    for name, part in parts.items():
        if session.id and part.id and part.id != session.id:
            raise RecordingError(
                f"the recording of host {name} has the id {part.id}, and the session has {session.id}. It is "
                "another recording"
            )
    session = session.replace(hosts=tuple(_host(host, parts.get(host.name)) for host in in_order(session)))
    session = _with_cameras(session, parts)
    session = _with_first(session, parts)
    told = _told(session, [part.account for part in parts.values() if part.account is not None])
    return session.replace(state=_state(session), events=_events(session, parts), account=told)


def not_here(session: Session, folder: Path) -> list[str]:
    """A sentence for each host whose files are not in its folder."""
    return [
        f"the files of host {host.name} are not here. They were in {host.folder or 'an unknown folder'} on "
        f"{host.computer or 'that host'}. Copy them into this session: llpyspin collect"
        for host in session.hosts
        if not is_here(host, folder)
    ]


def _host(host: HostRecord, part: Session | None) -> HostRecord:
    if part is None:
        return host
    return replace(
        host,
        computer=part.host or host.computer,
        folder=host.folder or part.recorded_in,
        state=part.state,
        wall_offset_ns=part.wall_offset_ns,
        wall_clock=part.wall_clock,
        versions=part.versions,
    )


def _with_cameras(session: Session, parts: Mapping[str, Session]) -> Session:
    """The cameras as their hosts have recorded them, in the order of the rig."""
    own = {camera.serial: of_host(camera, name) for name, part in parts.items() for camera in part.cameras}
    cameras = [own.pop(camera.serial, camera) for camera in session.cameras]
    return session.replace(cameras=(*cameras, *own.values()))


def _with_first(session: Session, parts: Mapping[str, Session]) -> Session:
    """What the host of the primary camera knows of all: its count of triggers, and its clock."""
    first = parts.get(session.hosts[0].name)
    box = next((part.box for part in parts.values() if part.box is not None), session.box)
    wiring = tuple(
        dict.fromkeys([*session.wiring, *(each for part in parts.values() for each in part.wiring)])
    )
    if first is None:
        return session.replace(box=box, wiring=wiring)
    counts = any(camera.role == "primary" for camera in first.cameras) or first.box is not None
    return session.replace(
        box=box,
        wiring=wiring,
        triggers=first.triggers if session.triggers is None and counts else session.triggers,
        first_trigger=first.first_trigger,
        wall_offset_ns=first.wall_offset_ns,
        wall_clock=first.wall_clock,
        started=first.started,
        fill=first.fill,
        options=session.options or first.options,
        versions=session.versions or first.versions,
    )


def _told(session: Session, accounts: Sequence[Account]) -> Account | None:
    """What hosts said of their cameras, beside what they said before."""
    if not accounts:
        return session.account
    new = {camera.serial: camera for account in accounts for camera in account.cameras}
    before = () if session.account is None else session.account.cameras
    cameras = [new.pop(camera.serial, camera) for camera in before]
    return Account(
        first_trigger=session.first_trigger,
        triggers=session.triggers,
        cameras=(*cameras, *new.values()),
        fill=session.fill,
        virtual=any(account.virtual for account in accounts),
        killed=any(account.killed for account in accounts),
    )


def _events(session: Session, parts: Mapping[str, Session]) -> tuple[Event, ...]:
    """What happened on all hosts; those without a camera say on which host."""
    events = list(session.events)
    for name, part in parts.items():
        for event in part.events:
            text = event.text if event.camera else f"host {name}: {event.text}"
            events.append(replace(event, text=text))
    return tuple(dict.fromkeys(events))


def _state(session: Session) -> str:
    """That of the worst part that is known."""
    states = {host.state for host in session.hosts}
    return next((each for each in (RECORDING, REPAIRED) if each in states), COMPLETE)
