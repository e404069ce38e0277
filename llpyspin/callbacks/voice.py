"""Shows what a callback logs, prints and raises to the user of the main process."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.telling import LOGGER
from llpyspin.deadlines import Deadline

if TYPE_CHECKING:
    from llpyspin.errors import CallbackError

__all__ = ["Voice"]

logger = logging.getLogger("llpyspin")
callback_logger = logging.getLogger(LOGGER)

AGAIN_S = 1.0  # from one line about calls that raise to the next


class Voice:
    """Passes on what one callback's process says.

    Parameters
    ----------
    name : str
        How lines call the callback.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._repeated = 0
        self._spoke = Deadline(0)

    @property
    def level(self) -> int:
        """From which on log lines of the callback matter."""
        return callback_logger.getEffectiveLevel()

    def heard(self, message: tuple[Any, ...]) -> bool:
        """Log or print it; False where it is neither a log line nor something printed."""
        if message[0] == "log":
            _, name, level, text, left_out = message
            _say_left_out(left_out)
            where = logging.getLogger(name if name.startswith(LOGGER) else f"{LOGGER}.{name}")
            where.log(level, "%s: %s", self._name, text)
            return True
        if message[0] == "print":
            _, text, left_out = message
            _say_left_out(left_out)
            with contextlib.suppress(OSError, ValueError):  # a standard output that is closed
                sys.stdout.write(text)
                sys.stdout.flush()
            return True
        return False

    def failed(self, error: CallbackError) -> None:
        """A call has raised, or the process has died."""
        _add_note(error)
        logger.error("%s%s", error, _indented(error.remote_traceback))

    def repeated(self, error: CallbackError) -> None:
        """One of many calls that raise: they are said once a second."""
        _add_note(error)
        self._repeated += 1
        if not self._spoke.passed:
            return
        more = f" ({self._repeated} times since the last line)" if self._repeated > 1 else ""
        self._repeated, self._spoke = 0, Deadline(AGAIN_S)
        logger.error("%s%s%s", error, more, _indented(error.remote_traceback))


def _say_left_out(count: int) -> None:
    if count:
        callback_logger.warning("%d lines of a callback were left out: there were too many", count)


def _indented(trace: str | None) -> str:
    return "" if not trace else "\n" + "\n".join("    " + line for line in trace.splitlines())


def _add_note(error: CallbackError) -> None:
    if sys.version_info >= (3, 11) and error.remote_traceback:
        error.add_note(f"In the callback process:\n{error.remote_traceback}")
