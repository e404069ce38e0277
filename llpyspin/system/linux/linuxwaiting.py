"""Waiting on Linux: ``poll``, ``epoll``, and the readers of an event loop."""

from __future__ import annotations

import math
import select
from typing import TYPE_CHECKING, Protocol, TypeVar

from llpyspin.system.bells import Bell

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

    from llpyspin.system.doors import Connection

__all__ = ["LoopWatch", "Source", "Watch", "wait"]


class Source(Protocol):
    """What can be waited for: a bell, a door, a connection, an end of a channel, a life, a watch.

    It is ready when it was rung, somebody comes or says something, or it has ended.
    """

    @property
    def descriptor(self) -> int: ...


_Source = TypeVar("_Source", bound=Source)


def wait(sources: Iterable[_Source], seconds: float | None) -> list[_Source]:
    """Those sources that are ready, once one of them is; none if none is in time.

    ``seconds`` None waits for as long as it takes.  A bell that is among them is silent again.
    """
    poll = select.poll()
    known = {source.descriptor: source for source in sources}
    for descriptor in known:
        poll.register(descriptor, select.POLLIN)
    found = poll.poll(None if seconds is None else math.ceil(seconds * 1000))
    ready = [known[descriptor] for descriptor, _ in found]
    for source in ready:
        if isinstance(source, Bell):
            source.silence()
    return ready


class Watch:
    """A bell and who is at the other end of a connection, watched together; for the path of every frame.

    It is a source itself.  What is said over the connection does not count, only its end does.
    """

    def __init__(self, bell: Bell, connection: Connection) -> None:
        self._bell = bell.descriptor
        self._epoll = select.epoll()
        # Edge-triggered: each ring wakes once, and nothing has to be read back.
        self._epoll.register(bell.descriptor, select.EPOLLIN | select.EPOLLET)
        self._epoll.register(connection.descriptor, select.EPOLLRDHUP | select.EPOLLHUP)

    @property
    def descriptor(self) -> int:
        return self._epoll.fileno()

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """Whether the bell was rung, and whether the other end is gone, once one of them is true.

        Both are False if neither is in time.

        Raises
        ------
        ValueError, OSError
            It was closed, perhaps meanwhile.
        """
        rung = gone = False
        for descriptor, _ in self._epoll.poll(seconds):
            if descriptor == self._bell:
                rung = True
            else:
                gone = True
        return rung, gone

    def close(self) -> None:
        """Closing twice is fine."""
        self._epoll.close()


class LoopWatch:
    """Has an event loop call a function as often as a source is ready, until :meth:`end`.

    For the thread of the loop.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, source: Source, function: Callable[[], object]
    ) -> None:
        self._loop = loop
        self._descriptor = source.descriptor
        loop.add_reader(self._descriptor, function)

    def end(self) -> None:
        """Call it no more; a loop that is closed does not anyway."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
