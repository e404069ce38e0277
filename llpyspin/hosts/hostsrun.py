"""One run of a rig of several hosts: primed, watched, triggered, stopped, told of."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from llpyspin.hosts.hostimages import HostImages
from llpyspin.hosts.hostswatch import HostsWatch
from llpyspin.hosts.manyhosts import lost_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.errors import HostLostError
    from llpyspin.hosts.hostsession import HostSession
    from llpyspin.hosts.manyhosts import ManyHosts
    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig

__all__ = ["HostsRun"]

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
