"""Mailboxes on Linux: datagram sockets by name, whose messages have their sender's user."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import struct
from typing import NamedTuple, TypeVar

from llpyspin.system.holders import held_by_another_user
from llpyspin.system.locks import lock, unlock
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
            self._socket.sendto(words, _place(name))
        except BlockingIOError as error:
            raise TimeoutError(f"there is no room for a message to {name!r}") from error
        except FileNotFoundError as error:
            raise ConnectionRefusedError(error.errno, f"nobody has {name!r}") from error

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
    known : bool
        Whether others may want the same name; of a path.

    Raises
    ------
    NameTaken
    """

    def __init__(self, name: str | None = None, *, known: bool = True) -> None:
        super().__init__()
        self._path = _OwnPath(name, known=known) if name is not None and os.path.isabs(name) else None
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            if self._path is not None:
                self._path.take()
            self._socket.bind("" if name is None else _place(name))  # "": the kernel finds one
        except OSError as error:
            self.close()
            if name is not None and error.errno == errno.EADDRINUSE and not isinstance(error, NameTaken):
                raise NameTaken(name) from error
            raise

    @classmethod
    def beside(cls, name: str) -> Mailbox:
        """One with a name that nobody can guess, to which the mailbox of this name can send its answer."""
        path = f"{name}.{secrets.token_hex(4)}" if os.path.isabs(name) else None
        return cls(path, known=False)

    def close(self) -> None:
        """Closing twice is fine."""
        path, self._path = self._path, None
        if path is not None:
            path.free()
        self._socket.close()

    def abandon(self) -> None:
        """Forget it in a forked copy of the process whose mailbox it is."""
        path, self._path = self._path, None
        if path is not None:
            path.abandon()
        self._socket.close()

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


class _OwnPath:
    """The path of a mailbox, which one process has at a time: whoever has the lock on the file beside it.

    That file stays.  A path that nobody else can know needs none.
    """

    def __init__(self, path: str, *, known: bool) -> None:
        self._path, self._known = path, known
        self._lock = -1
        self._ours = False

    def take(self) -> None:
        """Have the path free for a socket; what a dead process has left is removed.

        Raises
        ------
        NameTaken
        """
        if self._known:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._lock = os.open(f"{self._path}.lock", flags, 0o600)
            if not lock(self._lock):
                raise NameTaken(self._path)
        self._ours = True
        self._remove()

    def free(self) -> None:
        if self._ours:
            self._remove()
        if self._lock >= 0 and self._ours:
            unlock(self._lock)  # a forked copy of this process may have it open
        self.abandon()

    def abandon(self) -> None:
        opened, self._lock, self._ours = self._lock, -1, False
        if opened >= 0:
            os.close(opened)

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)


def _place(name: str) -> str:
    """A name is one in the abstract namespace of Linux, unless it is a path."""
    return name if os.path.isabs(name) else "\0" + name
