"""Calls to a host process: repeated ones, late ones, those of an old controller, and what is no request."""

from __future__ import annotations

import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    HostError,
    HostMessageError,
    HostRestartedError,
    HostStateError,
    HostTimeoutError,
    HostUnreachableError,
    HostVersionError,
    LeaseError,
)
from llpyspin.hosts import asks, entrance, envelopes, hostcall, talking
from llpyspin.hosts.answers import HostFacts, Leased, Pong, Primed
from llpyspin.hosts.envelopes import PROTOCOL, Reply, Request
from llpyspin.hosts.hostcall import call
from llpyspin.hosts.hostfolder import door_of
from llpyspin.system.doors import Connection, enter
from tests.unit.hosts.conftest import HOST, PATIENCE_S, Here

if TYPE_CHECKING:
    from pathlib import Path

PRIME = asks.Prime(recording="one")


def say(folder: Path, body: bytes) -> Reply:
    """Send bytes as a message, and give the answer."""
    connection = enter(door_of(folder), PATIENCE_S)
    try:
        talking.send(connection, body, Deadline(PATIENCE_S))
        return answer_on(connection)
    finally:
        connection.close()


def answer_on(connection: Connection) -> Reply:
    body = talking.receive(connection, talking.MOST_ANSWER, Deadline(PATIENCE_S))
    return msgspec.msgpack.decode(body, type=Reply)


def failure_of(reply: Reply) -> tuple[str, str]:
    assert reply.failure is not None
    return reply.failure.kind, reply.failure.text


# -- once and twice


def test_request_that_comes_twice_has_one_effect(here: Here) -> None:
    request = Request(PRIME, lease=here.lease())
    first = call(here.folder, request)
    again = call(here.folder, pickle.loads(pickle.dumps(request)))
    assert first == again == Primed("one", "time 1", 30.0)
    assert here.bench.primed == 1


def test_request_that_comes_again_during_the_work_waits_for_its_answer(here: Here) -> None:
    request = Request(PRIME, lease=here.lease())
    here.bench.go_on.clear()
    with ThreadPoolExecutor(2) as callers:
        calls = [callers.submit(call, here.folder, request)]
        assert here.bench.began.wait(PATIENCE_S)
        calls.append(callers.submit(call, here.folder, request))
        here.call(asks.Hello())  # meanwhile others are answered
        here.bench.go_on.set()
        assert [each.result(PATIENCE_S) for each in calls] == [Primed("one", "time 1", 30.0)] * 2
    assert here.bench.primed == 1


def test_answer_that_came_too_late_is_had_by_the_same_request(here: Here) -> None:
    request = Request(PRIME, lease=here.lease())
    here.bench.go_on.clear()
    with pytest.raises(HostTimeoutError, match="The same request again gets its answer"):
        call(here.folder, request, deadline_s=0.3)
    here.bench.go_on.set()
    assert call(here.folder, request) == Primed("one", "time 1", 30.0)


def test_caller_that_dies_costs_nobody_the_answer(here: Here) -> None:
    request = Request(PRIME, lease=here.lease())
    here.bench.go_on.clear()
    connection = enter(door_of(here.folder), PATIENCE_S)
    envelope = envelopes.Envelope(
        PROTOCOL, hostcall.__version__, request.id, msgspec.Raw(msgspec.msgpack.encode(PRIME)), request.lease
    )
    talking.send(connection, msgspec.msgpack.encode(envelope), Deadline(PATIENCE_S))
    assert here.bench.began.wait(PATIENCE_S)
    connection.close()
    here.bench.go_on.set()
    assert call(here.folder, request) == Primed("one", "time 1", 30.0)


def test_id_of_another_request_is_refused(here: Here) -> None:
    request = Request(PRIME, lease=here.lease())
    call(here.folder, request)
    with pytest.raises(HostMessageError, match="another request has the id"):
        call(here.folder, Request(asks.Prime(recording="two"), lease=request.lease, id=request.id))


def test_error_comes_again_as_it_was(here: Here) -> None:
    request = Request(asks.Close(), lease=here.lease())
    for _ in range(2):
        with pytest.raises(HostError, match="RuntimeError: something that nobody has thought of") as caught:
            call(here.folder, request)
        assert "do_close" in str(caught.value.remote_traceback)
    assert here.call(PRIME, request.lease) == Primed("one", "time 1", 30.0), "the host goes on"


def test_too_many_requests_at_once_are_refused(here: Here) -> None:
    lease = here.lease()
    here.bench.go_on.clear()
    with pytest.raises(HostStateError, match="32 requests to work on"):
        for number in range(33):
            with pytest.raises(HostTimeoutError):
                here.call(asks.Prime(recording=str(number)), lease, seconds=0.01 if number else 0.3)


# -- who controls


def test_request_of_an_old_controller_names_the_new_one(here: Here) -> None:
    old = here.lease("anna")
    with pytest.raises(LeaseError, match="controlled by anna"):
        here.lease("bert")
    new = here.lease("bert", take_over=True)
    assert new > old
    with pytest.raises(LeaseError, match=f"lease {old}, which is over. Its controller is bert") as caught:
        here.call(PRIME, old)
    assert (caught.value.holder, caught.value.number) == ("bert", new)
    assert here.call(PRIME, new) == Primed("one", "time 1", 30.0)
    assert here.bench.primed == 1


def test_request_that_waits_is_refused_once_the_lease_is_taken_over(here: Here) -> None:
    old = here.lease("anna")
    here.bench.go_on.clear()
    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(here.call, PRIME, old)
        assert here.bench.began.wait(PATIENCE_S)
        waiting = Request(asks.Prime(recording="two"), lease=old)
        with pytest.raises(HostTimeoutError):
            call(here.folder, waiting, deadline_s=0.3)
        here.lease("bert", take_over=True)
        here.bench.go_on.set()
        assert first.result(PATIENCE_S) == Primed("one", "time 1", 30.0)
    with pytest.raises(LeaseError, match="bert"):
        call(here.folder, waiting)
    assert here.bench.primed == 1


def test_lease_that_is_asked_for_twice_is_one(here: Here) -> None:
    request = Request(asks.Lease("anna"))
    first, again = call(here.folder, request), call(here.folder, request)
    assert first == again
    assert isinstance(first, Leased)
    assert here.call(PRIME, first.number)


def test_nobody_controls_a_host_after_release(here: Here) -> None:
    lease = here.lease("anna")
    here.call(asks.Release(), lease)
    with pytest.raises(LeaseError, match="nobody controls the host"):
        here.call(PRIME, lease)
    assert here.lease("bert") > lease


def test_observer_is_no_controller(here: Here) -> None:
    here.lease("anna")
    facts = here.call(asks.Hello())
    assert isinstance(facts, HostFacts)
    assert facts.lease is not None
    assert facts.lease.holder == "anna"
    with pytest.raises(LeaseError, match=r"has no lease\. Its controller is anna"):
        here.call(PRIME)


def test_session_that_is_not_open_cannot_be_attached_to(here: Here) -> None:
    with pytest.raises(HostStateError, match="the session s1 is not open here"):
        here.call(asks.Lease("anna", session="s1"))


# -- who is there


def test_other_version_is_refused_and_both_are_named(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostcall, "__version__", "9.9.9")
    with pytest.raises(HostVersionError, match=r"9\.9\.9") as caught:
        here.call(asks.GetStatus())
    assert caught.value.ours == f"9.9.9 (protocol {PROTOCOL})"
    assert caught.value.theirs in str(caught.value)
    facts = here.call(asks.Hello())
    assert isinstance(facts, HostFacts)
    assert f"{facts.version} (protocol {facts.protocol})" == caught.value.theirs


def test_request_of_another_protocol_is_refused_before_it_is_read(here: Here) -> None:
    body = msgspec.msgpack.encode({"protocol": 2, "version": "9", "id": "a", "ask": ["in another form"]})
    kind, text = failure_of(say(here.folder, body))
    assert kind == "HostVersionError"
    assert "9 (protocol 2)" in text


def test_request_for_a_process_that_has_ended_is_refused(here: Here) -> None:
    with pytest.raises(HostRestartedError, match="host process before has ended"):
        here.call(asks.Hello(), host="before")
    assert here.call(asks.Ping(7), host=HOST)


def test_ping_reads_clocks_in_between(here: Here) -> None:
    answer = here.call(asks.Ping(7))
    assert isinstance(answer, Pong)
    assert answer.sent_ns == 7
    assert answer.came_ns <= answer.goes_ns
    assert answer.boot


# -- what is no request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no message at all",
        msgspec.msgpack.encode({"protocol": PROTOCOL}),
        msgspec.msgpack.encode([1, 2, 3]),
        msgspec.msgpack.encode(dict.fromkeys(("protocol", "version", "id", "ask"))),
    ],
)
def test_what_is_no_request_is_told_so(here: Here, body: bytes) -> None:
    kind, text = failure_of(say(here.folder, body))
    assert kind == "HostMessageError"
    assert "no request" in text
    assert here.call(asks.Hello())


@pytest.mark.parametrize(
    "ask",
    [
        {"type": "Explode"},
        {"type": "Ping", "sent_ns": "soon"},
        {"type": "Ping", "more": 1},
        {"type": "Open", "session": "s"},
        7,
    ],
)
def test_request_with_wrong_fields_is_told_so(here: Here, ask: Any) -> None:
    body = msgspec.msgpack.encode(
        {"protocol": PROTOCOL, "version": hostcall.__version__, "id": "a", "ask": ask}
    )
    kind, text = failure_of(say(here.folder, body))
    assert kind == "HostMessageError"
    assert "this is no request" in text


@pytest.mark.parametrize("number", ["", "x" * 65])
def test_id_of_the_wrong_length_is_refused(here: Here, number: str) -> None:
    with pytest.raises(HostMessageError, match="1 to 64 characters"):
        here.call(asks.Hello(), id=number)


def test_request_that_cannot_be_sent_is_refused_here(here: Here) -> None:
    with pytest.raises(HostMessageError, match="cannot be sent"):
        here.call(asks.Open("s", "left", {"sdk": object()}), 1)


def test_message_that_is_too_large_is_refused_unread(here: Here) -> None:
    connection = enter(door_of(here.folder), PATIENCE_S)
    connection.send(talking._HEAD.pack(b"llh1", 2**40), seconds=PATIENCE_S)
    kind, text = failure_of(answer_on(connection))
    connection.close()
    assert kind == "HostMessageError"
    assert "is the maximum" in text


def test_request_that_is_too_large_is_told_so(here: Here) -> None:
    with pytest.raises(HostMessageError, match=r"Open has 10.* is the maximum of a request"):
        here.call(asks.Open("s", "left", {"notes": "x" * talking.MOST_REQUEST}), here.lease())


def test_things_that_are_handed_over_are_closed(here: Here) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        connection = enter(door_of(here.folder), PATIENCE_S)

        class Thing:
            descriptor = end.fileno()

        connection.send(b"what is this", [Thing()], seconds=PATIENCE_S)
        assert failure_of(answer_on(connection))[0] == "HostMessageError"
        connection.close()
    assert os.read(reading, 1) == b"", "nobody has the other end any more"
    os.close(reading)


# -- callers that do not go on


def test_caller_that_says_nothing_is_sent_away(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "ASK_S", 0.05)
    connection = enter(door_of(here.folder), PATIENCE_S)
    with pytest.raises(EOFError):
        connection.receive(PATIENCE_S)
    connection.close()


def test_caller_that_does_not_read_is_sent_away(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    callers: list[threading.Thread] = []
    asked = threading.Event()

    def answer(body: bytes, gone: object) -> bytes:
        callers.append(threading.current_thread())
        asked.set()
        return b"x" * 2**23

    monkeypatch.setattr(entrance, "TAKE_S", 0.05)
    monkeypatch.setattr(here.reception, "answer", answer)
    connection = enter(door_of(here.folder), PATIENCE_S)
    try:
        talking.send(connection, b"anything", Deadline(PATIENCE_S))
        assert asked.wait(PATIENCE_S)
        callers[0].join(PATIENCE_S)
        with pytest.raises(EOFError):
            talking.receive(connection, talking.MOST_ANSWER, Deadline(PATIENCE_S))
    finally:
        connection.close()


def test_crowd_of_silent_callers_keeps_others_out_for_a_while_only(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "ASK_S", 0.3)
    crowd = [enter(door_of(here.folder), PATIENCE_S) for _ in range(entrance.MOST_CALLERS + 5)]
    assert here.call(asks.Hello())
    for each in crowd:
        each.close()


def test_host_that_ends_says_so_to_who_still_asks(here: Here) -> None:
    lease = here.lease()
    here.reception.close()
    with pytest.raises(HostStateError, match="the host process is ending"):
        here.call(PRIME, lease)


def test_shutdown_needs_no_lease_without_a_session(here: Here) -> None:
    here.call(asks.Shutdown())
    assert here.bench.over.wait(PATIENCE_S)


def test_nobody_is_found_where_no_host_process_runs(here: Here) -> None:
    here.close()
    with pytest.raises(HostUnreachableError, match="no host process runs in"):
        here.call(asks.Hello())
