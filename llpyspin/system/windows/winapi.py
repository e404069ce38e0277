"""Functions of Windows that this package calls, with their types; one that fails raises ``OSError``."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import ctypes
from ctypes import wintypes
from typing import Any

__all__ = [
    "FILE_MAP_READ",
    "FILE_MAP_WRITE",
    "QUERY_LIMITED_INFORMATION",
    "SYNCHRONIZE",
    "close_handle",
    "create_event",
    "create_section",
    "map_view",
    "open_process",
    "process_began",
    "reset_event",
    "set_event",
    "unmap_view",
]

SYNCHRONIZE = 0x0010_0000
QUERY_LIMITED_INFORMATION = 0x1000
PAGE_READWRITE = 0x04
FILE_MAP_WRITE = 0x0002
FILE_MAP_READ = 0x0004
_NOBODYS_FILE = wintypes.HANDLE(-1)
_MOST = 0xFFFF_FFFF

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)


def _checked(result: Any, function: Any, given: Any) -> Any:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result


def _function(name: str, result: Any, *arguments: Any) -> Any:
    found = getattr(_kernel, name)
    found.restype, found.argtypes, found.errcheck = result, arguments, _checked
    return found


_create_event = _function(
    "CreateEventW", wintypes.HANDLE, wintypes.LPVOID, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR
)
_create_section = _function(
    "CreateFileMappingW",
    wintypes.HANDLE,
    wintypes.HANDLE,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.LPCWSTR,
)
_map_view = _function(
    "MapViewOfFile",
    ctypes.c_void_p,
    wintypes.HANDLE,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_size_t,
)
_open_process = _function("OpenProcess", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_process_times = _function("GetProcessTimes", wintypes.BOOL, wintypes.HANDLE, *(ctypes.c_void_p,) * 4)
_own_process = _function("GetCurrentProcess", wintypes.HANDLE)
set_event = _function("SetEvent", wintypes.BOOL, wintypes.HANDLE)
reset_event = _function("ResetEvent", wintypes.BOOL, wintypes.HANDLE)
close_handle = _function("CloseHandle", wintypes.BOOL, wintypes.HANDLE)
unmap_view = _function("UnmapViewOfFile", wintypes.BOOL, ctypes.c_void_p)


def create_event() -> int:
    """An event without a name that wakes one waiter, and no child inherits."""
    return int(_create_event(None, False, False, None))


def create_section(size: int) -> int:
    """Memory without a name, of ``size`` zero bytes, which no child inherits."""
    return int(_create_section(_NOBODYS_FILE, None, PAGE_READWRITE, size >> 32, size & _MOST, None))


def map_view(section: int, access: int, size: int) -> int:
    """Where the first ``size`` bytes of it are in this process now."""
    return int(_map_view(section, access, 0, 0, size))


def open_process(pid: int, access: int) -> int:
    """A handle of a process.

    Raises
    ------
    OSError
        There is none of this number (``winerror`` 87), or it is another user's.
    """
    return int(_open_process(access, False, pid))


def process_began(process: int | None = None) -> int:
    """When a process began, by default this one, in 100 ns since 1601; the handle must allow to ask."""
    began, *others = (ctypes.c_ulonglong() for _ in range(4))
    handle = _own_process() if process is None else process
    _process_times(handle, *(ctypes.byref(each) for each in (began, *others)))
    return began.value
