"""The order of steps over several hosts: nothing is triggered before all have confirmed.

The host with the primary camera is primed first, because switching its lines may look like a pulse to cameras
that are armed.  At the end it is held first, and all others drain up to the trigger that it has counted.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from llpyspin.errors import HostError, HostLostError, LlpyspinError, RigError
from llpyspin.hosts import asks
from llpyspin.hosts.hostlink import HostLink
from llpyspin.rig.hostpart import makes_pulses, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llpyspin.hosts.answers import Opened, Primed, RecordingFacts, Status
    from llpyspin.hosts.ways import Way
    from llpyspin.rig.config import RigConfig

__all__ = ["ManyHosts"]

logger = logging.getLogger("llpyspin")

OPEN_S = 120.0
PRIME_S = 120.0
TRIGGER_S = 20.0
HOLD_S = 60.0
STOP_S = 3600.0
"""For frames that wait to be encoded; a host that is gone is noticed long before."""
LOOK_S = 3.0
_T = TypeVar("_T")


class ManyHosts:
    """The hosts of a rig, asked in step.

    Parameters
    ----------
    config : RigConfig
        With hosts.
    way : Way

    Attributes
    ----------
    links : dict of str to HostLink
    first : str
        The host that makes the pulses; "" if they come from elsewhere for all.
    """

    def __init__(self, config: RigConfig, way: Way) -> None:
        assert config.hosts is not None
        self._config = config
        self._hosts = config.hosts
        self.first = makes_pulses(config)
        names = sorted(self._hosts.hosts, key=lambda name: name != self.first)
        self.links = {name: HostLink(name, way, self._hosts.lost_after_s) for name in names}

    @property
    def others(self) -> list[str]:
        """All hosts but the one that makes the pulses."""
        return [name for name in self.links if name != self.first]

    # -- the steps

    def open(self, session: str, holder: str) -> dict[str, Opened]:
        """Open the cameras of all hosts, or of none.

        Raises
        ------
        RigError
            ``failures`` has the error of each host that failed.
        """
        try:
            self._all("cannot be controlled", self.links, lambda link: link.control(holder))
            rate = self._config.framerate
            opened: dict[str, Opened] = {}
            if self.first:
                opened = self._all("cannot open", [self.first], lambda link: self._open(link, session, None))
                rate = opened[self.first].rate_hz or rate
            opened |= self._all("cannot open", self.others, lambda link: self._open(link, session, rate))
        except BaseException:
            self.close()
            raise
        return opened

    def _open(self, link: HostLink, session: str, rate: float | None) -> Opened:
        part = part_of(self._config, link.name, rate)
        ask = asks.Open(session, link.name, part, self._hosts.orphan_after_s)
        return link.ask(ask, OPEN_S)  # type: ignore[no-any-return]

    def prime(self, plan: asks.Prime, folders: Mapping[str, str | None]) -> dict[str, Primed]:
        """Arm all cameras, with their writers open; if one host fails, all are as before.

        Raises
        ------
        RigError
        """

        def prime(link: HostLink, rate: float | None) -> Primed:
            ask = msgspec.structs.replace(plan, folder=folders[link.name], rate_hz=rate)
            return link.ask(ask, PRIME_S)  # type: ignore[no-any-return]

        primed: dict[str, Primed] = {}
        try:
            rate = None
            if self.first:
                primed = self._all("cannot be primed", [self.first], lambda link: prime(link, None))
                rate = primed[self.first].rate_hz
            primed |= self._all("cannot be primed", self.others, lambda link: prime(link, rate))
        except BaseException:
            self.discard()
            raise
        return primed

    def discard(self) -> None:
        """Leave nothing of a recording that did not begin."""
        _, failures = self._each(self.links, lambda link: link.ask(asks.Stop(discard=True), PRIME_S))
        for name, error in failures.items():
            logger.debug("host %s had nothing to discard: %s", name, error)

    def trigger(self) -> None:
        """Begin: the host that makes the pulses, after all have confirmed that they are primed.

        Raises
        ------
        RigError
        """
        beginning = [self.first] if self.first else list(self.links)
        self._all("cannot be triggered", beginning, lambda link: link.ask(asks.Trigger(), TRIGGER_S))

    def hold(self, lost: Iterable[str] = ()) -> tuple[int | None, dict[str, Exception]]:
        """End the pulses: how many there were, where that is known, and the failures."""
        if not self.first:
            counted, failures = self._each(
                _without(self.links, lost), lambda link: link.look(asks.Count(), LOOK_S).seen
            )
            return max(counted.values(), default=None), failures
        held, failures = self._each(
            _without([self.first], lost), lambda link: link.ask(asks.Hold(), HOLD_S).triggers
        )
        return held.get(self.first), failures

    def stop(
        self, triggers: int | None, lost: Iterable[str] = ()
    ) -> tuple[dict[str, RecordingFacts], dict[str, Exception]]:
        """End the recordings with the same trigger: what each host says of its own, and the failures."""
        return self._each(
            _without(self.links, lost), lambda link: link.ask(asks.Stop(triggers=triggers), STOP_S)
        )

    def facts(self, names: Iterable[str], recording: str) -> dict[str, Any]:
        """What the recordings have left on the disks of these hosts, of those that tell."""
        found, failures = self._each(names, lambda link: link.look(asks.GetFacts(recording), 60.0))
        for name, error in failures.items():
            logger.warning("host %s does not tell what it has recorded: %s", name, error)
        return found

    def status(self, lost: Iterable[str] = ()) -> tuple[dict[str, Status], dict[str, Exception]]:
        """How the hosts are; those that do not answer within some seconds are among the failures."""
        return self._each(_without(self.links, lost), lambda link: link.look(asks.GetStatus(), LOOK_S))

    def look(self, names: Iterable[str], ask: asks.Ask, deadline_s: float) -> dict[str, Any]:
        """Ask as an observer: the answers of those that answer."""
        return self._each(names, lambda link: link.look(ask, deadline_s))[0]

    def ping(self, lost: Iterable[str] = ()) -> None:
        """Compare the clocks."""
        self._each(_without(self.links, lost), lambda link: link.ping(LOOK_S))

    def close(self) -> None:
        """End the session on all hosts that are controlled, and give their leases back."""
        controlled = [name for name, link in self.links.items() if link.controlled]
        _, failures = self._each(controlled, lambda link: link.ask(asks.Close(), STOP_S))
        for name, error in failures.items():
            logger.warning("closing host %s: %s", name, error)
        self._each(_without(controlled, failures), lambda link: link.release())

    def attach(self, holder: str, recording: str) -> dict[str, Exception]:
        """Take over the recording that the hosts make; those that cannot be reached or make another one.

        Raises
        ------
        RigError
            No host has the recording.
        """

        def attach(link: HostLink) -> None:
            link.control(holder, take_over=True, start=False)
            facts = link.facts
            if facts is None or facts.recording is None or facts.recording.recording != recording:
                link.release()
                raise HostError(f"host {link.name} does not have this recording", host=link.name)

        found, failures = self._each(self.links, attach)
        if not found:
            raise RigError("no host has this recording:", failures)
        return failures

    # -- together

    def _all(self, what: str, names: Iterable[str], work: Callable[[HostLink], _T]) -> dict[str, _T]:
        names = list(names)
        done, failures = self._each(names, work)
        if failures:
            raise RigError(f"{len(failures)} of {len(self.links)} hosts {what}:", failures)
        return done

    def _each(
        self, names: Iterable[str], work: Callable[[HostLink], _T]
    ) -> tuple[dict[str, _T], dict[str, Exception]]:
        names = list(names)
        done: dict[str, _T] = {}
        failures: dict[str, Exception] = {}
        if not names:
            return done, failures
        with ThreadPoolExecutor(len(names), thread_name_prefix="host") as threads:
            going = {name: threads.submit(work, self.links[name]) for name in names}
            for name, future in going.items():
                try:
                    done[name] = future.result()
                except (LlpyspinError, OSError) as error:
                    failures[name] = error
        return done, failures


def lost_of(failures: Mapping[str, Exception]) -> dict[str, HostLostError]:
    """Of some failures, those hosts that are gone."""
    return {name: error for name, error in failures.items() if isinstance(error, HostLostError)}


def _without(names: Iterable[str], lost: Iterable[str]) -> list[str]:
    gone = set(lost)
    return [name for name in names if name not in gone]
