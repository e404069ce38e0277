"""Counts the pointers to cameras and interfaces, which keep the System alive."""

from __future__ import annotations

import weakref
from typing import Any

from llpyspin.virtual.camera import Camera
from llpyspin.virtual.pointers import Pointer, passing_on
from llpyspin.virtual.quickspin import quick_names

__all__ = ["CameraPtr", "counted_pointer", "is_referred_to"]

_references: weakref.WeakSet[Pointer] = weakref.WeakSet()


def _forward(name: str) -> property:
    def get(self: Any) -> Any:
        return getattr(self._aim(), name)

    def put(self: Any, value: Any) -> None:
        setattr(self._aim(), name, value)

    return property(get, put)


class _CountedPointer(Pointer):
    """A pointer that keeps the System from going."""

    def __init__(self, other: Any = None, /) -> None:
        if not (other is None or other == 0 or isinstance(other, type(self))):
            raise TypeError(
                f"{type(self).__name__} takes nothing, None or another of its kind, not {other!r}"
            )
        self._point(other._target if isinstance(other, Pointer) else None)

    @classmethod
    def _to(cls, target: Any) -> Any:
        pointer = cls()
        pointer._point(target)
        return pointer

    def _point(self, target: Any) -> None:
        self._target = target
        _references.discard(self)
        if target is not None:
            _references.add(self)


def counted_pointer(
    name: str, base: str, behind: type, groups: tuple[str, ...], extra: tuple[str, ...]
) -> Any:
    """The class of pointers ``name`` to objects of class ``behind``."""
    body: dict[str, Any] = passing_on(base, behind)
    for group in groups:
        body |= {node: _forward(node) for node in quick_names(group)}
    body |= {attribute: _forward(attribute) for attribute in extra}
    body["__module__"] = "llpyspin.virtual"
    parent = type(base, (_CountedPointer,), body)
    return type(
        name, (parent,), {"__module__": "llpyspin.virtual", "__doc__": f"A pointer to a {behind.__name__}."}
    )


def is_referred_to(kind: type) -> bool:
    """Whether a pointer to an object of this class is left."""
    return any(isinstance(pointer._target, kind) for pointer in list(_references))


CameraPtr = counted_pointer(
    "CameraPtr", "_SWIG_CamPtr", Camera, ("camera",), ("TLDevice", "TLStream", "GetDeviceID")
)
