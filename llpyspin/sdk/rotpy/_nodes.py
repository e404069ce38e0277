"""GenICam nodes with the method names of PySpin, over the nodes of rotpy.

rotpy's nodes are bare pointers into a node map that the SDK frees with the camera; so each node here knows
the :class:`Scope` that it belongs to and refuses to be used after the end of it, where rotpy would read freed
memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.sdk.rotpy._constants import CONSTANTS, constant_of, symbolic_of
from llpyspin.sdk.rotpy._errors import (
    GENICAM_ACCESS,
    GENICAM_LOGICAL,
    NOT_INITIALIZED,
    call,
    cannot,
    fail,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "IBoolean",
    "ICategory",
    "ICommand",
    "IEnumEntry",
    "IEnumeration",
    "IFloat",
    "IInteger",
    "INode",
    "INodeMap",
    "IRegister",
    "IString",
    "IValue",
    "QuickEnumeration",
    "Scope",
    "typed",
]

ACCESS = {name: CONSTANTS[name] for name in ("NI", "NA", "WO", "RO", "RW")}


class Scope:
    """How long a node map lives."""

    __slots__ = ("alive", "end")

    def __init__(self, alive: Callable[[], bool], end: str) -> None:
        self.alive = alive
        self.end = end

    def check(self) -> None:
        if not self.alive():
            fail(self.end, NOT_INITIALIZED)


class INode:
    """What every node can tell about itself."""

    def __init__(self, raw: Any, scope: Scope | None, nodemap: INodeMap | None = None) -> None:
        self.raw = raw
        self.scope = scope
        self.nodemap = nodemap

    @property
    def _node(self) -> Any:
        if self.scope is None:
            fail("GenICam::LogicalErrorException= NULL pointer dereferenced", GENICAM_LOGICAL)
        self.scope.check()
        if self.raw is None:
            fail("GenICam::AccessException= Feature not present (reference not valid)", GENICAM_ACCESS)
        return self.raw

    def _of(self, raws: list[Any]) -> list[INode]:
        return [INode(raw, self.scope, self.nodemap) for raw in raws]

    def __repr__(self) -> str:
        if self.raw is None or self.scope is None or not self.scope.alive():
            return f"<{type(self).__name__}, not valid>"
        return f"<{type(self).__name__} {self.raw.get_name()}>"

    # what it is
    def GetName(self, FullQualified: bool = False) -> str:
        return str(call(self._node.get_name, FullQualified))

    def GetDisplayName(self) -> str:
        return str(call(self._node.get_display_name))

    def GetDescription(self) -> str:
        return str(call(self._node.get_description))

    def GetToolTip(self) -> str:
        return str(call(self._node.get_short_description))

    def GetDocuURL(self) -> str:
        return str(call(self._node.get_doc_url))

    def GetDeviceName(self) -> str:
        return str(call(self._node.get_dev_name))

    def GetEventID(self) -> str:
        return str(call(self._node.get_event_id))

    def GetPrincipalInterfaceType(self) -> int:
        return CONSTANTS["intfI" + str(call(self._node.get_node_type))]

    def GetVisibility(self) -> int:
        return CONSTANTS.get(str(call(self._node.get_visibility)), CONSTANTS["_UndefinedVisibility"])

    def GetNameSpace(self) -> int:
        return CONSTANTS[str(call(self._node.get_namespace))]

    def GetCachingMode(self) -> int:
        return CONSTANTS[str(call(self._node.get_caching_mode))]

    def GetPollingTime(self) -> int:
        return int(call(self._node.get_polling_time))

    def GetPropertyNames(self) -> list[str]:
        return list(call(self._node.get_property_names))

    def GetNodeMap(self) -> INodeMap | None:
        return self.nodemap

    def IsFeature(self) -> bool:
        return bool(call(self._node.is_feature))

    def IsDeprecated(self) -> bool:
        return bool(call(self._node.is_deprecated))

    def IsStreamable(self) -> bool:
        return bool(call(self._node.is_streamable))

    def IsCachable(self) -> bool:
        return bool(call(self._node.is_cachable))

    # what can be done with it now
    def GetAccessMode(self) -> int:
        if self.raw is None and self.scope is not None:
            return ACCESS["NI"]
        return ACCESS[call(self._node.get_access_mode)]

    def ImposeAccessMode(self, ImposedAccessMode: int) -> None:
        names = {value: name for name, value in ACCESS.items()}
        call(self._node.set_access_mode, names[ImposedAccessMode])

    def InvalidateNode(self) -> None:
        call(self._node.invalidate)

    # what it stands with
    def IsSelector(self) -> bool:
        return bool(call(self._node.is_selector))

    def GetSelectedFeatures(self) -> list[INode]:
        return self._of(call(self._node.get_selected_nodes))

    def GetSelectingFeatures(self) -> list[INode]:
        return self._of(call(self._node.get_selecting_nodes))

    def GetAlias(self) -> INode | None:
        raw = call(self._node.get_alias_node)
        return None if raw is None else INode(raw, self.scope, self.nodemap)

    def GetChildren(self, *_link_type: int) -> list[INode]:
        cannot("INode.GetChildren")

    def GetParents(self) -> list[INode]:
        cannot("INode.GetParents")

    def RegisterCallback(self, _callback: object) -> object:
        cannot("A callback of a node")


class IValue(INode):
    """A node with a value that can be written as text."""

    def GetNode(self) -> INode:
        return INode(self._node, self.scope, self.nodemap)

    def ToString(self, Verify: bool = False, IgnoreCache: bool = False) -> str:
        return str(call(self._node.get_node_value_as_str, Verify, IgnoreCache))

    def FromString(self, ValueStr: str, Verify: bool = True) -> None:
        if not isinstance(ValueStr, str):
            raise TypeError(f"FromString takes a str, not {type(ValueStr).__name__}")
        if not ValueStr.isascii():  # rotpy counts characters where the SDK counts bytes
            raise ValueError(f"the text of a node must be ASCII, not {ValueStr!r}")
        call(self._node.set_node_value_from_str, ValueStr, Verify)

    def IsValueCacheValid(self) -> bool:
        return bool(call(self._node.is_value_cached))


class _Number(IValue):
    def GetUnit(self) -> str:
        return str(call(self._node.get_unit))

    def GetRepresentation(self) -> int:
        return CONSTANTS.get(str(call(self._node.get_representation)), CONSTANTS["PureNumber"])

    def GetIncMode(self) -> int:
        return CONSTANTS[str(call(self._node.get_increment_mode))]

    def GetListOfValidValues(self, bounded: bool = True) -> list[Any]:
        return list(call(self._node.get_valid_values, bounded))


class IInteger(_Number):
    """A whole number."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> int:
        return int(call(self._node.get_node_value, Verify, IgnoreCache))

    __call__ = GetValue

    def SetValue(self, Value: int, Verify: bool = True) -> None:
        if isinstance(Value, float):
            raise TypeError("SetValue of an integer node takes an int, not a float")
        call(self._node.set_node_value, Value, Verify)

    def GetMin(self) -> int:
        return int(call(self._node.get_min_value))

    def GetMax(self) -> int:
        return int(call(self._node.get_max_value))

    def GetInc(self) -> int:
        return int(call(self._node.get_increment))


class IFloat(_Number):
    """A real number."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> float:
        return float(call(self._node.get_node_value, Verify, IgnoreCache))

    __call__ = GetValue

    def SetValue(self, Value: float, Verify: bool = True) -> None:
        call(self._node.set_node_value, Value, Verify)

    def GetMin(self) -> float:
        return float(call(self._node.get_min_value))

    def GetMax(self) -> float:
        return float(call(self._node.get_max_value))

    def HasInc(self) -> bool:
        return bool(call(self._node.has_increment))

    def GetInc(self) -> float:
        return float(call(self._node.get_increment))

    def GetDisplayPrecision(self) -> int:
        return int(call(self._node.get_display_precision))


class IBoolean(IValue):
    """Yes or no."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> bool:
        return bool(call(self._node.get_node_value, Verify, IgnoreCache))

    __call__ = GetValue

    def SetValue(self, Value: bool, Verify: bool = True) -> None:
        if not isinstance(Value, bool):
            raise TypeError(f"SetValue of a boolean node takes a bool, not {type(Value).__name__}")
        call(self._node.set_node_value, Value, Verify)


class IString(IValue):
    """A text."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> str:
        return str(call(self._node.get_node_value, Verify, IgnoreCache))

    __call__ = GetValue

    def SetValue(self, Value: str, Verify: bool = True) -> None:
        if not isinstance(Value, str):
            raise TypeError(f"SetValue of a string node takes a str, not {type(Value).__name__}")
        if not Value.isascii():
            raise ValueError(f"the text of a node must be ASCII, not {Value!r}")
        call(self._node.set_node_value, Value, Verify)

    def GetMaxLength(self) -> int:
        return int(call(self._node.get_max_len))


class ICommand(IValue):
    """Something to do."""

    def Execute(self, Verify: bool = True) -> None:
        call(self._node.execute_node, Verify)

    __call__ = Execute

    def IsDone(self, Verify: bool = True) -> bool:
        return bool(call(self._node.is_done, Verify))


class IRegister(IValue):
    """Bytes of the camera."""

    def Get(self, Length: int, Verify: bool = False, IgnoreCache: bool = False) -> bytes:
        return bytes(call(self._node.get_node_value, Verify, IgnoreCache))[:Length]

    def Set(self, Buffer: bytes, Verify: bool = True) -> None:
        call(self._node.set_node_value, Buffer, Verify)

    def GetAddress(self) -> int:
        return int(call(self._node.get_address))


class ICategory(IValue):
    """A group of features."""

    def GetFeatures(self) -> list[INode]:
        return self._of(call(self._node.get_children))


class IEnumEntry(IValue):
    """One choice of an enumeration."""

    def GetValue(self) -> int:
        """The camera's number of it, which is not PySpin's constant."""
        return int(call(self._node.get_enum_int_value))

    def GetSymbolic(self) -> str:
        return str(call(self._node.get_enum_name))

    def GetNumericValue(self) -> float:
        return float(call(self._node.get_enum_num))

    def IsSelfClearing(self) -> bool:
        return bool(call(self._node.is_self_clearing))


class IEnumeration(IValue):
    """A choice, in the camera's own numbers."""

    def GetSymbolics(self) -> list[str]:
        return list(call(self._node.get_entries_names))

    def GetEntries(self) -> list[INode]:
        return [IEnumEntry(raw, self.scope, self.nodemap) for raw in call(self._node.get_entries)]

    def _entry(self, raw: Any) -> IEnumEntry | None:
        return None if raw is None else IEnumEntry(raw, self.scope, self.nodemap)

    def GetEntryByName(self, Symbolic: str) -> IEnumEntry | None:
        return self._entry(call(self._node.get_entry_by_name, Symbolic))

    def GetEntry(self, IntValue: int) -> IEnumEntry | None:
        return self._entry(call(self._node.get_entry_by_int_value, IntValue))

    def GetCurrentEntry(self, Verify: bool = False, IgnoreCache: bool = False) -> IEnumEntry | None:
        return self._entry(call(self._node.get_node_value, Verify, IgnoreCache))

    def GetIntValue(self, Verify: bool = False, IgnoreCache: bool = False) -> int:
        return int(call(self._node.get_node_int_value, Verify, IgnoreCache))

    def SetIntValue(self, Value: int, Verify: bool = True) -> None:
        call(self._node.set_node_int_value, Value, Verify)


class QuickEnumeration(IEnumeration):
    """A choice as a QuickSpin attribute shows it: in PySpin's numbers (``PySpin.TriggerMode_On``)."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> int:
        symbolic = self.ToString(Verify, IgnoreCache)
        constant = constant_of(self.GetName(), symbolic)
        if constant is None:
            fail(f"PySpin has no constant {self.GetName()}_{symbolic}", GENICAM_ACCESS)
        return constant

    __call__ = GetValue

    def SetValue(self, Value: int, Verify: bool = True) -> None:
        if not isinstance(Value, int) or isinstance(Value, bool):
            raise TypeError(f"SetValue of an enumeration takes a PySpin constant, not {Value!r}")
        self.FromString(self._symbolic(Value), Verify)

    def GetEntry(self, Value: int) -> IEnumEntry | None:
        return self.GetEntryByName(self._symbolic(Value))

    def _symbolic(self, constant: int) -> str:
        name = self.GetName()
        candidates = symbolic_of(name, constant)
        for symbolic in self.GetSymbolics():
            if symbolic in candidates:
                return symbolic
        fail(
            f"GenICam::AccessException= The camera's {name} has no entry for the constant {constant}",
            GENICAM_ACCESS,
        )


TYPES: dict[str, type[IValue]] = {
    "SpinIntNode": IInteger,
    "SpinFloatNode": IFloat,
    "SpinBoolNode": IBoolean,
    "SpinStrNode": IString,
    "SpinCommandNode": ICommand,
    "SpinRegisterNode": IRegister,
    "SpinEnumNode": IEnumeration,
    "SpinEnumItemNode": IEnumEntry,
    "SpinTreeNode": ICategory,
}


def typed(raw: object) -> type[IValue] | None:
    """The class here for a node of rotpy; None for ports and the like, which have no value."""
    return TYPES.get(type(raw).__name__)


class INodeMap:
    """All nodes of a camera, stream, interface or system, by name."""

    def __init__(self, raw: Any, scope: Scope) -> None:
        self.raw = raw
        self.scope = scope

    @property
    def _nodes(self) -> Any:
        self.scope.check()
        return self.raw

    def GetNode(self, Name: str) -> INode | None:
        """The node, to be given to ``CFloatPtr`` and its like; None if there is none of this name."""
        raw = call(self._nodes.get_node_by_name, Name)
        return None if raw is None else INode(raw, self.scope, self)

    def GetNodes(self) -> list[INode]:
        # Ports have no name in rotpy and no use here.
        return [INode(raw, self.scope, self) for raw in call(self._nodes.get_nodes) if typed(raw)]

    def GetNumNodes(self) -> int:
        return int(call(self._nodes.get_num_nodes))

    def GetDeviceName(self) -> str:
        return str(call(self._nodes.get_dev_name))

    def InvalidateNodes(self) -> None:
        call(self._nodes.invalidate_nodes)

    def Poll(self, ElapsedTime: int) -> None:
        call(self._nodes.poll, ElapsedTime)
