"""Node callbacks: functions of the client that are called when a node's value may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.virtual.exceptions import INVALID_PARAMETER, raise_error
from llpyspin.virtual.pointers import Pointer

if TYPE_CHECKING:
    from llpyspin.virtual.nodes import INode

__all__ = ["DeregisterNodeCallback", "NodeCallback", "RegisterNodeCallback"]


class NodeCallback:
    """Override ``CallbackFunction(node)``."""

    _watched: INode | None = None

    def CallbackFunction(self, node: INode) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override CallbackFunction")


def RegisterNodeCallback(pNode: Any, f: NodeCallback) -> NodeCallback:
    """Have ``f.CallbackFunction(node)`` called after every change of the node; returns the handle."""
    node = pNode._aim() if isinstance(pNode, Pointer) else pNode
    if not isinstance(f, NodeCallback):
        raise TypeError(f"argument 2 of type 'NodeCallback &', not {f!r}")
    f._watched = node
    node._map._watch(node, f)
    return f


def DeregisterNodeCallback(f: NodeCallback) -> bool:
    """Stop the calls; refused if there are none."""
    node = f._watched
    if node is None:
        raise_error("The callback is not registered.", INVALID_PARAMETER)
    node._map._unwatch(node, f)
    f._watched = None
    return True
