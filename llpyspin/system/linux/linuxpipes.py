"""Pipes on Linux: socket pairs."""

from __future__ import annotations

import select
import socket

from llpyspin.system.descriptors import above_standard_streams

__all__ = ["End", "reader_has_gone"]

_PIECE = (1 << 16,)
"""Bytes received at once."""


class End:
    """One of the two ends; a source that can be waited for.  One thread at a time may send, and one receive.

    Parameters
    ----------
    descriptor : int
        As a child has inherited it; this object closes it.
    """

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    @classmethod
    def pair(cls) -> tuple[End, End]:
        """One for this process, and one that a child inherits."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours.detach()), cls(above_standard_streams(theirs.detach()))

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes, seconds: float | None) -> None:
        """Send all of it.

        Raises
        ------
        TimeoutError
            The other end did not take it in time; part of it may be there.
        OSError
            The other end is gone, or this one was closed.
        """
        self._socket.settimeout(seconds)
        # A program may have SIGPIPE as it is by default: it must not die of a dead other end.
        self._socket.sendall(data, socket.MSG_NOSIGNAL)

    def receive_onto(self, pieces: list[bytes], seconds: float | None) -> None:
        """Wait for the next piece and append it to a list; an empty one is the end.

        Raises
        ------
        TimeoutError
            None came in time.
        OSError
            This end was closed, or the other one broke off.
        """
        self._socket.settimeout(seconds)
        # Receiving and keeping are one step of the interpreter: Ctrl-C in between would lose a piece, and so
        # the beginnings of all messages to come.
        pieces.extend(map(self._socket.recv, _PIECE))

    def has_room(self) -> bool:
        """Whether something can be sent just now without waiting."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        return bool(poll.poll(0))

    def shutdown(self) -> None:
        """Wake whoever waits at either end: nothing more comes."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other end has gone already: nobody is left to wake

    def close(self) -> None:
        """Closing twice is fine."""
        self._socket.close()


def reader_has_gone(descriptor: int) -> bool:
    """Whether nobody can read any more what is written to this end of a pipe."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
