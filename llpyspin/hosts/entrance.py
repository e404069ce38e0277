"""Lets callers in by the door of a host process, a few at a time, and none for ever."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import HostMessageError
from llpyspin.hosts.talking import MOST_REQUEST, receive, send
from llpyspin.system.bells import Bell
from llpyspin.system.doors import NoRoom
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from llpyspin.hosts.hostfolder import HostFolder
    from llpyspin.hosts.reception import Reception
    from llpyspin.system.doors import Connection, Door

__all__ = ["Entrance"]

logger = logging.getLogger("llpyspin")

MOST_CALLERS = 64
ASK_S = 5.0
"""For a caller to say what it wants."""
TAKE_S = 10.0
"""For a caller to take its answer."""
LOOK_S = 1.0
"""Between two looks at the door, which somebody may have removed."""
NO_ROOM_S = 0.2
LEAVE_S = 2.0
"""For callers to get their last answers."""


class Entrance:
    """The door, and a thread for each caller; each asks once.

    Parameters
    ----------
    folder : HostFolder
    reception : Reception
    """

    def __init__(self, folder: HostFolder, reception: Reception) -> None:
        self._folder = folder
        self._reception = reception
        self._door: Door = folder.open_door()
        self._over = Bell()
        self._ended = threading.Event()
        self._slots = threading.Semaphore(MOST_CALLERS)
        self._callers: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._let_in, name="host-entrance", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nobody in any more, and wait a little for those who are in."""
        self._ended.set()
        self._over.ring()
        self._thread.join(LEAVE_S)
        deadline = Deadline(LEAVE_S)
        with self._lock:
            callers = list(self._callers)
        for caller in callers:
            caller.join(deadline.remaining())
        self._door.close()
        self._over.close()

    def _let_in(self) -> None:
        while not self._ended.is_set():
            if not self._slots.acquire(timeout=LOOK_S):
                continue  # others wait outside, with the time that they have
            connection = self._next()
            if connection is None:
                self._slots.release()
                continue
            caller = threading.Thread(target=self._serve, args=(connection,), name="host-caller", daemon=True)
            with self._lock:
                self._callers.add(caller)
            caller.start()

    def _next(self) -> Connection | None:
        """The next caller; None where none comes within :data:`LOOK_S`."""
        if not self._folder.has_door():
            self._open_again()
        if self._door not in wait((self._door, self._over), LOOK_S):
            return None
        try:
            return self._door.let_in()
        except NoRoom as error:
            logger.warning("the host process can let nobody in: %s", error)
            self._ended.wait(NO_ROOM_S)
            return None

    def _open_again(self) -> None:
        """Make the door anew that somebody has removed, as programs do that tidy up old files."""
        try:
            door = self._folder.open_door()
        except OSError as error:
            logger.warning("the socket of the host process is gone, and cannot be made again: %s", error)
            self._ended.wait(LOOK_S)
            return
        self._door.abandon()
        self._door = door

    def _serve(self, connection: Connection) -> None:
        try:
            self._answer(connection)
        except (EOFError, OSError):  # a caller that has gone, or does not read: it asks again if it wants to
            pass
        finally:
            connection.close()
            self._slots.release()
            with self._lock:
                self._callers.discard(threading.current_thread())

    def _answer(self, connection: Connection) -> None:
        try:
            body = receive(connection, MOST_REQUEST, Deadline(ASK_S))
        except HostMessageError as error:
            reply: bytes | None = self._reception.refuse(error)
        else:
            # Whoever has asked says nothing more: what comes is its end.
            reply = self._reception.answer(body, lambda: bool(wait((connection,), 0.0)))
        if reply is not None:
            send(connection, reply, Deadline(TAKE_S))
