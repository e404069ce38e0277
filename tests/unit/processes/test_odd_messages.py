"""Everything of ours that listens lives on, and keeps nothing open, whatever a process says to it."""

from __future__ import annotations

import array
import contextlib
import json
import os
import pickle
import resource
import socket
import threading
import uuid
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.hearing import Hearing
from llpyspin.deadlines import Deadline
from llpyspin.errors import TooManyReadersError
from llpyspin.frames import FrameReader, FrameWriter, Layout, StreamEnded
from llpyspin.frames import passing as handing
from llpyspin.frames.server import Server
from llpyspin.processes.messages import Channel, ChannelClosed, Reply, Request, pack
from llpyspin.processes.serving import _serve
from llpyspin.system.bells import Bell
from llpyspin.system.mailboxes import Outbox
from llpyspin.system.pipes import End
from llpyspin.virtual.link import Edge, Link, ask, send_edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 10.0
LAYOUT = Layout("Mono8", 8, 8, 8, 64)
MANY = 200
ODD = [
    b'{"block": Infinity}',
    b'{"block": ' + b"[" * 8000,
    b'{"block": 1e400}',
    b'{"block": null}',
    b'{"block": true}',
    b'{"block": -1}',
    b'{"block": ' + b"9" * 4000 + b"}",
    b'{"block": 99999999999999999999999}',
    b'{"block": "1"}',
    b'{"bl',
    b"[]",
    b"7",
    b"\xff\xfe\x00",
    b" " * 8192,
    b"\0" * 16,
    b"E" + b"\xff" * 10,
    b"E" + b"\xff" * 10_000,
    b"E",
    b"A" + b"\xff" * 28,
    b"C",
    b"C[]",
    b"C{}",
    b"C" + b"[" * 8000,
    b'C{"fault": ["hang"]}',
    b'C{"fault": "hang"}',
    b'C{"fault": "hang", "where": {}}',
    b'C{"fault": "stall", "seconds": 1e400}',
    b'C{"fault": "lose", "frames": ' + b"9" * 4000 + b"}",
    b'C{"fault": "lose", "at": [1e308, {}]}',
    b'C{"fault": "unknown"}',
    pickle.dumps(()),
    pickle.dumps(7),
    pickle.dumps(("log", 1)),
    pickle.dumps(([], {}, 3)),
    pickle.dumps((1, 2, 3)),
    pickle.dumps((1, "nothing", b"\x80\x05")),
    b"\x80\x05c__main__\nnothing_of_this_name\n.",
    pickle.dumps((0, "not bytes")),
    pickle.dumps((1, "not a number")),
]


class Listener(Protocol):
    """Something of ours that listens, with a way to say anything to it."""

    framed: bool
    """Whether messages have their length before them, as on a stream."""

    def connection(self) -> socket.socket: ...

    def works(self) -> bool:
        """Whether somebody who speaks its language is heard."""

    def close(self) -> None: ...


def connected(kind: int, address: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        made.settimeout(PATIENCE_S)
        made.connect("\0" + address)
    except BaseException:
        made.close()
        raise
    return made


class Frames:
    framed = False

    def __init__(self) -> None:
        self._writer = FrameWriter(name="odd")
        self._writer.begin(LAYOUT, 8, lent=False)

    def connection(self) -> socket.socket:
        return connected(socket.SOCK_SEQPACKET, self._writer.address)

    def works(self) -> bool:
        try:
            with FrameReader(self._writer.address, timeout_s=PATIENCE_S) as reader:
                return bool(reader.buffers == 8)
        except TooManyReadersError:  # it has not heard yet that others have gone
            return False

    def close(self) -> None:
        self._writer.close()


class Giver:
    """Where a process hears that frames which it offered were taken."""

    framed = False

    def __init__(self) -> None:
        self._writer = FrameWriter(name="odd")
        self._writer.begin(LAYOUT, 8, lent=False)
        self._reader = FrameReader(self._writer.address)
        self._number = 0
        hold, offer = self._offer()
        self._address = offer.giver
        hold.release()
        handing.take(offer).release()

    def _offer(self) -> tuple[handing.Hold, handing.Offer]:
        slot, view = self._writer.claim()
        view[:] = bytes(64)
        self._number += 1
        self._writer.publish(
            slot, frame_id=self._number, camera_timestamp_ns=self._number, host_timestamp_ns=self._number
        )
        hold = handing.Hold(self._reader.next(PATIENCE_S))
        return hold, handing.give(hold, PATIENCE_S)

    def connection(self) -> socket.socket:
        return connected(socket.SOCK_DGRAM, self._address)

    def works(self) -> bool:
        hold, offer = self._offer()
        hold.release()
        with handing.take(offer):
            pass
        return until(lambda: not hold.frame.held)

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


class VirtualCamera:
    framed = False

    def __init__(self) -> None:
        self._address = f"llpyspin.virtual/odd/{uuid.uuid4().hex}"
        self._edge = threading.Event()
        self._link = Link(self._address, self._edges, self._command)

    def _edges(self, edges: list[Edge]) -> None:
        assert all(edge.line < 4 for edge in edges)
        if any(edge.host_ns == 7 for edge in edges):
            self._edge.set()

    def _command(self, command: dict[str, Any]) -> dict[str, Any]:
        return {"again": command.get("again")}

    def connection(self) -> socket.socket:
        return connected(socket.SOCK_DGRAM, self._address)

    def works(self) -> bool:
        self._edge.clear()
        with Outbox() as sender:
            assert until(lambda: send_edges(sender, self._address, [Edge(3, True, 7)]))
        answer = ask(self._address, {"again": 5}, PATIENCE_S)
        return answer == {"again": 5} and self._edge.wait(PATIENCE_S)

    def close(self) -> None:
        self._link.close()


class Requests:
    """What every child process has for its parent: of a camera, a writer, a callback, a window, a worker."""

    framed = True
    serial = "odd"

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(PATIENCE_S)
        self._done = Bell()
        self._served = Channel(End(theirs.detach()))
        self._closed: Future[None] = Future()
        self._thread = threading.Thread(
            target=_serve, args=(self._served, self, self.do_close, self._done), daemon=True
        )
        self._thread.start()
        self._channel = Channel(End(os.dup(self._ours.fileno())))
        self._number = 1 << 40

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        return getattr(self, f"do_{operation}")(*arguments)

    def do_echo(self, value: Any) -> Any:
        return value

    def do_unpicklable(self) -> Any:
        return threading.Lock()

    def do_close(self) -> None:
        self._closed.set_result(None)

    def connection(self) -> socket.socket:
        return self._ours.dup()

    def works(self) -> bool:
        self._number += 1
        self._channel.send(Request(self._number, "echo", pack((self._number,))))
        while True:
            reply = Reply(*self._channel.receive(Deadline(PATIENCE_S)))
            if reply.number == self._number:
                return bool(reply.value == self._number)

    def close(self) -> None:
        self._ours.close()
        self._channel.close()
        self._thread.join(PATIENCE_S)
        assert self._done.wait(0)
        self._done.close()
        self._served.close()
        assert self._closed.done(), "the service was not closed in order"


class Items:
    """The queue between a callback and the main process."""

    framed = True

    def __init__(self) -> None:
        self._figures = Figures()
        self._ours, theirs = socket.socketpair()
        self._heard = Channel(End(theirs.detach()))
        self._said = Channel(End(os.dup(self._ours.fileno())))
        self._queue = ItemQueue(self._heard, 1000, self._figures, (0, 1), (2, 3))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(ChannelClosed):
            while True:
                self._queue.receive(self._heard)

    def connection(self) -> socket.socket:
        return self._ours.dup()

    def works(self) -> bool:
        mark = uuid.uuid4().hex
        self._said.send((0, pickle.dumps(mark)))
        while True:
            try:
                if self._queue.get(timeout=PATIENCE_S) == mark:
                    return True
            except pickle.UnpicklingError:
                continue

    def close(self) -> None:
        for channel in (self._heard, self._said):
            channel.shutdown()
            channel.close()
        self._ours.close()
        self._thread.join(PATIENCE_S)
        self._figures.close()


LISTENERS: list[Callable[[], Listener]] = [Frames, Giver, VirtualCamera, Requests, Items]


def until(condition: Callable[[], bool]) -> bool:
    deadline = Deadline(PATIENCE_S)
    pause = threading.Event()
    while not condition():
        if deadline.passed:
            return False
        pause.wait(0.005)
    return True


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(params=LISTENERS, ids=lambda made: made.__name__)
def listener(request: pytest.FixtureRequest) -> Iterator[Listener]:
    made = request.param()
    yield made
    made.close()


def say(listener: Listener, message: bytes, fds: list[int] | None = None) -> socket.socket:
    """One message on a connection of its own, which may be refused."""
    connection = listener.connection()
    if listener.framed:
        message = len(message).to_bytes(4, "big") + message
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, ConnectionRefusedError, TimeoutError):
        connection.sendmsg([message], rights)
    return connection


@pytest.mark.parametrize("message", ODD, ids=lambda message: repr(message[:30]))
def test_one_odd_message_ends_no_listener(listener: Listener, message: bytes) -> None:
    with say(listener, message):
        assert listener.works()


@pytest.mark.parametrize("made", LISTENERS, ids=lambda made: made.__name__)
def test_any_bytes_end_no_listener(made: Callable[[], Listener]) -> None:
    listener = made()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.binary(max_size=300), _jsonlike(), st.binary(max_size=60).map(lambda b: b"C" + b)))
    def say_it(message: bytes) -> None:
        say(listener, message).close()

    try:
        say_it()
        assert until(listener.works)
    finally:
        listener.close()


def _jsonlike() -> st.SearchStrategy[bytes]:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
    values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=9)
    keys = st.sampled_from(["block", "fault", "where", "seconds", "rate", "frames", "at", "row", ""])
    return st.tuples(st.sampled_from([b"", b"C"]), st.dictionaries(keys, values, max_size=4)).map(
        lambda pair: pair[0] + json.dumps(pair[1]).encode()
    )


@pytest.mark.parametrize("count", [1, 3, 8, 9, 200])
@pytest.mark.parametrize("message", [b'{"block": 1}', b"\0odd", b'C{"fault": "mend"}'])
def test_descriptors_that_come_along_are_closed(listener: Listener, count: int, message: bytes) -> None:
    read, write = os.pipe()
    assert listener.works()
    before = descriptors()
    connections = [say(listener, message, [write] * count) for _ in range(5)]
    assert listener.works()
    for connection in connections:
        connection.close()
    os.close(write)
    with open(read, "rb") as pipe:  # readable at its end only once nobody has the other end
        os.set_blocking(read, False)
        assert until(lambda: pipe.read(1) == b""), "somebody kept a descriptor"
    assert until(lambda: descriptors() <= before - 2)


def test_silent_connections_and_many_of_them_end_no_listener(listener: Listener) -> None:
    assert listener.works()
    before = descriptors()
    silent = []
    for _ in range(MANY):
        with contextlib.suppress(OSError):
            silent.append(listener.connection())
    for connection in silent:
        connection.close()
    assert until(listener.works)
    assert until(lambda: descriptors() <= before)


def test_frames_are_served_on_while_descriptors_are_short() -> None:
    listener = Frames()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = []
    try:
        assert listener.works()
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 64, hard))
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                spare.append(os.open("/dev/null", os.O_RDONLY))
        os.close(spare.pop())
        connection = listener.connection()  # takes the last one: the server has none to accept it with
        with contextlib.suppress(TimeoutError):
            connection.settimeout(0.3)
            connection.recv(1)
        connection.close()
        for each in spare:
            os.close(each)
        spare.clear()
        assert listener.works()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in spare:
            os.close(each)
        listener.close()


def test_a_reader_waits_for_its_turn_where_many_connect_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Frames()
    taken, go = threading.Event(), threading.Event()
    accept = Server._accept

    def late(server: Server) -> None:
        taken.set()
        assert go.wait(PATIENCE_S)
        accept(server)

    monkeypatch.setattr(Server, "_accept", late)
    crowd: list[socket.socket] = []
    try:
        with pytest.raises(BlockingIOError):  # as many as the kernel lets wait
            while True:
                crowd.append(listener.connection())
        assert taken.wait(PATIENCE_S)
        with pytest.raises(StreamEnded):
            FrameReader(listener._writer.address, timeout_s=0.2)
        for connection in crowd:
            connection.close()
        go.set()
        assert until(listener.works)
    finally:
        go.set()
        for connection in crowd:
            connection.close()
        listener.close()


def test_half_a_message_and_an_impossible_length_end_the_service_in_order() -> None:
    for said in (b"\0\0", b"\0\0\0\x09half", b"\xff\xff\xff\xff"):
        listener = Requests()
        assert listener.works()
        connection = listener.connection()
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        listener.close()  # asserts that it was closed in order


def test_an_answer_that_cannot_travel_is_answered_with_the_reason() -> None:
    listener = Requests()
    listener._channel.send(Request(1, "unpicklable", pack(())))
    number, value, error = listener._channel.receive(Deadline(PATIENCE_S))
    assert (number, value) == (1, None)
    assert "pickle" in str(error)
    assert listener.works()
    listener.close()


def test_what_a_callbacks_process_says_is_left_out_where_it_makes_no_sense() -> None:
    ours, theirs = Channel.pair()
    there = Channel(theirs)
    queue, others_queue = Channel.pair()
    hearing = Hearing("find", ours, queue)
    for odd in ((), (None,), ([], 1), ("log",), ("error", 1, 2), ("nothing", 1)):
        there.send(odd)
    theirs.send(b"\0\0\0\x03odd", PATIENCE_S)
    there.send(("print", "heard", 0))
    listening = Items()
    try:
        assert hearing.hear(listening._queue) == ("print", "heard", 0)
        there.send(("hung", "at the seventh line"))
        there.close()
        assert hearing.hear(listening._queue) is None
        assert hearing.hung_at == "at the seventh line"
    finally:
        listening.close()
        hearing.close()
        for end in (there, others_queue):
            end.close()
