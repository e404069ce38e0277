"""Waits for handles of Windows: any number of them, and Ctrl-C breaks the wait of the main thread."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import _winapi
import errno
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ready_handles"]

MOST_AT_ONCE = 62
"""Windows waits for 64 handles in one call; the interpreter adds one for Ctrl-C on the main thread."""
LONGEST_MS = 0x7FFF_FFFF
TURN_MS = 5  # a group of handles is waited for, where there are more than go in one call


def ready_handles(handles: Sequence[int], seconds: float | None) -> list[int]:
    """Those that are signalled, in their order, once one of them is; none if none is in time.

    Each event that resets itself and is given back here is reset.  ``seconds`` None waits for as long as it
    takes.  More than 62 handles are waited for in turns: a waiter then wakes up to 5 ms for each 62 later.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C, on the main thread.
    OSError
        One of them is no handle (any more).
    """
    groups = [handles[at : at + MOST_AT_ONCE] for at in range(0, len(handles), MOST_AT_ONCE)]
    if len(groups) <= 1:
        return _ready_of(handles, seconds)
    until = None if seconds is None else time.perf_counter() + seconds
    while True:
        ready = [handle for group in groups for handle in _ready_of(group, 0.0)]
        left = math.inf if until is None else until - time.perf_counter()
        if ready or left <= 0:
            return ready
        for group in groups:
            if ready := _ready_of(group, min(TURN_MS / 1000, max(0.0, left))):
                return ready


def _ready_of(handles: Sequence[int], seconds: float | None) -> list[int]:
    """The same, of no more than go in one call."""
    if not handles:
        time.sleep(seconds or 0.0)
        return []
    until = None if seconds is None else time.perf_counter() + seconds
    first = None
    while first is None:
        left = math.inf if until is None else max(0.0, until - time.perf_counter())
        first = _signalled(
            handles, int(min(math.ceil(left * 1000), LONGEST_MS)) if left < math.inf else LONGEST_MS
        )
        if first is None and until is not None and time.perf_counter() >= until:
            return []
    ready = [handles[first]]
    rest = handles[first + 1 :]
    while rest and (found := _signalled(rest, 0)) is not None:
        ready.append(rest[found])
        rest = rest[found + 1 :]
    return ready


def _signalled(handles: Sequence[int], milliseconds: int) -> int | None:
    """Place of the first that is signalled; None if none is in time."""
    try:
        found = _winapi.WaitForMultipleObjects(handles, False, milliseconds)
    except InterruptedError:
        return None  # Ctrl-C: the interpreter raises KeyboardInterrupt now, or a handler has dealt with it
    except OSError as error:
        raise OSError(errno.EBADF, f"cannot wait for handles {list(handles)}: {error}") from error
    if found == _winapi.WAIT_TIMEOUT:
        return None
    return found - (_winapi.WAIT_ABANDONED_0 if found >= _winapi.WAIT_ABANDONED_0 else _winapi.WAIT_OBJECT_0)
