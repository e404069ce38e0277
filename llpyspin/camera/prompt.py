"""The ``INFO : …`` and ``WARNING : …`` lines that an interactive session shows."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from typing import TYPE_CHECKING, TextIO

__all__ = ["interactive", "show_lines", "without_infos"]


if TYPE_CHECKING:
    from collections.abc import Iterator

    _Handler = logging.StreamHandler[TextIO]
else:
    _Handler = logging.StreamHandler  # a generic class at run time only from Python 3.11 on


class _StandardError(_Handler):
    """Writes to whatever ``sys.stderr`` is at the moment: Jupyter changes it from cell to cell."""

    def __init__(self) -> None:
        logging.Handler.__init__(self, logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)s : %(message)s"))

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        raise AttributeError("this handler always writes to sys.stderr")


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
    logger.addHandler(_StandardError())
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
