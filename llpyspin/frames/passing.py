"""Held frames are passed from one process to another by name, without a copy.

The giving process holds the frame until the other process reports, with a message to a mailbox, that it holds
it too. A time-out ends that if nobody takes the frame.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.errors import FrameReleasedError, TooManyHeldError
from llpyspin.frames import FrameReader
from llpyspin.system.bells import Bell
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.mailboxes import Mailbox, Outbox
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from llpyspin.frames import Frame, FrameToken

__all__ = ["Hold", "Offer", "give", "take"]

logger = logging.getLogger("llpyspin")

SECRET_BYTES = 16
MOST_OFFERS = 4096
ANSWER_S = 1.0  # for the giver to have room for our word; its thread does nothing else
ATTACHED = 4  # cameras whose frames were taken last: to attach anew takes a millisecond


class Hold:
    """A held frame that several have: it goes back to the camera when the last of them lets go."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._count = 1
        self._lock = threading.RLock()  # a signal handler may release what its thread is about to release

    def keep(self) -> None:
        """One more reader holds it."""
        with self._lock:
            if not self._count:
                raise FrameReleasedError("this frame was released")
            self._count += 1

    def release(self) -> None:
        """One reader holds it no more."""
        with self._lock:
            self._count -= 1
            last = not self._count
        if last:
            self.frame.release()


class Offer(NamedTuple):
    """What another process has to know to take a frame over; picklable."""

    token: FrameToken
    giver: str
    secret: bytes


class _Giver:
    """The frames of this process that others are about to take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offers: dict[bytes, tuple[Hold, float]] = {}
        self._mailbox: Mailbox | None = None
        self._leave: Bell | None = None
        self._address = ""

    def give(self, hold: Hold, seconds: float) -> Offer:
        with self._lock:
            if len(self._offers) >= MOST_OFFERS:
                raise TooManyHeldError(f"{MOST_OFFERS} frames were passed on, and no process has taken them")
            if self._mailbox is None:
                self._start()
            hold.keep()
            secret = secrets.token_bytes(SECRET_BYTES)
            self._offers[secret] = hold, time.monotonic() + seconds
            self._wake()
            return Offer(hold.frame.token(), self._address, secret)

    def _wake(self) -> None:
        """Have the thread look at the times that it has to wait for.  The lock is held."""
        try:
            self._tell(self._address, b"", 0.0)
        except TimeoutError:
            pass  # so many words wait for it that it is awake
        except ConnectionRefusedError:  # this process has gone to another network namespace meanwhile
            assert self._leave is not None
            self._leave.ring()  # its thread ends
            self._start()

    def _start(self) -> None:
        address = f"llpyspin-giver-{os.getpid()}-{secrets.token_hex(8)}"
        mailbox, leave = Mailbox(address), Bell()
        self._mailbox, self._address, self._leave = mailbox, address, leave
        threading.Thread(
            target=self._listen, args=(mailbox, leave), name="llpyspin-giver", daemon=True
        ).start()

    def _listen(self, mailbox: Mailbox, leave: Bell) -> None:
        try:
            self._hear(mailbox, leave)
        except Exception:
            logger.exception("the thread that hands frames over met an unexpected error. It releases them")
            self._give_up(mailbox)
        finally:
            mailbox.close()
            leave.close()

    def _give_up(self, mailbox: Mailbox) -> None:
        """Give back what was offered there; the next offer starts another thread."""
        with self._lock:
            if self._mailbox is not mailbox:
                return
            self._mailbox = None
            holds = [hold for hold, _ in self._offers.values()]
            self._offers.clear()
        for hold in holds:
            hold.release()

    def _hear(self, mailbox: Mailbox, leave: Bell) -> None:
        sources: list[Mailbox | Bell] = [mailbox, leave]
        while True:
            ready = wait(sources, self._expire())
            if leave in ready:
                return
            letter = mailbox.receive(0) if mailbox in ready else None
            if letter is None:
                continue
            with self._lock:
                hold, _ = self._offers.pop(letter.words, (None, 0.0))
            if hold is not None:
                hold.release()

    def _expire(self) -> float | None:
        """Release frames that were not taken in time; return seconds until the next one, or None."""
        now = time.monotonic()
        with self._lock:
            late = [secret for secret, (_, until) in self._offers.items() if until <= now]
            holds = [self._offers.pop(secret)[0] for secret in late]
            next_one = min((until for _, until in self._offers.values()), default=None)
        for hold in holds:
            hold.release()
        return None if next_one is None else max(0.001, next_one - now)

    @staticmethod
    def _tell(address: str, words: bytes, seconds: float) -> None:
        with Outbox() as speaker:
            speaker.send(address, words, seconds)

    def answer(self, offer: Offer) -> None:
        """Say that a frame was taken."""
        try:
            self._tell(offer.giver, offer.secret, ANSWER_S)
        except OSError:
            pass  # the giver is gone, and what it held with it; or it does not listen, and has a time-out

    def abandon(self) -> None:
        """In a forked child: the frames are the parent's."""
        if self._mailbox is not None and self._leave is not None:
            self._mailbox.close()
            self._leave.close()
        self.__init__()  # type: ignore[misc]


class _Taker:
    """The readers with which this process takes frames that it was handed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: OrderedDict[str, FrameReader] = OrderedDict()

    def take(self, token: FrameToken) -> Frame:
        with self._lock:
            reader = self._readers.get(token.address)
            if reader is None:
                reader = self._readers[token.address] = FrameReader(token.address, aside=True)
                if len(self._readers) > ATTACHED:
                    self._readers.popitem(last=False)  # it leaves once none of its frames is held any more
            self._readers.move_to_end(token.address)
            return reader.take(token)


_giver = _Giver()
_taker = _Taker()


def give(hold: Hold, seconds: float) -> Offer:
    """Offer a held frame to another process, and keep it ``seconds`` for that; the hold stays the caller's.

    Raises
    ------
    ValueError
        It was released.
    """
    return _giver.give(hold, seconds)


def take(offer: Offer) -> Frame:
    """Hold a frame that was offered, where it lies.

    Raises
    ------
    FrameGone
        It was not taken in time, and was overwritten.
    StreamEnded
        The camera was closed meanwhile.
    TooManyHeldError
        So many frames are held that the camera would run out of memory to fill.
    """
    frame = _taker.take(offer.token)
    _giver.answer(offer)
    return frame


def _abandon_all() -> None:
    global _taker
    _giver.abandon()
    _taker = _Taker()


in_forked_copies(_abandon_all)
