"""QuickSpin: the nodes of a camera (or of a transport-layer part) as attributes of the object itself.

The attributes are properties made from the names in ``data/pyspin_api.json``.  They give the same interfaces
as ``GetNode`` and a cast do, except that enumerations take and give PySpin's constants.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api

if TYPE_CHECKING:
    from llpyspin.virtual import nodes

__all__ = ["QuickNodes", "add_properties", "enumeration_class", "quick_names", "transport_class"]


def quick_names(group: str) -> dict[str, str]:
    """Node names and their kinds ("Integer" ... or "unknown") of "camera", "TLDevice", "TLStream" ..."""
    kinds = api.surface()["quickspin"][group]
    return {name: kind for kind, names in kinds.items() for name in names}


def add_properties(cls: type, group: str) -> None:
    """Give a class that has ``_quick_nodes`` one property for every QuickSpin name of the group."""
    for name in quick_names(group):
        setattr(cls, name, _property(cls.__name__, name))


def _property(owner: str, name: str) -> property:
    def get(self: Any) -> nodes.INode:
        return self._quick_nodes().get(name)  # type: ignore[no-any-return]

    def refuse(self: Any, value: object) -> None:
        raise TypeError(
            f"in method '{owner}_{name}_set', argument 2 is a node, not {value!r}: use {name}.SetValue()"
        )

    return property(get, refuse)


class QuickNodes:
    """The interfaces behind the properties; ``nodemap`` is None while the camera is not initialised."""

    def __init__(self, group: str, nodemap: Any) -> None:
        self._group = group
        self._nodemap = nodemap
        self._made: dict[str, nodes.INode] = {}

    def get(self, name: str) -> nodes.INode:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(name)
        return found

    def _make(self, name: str) -> nodes.INode:
        from llpyspin.virtual import nodes

        plain: nodes.INode | None = self._nodemap._interface(name) if self._nodemap is not None else None
        kind = quick_names(self._group)[name]
        if plain is not None and kind not in ("unknown", type(plain).__name__[1:]):
            plain = None  # the reference is of another kind than the camera's node, and stays unbound
        if isinstance(plain, nodes.IEnumeration):
            quick: nodes.INode = _enumeration_class(name)(self._nodemap, name, plain._raw)
            return quick
        if plain is not None:
            return plain
        if kind == "Enumeration":
            return self._absent(_enumeration_class(name), name)
        return self._absent(nodes.IUnknown if kind == "unknown" else getattr(nodes, f"I{kind}"), name)

    def _absent(self, interface: type[nodes.INode], name: str) -> nodes.INode:
        return interface(self._nodemap, name, None)


@cache
def enumeration_class(full: str) -> Any:
    """``IEnumerationT_TriggerModeEnums`` and the like."""
    from llpyspin.virtual import nodes

    return type(full, (nodes.QuickEnumeration,), {"__module__": "llpyspin.virtual"})


@cache
def _enumeration_class(name: str) -> Any:
    names = api.surface()["enumerations"]
    possible = (f"IEnumerationT_{name}Enums", f"IEnumerationT_{name}Enum")
    return enumeration_class(next((n for n in names if n in possible), possible[0]))


def transport_class(name: str, group: str) -> type:
    """``TransportLayerDevice`` and the like: nothing but QuickSpin attributes of one node map."""

    def __init__(self: Any, nodemap: Any = None) -> None:
        self._quick = QuickNodes(group, nodemap)

    cls = type(
        name,
        (),
        {
            "__init__": __init__,
            "_quick_nodes": lambda self: self._quick,
            "__doc__": f"The {group} nodes as attributes.",
        },
    )
    add_properties(cls, group)
    return cls
