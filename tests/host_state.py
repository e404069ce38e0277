"""What a process has of its host and its C library, which libraries may change behind one's back."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from typing import Any

__all__ = ["changes", "host_state", "raised_threads"]

_LC_ALL, _PR_GET_TIMERSLACK, _PR_GET_DUMPABLE = 6, 30, 3
_IOPRIO_GET, _IOPRIO_WHO_PROCESS = 252, 1  # x86-64
_FENV_BYTES, _MXCSR_AT, _CONTROL = 32, 28, 0xFFC0  # without the flags that each calculation sets
_C = ctypes.CDLL(None)
_C.setlocale.restype = ctypes.c_char_p
_M = ctypes.CDLL("libm.so.6")


def host_state() -> dict[str, Any]:
    """Of this process and the calling thread; JSON takes it."""
    umask = os.umask(0o77)
    os.umask(umask)
    return {
        "raised": raised_threads(),
        "policy": os.sched_getscheduler(0),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "affinity": sorted(os.sched_getaffinity(0)),
        "io_priority": _C.syscall(_IOPRIO_GET, _IOPRIO_WHO_PROCESS, 0),
        "timer_slack_ns": _C.prctl(_PR_GET_TIMERSLACK),
        "dumpable": _C.prctl(_PR_GET_DUMPABLE),
        "floating_point": _floating_point(),
        "locale": _C.setlocale(_LC_ALL, None).decode(),
        "environment": _environment(),
        "umask": umask,
        "folder": os.getcwd(),
        "limits": {
            name: resource.getrlimit(getattr(resource, name))
            for name in dir(resource)
            if name.startswith("RLIMIT_")
        },
        "blocked_signals": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "handled_signals": _handled(),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is different, and how it was and is."""
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def raised_threads() -> list[str]:
    """Threads of this process that are real-time, or nicer to themselves than the process's main thread."""
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    raised = []
    for thread in os.listdir("/proc/self/task"):
        try:
            policy, nice = os.sched_getscheduler(int(thread)), os.getpriority(os.PRIO_PROCESS, int(thread))
        except ProcessLookupError:
            continue  # it has ended
        if policy not in (os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_IDLE) or nice < own:
            raised.append(f"{thread}: policy {policy}, nice {nice}")
    return raised


def _floating_point() -> str:
    """Rounding and precision of the x87 unit; rounding, flush-to-zero and the like of SSE."""
    state = ctypes.create_string_buffer(_FENV_BYTES)
    _M.fegetenv(state)
    mxcsr = int.from_bytes(state.raw[_MXCSR_AT : _MXCSR_AT + 4], "little") & _CONTROL | _daz(state.raw)
    return f"{state.raw[:2].hex()} {mxcsr:x}"


def _daz(state: bytes) -> int:
    """Denormals-are-zero, which lies among the flags."""
    return state[_MXCSR_AT] & 0x40


def _environment() -> list[str]:
    """As C programs, and children, see it."""
    entries, found = ctypes.POINTER(ctypes.c_char_p).in_dll(_C, "environ"), []
    while (entry := entries[len(found)]) is not None:
        found.append(entry.decode(errors="replace"))
    return sorted(found)


def _handled() -> dict[str, str]:
    """What Python does at each signal, and all that anybody handles or ignores."""
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    known = {
        each.name: repr(signal.getsignal(each)) for each in signal.valid_signals() if hasattr(each, "name")
    }
    internal = 1 << 31 | 1 << 32  # of the C library, for its threads; posix_spawn() has a child ignore them
    return {
        **known,
        "caught": f"{int(lines['SigCgt'], 16) & ~internal:x}",
        "ignored": f"{int(lines['SigIgn'], 16) & ~internal:x}",
    }
