"""Messages to a process that has a name, from any process of the same user, without a connection.

A name is held by one process at a time.  It is in no file system, and free once that process is gone, however
it went.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
from typing import NamedTuple, TypeVar

from llpyspin.system.holders import held_by_another_user
from llpyspin.system.users import this_user

__all__ = ["Letter", "Mailbox", "NameTaken", "Outbox"]

MOST_BYTES = 60_000
"""Of one message."""
_CREDENTIALS = struct.Struct("3i")


class NameTaken(OSError):
    """Somebody has that name.

    Attributes
    ----------
    by_another_user : bool
    """

    def __init__(self, name: str) -> None:
        super().__init__(errno.EADDRINUSE, f"the name {name!r} is taken")
        self.by_another_user = held_by_another_user(name)


class Letter(NamedTuple):
    """A message, and where an answer goes; None where nobody waits for one."""

    words: bytes
    sender: bytes | None


_Box = TypeVar("_Box", bound="Outbox")


class Outbox:
    """Sends messages.  For one thread."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def send(self, name: str, words: bytes, seconds: float = 0.0) -> None:
        """Send one message.

        Raises
        ------
        TimeoutError
            So many wait there already, and none was read in time.
        OSError
            Nobody has that name (``ConnectionRefusedError``), or what else the system says.
        """
        self._socket.settimeout(seconds)
        try:
            self._socket.sendto(words, "\0" + name)
        except BlockingIOError as error:
            raise TimeoutError(f"there is no room for a message to {name!r}") from error

    def close(self) -> None:
        """Closing twice is fine."""
        self._socket.close()

    def __enter__(self: _Box) -> _Box:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Mailbox(Outbox):
    """Receives messages under a name; a source that can be waited for.

    Parameters
    ----------
    name : str, optional
        By default nobody can know it but who gets a message from here.

    Raises
    ------
    NameTaken
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self._socket.bind("" if name is None else "\0" + name)  # "": the kernel finds one
        except OSError as error:
            self._socket.close()
            if name is not None and error.errno == errno.EADDRINUSE:
                raise NameTaken(name) from error
            raise

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def receive(self, seconds: float | None) -> Letter | None:
        """The next message; None where it came from another user.  ``seconds`` None waits for it.

        Once :meth:`stop` was called there are empty ones.

        Raises
        ------
        TimeoutError
            None came in time.
        """
        self._socket.settimeout(seconds)
        # There is room for the credentials and for nothing else, so descriptors that come along are closed by
        # the kernel.
        try:
            words, ancillary, _, sender = self._socket.recvmsg(
                MOST_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
        except BlockingIOError as error:
            raise TimeoutError("no message came") from error
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                user = _CREDENTIALS.unpack(content[: _CREDENTIALS.size])[1]
                return Letter(words, sender or None) if user == this_user() else None
        return None

    def answer(self, letter: Letter, words: bytes) -> None:
        """Answer, where somebody waits for that and has room; never waits."""
        if letter.sender:
            with contextlib.suppress(OSError):  # who asked has gone, or does not listen
                self._socket.sendto(words, socket.MSG_DONTWAIT, letter.sender)

    def stop(self) -> None:
        """Wake who waits for a message, from any thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)
