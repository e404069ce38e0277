"""The ``INFO : …`` and ``WARNING : …`` lines that an interactive session shows."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from llpyspin.extras import in_notebook

__all__ = ["interactive", "one_block", "say", "show_lines", "without_infos"]

_SETTING = "setting "


if TYPE_CHECKING:
    from collections.abc import Iterator

    _Handler = logging.StreamHandler[TextIO]
else:
    _Handler = logging.StreamHandler  # a generic class at run time only from Python 3.11 on


class _Prompt(_Handler):
    """Writes lines to the prompt.

    In a terminal all go to standard error.  In a notebook standard error is a red box, and not in order with
    what cells print.  So there lines of information go to standard output.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self, logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)s : %(message)s"))
        self._level = logging.INFO

    def emit(self, record: logging.LogRecord) -> None:
        block: list[str] | None = getattr(_blocks, "lines", None)
        if block is not None and record.levelno < logging.WARNING:
            block.append(record.getMessage())
            return
        self._level = record.levelno
        if in_notebook():
            for stream in (sys.stdout, sys.stderr):  # what was printed before comes before
                stream.flush()
        super().emit(record)

    @property
    def stream(self) -> TextIO:
        # Asked each time: Jupyter changes them from cell to cell.
        return sys.stdout if self._level < logging.WARNING and in_notebook() else sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        raise AttributeError("this handler always writes to the streams of the program")


_blocks = threading.local()
"""``lines``: those of the block that is open in this thread."""


@contextlib.contextmanager
def one_block(name: str) -> Iterator[None]:
    """In a notebook, one line for all lines of information that this thread logs in the ``with`` block.

    They come at its end, also where it fails.  ``name`` begins the line where they have no heading.
    """
    if not in_notebook() or getattr(_blocks, "lines", None) is not None:
        yield
        return
    lines: list[str] = []
    _blocks.lines = lines
    try:
        yield
    finally:
        _blocks.lines = None
        if lines:
            _write(_joined(name, lines))


def _set(line: str) -> str:
    """What "setting gain to 3 dB" sets."""
    return line.removeprefix(_SETTING).replace(" to ", " ", 1).rstrip(".")


def _write(text: str) -> None:
    """A line of information for the prompt only: other handlers had each line of it."""
    logger = logging.getLogger("llpyspin")
    record = logger.makeRecord(logger.name, logging.INFO, __file__, 0, text, (), None)
    for handler in logger.handlers:
        if isinstance(handler, _Prompt):
            handler.handle(record)


def say(line: str) -> None:
    """Log a line of information, if it is one."""
    if line:
        logging.getLogger("llpyspin").info(line)


def _joined(name: str, lines: list[str]) -> str:
    """A heading, and what was set: "setting gain to 3 dB" is "gain 3 dB" there."""
    headed = not lines[0].startswith(_SETTING)
    heading = lines[0].rstrip(".") if headed else name
    rest = [_set(line) if line.startswith(_SETTING) else line for line in lines[headed:]]
    return f"{heading}: {', '.join(rest)}" if rest else lines[0]


def interactive() -> bool:
    """Whether somebody sits at a prompt: python -i, IPython or Jupyter."""
    if hasattr(sys, "ps1") or sys.flags.interactive:
        return True
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


class _Hush(logging.Filter):
    """Holds back what is below a warning in threads that asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or not getattr(self.threads, "hushed", False)


_hush = _Hush()


@contextlib.contextmanager
def without_infos() -> Iterator[None]:
    """No lines below a warning from this thread, inside the ``with`` block."""
    logging.getLogger("llpyspin").addFilter(_hush)
    before = getattr(_hush.threads, "hushed", False)
    _hush.threads.hushed = True
    try:
        yield
    finally:
        _hush.threads.hushed = before


def show_lines(logger: logging.Logger) -> None:
    """At a prompt, show the logger's lines from INFO up; elsewhere, and where logging is set up, leave it."""
    if not interactive() or logger.handlers or logging.getLogger().handlers:
        return
    logger.addHandler(_Prompt())
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
