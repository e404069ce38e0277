"""Doors on Linux: Unix sockets, by name or path, that pass descriptors."""

from __future__ import annotations

import array
import contextlib
import errno
import os
import secrets
import socket
import struct
import time
from typing import TYPE_CHECKING

from llpyspin.system.descriptors import close_all
from llpyspin.system.users import this_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.system.descriptors import Open

__all__ = ["MOST_PATH", "Connection", "Door", "NoRoom", "OthersDoor", "enter", "is_open"]

MOST_BYTES = 8192
"""Of one message."""
MOST_PATH = 107
"""Bytes of a path that a door can have."""
MOST_THINGS = 8
CROWD = 64
CROWDED_S = 0.002  # between two tries to enter
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_CREDENTIALS = struct.Struct("3i")


class NoRoom(OSError):
    """This process, or the machine, cannot have one more thing open just now."""


class OthersDoor(PermissionError):
    """There is another user behind a door.

    Attributes
    ----------
    user : int
    """

    def __init__(self, address: str, user: int) -> None:
        super().__init__(errno.EACCES, f"{address!r} belongs to user {user}")
        self.user = user


class Connection:
    """Between two processes of one user: whole messages, and with them things that are open here.

    It is a source that can be waited for.  One thread at a time.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def send(self, words: bytes, things: Sequence[Open] = (), *, seconds: float) -> None:
        """Send one message; the other end gets all things as its own.

        Raises
        ------
        TimeoutError
            It has no room for it in time.
        OSError
            It is gone.
        """
        descriptors = array.array("i", [thing.descriptor for thing in things])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if things else []
        self._socket.settimeout(seconds)
        try:
            # A program may have SIGPIPE as it is by default: it must not die of a dead other end.
            self._socket.sendmsg([words], rights, socket.MSG_NOSIGNAL)
        except BlockingIOError as error:
            raise TimeoutError("the other end does not read what it is told") from error

    def receive(self, seconds: float) -> tuple[bytes, list[int]]:
        """One message, and the descriptors of things that came with it, which are ours now.

        Raises
        ------
        TimeoutError
            None came in time.
        EOFError
            The other end is gone.
        NoRoom
            This process has too many things open for those that came.
        """
        size = socket.CMSG_SPACE(MOST_THINGS * array.array("i").itemsize)
        self._socket.settimeout(seconds)
        try:
            words, ancillary, flags, _ = self._socket.recvmsg(MOST_BYTES, size, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError as error:
            raise TimeoutError("nothing came") from error
        except ConnectionResetError as error:
            raise EOFError("the other end is gone") from error
        came = _descriptors(ancillary)
        if not words or flags & socket.MSG_CTRUNC:
            close_all(came)
            if not words:
                raise EOFError("the other end is gone")
            raise NoRoom(errno.EMFILE, "too many open files in this process for what it was handed")
        return words, came

    def close(self) -> None:
        """Closing twice is fine."""
        self._socket.close()


class Door:
    """Where processes of this user come in; a source that can be waited for.

    Parameters
    ----------
    name : str
        What the address begins with, for people.
    folder : path, optional
        Where its path is to be, instead of a name; the file is removed with the door.
    known : bool
        Whether its path is ``FOLDER/NAME``, which everybody knows.  A door that a dead process has left there
        is removed, so whoever opens one must know that no other process does.

    Attributes
    ----------
    address : str
    """

    def __init__(
        self, name: str, *, folder: str | os.PathLike[str] | None = None, known: bool = False
    ) -> None:
        word = name if known else f"llpyspin-{name}-{os.getpid()}-{secrets.token_hex(8)}"
        self.address = word if folder is None else os.path.join(os.path.abspath(folder), word)
        self._path = None if folder is None else self.address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            if known:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.address)
            self._socket.bind(_place(self.address))
            self._socket.listen(CROWD)
        except BaseException:
            self._socket.close()
            raise

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def let_in(self) -> Connection | None:
        """Who is there, once the door is ready; None if they went away, or are of another user.

        Raises
        ------
        NoRoom
            They cannot be let in just now, and wait.
        """
        try:
            connected, _ = self._socket.accept()
        except OSError as error:
            if error.errno in _SHORT:
                raise NoRoom(error.errno, error.strerror) from error
            return None
        with contextlib.suppress(OSError):
            if _user_at(connected) == this_user():
                return Connection(connected)
        connected.close()
        return None

    def close(self) -> None:
        """Let nobody in any more; who is in stays.  Closing twice is fine."""
        self._socket.close()
        path, self._path = self._path, None
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def abandon(self) -> None:
        """Forget it in a forked copy of the process whose door it is."""
        self._path = None
        self._socket.close()


def enter(address: str, seconds: float) -> Connection:
    """Come in by a door, in time also where so many others wait that the system lets no more of them wait.

    Raises
    ------
    ConnectionError, FileNotFoundError
        There is no such door.
    TimeoutError
        Nobody let us in.
    OthersDoor
        It belongs to another user.
    """
    until = time.monotonic() + seconds
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        _connect(connected, address, until)
        user = _user_at(connected)
        if user != this_user():
            raise OthersDoor(address, user)
    except BaseException:
        connected.close()
        raise
    return Connection(connected)


def is_open(path: str, seconds: float) -> bool:
    """Whether a server of the desktop, not one of ours, lets others in at this path, or by it as a name."""
    for address in (path, "\0" + path):
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.settimeout(seconds)
            probe.connect(address)
            return True
    return False


def _connect(connected: socket.socket, address: str, until: float) -> None:
    while True:
        connected.settimeout(max(until - time.monotonic(), 0.001))
        try:
            connected.connect(_place(address))
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(f"too many wait to be let in at {address!r}") from None
            time.sleep(CROWDED_S)
        else:
            return


def _place(address: str) -> str:
    """A name is one in the abstract namespace of Linux, unless it is a path."""
    return address if os.path.isabs(address) else "\0" + address


def _user_at(connected: socket.socket) -> int:
    """Number of the user at the other end."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    return found.tolist()
