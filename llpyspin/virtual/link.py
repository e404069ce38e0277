"""The mailbox of an open camera: refuses a second opener, receives edges and commands.

Each open camera has a mailbox under a name made of the world and the serial number.  Only one process can
hold such a name, and it is free when the process is gone, however it went.

Everybody on the machine can send to such a name, and can take it first.  Only what processes of the same user
send counts, and a name that another user has taken is told from one that is in use.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
import traceback
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.mailboxes import Letter, Mailbox, NameTaken, Outbox
from llpyspin.virtual.exceptions import ACCESS_DENIED, SpinnakerException

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Action", "Edge", "Link", "Reply", "ask", "send_action", "send_edges"]

_EDGE = struct.Struct("<BBQ")
_ACTION = struct.Struct("<IIIQQ")
_REPLY = struct.Struct("<II")
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


class Reply(NamedTuple):
    """What a camera answers to an action command."""

    address: int
    """Its IP address."""
    status: int


class Link:
    """Holds a camera for this process and receives for it, in a thread of its own.

    Parameters
    ----------
    address : str
        Name of the mailbox.
    on_edges : callable
        Gets a list of :class:`Edge`.
    on_command : callable
        Gets a dict; returns a dict, which is the answer, or raises ``ValueError``.
    on_action : callable
        Gets an :class:`Action`; returns a :class:`Reply`, or None if the action is meant for others.

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
        on_action: Callable[[Action], Reply | None] = lambda action: None,
    ) -> None:
        try:
            self._mailbox = Mailbox(address)
        except OSError as error:
            raise SpinnakerException(_why_not(address, error), ACCESS_DENIED) from error
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
            self._mailbox.stop()
            self._thread.join()
        self._mailbox.close()

    def _receive(self) -> None:
        while not self._closing:
            letter = self._mailbox.receive(None)
            if letter is not None and not self._closing:  # stopped: what came is nothing
                try:
                    self._handle(letter)
                except Exception:  # noqa: BLE001 - outermost line of the thread: the camera must stay reachable
                    sys.stderr.write(f"llpyspin: a virtual camera could not obey:\n{traceback.format_exc()}")
        self._mailbox.close()

    def _handle(self, letter: Letter) -> None:
        data = letter.words
        if data[:1] == _EDGES and len(data) % _EDGE.size == 1:
            edges = [Edge(line, bool(level), at) for line, level, at in _EDGE.iter_unpack(data[1:])]
            self._on_edges([edge for edge in edges if edge.line < LINES])
        elif data[:1] == _ACTIONS and len(data) == 1 + _ACTION.size:
            reply = self._on_action(Action(*_ACTION.unpack(data[1:])))
            self._mailbox.answer(letter, _ACTIONS + (b"" if reply is None else _REPLY.pack(*reply)))
        elif data[:1] == _COMMAND:
            self._answer(letter)

    def _answer(self, letter: Letter) -> None:
        try:
            command = json.loads(letter.words[1:])
            if not isinstance(command, dict):
                raise ValueError(f"a command is a mapping, not {type(command).__name__}")
            answer = self._on_command(command)
        except (ValueError, RecursionError) as error:  # RecursionError: thousands of brackets
            answer = {"error": str(error)}
        self._mailbox.answer(letter, json.dumps(answer).encode())

    def abandon(self) -> None:
        """In a forked child: the camera belongs to the parent, and must be free when the parent is gone."""
        self._mailbox.abandon()


def _why_not(address: str, error: OSError) -> str:
    if isinstance(error, NameTaken) and error.by_another_user:
        return f"Could not open the camera: another user has taken its name {address!r}. Access denied"
    return "Could not open the camera: it is in use by another program. Access denied"


_open: weakref.WeakSet[Link] = weakref.WeakSet()


def _let_go() -> None:
    for link in _open:
        link.abandon()


in_forked_copies(_let_go)


def send_edges(sender: Outbox, address: str, edges: list[Edge]) -> bool:
    """Send edges to a camera without waiting.

    Returns
    -------
    bool
        False if the camera's queue is full now: try again. True if the edges are there, or if no camera
        receives them.
    """
    data = _EDGES + b"".join(_EDGE.pack(edge.line, edge.level, edge.host_ns) for edge in edges)
    try:
        sender.send(address, data)
    except TimeoutError:
        return False
    except OSError:
        return True  # not open: edges at a dead end
    return True


def send_action(
    addresses: list[str], action: Action, replies: int = 0, timeout_s: float = 0.0
) -> list[Reply]:
    """Broadcast an action command; a camera that is not open, or whose queue is full, does not get it.

    Returns
    -------
    list of Reply
        What the cameras answered that were meant, in the order in which the answers came.  They are waited
        for until there are ``replies`` of them, until nobody can answer any more, or ``timeout_s`` is over.
    """
    if not replies:
        with Outbox() as sender:
            _broadcast(sender, addresses, action)
        return []
    with Mailbox.beside(addresses[0]) if addresses else Mailbox() as caller:
        return _replies(caller, _broadcast(caller, addresses, action), replies, Deadline(timeout_s))


def _broadcast(sender: Outbox, addresses: list[str], action: Action) -> int:
    """Send to everybody; how many got it."""
    reached = 0
    for address in addresses:
        try:
            sender.send(address, _ACTIONS + _ACTION.pack(*action))
        except OSError:
            continue
        reached += 1
    return reached


def _replies(caller: Mailbox, reached: int, wanted: int, deadline: Deadline) -> list[Reply]:
    found: list[Reply] = []
    while reached and len(found) < wanted and not deadline.passed:
        try:
            letter = caller.receive(max(deadline.remaining(), 1e-3))
        except TimeoutError:
            break
        if letter is None or letter.words[:1] != _ACTIONS:
            continue
        reached -= 1
        if len(letter.words) == 1 + _REPLY.size:
            found.append(Reply(*_REPLY.unpack(letter.words[1:])))
    return found


def ask(address: str, command: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
    """Send a command to an open camera and wait for its answer; None if the camera is not open.

    Raises
    ------
    TimeoutError
        The process of the camera does not answer.
    """
    deadline = Deadline(timeout_s)
    with Mailbox.beside(address) as caller:
        try:
            caller.send(address, _COMMAND + json.dumps(command).encode(), timeout_s)
            while not deadline.passed:
                letter = caller.receive(max(deadline.remaining(), 1e-3))
                if letter is not None:
                    return _understood(letter.words)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        except TimeoutError:
            pass
        if _has_gone(caller, address):
            return None  # it received the command and ended before its answer
    raise TimeoutError(f"no answer from {address!r}")


def _has_gone(caller: Outbox, address: str) -> bool:
    try:
        caller.send(address, b"")
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    except OSError:
        return False
    return False


def _understood(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"error": "its answer makes no sense"}
