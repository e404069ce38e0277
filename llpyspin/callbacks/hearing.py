"""What the process of a callback says unasked, in its order, and the items that it puts into its queue."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.processes.messages import Channel, ChannelClosed, NotUnderstood
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from llpyspin.callbacks.child.items import ItemQueue

__all__ = ["Hearing", "receive_all"]

logger = logging.getLogger("llpyspin")

SAID = {"log": 5, "print": 3, "error": 2, "ended": 2, "hung": 2}
"""What a callback's process says unasked, and of how many parts each consists."""


class Hearing:
    """Receives what one process says; for one thread.

    Parameters
    ----------
    name : str
        How messages call the function.
    events, queue : Channel
        Our ends; they are closed with this.

    Attributes
    ----------
    hung_at : str
        Where its call hung, as the process has said it; "" if it has not.
    """

    def __init__(self, name: str, events: Channel, queue: Channel) -> None:
        self._name, self._events, self._queue = name, events, queue
        self.hung_at = ""

    def hear(self, items: ItemQueue) -> tuple[Any, ...] | None:
        """Wait for the next thing that it says; None once it is gone."""
        queue = self._queue
        sources = [self._events, queue]
        while True:
            try:  # there may be several in what was received before
                message = self._events.receive(Deadline(0))
            except TimeoutError:
                if queue in wait(sources, None) and not receive_all(queue, items):
                    sources = [self._events]
                continue
            except ChannelClosed:
                return None
            except NotUnderstood:
                logger.debug("unexpected message from the callback %s", self._name)
                continue
            if not _makes_sense(message):
                continue
            if message[0] == "hung":
                self.hung_at = message[1]
                continue
            if message[0] in ("error", "ended"):  # what was put before it comes before it
                receive_all(queue, items)
            return message

    def close(self) -> None:
        """Close the channels, once it is gone and all its messages were received."""
        self._events.close()
        self._queue.close()


def receive_all(queue: Channel, items: ItemQueue) -> bool:
    """Take what has come for the queue; False once there is no other end."""
    try:
        while True:
            items.receive(queue, Deadline(0))
    except TimeoutError:
        return True
    except ChannelClosed:
        return False


def _makes_sense(message: tuple[Any, ...]) -> bool:
    return bool(message) and isinstance(message[0], str) and len(message) == SAID.get(message[0])
