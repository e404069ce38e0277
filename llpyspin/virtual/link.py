"""The socket of an open camera: its lock against a second opener, and where edges and commands arrive.

Each open camera binds a datagram socket in Linux's abstract namespace under a name made of the world and the
serial number.  Only one process can hold such a name, and the kernel frees it when the process is gone,
however it went.

Everybody on the machine can send to such a name, and can take it first.  So the kernel says with each
datagram whose process sent it, and only those of the same user count; and a name that another user has taken
is told from one that is in use.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import traceback
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.users import this_user
from llpyspin.virtual.exceptions import ACCESS_DENIED, SpinnakerException
from llpyspin.virtual.names import taken_by_another_user

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Action", "Edge", "Link", "ask", "send_action", "send_edges"]

_EDGE = struct.Struct("<BBQ")
_LARGEST = 60_000
_ACTION = struct.Struct("<IIIQQ")
_CREDENTIALS = struct.Struct("3i")
_EDGES, _COMMAND, _ACTIONS = b"E", b"C", b"A"
LINES = 7
"""Of the family that has most."""
MOST_EDGES = 1000
"""In one datagram."""


class Edge(NamedTuple):
    """A change of level at an input line."""

    line: int
    level: bool
    host_ns: int


class Action(NamedTuple):
    """An action command: who shall obey, when (PTP time in ns; 0: at once), when it was sent (host ns)."""

    device_key: int
    group_key: int
    group_mask: int
    at: int
    sent: int


class Link:
    """Holds a camera for this process and receives for it, in a thread of its own.

    Parameters
    ----------
    address : str
        Name in the abstract namespace.
    on_edges : callable
        Gets a list of :class:`Edge`.
    on_command : callable
        Gets a dict; returns a dict, which is the answer, or raises ``ValueError``.
    on_action : callable
        Gets an :class:`Action`.

    Raises
    ------
    SpinnakerException
        -1005 if another process, or this one, holds the camera.
    """

    def __init__(
        self,
        address: str,
        on_edges: Callable[[list[Edge]], None],
        on_command: Callable[[dict[str, Any]], dict[str, Any]],
        on_action: Callable[[Action], None] = lambda action: None,
    ) -> None:
        self._socket = _listening()
        try:
            self._socket.bind("\0" + address)
        except OSError as error:
            self._socket.close()
            raise SpinnakerException(_why_taken(address), ACCESS_DENIED) from error
        self._closing = False
        self._on_edges, self._on_command, self._on_action = on_edges, on_command, on_action
        self._thread = threading.Thread(target=self._receive, name=f"link {address}", daemon=True)
        self._thread.start()
        _open.add(self)

    def close(self) -> None:
        """Let go of the camera; from the thread that receives: after the answer that is on its way."""
        self._closing = True
        if self._thread is threading.current_thread():
            return
        if self._thread.is_alive():
            self._socket.shutdown(socket.SHUT_RD)
            self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while not self._closing:
            received = _received(self._socket)
            if received is not None and not self._closing:  # shut down: what came is nothing
                try:
                    self._handle(*received)
                except Exception:  # noqa: BLE001 - outermost line of the thread: the camera must stay reachable
                    sys.stderr.write(f"llpyspin: a virtual camera could not obey:\n{traceback.format_exc()}")
        self._socket.close()

    def _handle(self, data: bytes, sender: bytes | None) -> None:
        if data[:1] == _EDGES and len(data) % _EDGE.size == 1:
            edges = [Edge(line, bool(level), at) for line, level, at in _EDGE.iter_unpack(data[1:])]
            self._on_edges([edge for edge in edges if edge.line < LINES])
        elif data[:1] == _ACTIONS and len(data) == 1 + _ACTION.size:
            self._on_action(Action(*_ACTION.unpack(data[1:])))
        elif data[:1] == _COMMAND:
            self._answer(data[1:], sender)

    def _answer(self, data: bytes, sender: bytes | None) -> None:
        try:
            command = json.loads(data)
            if not isinstance(command, dict):
                raise ValueError(f"a command is a mapping, not {type(command).__name__}")
            answer = self._on_command(command)
        except (ValueError, RecursionError) as error:  # RecursionError: thousands of brackets
            answer = {"error": str(error)}
        if sender:
            try:
                self._socket.sendto(json.dumps(answer).encode(), socket.MSG_DONTWAIT, sender)
            except OSError:  # who asked has gone, or does not listen
                pass


def _listening() -> socket.socket:
    """A socket for datagrams that come with the name of the user who sent them."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return made


def _received(listening: socket.socket) -> tuple[bytes, bytes | None] | None:
    """The next datagram and the name of its sender; None for one of another user.

    There is room for the credentials and for nothing else, so descriptors that come along are closed by the
    kernel.
    """
    data, ancillary, _, sender = listening.recvmsg(_LARGEST, socket.CMSG_SPACE(_CREDENTIALS.size))
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            ours = _CREDENTIALS.unpack(content[: _CREDENTIALS.size])[1] == this_user()
            return (data, sender) if ours else None
    return None


def _why_taken(address: str) -> str:
    if taken_by_another_user(address):
        return f"Could not open the camera: another user has taken its name {address!r}. Access denied"
    return "Could not open the camera: it is in use by another program. Access denied"


_open: weakref.WeakSet[Link] = weakref.WeakSet()


def _let_go() -> None:
    """In a forked child: the camera belongs to the parent, and must be free when the parent is gone."""
    for link in _open:
        link._socket.close()


in_forked_copies(_let_go)


def send_edges(sender: socket.socket, address: str, edges: list[Edge]) -> bool:
    """Send edges to a camera without waiting.

    Returns
    -------
    bool
        False if the camera's queue is full just now and it should be tried again; True if the edges are
        there, or there is nobody who wants them.
    """
    data = _EDGES + b"".join(_EDGE.pack(edge.line, edge.level, edge.host_ns) for edge in edges)
    try:
        sender.sendto(data, socket.MSG_DONTWAIT, "\0" + address)
    except BlockingIOError:
        return False
    except OSError:
        return True  # not open: edges at a dead end
    return True


def send_action(addresses: list[str], action: Action) -> None:
    """Broadcast an action command; a camera that is not open, or whose queue is full, does not hear it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        for address in addresses:
            try:
                sender.sendto(_ACTIONS + _ACTION.pack(*action), socket.MSG_DONTWAIT, "\0" + address)
            except OSError:
                continue


def ask(address: str, command: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
    """Send a command to an open camera and wait for its answer; None if the camera is not open.

    Raises
    ------
    TimeoutError
        The process of the camera does not answer.
    """
    deadline = Deadline(timeout_s)
    with _listening() as caller:
        caller.bind("")  # the kernel finds a name
        caller.settimeout(timeout_s)
        try:
            caller.sendto(_COMMAND + json.dumps(command).encode(), "\0" + address)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        while not deadline.passed:
            caller.settimeout(max(deadline.remaining(), 1e-3))
            received = _received(caller)
            if received is not None:
                return _understood(received[0])
    raise TimeoutError(f"no answer from {address!r}")


def _understood(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"error": "its answer makes no sense"}
