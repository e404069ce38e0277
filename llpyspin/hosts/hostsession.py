"""The session of several hosts, as the program that controls them keeps it: in a folder of its own."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.recording.hostmerging import merge_parts
from llpyspin.recording.session import CameraRecord, Session, new_id
from llpyspin.recording.sessionparts import Event, HostRecord
from llpyspin.rig.folder import SessionFolder

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from llpyspin.hosts.answers import Opened, Primed
    from llpyspin.hosts.hostlink import HostLink
    from llpyspin.recording.hostclock import HostPing
    from llpyspin.rig.config import RigConfig

__all__ = ["HostSession"]

logger = logging.getLogger("llpyspin")


class HostSession:
    """One recording of all hosts.

    ``session.json`` is there from the beginning, so a session whose program was killed can be completed: it
    names the hosts, and where they write.

    Parameters
    ----------
    folder : SessionFolder
    session : Session

    Attributes
    ----------
    session : Session
        As it was saved last.
    """

    def __init__(self, folder: SessionFolder, session: Session) -> None:
        self.session = session
        self._folder = folder
        self._events: list[Event] = list(session.events)

    @classmethod
    def begin(
        cls,
        out: str | os.PathLike[str],
        config: RigConfig,
        opened: Mapping[str, Opened],
        said: Mapping[str, Any],
    ) -> HostSession:
        """A new one; nothing may be in the folder.

        Raises
        ------
        RecordingError, RecordingExistsError
        """
        folder = SessionFolder(out)
        cameras = tuple(
            CameraRecord(
                serial=camera.serial,
                name=camera.name,
                role=camera.role,
                virtual=camera.virtual,
                host=host,
            )
            for host, each in opened.items()
            for camera in each.cameras
        )
        hosts = tuple(HostRecord(name) for name in opened)
        name = folder.path.name
        session = Session(cameras=cameras, hosts=hosts, id=new_id(), name=name, metadata=dict(said))
        session = session.replace(options=dict(config.record)).recorded_here(folder.path)
        return cls(folder, session)

    @classmethod
    def again(cls, out: str | os.PathLike[str]) -> HostSession:
        """One that another program has begun, and has not ended.

        Raises
        ------
        RecordingError
            It is no session of hosts, or it has ended.
        RecordingExistsError
            The other program goes on.
        """
        session = Session.read(Path(out) / "session.json")
        if not session.hosts:
            raise RecordingError(f"{out} is not a session of several hosts")
        if session.state != "recording":
            raise RecordingError(f"the session in {out} has ended: it is {session.state}")
        return cls(SessionFolder(out, overwrite=True), session)

    @property
    def id(self) -> str:
        """Of the recording, on all hosts."""
        return self.session.id

    @property
    def path(self) -> Path:
        """Of the folder."""
        return self._folder.path

    def folders(self, config: RigConfig) -> dict[str, str | None]:
        """Where each host writes, by its own paths.

        The folder has the name of the host, as it will have in the session.
        """
        assert config.hosts is not None
        here, session = str(self.path.absolute().parent), self.path.name
        hosts = config.hosts.hosts.items()
        return {name: _joined(host.folder or here, session, name) for name, host in hosts}

    def primed(self, links: Mapping[str, HostLink], primed: Mapping[str, Primed]) -> None:
        """Keep who records where, before it begins."""
        hosts = tuple(
            HostRecord(
                name,
                computer="" if link.facts is None else link.facts.computer,
                folder=primed[name].folder,
                state="recording",
                pings=link.pings,
            )
            for name, link in links.items()
        )
        self.session = self.session.replace(hosts=hosts)
        self._save()

    def note(self, kind: str, text: str) -> None:
        """Something that happened."""
        self._events.append(Event(kind, text, host_ns=time.monotonic_ns()))

    @property
    def events(self) -> tuple[str, ...]:
        """What happened so far."""
        return tuple(event.text for event in self._events)

    def discard(self) -> None:
        """Leave nothing: it did not begin."""
        self._folder.discard(())

    def end(self, triggers: int | None, facts: Mapping[str, Any], links: Mapping[str, HostLink]) -> Session:
        """Make the account of all hosts that have told what they recorded; of others it is unknown.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        parts: dict[str, Session] = {}
        for name, fact in facts.items():
            try:
                parts[name] = Session.of_tree(fact.session, f"session.json of host {name}")
            except RecordingError as error:
                logger.warning("host %s: %s", name, error)
        hosts = tuple(
            _host(host, links.get(host.name), known=host.name in parts) for host in self.session.hosts
        )
        session = self.session.replace(hosts=hosts, triggers=triggers, events=tuple(self._events))
        try:
            self.session = merge_parts(session, parts, self._folder.session).replace(folder=self.path)
        finally:
            self._folder.release()
        return self.session

    def leave(self) -> None:
        """Let others go on with it."""
        self._folder.release()

    def _save(self) -> None:
        self.session.replace(events=tuple(self._events)).save(self._folder.session)


def _host(host: HostRecord, link: HostLink | None, *, known: bool) -> HostRecord:
    pings: tuple[HostPing, ...] = host.pings if link is None else (*host.pings, *link.pings)
    return replace(host, state=host.state if known else "unknown", pings=tuple(dict.fromkeys(pings)))


def _joined(folder: str, *names: str) -> str:
    """A path of another computer, which may be of another system."""
    separator = "\\" if "\\" in folder and not folder.startswith("/") else "/"
    return separator.join((folder.rstrip("/\\"), *names))
