"""One host as its controller asks it: answers that are late, and a host that is away for a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import HostLostError, HostTimeoutError, HostUnreachableError
from llpyspin.hosts import asks
from llpyspin.hosts.answers import Done, Pong
from llpyspin.hosts.hostlink import HostLink

if TYPE_CHECKING:
    from llpyspin.hosts.envelopes import Request

LOST_AFTER_S = 0.3


class Host:
    """A way to one host, that meets each request but pings with the next one of some errors."""

    def __init__(self, *errors: type[Exception], pings: bool = True, late: bool = False) -> None:
        self.errors = list(errors)
        self.pings = pings
        self.late = late
        self.requests: list[Request] = []
        self.deadlines: list[float] = []

    def call(self, host: str, request: Request, deadline_s: float, *, start: bool = False) -> Any:
        if isinstance(request.ask, asks.Ping):
            if not self.pings:
                raise HostTimeoutError("no answer")
            now = time.monotonic_ns()
            return Pong(request.ask.sent_ns, now, now, now)
        self.requests.append(request)
        self.deadlines.append(deadline_s)
        if self.late:
            time.sleep(max(deadline_s, 0.0))
            raise HostTimeoutError("late")
        if self.errors:
            raise self.errors.pop(0)("not now")
        return Done()

    def close(self) -> None:
        """Nothing is open."""


def test_request_is_repeated_as_it_is_until_it_is_answered() -> None:
    host = Host(HostTimeoutError, HostUnreachableError, HostTimeoutError)
    assert HostLink("left", host, LOST_AFTER_S).ask(asks.Hold(), 60.0) == Done()
    assert len({request.id for request in host.requests}) == 1, "so it has one effect"
    assert host.deadlines == pytest.approx([1, 2, 4, 8])


@pytest.mark.parametrize("error", [HostTimeoutError, HostUnreachableError])
def test_host_without_a_word_is_lost(error: type[Exception]) -> None:
    host, since = Host(error, error, pings=False), time.monotonic()
    with pytest.raises(HostLostError, match="host left does not answer any more"):
        HostLink("left", host, LOST_AFTER_S).ask(asks.Hold(), 60.0)
    assert len(host.requests) == 1
    assert time.monotonic() - since >= LOST_AFTER_S


def test_host_that_is_there_and_late_is_not_lost() -> None:
    with pytest.raises(HostTimeoutError, match="late"):
        HostLink("left", Host(late=True), LOST_AFTER_S).ask(asks.Hold(), 0.3)


def test_host_that_cannot_be_reached_in_time_is_lost() -> None:
    host = Host(*[HostUnreachableError] * 100)
    with pytest.raises(HostLostError, match="not now"):
        HostLink("left", host, LOST_AFTER_S).ask(asks.Hold(), 0.5)
    assert 2 <= len(host.requests) < 10, "it is asked again, and not in haste"
