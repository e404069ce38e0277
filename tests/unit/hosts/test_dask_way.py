"""The way over Dask when the scheduler is away: calls keep their deadlines, and nothing is left running."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from llpyspin.errors import ArgumentError, HostUnreachableError, HostVersionError, RecordingError
from llpyspin.hosts import asks, daskway
from llpyspin.hosts.answers import Done
from llpyspin.hosts.daskway import DaskWay
from llpyspin.hosts.envelopes import Request
from llpyspin.rig.hostconfig import HostConfig, HostsConfig

HOSTS = HostsConfig({"left": HostConfig("rig-left", "/data")}, scheduler="tls://127.0.0.1:9")
ANSWER: Any = (daskway.__version__, Done(), None)


class Client:
    """Stands for a client of Dask, whose tasks answer at once."""

    def __init__(self, status: str = "running", answer: Any = ANSWER) -> None:
        self.status, self.answer = status, answer
        self.closed = 0

    def submit(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(result=lambda timeout: self.answer, cancel=lambda: None)

    def close(self, timeout: float) -> None:
        self.closed += 1


def way_with(monkeypatch: pytest.MonkeyPatch, *clients: Any) -> DaskWay:
    """A way whose connections are these, one after the other; an error is raised."""
    left = list(clients)

    def connected(*_: Any, timeout: float, **__: Any) -> Any:
        found = left.pop(0)
        if isinstance(found, Exception):
            time.sleep(timeout)
            raise found
        return found

    monkeypatch.setattr(daskway, "connected", connected)
    return DaskWay(HOSTS)


def ask(way: DaskWay, deadline_s: float = 2.0) -> Any:
    return way.call("left", Request(asks.Ping()), deadline_s)


def test_client_that_was_closed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Client("closed"), Client()
    way = way_with(monkeypatch, first, second)
    assert ask(way) == Done()
    way.close()
    assert (first.closed, second.closed) == (1, 1)


def test_callers_keep_their_deadlines_while_the_scheduler_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    away = [RecordingError("nobody answers")] * 100
    way = way_with(monkeypatch, Client("closed"), *away)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as callers:
        calls = [callers.submit(ask, way, 0.6) for _ in range(4)]
        errors = [call.exception() for call in calls]
    took = time.monotonic() - began
    way.close()
    assert all(isinstance(error, HostUnreachableError) for error in errors), errors
    assert "nor the scheduler" in str(errors[0])
    assert took < 2.4, "one after the other they would need this long"


def test_call_after_the_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    way = way_with(monkeypatch, Client())
    way.close()
    with pytest.raises(HostUnreachableError, match=r"nor the scheduler: .*closed"):
        ask(way)


def test_connection_that_fails_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daskway, "CONNECT_S", 0.2)
    counts = []
    for _ in range(3):
        with pytest.raises(RecordingError, match="no connection to the scheduler"):
            DaskWay(HOSTS)
        counts.append((threading.active_count(), psutil.Process().num_fds()))
    assert counts[1] == counts[2], "the first one starts threads that all of Dask shares"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("IO loop")]


def test_worker_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    way = way_with(monkeypatch, Client(answer=("0.0.1", None, None)))
    with pytest.raises(HostVersionError, match=r"has llpyspin 0\.0\.1, this program has") as caught:
        ask(way)
    way.close()
    assert caught.value.theirs == "0.0.1"


def test_host_without_a_worker_is_refused() -> None:
    with pytest.raises(ArgumentError, match="host left needs the name of its worker"):
        DaskWay(HostsConfig({"left": HostConfig()}, scheduler="tls://127.0.0.1:9"))
