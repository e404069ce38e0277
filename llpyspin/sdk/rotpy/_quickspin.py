"""QuickSpin: nodes as attributes, ``cam.ExposureTime`` or ``cam.TLStream.StreamBufferCountManual``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.sdk.rotpy._constants import quickspin_types
from llpyspin.sdk.rotpy._nodes import (
    IBoolean,
    ICommand,
    IEnumeration,
    IFloat,
    IInteger,
    IRegister,
    IString,
    IValue,
    QuickEnumeration,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.sdk.rotpy._nodes import INodeMap

__all__ = ["QuickNodes", "quick_node"]

CLASSES: dict[str, type[IValue]] = {
    "Integer": IInteger,
    "Float": IFloat,
    "Boolean": IBoolean,
    "String": IString,
    "Command": ICommand,
    "Enumeration": QuickEnumeration,
    "Register": IRegister,
}


def quick_node(group: str, name: str, nodemap: Callable[[], INodeMap]) -> Any:
    """The node as PySpin's attribute shows it; AttributeError where PySpin has no such attribute.

    A node that PySpin lists and this camera does not have is there all the same, and not implemented.
    """
    kind = quickspin_types(group).get(name)
    if kind is None:
        raise AttributeError(f"PySpin has no attribute {name!r} here; use the node map")
    nodes = nodemap()
    node = nodes.GetNode(name)
    if node is None:
        return CLASSES.get(kind, IValue)(None, nodes.scope, nodes)
    found = typed(node.raw)
    if found is IEnumeration:
        found = QuickEnumeration
    return (found or IValue)(node.raw, node.scope, nodes)


class QuickNodes:
    """What ``cam.TLDevice``, ``cam.TLStream``, ``interface.TLInterface`` and ``system.TLSystem`` have."""

    __slots__ = ("_group", "_nodemap")

    def __init__(self, group: str, nodemap: Callable[[], INodeMap]) -> None:
        self._group = group
        self._nodemap = nodemap

    def __getattr__(self, name: str) -> Any:
        return quick_node(self._group, name, self._nodemap)
