"""The user's line that called this package: a cell of a notebook, a line at a prompt, or a line of a file."""

from __future__ import annotations

import contextvars
import inspect
import sys
import threading
from typing import TYPE_CHECKING, TypeVar

from llpyspin.errors.tracebacks import is_ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["calling_line", "from_here", "line_of", "users_line"]

_T = TypeVar("_T")
_MOST_FRAMES = 200
_told: contextvars.ContextVar[str] = contextvars.ContextVar("llpyspin caller", default="")


def calling_line() -> str:
    """The line outside of this package that led to this call, as ``"at a.py:12"``, or the thread's name."""
    return users_line() or f"in thread {threading.current_thread().name!r}"


def users_line() -> str:
    """The same, as ``"in cell In[5], line 1"`` in a notebook; "" in a thread of this package."""
    told = _told.get()
    if told:
        return told
    frame: FrameType | None = inspect.currentframe()
    for _ in range(_MOST_FRAMES):
        if frame is None or not is_ours(frame.f_code.co_filename):
            break
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename == threading.__file__:
        return ""
    return line_of(frame)


def from_here(make: Callable[[], _T]) -> Callable[[], _T]:
    """The same function, for another thread: what it does counts as called from this line."""
    line = calling_line()

    def made() -> _T:
        token = _told.set(line)
        try:
            return make()
        finally:
            _told.reset(token)

    return made


def line_of(frame: FrameType) -> str:
    """Where a frame is, for people."""
    file, line = frame.f_code.co_filename, frame.f_lineno
    cell = _cell(file)
    if cell:
        return f"in {cell}, line {line}"
    if file == "<stdin>" or file.startswith("<python-input"):  # the latter since Python 3.13
        return "at the prompt"
    return f"at {file}:{line}"


def _cell(file: str) -> str:
    """The cell of IPython or Jupyter that has this file name; "" if it is none."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    named = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = None if named is None else named(file)
    return "" if found is None else f"{found[0].lower()} {found[1]}"
