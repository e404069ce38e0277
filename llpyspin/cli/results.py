"""What a command prints: its result on standard output, and everything else on standard error."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, TextIO

from llpyspin.tables.ascii import NEAREST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

__all__ = ["TRACEBACK", "Output", "only_what_can_be_shown"]

TRACEBACK = "LLPYSPIN_TRACEBACK"
"""The environment variable that shows tracebacks of errors."""


class Output:
    """Where a command prints, and how much.

    Attributes
    ----------
    json : bool
        Whether the result is JSON.
    verbosity : int
        1 and more: also log lines and tracebacks.  -1: no progress and no notes.
    """

    def __init__(self) -> None:
        self.json = False
        self.verbosity = 0
        self._has_result = False
        self._consoles: dict[bool, Console] = {}

    @property
    def quiet(self) -> bool:
        """Whether progress and notes are unwanted."""
        return self.verbosity < 0

    @property
    def console(self) -> Console:
        """Standard output, or standard error where the result is JSON."""
        return self._console(stderr=self.json)

    @property
    def errors(self) -> Console:
        """Standard error."""
        return self._console(stderr=True)

    def _console(self, *, stderr: bool) -> Console:
        from rich.console import Console

        if stderr not in self._consoles:
            made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
            self._consoles[stderr] = made
        return self._consoles[stderr]

    def result(self, shown: RenderableType, data: Any) -> None:
        """Print the result: ``data`` as JSON, or ``shown`` for people."""
        self._has_result = True
        if self.json:
            from llpyspin.recording.tree import to_tree

            print(json.dumps(to_tree(data), indent=2, allow_nan=False))
        else:
            self.show(shown)

    def show(self, shown: RenderableType) -> None:
        """Print for people; a file gets no blanks at the ends of lines."""
        from llpyspin.tables.sheet import plain

        if self.console.is_terminal:
            self.console.print(shown)
        else:
            console = self.console
            whole = isinstance(shown, str) or "COLUMNS" not in os.environ  # a line with a path is not broken
            width = None if whole else console.width
            print(plain(shown, width, console.encoding), file=console.file)

    def note(self, text: str, *, always: bool = False) -> None:
        """Say something that is no result and no error; with ``-q`` only if it matters (``always``)."""
        if always or not self.quiet:
            self.errors.print(text, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say what may go wrong, as the log does, with ``-q`` too."""
        logging.getLogger("llpyspin").warning("%s", text)

    def complain(self, text: str) -> None:
        """Say what went wrong.  Lines are not broken, so that commands in them can be copied."""
        self.errors.print(text, style="red", soft_wrap=True)

    def fail(self, error: Exception, *, what: str = "", hint: str = "") -> None:
        """Say what went wrong, and where if that is wanted."""
        if self.verbosity > 0 or os.environ.get(TRACEBACK, "0") not in ("", "0"):
            remote = getattr(error, "remote_traceback", None)
            print(*([remote] if remote else []), traceback.format_exc(), sep="\n", end="", file=sys.stderr)
        self.complain(f"llpyspin: {what}{error}{hint}")
        self.error_as_json(type(error).__name__, str(error))

    def error_as_json(self, kind: str, message: str) -> None:
        """Print an error as JSON, where JSON is wanted and a program that reads it has no result yet."""
        if self.json and not self._has_result:
            self.result("", {"error": {"type": kind, "message": message}})

    @contextlib.contextmanager
    def logging(self) -> Iterator[None]:
        """Warnings on standard error, with ``-v`` also INFO lines, with ``-vv`` everything.

        What an account repeats is left out.  A program that has set up logging is left alone.
        """
        logger = logging.getLogger("llpyspin")
        if logger.handlers:
            yield
            return
        handler = _Lines()
        handler.setFormatter(logging.Formatter("%(levelname)s : %(message)s"))
        handler.addFilter(lambda record: not getattr(record, "in_account", False))
        level = logger.level
        logger.addHandler(handler)
        wanted = {1: logging.INFO, 0: logging.WARNING, -1: logging.WARNING}.get(self.verbosity, logging.DEBUG)
        handler.setLevel(wanted)
        if self.verbosity > 0:
            logger.setLevel(wanted)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)


class _Lines(logging.Handler):
    """Writes to whatever ``sys.stderr`` is just now: progress that is drawn there makes room for lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr)
        except OSError:  # nobody reads it any more
            self.handleError(record)


def only_what_can_be_shown(stream: TextIO) -> None:
    """Let a stream write what is next to a character that it cannot encode: not UTF-8, or a broken name."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=NEAREST)
