"""The SDK's smart pointers: CameraPtr, SystemPtr, InterfacePtr and the casts of nodes (CFloatPtr ...).

A pointer passes every method of its class in PySpin's surface on to the object behind it.  One that points at
nothing is falsy and refuses them.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api, nodes
from llpyspin.virtual.exceptions import SpinnakerException, not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NODE_POINTERS", "Pointer", "node_pointer", "passing_on"]

NODE_POINTERS: dict[str, type[nodes.INode]] = {
    "CBasePtr": nodes.INode,
    "CSelectorPtr": nodes.INode,
    "CNodePtr": nodes.INode,
    "CValuePtr": nodes.IValue,
    "CCategoryPtr": nodes.ICategory,
    "CBooleanPtr": nodes.IBoolean,
    "CIntegerPtr": nodes.IInteger,
    "CStringPtr": nodes.IString,
    "CRegisterPtr": nodes.IRegister,
    "CEnumerationPtr": nodes.IEnumeration,
    "CEnumEntryPtr": nodes.IEnumEntry,
    "CCommandPtr": nodes.ICommand,
    "CFloatPtr": nodes.IFloat,
}

_OWN = {"__init__", "__deref__", "__nonzero__", "__eq__", "__ne__", "IsValid", "get"}


class Pointer:
    """What all pointers can do.  ``_target`` is the object, or None."""

    _target: Any = None

    def __bool__(self) -> bool:
        return self._target is not None

    def __nonzero__(self) -> bool:
        return bool(self)

    def IsValid(self) -> bool:
        """Whether this points at anything."""
        return bool(self)

    def __deref__(self) -> Any:
        return self._aim()

    def get(self) -> Any:
        return self._target

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Pointer):
            return self._target is other._target
        return not bool(self) and (other is None or (other == 0 and not isinstance(other, bool)))

    def __hash__(self) -> int:
        return hash(id(self._target))

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} to {self._target!r}>" if self else f"<{type(self).__name__} to nothing>"
        )

    def _aim(self) -> Any:
        if self._target is None:
            raise SpinnakerException(
                "GenICam::LogicalErrorException= NULL pointer dereferenced : LogicalErrorException thrown",
                -2005,
            )
        return self._target


def passing_on(surface_class: str, behind: type) -> dict[str, Any]:
    """Methods that pass each method of a class of the surface on to the object of class ``behind``."""
    methods = api.surface()["classes"][surface_class].get("methods", {})
    return {name: _passing(name, behind, surface_class) for name in methods if name not in _OWN}


def _passing(name: str, behind: type, surface_class: str) -> Callable[..., Any]:
    there = getattr(behind, name, None)
    if there is None:

        def refuse(*args: Any, **kwargs: Any) -> Any:
            not_implemented(f"{surface_class}.{name}")

        refuse.__name__ = name
        refuse.__doc__ = "Raises SpinnakerException [-1003]: virtual cameras do not have this."
        return refuse

    @wraps(there)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._aim(), name)(*args, **kwargs)

    return method


def node_pointer(name: str) -> type:
    """``CFloatPtr`` and the like."""
    kind = NODE_POINTERS[name]
    data = api.surface()["classes"][name]
    base_name = (data.get("bases") or [""])[0]
    body = passing_on(name, kind)
    if base_name:
        body = passing_on(base_name, kind) | body

    def __init__(self: Any, node: Any = None, /) -> None:
        self._target = _cast(node, kind)

    body["__init__"] = __init__
    body["__doc__"] = f"A node as {kind.__name__}; falsy if it is none."
    body["__module__"] = "llpyspin.virtual"
    return type(name, (Pointer,), body)


def _cast(node: Any, kind: type[nodes.INode]) -> nodes.INode | None:
    """The node as this interface, or None if it is of another kind."""
    if isinstance(node, Pointer):
        node = node._target
    if node is None or node == 0:
        return None
    if not isinstance(node, nodes.INode):
        raise TypeError(f"a node is needed, not {node!r}")
    if isinstance(node, kind):
        return node
    interface = node._interface()
    return interface if isinstance(interface, kind) else None
