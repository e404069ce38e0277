"""The socket of an open camera: its lock against a second opener, and where edges and commands arrive.

Each open camera binds a datagram socket in Linux's abstract namespace under a name made of the world and the
serial number.  Only one process can hold such a name, and the kernel frees it when the process is gone,
however it went.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.virtual.exceptions import ACCESS_DENIED, SpinnakerException

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Action", "Edge", "Link", "ask", "send_action", "send_edges"]

_EDGE = struct.Struct("<BBQ")
_LARGEST = 60_000
_ACTION = struct.Struct("<IIIQQ")
_EDGES, _COMMAND, _ACTIONS = b"E", b"C", b"A"
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
        Gets a dict; returns a dict, which is the answer.
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
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.bind("\0" + address)
        except OSError as error:
            self._socket.close()
            text = "Could not open the camera: it is in use by another program. Access denied"
            raise SpinnakerException(text, ACCESS_DENIED) from error
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
            self._handle(*self._socket.recvfrom(_LARGEST))
        self._socket.close()

    def _handle(self, data: bytes, sender: bytes | None) -> None:
        if self._closing:  # shut down: what came is nothing
            return
        if data[:1] == _EDGES and len(data) % _EDGE.size == 1:
            self._on_edges([Edge(line, bool(level), at) for line, level, at in _EDGE.iter_unpack(data[1:])])
        elif data[:1] == _ACTIONS and len(data) == 1 + _ACTION.size:
            self._on_action(Action(*_ACTION.unpack(data[1:])))
        elif data[:1] == _COMMAND:
            self._answer(data[1:], sender)

    def _answer(self, data: bytes, sender: bytes | None) -> None:
        try:
            answer = self._on_command(json.loads(data))
        except ValueError as error:
            answer = {"error": str(error)}
        if sender:
            try:
                self._socket.sendto(json.dumps(answer).encode(), sender)
            except OSError:  # who asked has gone
                pass


_open: weakref.WeakSet[Link] = weakref.WeakSet()


def _let_go() -> None:
    """In a forked child: the camera belongs to the parent, and must be free when the parent is gone."""
    for link in _open:
        link._socket.close()


os.register_at_fork(after_in_child=_let_go)


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
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as caller:
        caller.bind("")  # the kernel finds a name
        caller.settimeout(timeout_s)
        try:
            caller.sendto(_COMMAND + json.dumps(command).encode(), "\0" + address)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        answer: dict[str, Any] = json.loads(caller.recv(_LARGEST))
        return answer
