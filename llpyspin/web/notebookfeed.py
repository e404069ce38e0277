"""Sends the newest pictures and figures to a widget, from a thread that lives while somebody looks.

Nothing is queued: the next message goes only after the browser has shown the last one.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.web.board import Board
from llpyspin.web.newestpictures import Pictures
from llpyspin.web.newsteller import Telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.web.audience import Audience
    from llpyspin.web.newsteller import News

__all__ = ["GONE", "PARK_S", "Feed", "Material", "Message"]

logger = logging.getLogger("llpyspin")

LOOK_S = 0.5  # without a word from the browser
PARK_S = 60.0  # without anybody who looks, after which the thread ends until somebody does
JOIN_S = 5.0
GONE = "its cell was deleted or run again"
OVER = ("closed", "lost")  # states in which no more pictures come


class Message(NamedTuple):
    """Pictures that are new, by the names of their cameras, and the status as JSON; "" if it is not new."""

    status: str
    names: list[str]
    jpegs: list[bytes]


class Material:
    """What can be sent.  It is made only while somebody looks.

    Parameters
    ----------
    news : callable
        As for :class:`llpyspin.web.newsteller.Telling`.
    rate, edge
        As for :class:`llpyspin.web.newestpictures.Pictures`.

    Attributes
    ----------
    over : str
        Why no more pictures come: "closed" or "lost", and a reason if one is known; "" while they do.
    """

    def __init__(self, news: Callable[[], News | None], rate: float, edge: int) -> None:
        self.over = ""
        self._board = Board()
        self._pictures = Pictures(rate, edge)
        self._telling = Telling(news, self._take)
        self._notice = 0
        self._shown: dict[str, int] = {}

    def start(self) -> None:
        """Ask for news from now on."""
        if self._telling.step():
            self._telling.start()
        else:
            self._telling.over.set()

    def _take(self, news: News) -> None:
        state = str(news.status["state"])
        if state in OVER:
            failures = [camera["failure"] for camera in news.status["cameras"] if camera["failure"]]
            self.over = ": ".join([state, *failures[:1]])
        self._pictures.point_at(news.addresses)
        self._board.put_with(news.status, self._pictures)

    def due(self, *, anew: bool) -> Message | None:
        """What is new since the last call, or with ``anew`` all that is newest; None if there is nothing."""
        if self._telling.over.is_set():
            self.over = self.over or "closed"
        if anew:
            self._notice = 0
            self._shown.clear()
        notice = self._board.notice
        fresh = self._pictures.fresh(self._shown, self._pictures.names)
        if notice.number == self._notice and not fresh:
            return None
        status = notice.text if notice.number != self._notice else ""
        self._notice = notice.number
        self._shown.update({name: picture.number for name, picture in fresh})
        return Message(status, [name for name, _ in fresh], [picture.jpeg for _, picture in fresh])

    def close(self) -> None:
        """Let go of the cameras."""
        self._telling.end()
        self._pictures.close()


class Feed:
    """Serves one widget.

    Parameters
    ----------
    audience : Audience
    make : callable
        Makes the :class:`Material`, once somebody looks.
    send : callable
        ``send(content, buffers)`` sends a message to all views.
    over : callable
        Called with the reason, "closed" or "lost" first, once no more pictures come, or with :data:`GONE`.
    period_s : float
        Least time between two messages.
    clock : callable
        Seconds; for tests.
    """

    def __init__(
        self,
        audience: Audience,
        make: Callable[[], Material],
        send: Callable[[dict[str, Any], list[bytes]], object],
        over: Callable[[str], object],
        period_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._audience = audience
        self._make = make
        self._send = send
        self._over = over
        self._period_s = period_s
        self._clock = clock
        self._lock = threading.Lock()
        self._heard = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._due_at = self._looked_at = float("-inf")

    def hear(self, message: object) -> None:
        """Take a message of a view; the thread is started if there is none."""
        self._audience.hear(message)
        with self._lock:
            self._heard.set()
            if self._thread is None and not self._closing.is_set():
                self._looked_at = self._clock()
                self._thread = threading.Thread(target=self._run, name="live view", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Send nothing more."""
        with self._lock:
            self._closing.set()
            self._heard.set()

    def join(self) -> None:
        """Wait until the thread has ended, :data:`JOIN_S` at most."""
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(JOIN_S)

    def _run(self) -> None:
        with contextlib.closing(self._make()) as material:
            try:
                material.start()
                while self._goes_on(self.step(material)):
                    pass
            except Exception as error:  # noqa: BLE001 - whatever a kernel throws ends the view only
                logger.warning("the live view has ended: %s: %s", type(error).__name__, error)
                self._over(f"{type(error).__name__}: {error}")

    def _goes_on(self, pause_s: float | None) -> bool:
        """Wait for the next step, at most so long; False where the thread is to end."""
        if pause_s is not None:
            self._heard.wait(pause_s)
        with self._lock:
            heard = self._heard.is_set()
            self._heard.clear()
            if self._closing.is_set() or (pause_s is None and not heard):
                self._thread = None
                return False
            return True

    def step(self, material: Material) -> float | None:
        """Send what is due; gives the seconds until the next look, None if nobody looks any more."""
        now, audience = self._clock(), self._audience
        if audience.left():
            self._over(GONE)
            return None
        if not audience.looking():
            return LOOK_S if now - self._looked_at < PARK_S else None
        self._looked_at = now
        if now < self._due_at:
            return self._due_at - now
        if not audience.ready():
            return LOOK_S
        message = material.due(anew=audience.newcomers())
        if material.over:
            self._over(material.over)
            return None
        if message is not None:
            self._due_at = now + self._period_s
            content = {"number": audience.sent(), "status": message.status, "names": message.names}
            self._send(content, message.jpegs)
        return self._period_s
