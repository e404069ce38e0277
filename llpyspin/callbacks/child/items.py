"""The bounded queue between a callback and the main process."""

from __future__ import annotations

import contextlib
import copy
import queue
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.errors import ArgumentError, CallbackError, LlpyspinError
from llpyspin.naming.known import named
from llpyspin.processes.byvalue import pack
from llpyspin.processes.messages import ChannelClosed, NotUnderstood

if TYPE_CHECKING:
    from llpyspin.callbacks.child.figures import Figures
    from llpyspin.processes.messages import Channel

__all__ = ["MOST_BYTES", "ItemQueue", "QueueEmptyError", "QueueFullError"]

MOST_BYTES = 32 << 20
"""The largest item."""
SEND_S = 30.0  # for the other end to take an item: its thread for that does nothing else
_ITEM, _CREDIT = 0, 1


class QueueFullError(LlpyspinError, queue.Full):
    """There was no room in the queue in time."""


class QueueEmptyError(LlpyspinError, queue.Empty):
    """No item came in time."""


@named
class ItemQueue:
    """One end of the queue, used as ``multiprocessing.Queue`` is; any thread of its process may.

    What is put here is got at the other end, in order.  At most ``size`` items wait there to be got;
    :meth:`put` then waits.  Items travel by value, as pickles.

    Parameters
    ----------
    channel : Channel or None
        None: it comes later, by :meth:`connect`.
    size : int
    figures : Figures
    ours, theirs : tuple of int
        Where the numbers of items put and got are, of the items that are put here and at the other end.
    """

    size: int

    def __init__(
        self,
        channel: Channel | None,
        size: int,
        figures: Figures,
        ours: tuple[int, int],
        theirs: tuple[int, int],
    ) -> None:
        self.size = size
        self._channel = channel
        self._figures = figures
        self._put, self._taken = ours
        self._came, self._got = theirs
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._items: deque[bytes] = deque()
        self._room = size
        self._error: LlpyspinError | None = None
        self._impatient: LlpyspinError | None = None

    def __repr__(self) -> str:
        return f"<queue of a callback, {self.qsize()} of {self.size} items>"

    # -- as of multiprocessing.Queue

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send an item; waits, for ``timeout`` seconds at most, while the queue is full.

        Raises
        ------
        QueueFullError
            There was no room in time.
        CallbackError
            The other end is gone.
        ValueError
            The item is larger than 32 MiB.
        """
        packed = pack(item)
        if len(packed) > MOST_BYTES:
            raise ArgumentError(
                f"an item of {len(packed) >> 20} MiB. The queue takes up to {MOST_BYTES >> 20} MiB"
            )
        deadline = _deadline(block, timeout)
        with self._changed:
            while not self._room:
                self._check(waits=True)
                if not self._changed.wait(deadline.remaining()) and deadline.passed:
                    raise QueueFullError(f"the callback takes no item: {self.size} wait already")
            self._check()
            self._room -= 1
            self._figures.add(self._put)
        self._send((_ITEM, packed))

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next item from the other end; waits for it, for ``timeout`` seconds at most.

        Raises
        ------
        QueueEmptyError
            None came in time.
        CallbackError
            None will come any more; what had come before was got.
        """
        import cloudpickle

        deadline = _deadline(block, timeout)
        with self._changed:
            while not self._items:
                self._check(waits=True)
                if not self._changed.wait(deadline.remaining()) and deadline.passed:
                    raise QueueEmptyError("no item came from the callback in time")
            packed = self._items.popleft()
            self._figures.add(self._got)
        with contextlib.suppress(CallbackError):  # the other end may have gone: what had come is here
            self._send((_CREDIT, 1))
        return cloudpickle.loads(packed)

    def put_nowait(self, item: Any) -> None:
        self.put(item, block=False)

    def get_nowait(self) -> Any:
        return self.get(block=False)

    def qsize(self) -> int:
        """Items that wait to be got, at either end."""
        there = self._figures[self._put] - self._figures[self._taken]
        return max(0, there) + max(0, self._figures[self._came] - self._figures[self._got])

    def empty(self) -> bool:
        """Whether nothing is there to be got here."""
        return not self._items

    def full(self) -> bool:
        """Whether :meth:`put` would wait."""
        return self._room <= 0

    # -- for those that run it

    def receive(self, channel: Channel, deadline: Deadline | None = None) -> None:
        """Take what the other end sends next; what makes no sense is left out.

        Raises
        ------
        ChannelClosed, TimeoutError
            As of :meth:`llpyspin.processes.messages.Channel.receive`.
        """
        try:
            kind, content = channel.receive(deadline)
        except (NotUnderstood, ValueError):
            return
        with self._changed:
            if kind == _ITEM and isinstance(content, bytes):
                self._items.append(content)
            elif kind == _CREDIT and type(content) is int:
                self._room = min(self.size, self._room + content)
            self._changed.notify_all()

    def connect(self, channel: Channel) -> None:
        """Have another process at the other end, which has nothing of what one before had."""
        figures = self._figures
        with self._changed:
            self._channel = channel
            self._room = self.size
            figures[self._taken] = figures[self._put]
            figures[self._came] = figures[self._got] + len(self._items)

    def reopen(self) -> None:
        """Open the queue again: items will come."""
        with self._changed:
            self._error = None

    def close(self, error: LlpyspinError) -> None:
        """End this queue: calls that wait for the other end, now or later, raise this error."""
        with self._changed:
            if self._error is None:
                self._error = error
            self._changed.notify_all()

    def halt(self, error: LlpyspinError) -> None:
        """End all waiting: waiting calls raise this error."""
        with self._changed:
            self._impatient = error
            self._changed.notify_all()

    def _check(self, *, waits: bool = False) -> None:
        error = self._error or (self._impatient if waits else None)
        if error is not None:
            raise copy.copy(error)  # each raise adds to the traceback of what is raised

    def _send(self, message: tuple[Any, ...]) -> None:
        assert self._channel is not None
        try:
            with self._sending:
                self._channel.send(message, Deadline(SEND_S))
        except (ChannelClosed, TimeoutError) as error:
            self._check()
            raise CallbackError(f"the other end of the queue does not answer: {error}") from None
        except BaseException:  # Ctrl-C in the middle of an item: what follows would make no sense over there
            self._channel.shutdown()
            raise


def _deadline(block: bool, timeout: float | None) -> Deadline:
    if not block:
        return Deadline(0)
    return Deadline(MOST_S if timeout is None else timeout)
