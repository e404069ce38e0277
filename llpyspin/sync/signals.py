"""Ctrl-C, SIGTERM, a closed terminal during a recording: it is ended in order before all else."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

from llpyspin.deadlines import MOST_S, Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Asked", "signals_noted", "signals_raised"]

LOOK_S = 3600.0


class Asked:
    """Whether somebody asked the program to end, and with which signal.

    Attributes
    ----------
    signal : int
        0 as long as nobody has.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._event: threading.Event | None = None

    def wakes(self, event: threading.Event) -> None:
        """Set the event when somebody asks, or at once if somebody has."""
        self._event = event
        if self.signal:
            event.set()

    def wait(self, event: threading.Event, seconds: float | None) -> None:
        """Wait until the event is set, which whoever asks does too; for ``seconds``, None: without end."""
        self.wakes(event)
        deadline = Deadline(MOST_S if seconds is None else seconds)
        while not event.wait(min(deadline.remaining(), LOOK_S)) and not deadline.passed:
            pass  # a wait of many days would be more than the system's clock can do at once

    def ask(self, number: int, frame: object) -> None:
        """The signal handler.  A second Ctrl-C breaks off."""
        if self.signal == signal.SIGINT == number:
            raise KeyboardInterrupt
        self.signal = number
        if self._event is not None:
            self._event.set()

    @property
    def by_ctrl_c(self) -> bool:
        """Whether it was Ctrl-C, rather than a signal of another program or of the terminal."""
        return self.signal == signal.SIGINT

    @property
    def name(self) -> str:
        """Of the signal; "" as long as nobody asked."""
        return "Ctrl-C" if self.by_ctrl_c else signal.Signals(self.signal).name if self.signal else ""

    def raise_again(self) -> None:
        """Do what the signal would have done."""
        if self.by_ctrl_c:
            raise KeyboardInterrupt
        if self.signal:
            raise SystemExit(128 + self.signal)


def _leave(number: int, frame: object) -> None:
    """The signal handler where nothing has to be ended in order first."""
    raise SystemExit(128 + number)


@contextlib.contextmanager
def signals_raised() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise ``SystemExit``, as Ctrl-C raises ``KeyboardInterrupt``.

    What is open is closed then.  Where :func:`signals_noted` is inside, it takes note of them instead.
    """
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is signal.SIG_DFL:
                    before[number] = signal.signal(number, _leave)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def signals_noted() -> Iterator[Asked]:
    """Take note of Ctrl-C, SIGTERM and SIGHUP instead of breaking off, where nobody else handles them.

    SIGHUP is what a closed terminal or a lost connection sends; under ``nohup`` it is left alone.

    Only in the main thread; in others there is nothing to note.
    """
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {}
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, asked.ask)
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, _leave):
                before[number] = signal.signal(number, asked.ask)
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
