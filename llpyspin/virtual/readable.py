"""``IsReadable`` and similar functions, for a pointer, a node, None, or an access mode."""

from __future__ import annotations

from typing import Any

from llpyspin.virtual.nodes import NA, NI, RO, RW, WO, IBase
from llpyspin.virtual.pointers import Pointer

__all__ = ["IsAvailable", "IsImplemented", "IsReadable", "IsWritable"]


def _mode(what: Any) -> int:
    """The access mode; of nothing: not implemented."""
    if isinstance(what, Pointer):
        what = what._target
    if what is None:
        return NI
    if isinstance(what, IBase):
        return what.GetAccessMode()
    if isinstance(what, int) and not isinstance(what, bool):
        return what
    raise TypeError(f"a node, a pointer to one or an access mode is needed, not {what!r}")


def IsImplemented(*args: Any) -> bool:
    (what,) = args
    return _mode(what) != NI


def IsAvailable(*args: Any) -> bool:
    (what,) = args
    return _mode(what) not in (NI, NA)


def IsReadable(*args: Any) -> bool:
    (what,) = args
    return _mode(what) in (RO, RW)


def IsWritable(*args: Any) -> bool:
    (what,) = args
    return _mode(what) in (WO, RW)
