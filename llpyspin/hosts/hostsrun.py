"""One run of a rig of several hosts: primed, watched, triggered, stopped, told of."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from llpyspin.errors import HostLostError
from llpyspin.hosts.hostimages import HostImages
from llpyspin.hosts.hostsession import HostSession
from llpyspin.hosts.hostswatch import HostsWatch
from llpyspin.hosts.manyhosts import lost_of
from llpyspin.recording.session import new_id

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from llpyspin.hosts.asks import Prime
    from llpyspin.hosts.manyhosts import ManyHosts
    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig

__all__ = ["HostsRun", "attached", "primed_run"]

logger = logging.getLogger("llpyspin")


class HostsRun:
    """What goes on from being primed to being stopped.

    Parameters
    ----------
    many : ManyHosts
        All of them primed.
    config : RigConfig
        With hosts.
    kept : HostSession or None
        Where it is recorded; None: it is not.
    lost : mapping of str to HostLostError
        Hosts that do not answer from the beginning.
    triggered : bool
        Whether it is so already.

    Attributes
    ----------
    triggered : bool
    images : HostImages
    over : threading.Event
        Set when the run is to end by itself.
    why : str
        Why it is.
    """

    def __init__(
        self,
        many: ManyHosts,
        config: RigConfig,
        kept: HostSession | None,
        lost: Mapping[str, HostLostError] | None = None,
        *,
        triggered: bool = False,
    ) -> None:
        assert config.hosts is not None
        self.triggered = triggered
        self.images = HostImages(many, [camera.name for camera in config.cameras])
        self.over = threading.Event()
        self.why = ""
        self._many, self._kept = many, kept
        self._stops = config.hosts.on_host_lost == "stop"
        self._watch = HostsWatch(many.links, config.hosts.lost_after_s, self._heard)
        self._watch.start(lost or {})

    @property
    def folder(self) -> str:
        """Where the session is kept, on this computer; "" where nothing is recorded."""
        return "" if self._kept is None else str(self._kept.path)

    @property
    def lost(self) -> dict[str, HostLostError]:
        """Hosts that do not answer now."""
        return self._watch.lost

    @property
    def events(self) -> tuple[str, ...]:
        """What happened so far."""
        return () if self._kept is None else self._kept.events

    def trigger(self) -> None:
        """As :meth:`.RigOverHosts.trigger`."""
        self._many.trigger()
        self.triggered = True

    def stop(self) -> Session | None:
        """End the pulses, then the recordings with the same trigger, and make the account."""
        try:
            lost = self.lost
            triggers, failures = self._many.hold(lost) if self.triggered else (0, {})
            gone = {*lost, *lost_of(failures)}
            _, unended = self._many.stop(triggers if self.triggered else None, gone)
            for name, error in {**failures, **unended}.items():
                logger.warning("host %s: %s", name, error)
                self._note("failed", f"host {name}: {error}")
            kept = self._kept
            if kept is None:
                return None
            there = [name for name in self._many.links if name not in {*gone, *unended}]
            self._many.ping(gone)
            return kept.end(triggers, self._many.facts(there, kept.id), self._many.links)
        finally:
            self._watch.end()

    def _heard(self, kind: str, host: str, text: str) -> None:
        """From the threads that watch."""
        logger.log(logging.INFO if kind == "back" else logging.WARNING, "%s", text)
        self._note(kind, text)
        if kind == "ended" or (kind == "lost" and self._stops):
            self.why = self.why or text
            self.over.set()

    def _note(self, kind: str, text: str) -> None:
        if self._kept is not None:
            self._kept.note(kind, text)


def primed_run(
    many: ManyHosts, config: RigConfig, kept: HostSession | None, plan: Prime, said: Mapping[str, Any]
) -> HostsRun:
    """Prime all hosts; if that fails, nothing of the session is left.

    Raises
    ------
    RigError, RecordingError
    """
    recording = new_id() if kept is None else kept.id
    plan = msgspec.structs.replace(plan, recording=recording, metadata=dict(said) or None)
    folders = dict.fromkeys(many.links) if kept is None else kept.folders(config)
    try:
        many.ping()
        primed = many.prime(plan, folders)
        try:
            if kept is not None:
                kept.primed(many.links, primed)
        except BaseException:
            many.discard()
            raise
    except BaseException:
        if kept is not None:
            kept.discard()
        raise
    return HostsRun(many, config, kept)


def attached(many: ManyHosts, config: RigConfig, folder: str | os.PathLike[str], holder: str) -> HostsRun:
    """Take over the run whose session is in a folder, from a program that has ended.

    Raises
    ------
    RecordingError, RecordingExistsError
        The session has ended, or another program has it.
    RigError
        No host has it.
    """
    kept = HostSession.again(folder)
    try:
        failures = many.attach(holder, kept.id)
    except BaseException:
        kept.leave()
        raise
    lost = {name: HostLostError(f"host {name}: {error}", host=name) for name, error in failures.items()}
    for name, error in failures.items():
        kept.note("lost", f"host {name} was not there when another program took over: {error}")
    kept.note("attached", f"{holder} took the session over")
    return HostsRun(many, config, kept, lost, triggered=True)
