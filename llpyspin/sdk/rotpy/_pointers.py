"""``CFloatPtr`` and its like: a node seen as what it is, or an invalid pointer if it is something else."""

from __future__ import annotations

from typing import Any

from llpyspin.sdk.rotpy._constants import CONSTANTS
from llpyspin.sdk.rotpy._nodes import (
    ACCESS,
    IBoolean,
    ICategory,
    ICommand,
    IEnumEntry,
    IEnumeration,
    IFloat,
    IInteger,
    INode,
    INodeMap,
    IRegister,
    IString,
    IValue,
    typed,
)

__all__ = [
    "CBooleanPtr",
    "CCategoryPtr",
    "CCommandPtr",
    "CEnumEntryPtr",
    "CEnumerationPtr",
    "CFloatPtr",
    "CIntegerPtr",
    "CNodeMapPtr",
    "CNodePtr",
    "CRegisterPtr",
    "CSelectorPtr",
    "CStringPtr",
    "CValuePtr",
    "IsAvailable",
    "IsImplemented",
    "IsReadable",
    "IsWritable",
]


class _Pointer(INode):
    """Valid, or not: then it is falsy and every other use of it raises."""

    def __init__(self, node: INode | None = None, /) -> None:
        if node is not None and not isinstance(node, INode):
            raise TypeError(f"{type(self).__name__} takes a node or None, not {type(node).__name__}")
        if node is None or node.raw is None or not self._suits(node.raw):
            super().__init__(None, None)
        else:
            super().__init__(node.raw, node.scope, node.nodemap)

    def _suits(self, raw: Any) -> bool:
        kind = typed(raw)
        return kind is not None and isinstance(self, kind)

    def IsValid(self) -> bool:
        return self.raw is not None

    __bool__ = IsValid


class CNodePtr(_Pointer):
    def _suits(self, raw: Any) -> bool:
        return typed(raw) is not None


class CSelectorPtr(CNodePtr):
    pass


class CValuePtr(_Pointer, IValue):
    def _suits(self, raw: Any) -> bool:
        return typed(raw) is not None


class CIntegerPtr(_Pointer, IInteger):
    pass


class CFloatPtr(_Pointer, IFloat):
    pass


class CBooleanPtr(_Pointer, IBoolean):
    pass


class CStringPtr(_Pointer, IString):
    pass


class CCommandPtr(_Pointer, ICommand):
    pass


class CRegisterPtr(_Pointer, IRegister):
    pass


class CCategoryPtr(_Pointer, ICategory):
    pass


class CEnumerationPtr(_Pointer, IEnumeration):
    pass


class CEnumEntryPtr(_Pointer, IEnumEntry):
    pass


class CNodeMapPtr(INodeMap):
    def __init__(self, nodemap: INodeMap, /) -> None:
        super().__init__(nodemap.raw, nodemap.scope)


def _access(node: INode | int | None) -> int:
    if isinstance(node, int):
        return node
    if node is None or node.raw is None:
        return ACCESS["NI"]
    return node.GetAccessMode()


def IsImplemented(node: INode | int | None, /) -> bool:
    return _access(node) != ACCESS["NI"]


def IsAvailable(node: INode | int | None, /) -> bool:
    return _access(node) not in (ACCESS["NI"], ACCESS["NA"])


def IsReadable(node: INode | int | None, /) -> bool:
    return _access(node) in (ACCESS["RO"], ACCESS["RW"])


def IsWritable(node: INode | int | None, /) -> bool:
    return _access(node) in (ACCESS["WO"], ACCESS["RW"])


assert ACCESS["RW"] == CONSTANTS["RW"]
