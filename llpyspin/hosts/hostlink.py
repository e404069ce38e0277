"""One host of a rig, as the program that controls it sees it: its lease, its clock, its answers."""

from __future__ import annotations

import platform
import threading
import time
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import HostError, HostLostError, HostTimeoutError, HostUnreachableError
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import Request
from llpyspin.recording.hostclock import HostPing
from llpyspin.system.clocks import boot_id

if TYPE_CHECKING:
    from llpyspin.hosts.answers import HostFacts, Pong
    from llpyspin.hosts.ways import Way

__all__ = ["HostLink"]

START_S = 40.0
LEASE_S = 15.0
FIRST_ATTEMPT_S = 1.0
"""Short, so that a host that is gone is noticed soon; each further attempt may take twice as long."""
AGAIN_S = 0.2
ATTEMPT_S = 10.0
"""After so long without an answer, a host is asked whether it is still there."""
MOST_PINGS = 5


class HostLink:
    """Asks one host.

    Parameters
    ----------
    name : str
    way : Way
    lost_after_s : float
        Without an answer for so long, the host is lost.

    Attributes
    ----------
    facts : HostFacts or None
        Who it is; None before :meth:`control`.
    """

    def __init__(self, name: str, way: Way, lost_after_s: float) -> None:
        self.name = name
        self.facts: HostFacts | None = None
        self._way = way
        self._lost_after_s = lost_after_s
        self._lease = 0
        self._lock = threading.Lock()
        self._pings: list[HostPing] = []
        self._clock = f"{platform.node()} {boot_id()}"

    @property
    def controlled(self) -> bool:
        """Whether this program has its lease."""
        return self._lease > 0

    @property
    def pings(self) -> tuple[HostPing, ...]:
        """The most exact readings of both clocks."""
        with self._lock:
            return tuple(self._pings)

    def control(self, holder: str, *, session: str = "", take_over: bool = False, start: bool = True) -> None:
        """Get the lease; blocks up to some seconds, or longer where the host process is started.

        Raises
        ------
        LeaseError
            Another program controls it.
        HostError
            It cannot be reached, or has another version.
        """
        facts: Any = self._way.call(self.name, Request(asks.Hello()), START_S, start=start)
        lease = Request(asks.Lease(holder, session, take_over), host=facts.host)
        granted: Any = self._way.call(self.name, lease, LEASE_S)
        self.facts, self._lease = facts, granted.number

    def ask(self, ask: asks.Ask, deadline_s: float) -> Any:
        """Ask as its controller, until it has answered.

        Raises
        ------
        HostLostError
            It does not answer any more.
        HostTimeoutError
            It is there, and has not done it within ``deadline_s``.
        LlpyspinError
            What went wrong over there.
        """
        host = "" if self.facts is None else self.facts.host
        request, deadline = Request(ask, lease=self._lease, host=host), Deadline(deadline_s)
        attempt_s = FIRST_ATTEMPT_S
        while True:
            try:
                return self._way.call(self.name, request, min(attempt_s, deadline.remaining()))
            except HostTimeoutError:
                if deadline.passed:
                    raise
                self.insist()
            except HostUnreachableError as error:  # as while its worker is started again
                if deadline.passed:
                    raise self._lost(str(error)) from error
                self.insist()
                time.sleep(min(AGAIN_S, deadline.remaining()))
            attempt_s = min(2 * attempt_s, ATTEMPT_S)

    def look(self, ask: asks.Ask, deadline_s: float) -> Any:
        """Ask as an observer, once."""
        return self._way.call(self.name, Request(ask), deadline_s)

    def insist(self) -> None:
        """Raise :class:`HostLostError` unless it answers within ``lost_after_s``."""
        deadline, why = Deadline(self._lost_after_s), ""
        while not deadline.passed:
            try:
                self.ping(deadline.remaining())
            except (HostTimeoutError, HostUnreachableError) as error:
                why = str(error)
                time.sleep(min(AGAIN_S, deadline.remaining()))
            else:
                return
        raise self._lost(why)

    def ping(self, deadline_s: float) -> Pong:
        """Read both clocks, which is also word of the controller."""
        host = "" if self.facts is None else self.facts.host
        sent = time.monotonic_ns()
        request = Request(asks.Ping(sent), lease=self._lease, host=host)
        pong: Any = self._way.call(self.name, request, deadline_s)
        back = time.monotonic_ns()
        self._keep(HostPing.of(sent, pong.came_ns, pong.goes_ns, back, self._clock))
        return pong  # type: ignore[no-any-return]

    def release(self) -> None:
        """Give the lease back, if it can be reached."""
        if self._lease:
            try:
                self.ask(asks.Release(), LEASE_S)
            except HostError:
                pass  # it has another controller, or is gone
            finally:
                self._lease = 0

    def _keep(self, ping: HostPing) -> None:
        with self._lock:
            kept = sorted([*self._pings, ping], key=lambda each: each.uncertainty_ns)
            self._pings = kept[:MOST_PINGS]

    def _lost(self, why: str) -> HostLostError:
        return HostLostError(
            f"host {self.name} does not answer any more. If it runs, it records on as planned, or for "
            f"orphan_after_s: {why}",
            host=self.name,
        )
