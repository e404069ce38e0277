"""Messages of a callback process to its owner: log lines, printed text, and failures."""

from __future__ import annotations

import io
import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.processes.messages import ChannelClosed

if TYPE_CHECKING:
    from llpyspin.processes.messages import Channel

__all__ = ["LOGGER", "Teller"]

LOGGER = "llpyspin.callback"
MOST_TEXT = 8192
URGENT_S = 5.0


class Teller:
    """Sends messages to the main process; the function never waits for that.

    Lines that the main process has no room for are left out, and counted in the next one that it has room
    for.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._left_out = 0

    def line(self, kind: str, *content: Any) -> None:
        """Say something that may be left out."""
        with self._lock:
            if not self._channel.has_room():
                self._left_out += 1
                return
            left_out, self._left_out = self._left_out, 0
            self._send((kind, *content, left_out), URGENT_S)

    def urgent(self, kind: str, *content: Any) -> None:
        """Say something that may not."""
        with self._lock:
            self._send((kind, *content), URGENT_S)

    def _send(self, message: tuple[Any, ...], seconds: float) -> None:
        try:
            self._channel.send(message, Deadline(seconds))
        except (ChannelClosed, TimeoutError):
            pass  # nobody is there to be told

    def take_over(self, level: int) -> logging.Logger:
        """Send log lines, warnings and printed text to the main process; return the logger."""
        handler = _Handler(self)
        logging.captureWarnings(True)
        root = logging.getLogger()
        root.addHandler(handler)
        logger = logging.getLogger(LOGGER)
        logger.setLevel(level)
        sys.stdout = _Printed(self)
        return logger


class _Handler(logging.Handler):
    def __init__(self, teller: Teller) -> None:
        super().__init__()
        self._teller = teller

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        self._teller.line("log", record.name, record.levelno, text[:MOST_TEXT])


class _Printed(io.TextIOBase):
    """A standard output that is another process's."""

    encoding = "utf-8"

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._local = threading.local()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        pending = getattr(self._local, "pending", "") + text
        whole, newline, rest = pending.rpartition("\n")
        self._local.pending = rest[-MOST_TEXT:]
        if newline:
            self._teller.line("print", (whole + newline)[-MOST_TEXT:])
        return len(text)

    def flush(self) -> None:
        pending = getattr(self._local, "pending", "")
        self._local.pending = ""
        if pending:
            self._teller.line("print", pending)
