"""Commands on Linux: killed with their process group."""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from llpyspin.system.children import Child, killer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Ended", "run_command"]

LOOK_S = 0.05
KILL_S = 5.0
MOST_BYTES = 2000
"""Of what it wrote to standard error, the end of which is kept."""


class Ended(NamedTuple):
    """How a command ended.

    Attributes
    ----------
    failure : str
        "" where its exit status was 0; else what became of it.
    errors : str
        The end of what it wrote to standard error.
    """

    failure: str
    errors: str


def run_command(
    command: Sequence[str], text: bytes, seconds: float, unwanted: Callable[[], bool] = bool
) -> Ended:
    """Run it with ``text`` as its standard input, and wait for its end.

    Its standard output goes nowhere.  It is killed with its process group after so many seconds, or as soon
    as it is ``unwanted``.  What it leaves running in the background when it ends in time goes on.

    Raises
    ------
    OSError
        It cannot be started.
    """
    given = _file_of(text)
    try:
        ours, theirs = os.pipe()
        try:
            with open(os.devnull, "wb") as nowhere, open(theirs, "wb", buffering=0) as errors:
                child = Child(command, given=given, output=nowhere, errors=errors)
            return _attended(child, ours, seconds, unwanted)
        finally:
            os.close(ours)
    finally:
        given.close()


def _file_of(text: bytes) -> IO[bytes]:
    """A file in memory: a command that tells of a full disk needs no room on it."""
    given = open(os.memfd_create("notice"), "w+b", buffering=0)  # noqa: SIM115 - closed by whoever asked
    given.write(text)
    given.seek(0)
    return given


def _attended(child: Child, errors: int, seconds: float, unwanted: Callable[[], bool]) -> Ended:
    until = time.monotonic() + seconds
    tail, open_, why = b"", True, ""
    while child.code is None:
        if unwanted() or time.monotonic() >= until:
            why = "was not wanted any more" if unwanted() else f"took longer than {seconds:g} s"
            child.kill_all()
            child.ended(KILL_S)
            break
        tail, open_ = _more(errors, tail, LOOK_S) if open_ else (tail, open_)
        if not open_:
            child.ended(min(LOOK_S, max(0.0, until - time.monotonic())))
    while open_ and (more := _more(errors, tail, 0.0)) != (tail, True):
        tail, open_ = more
    text = tail.decode(errors="replace").strip()
    if why:
        return Ended(why, text)
    code = child.code or 0
    ended = f"was killed ({killer(code)})" if code < 0 else f"ended with exit status {code}"
    return Ended(ended if code else "", text)


def _more(descriptor: int, tail: bytes, seconds: float) -> tuple[bytes, bool]:
    """What there is to read within so many seconds, behind what was read; whether there may be more."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(seconds * 1000):
        return tail, True
    with contextlib.suppress(OSError):
        read = os.read(descriptor, 1 << 16)
        return (tail + read)[-MOST_BYTES:], bool(read)
    return tail, False
