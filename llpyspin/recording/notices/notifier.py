"""Sends notices one after the other, in a thread of its own: whoever tells never waits.

The thread is there as long as something waits to be sent, so it keeps nobody alive.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from llpyspin.errors import without_traceback
from llpyspin.recording.notices.notice import notice_of
from llpyspin.recording.notices.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.recording.notices.notice import Notice
    from llpyspin.recording.notices.target import Target

__all__ = ["DEADLINE_S", "Notifier"]

logger = logging.getLogger("llpyspin")

DEADLINE_S = 10.0
JOIN_S = 7.0
"""For the thread, after what it runs was killed."""
TOLD = 3
"""Failures of a target that are told one by one; further ones are counted."""


class Notifier:
    """Has one owner, who ends it.

    Parameters
    ----------
    targets : sequence of Target
        Each gets all notices.
    failed : callable
        Gets a sentence for each notice that did not arrive; called by the thread.
    seconds : float
        For one notice to one target.
    outbox : Outbox, optional
    """

    def __init__(
        self,
        targets: Sequence[Target],
        failed: Callable[[str], object],
        *,
        seconds: float = DEADLINE_S,
        outbox: Outbox | None = None,
    ) -> None:
        self._targets = tuple(targets)
        self._failed = failed
        self._seconds = seconds
        self._outbox = Outbox() if outbox is None else outbox
        self._changed = threading.Condition()
        self._hurry = False  # joining waits for nothing any more
        self._over = False
        self._unwanted = threading.Event()
        self._failures: dict[str, int] = {}
        self._thread: threading.Thread | None = None

    def tell(self, event: str, text: str, **more: Any) -> None:
        """Have a notice sent; returns at once."""
        if not self._targets:
            return
        notice = notice_of(event, text, **more)
        with self._changed:
            if self._over:
                return
            self._outbox.put(notice)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, seconds: float) -> bool:
        """Wait until nothing waits, for so long at most; whether all was sent."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: self._thread is None, seconds)
            self._hurry = False
        return done

    def end(self, seconds: float = DEADLINE_S) -> None:
        """Send what waits within so many seconds, and nothing after that; ending twice is fine."""
        self.settle(0.0 if self._over else seconds)
        with self._changed:
            self._over = True
            self._unwanted.set()
            left_out = self._outbox.drop()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._thread is None, JOIN_S)
        if left_out:
            self._failed(
                f"{left_out} notice{'s were' if left_out > 1 else ' was'} not sent: no time was left"
            )
        for name, count in self._failures.items():
            if count > TOLD:
                self._failed(f"{name}: {count} notices did not arrive in all")
        self._failures.clear()

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            for target in self._targets:
                self._send(target, notice)

    def _next(self) -> Notice | None:
        """The next notice, once it is due; None where no more waits, and the thread ends."""
        with self._changed:
            while len(self._outbox) and not self._over:
                now = time.monotonic()
                notice = self._outbox.take(now, last=self._hurry)
                if notice is not None:
                    return notice
                self._changed.wait(self._outbox.wait_s(now))
            self._thread = None
            self._changed.notify_all()
        return None

    def _send(self, target: Target, notice: Notice) -> None:
        try:
            failure = target.send(notice.body(), self._seconds, self._unwanted.is_set)
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the next notice is sent
            failure = f"{type(error).__name__}: {error}"
            without_traceback(error)
        if not failure:
            return
        count = self._failures[target.name] = self._failures.get(target.name, 0) + 1
        text = f"the notice {notice.event!r} did not arrive: {target.name} {failure}"
        if count <= TOLD:
            self._failed(text)
        else:
            logger.info("%s", text)
