"""Threads that ask each host of a recording again and again whether it is there, and whether it records."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from llpyspin.errors import HostError, HostLostError, LlpyspinError
from llpyspin.hosts import asks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.hosts.hostlink import HostLink

__all__ = ["HostsWatch"]

logger = logging.getLogger("llpyspin")

EVERY_S = 1.0
AGAIN_S = 0.25
JOIN_S = 10.0
OVER = ("ended", "discarded", "failed")


class HostsWatch:
    """Notices hosts that do not answer any more, or do so again, or whose recording has ended.

    Each host has a thread of its own, so one that hangs does not hide another.

    Parameters
    ----------
    links : mapping of str to HostLink
    lost_after_s : float
    tell : callable
        Called with the kind of what happened ("lost", "back", "ended"), the host and a sentence, by one
        thread at a time.
    """

    def __init__(
        self, links: Mapping[str, HostLink], lost_after_s: float, tell: Callable[[str, str, str], object]
    ) -> None:
        self._lost_after_s = lost_after_s
        self._tell = tell
        self._told = threading.RLock()
        self._over = threading.Event()
        self._lost: dict[str, HostLostError] = {}
        self._threads = [
            threading.Thread(target=self._watch, args=(link,), name=f"host {name}", daemon=True)
            for name, link in links.items()
        ]

    @property
    def lost(self) -> dict[str, HostLostError]:
        """The hosts that do not answer now, each with its error."""
        with self._told:
            return dict(self._lost)

    def start(self, lost: Mapping[str, HostLostError]) -> None:
        """Begin; ``lost`` are hosts that do not answer already."""
        self._lost = dict(lost)
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """End; blocks until all threads have, for at most some seconds."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(JOIN_S + self._lost_after_s)

    def _watch(self, link: HostLink) -> None:
        heard = time.monotonic()
        ended = False
        while not self._over.is_set():
            try:
                link.ping(self._lost_after_s)
                heard = time.monotonic()
                self._is_there(link)
                ended = ended or self._has_ended(link)
            except HostError as error:
                if time.monotonic() - heard >= self._lost_after_s:
                    self._is_lost(link, error)
                self._over.wait(AGAIN_S)
            except (LlpyspinError, OSError) as error:
                logger.warning("watching host %s: %s", link.name, error)
                self._over.wait(EVERY_S)
            else:
                self._over.wait(EVERY_S)

    def _is_there(self, link: HostLink) -> None:
        with self._told:
            if self._lost.pop(link.name, None) is not None:
                self._tell("back", link.name, f"host {link.name} answers again")

    def _is_lost(self, link: HostLink, why: HostError) -> None:
        with self._told:
            if link.name not in self._lost and not self._over.is_set():
                text = (
                    f"host {link.name} has not answered for {self._lost_after_s:g} s. If it runs, it "
                    f"records on as planned, or for orphan_after_s: {why}"
                )
                self._lost[link.name] = HostLostError(text, host=link.name)
                self._tell("lost", link.name, text)

    def _has_ended(self, link: HostLink) -> bool:
        """Whether its recording has ended by itself, as by its budget; told once."""
        facts = link.look(asks.Hello(), self._lost_after_s).recording
        if facts is None or facts.state not in OVER:
            return False
        with self._told:
            self._tell("ended", link.name, f"the recording of host {link.name} has ended: {facts.reason}")
        return True
