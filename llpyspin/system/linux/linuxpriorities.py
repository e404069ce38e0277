"""Priorities on Linux: nice values and scheduling policies of single threads.

SVT-AV1, opened by root, makes the calling thread and its own threads real-time (SCHED_FIFO, priority 99).
Every child that such a thread starts inherits this, and then runs before cameras, writers and the desktop.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["begin_normally", "never_raised", "stand_back"]

_DEADLINE = 6  # SCHED_DEADLINE, for which Python has no name
_REAL_TIME = (os.SCHED_FIFO, os.SCHED_RR, _DEADLINE)
_NORMAL = os.sched_param(0)


class _Priority(NamedTuple):
    """How the kernel schedules one thread."""

    real_time: bool
    nice: int


def begin_normally() -> None:
    """Give up a real-time priority that this process has inherited; the first thing that a child does."""
    for thread in _threads():
        _lower(thread, _Priority(real_time=False, nice=-20))


def stand_back(steps: int) -> None:
    """Let other threads of the machine go first where it is busy; threads that this one starts inherit it.

    Each step takes a fifth off the share of a processor that this thread gets then.
    """
    here = threading.get_native_id()
    with contextlib.suppress(OSError):  # a system that has its own idea of priorities
        os.setpriority(os.PRIO_PROCESS, here, os.getpriority(os.PRIO_PROCESS, here) + steps)


@contextlib.contextmanager
def never_raised() -> Iterator[None]:
    """Take back what a library does to priorities in the ``with`` block: of the caller, and of all threads.

    Threads that it starts meanwhile run no higher than the caller does.  A thread is never raised here: a
    library may run its own threads lower, and another thread may take back the same things at the same time.
    """
    before = {thread: found for thread in _threads() if (found := _priority(thread)) is not None}
    own = before.get(threading.get_native_id(), _Priority(real_time=False, nice=0))
    try:
        yield
    finally:
        for thread in _threads():
            _lower(thread, before.get(thread, own))


def _threads() -> list[int]:
    """All threads of this process, also those that no Python knows of."""
    return [int(thread) for thread in os.listdir("/proc/self/task")]


def _priority(thread: int) -> _Priority | None:
    """None where the thread has ended."""
    try:
        policy = os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK
        return _Priority(policy in _REAL_TIME, os.getpriority(os.PRIO_PROCESS, thread))
    except ProcessLookupError:
        return None


def _lower(thread: int, most: _Priority) -> None:
    """Have a thread run no higher than ``most``."""
    now = _priority(thread)
    if now is None:
        return
    with contextlib.suppress(ProcessLookupError):
        if now.real_time and not most.real_time:
            os.sched_setscheduler(thread, os.SCHED_OTHER, _NORMAL)
        if now.nice < most.nice:
            os.setpriority(os.PRIO_PROCESS, thread, most.nice)
