"""Nodes with PySpin's interfaces: INode, IValue and the interface of each kind.

The objects hold a name and GenApi's node; what they do goes through the node map (one lock, errors
translated).  A node that the camera does not have is :data:`None` from ``GetNode`` and an object without a
node in the QuickSpin attributes; the latter refuses everything but questions about its access.
"""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api
from llpyspin.virtual.exceptions import SpinnakerException, not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "IBase",
    "IBoolean",
    "ICategory",
    "ICommand",
    "IEnumEntry",
    "IEnumReference",
    "IEnumeration",
    "IFloat",
    "IInteger",
    "INode",
    "IReference",
    "IRegister",
    "ISelector",
    "IString",
    "IValue",
    "typed",
]

NI, NA, WO, RO, RW = range(5)

_MIN, _MAX, _INC = attrgetter("min"), attrgetter("max"), attrgetter("inc")


class IBase:
    """What can be asked for its access mode."""

    def GetAccessMode(self) -> int:
        raise NotImplementedError


class ISelector(IBase):
    """What may select other features."""


class IReference:
    """A reference that the SDK binds to a node; clients have no use for it."""


class IEnumReference:
    """The same for the values of a QuickSpin enumeration."""


class INode(ISelector, IReference):
    """One node of a node map, whatever its kind; cast it with ``CFloatPtr(node)`` and the like to use it."""

    def __init__(self, nodemap: Any, name: str, raw: Any) -> None:
        self._map = nodemap
        self._name = name
        self._raw = raw

    # -- access

    def _call(self, call: Callable[[Any], Any]) -> Any:
        """Call into GenApi with its node as the argument."""
        if self._raw is None:
            raise SpinnakerException(
                "GenICam::AccessException= Feature not present (reference not valid) : AccessException "
                f"thrown in node '{self._name}'",
                -2006,
            )
        return self._map._run(self._name, call, self._raw)

    def _about(self, what: str) -> Any:
        return self._call(attrgetter("node." + what))

    def _interface(self) -> INode | None:
        """This node as the interface of its kind."""
        return self._map._interface(self._name) if self._raw is not None else None

    def _wrap(self, raw: Any) -> INode:
        return self._map.GetNode(raw.node.name)  # type: ignore[no-any-return]

    def GetAccessMode(self) -> int:
        if self._raw is None:
            return NI
        return int(self._call(lambda raw: raw.get_access_mode()))

    def ImposeAccessMode(self, ImposedAccessMode: int) -> None:
        self._call(lambda raw: raw.node.impose_access_mode(ImposedAccessMode))

    def ImposeVisibility(self, ImposedVisibility: int) -> None:
        self._call(lambda raw: raw.node.impose_visibility(ImposedVisibility))

    def InvalidateNode(self) -> None:
        self._call(lambda raw: raw.node.invalidate_node())

    def __eq__(self, nullPtr: object) -> bool:
        if isinstance(nullPtr, INode):
            return self._map is nullPtr._map and self._name == nullPtr._name
        return nullPtr == 0 and self._raw is None and nullPtr is not False

    def __hash__(self) -> int:
        return hash((id(self._map), self._name))

    def __repr__(self) -> str:
        where = self._map.GetDeviceName() if self._map else "no camera"
        return f"<{type(self).__name__} {self._name} of {where}>"

    # -- what it is

    def GetName(self, FullQualified: bool = False) -> str:
        return str(self._about("name_full_qualified" if FullQualified else "name"))

    def GetNameSpace(self) -> int:
        return int(self._about("name_space"))

    def GetVisibility(self) -> int:
        return int(self._about("visibility"))

    def IsCachable(self) -> bool:
        return bool(self._call(lambda raw: raw.node.is_cachable()))

    def IsAccessModeCacheable(self) -> int:
        return int(self._call(lambda raw: raw.node.is_access_mode_cacheable()))

    def GetCachingMode(self) -> int:
        return int(self._about("caching_mode"))

    def GetPollingTime(self) -> int:
        return int(self._about("polling_time"))

    def GetToolTip(self) -> str:
        return str(self._about("tooltip"))

    def GetDescription(self) -> str:
        return str(self._about("description"))

    def GetDisplayName(self) -> str:
        return str(self._about("display_name"))

    def GetDeviceName(self) -> str:
        return str(self._map.GetDeviceName())

    def GetEventID(self) -> str:
        return str(self._about("event_id"))

    def GetDocuURL(self) -> str:
        return str(self._about("docu_url"))

    def GetPropertyNames(self) -> list[str]:
        return [str(name) for name in self._about("property_names")]

    def GetProperty(self, PropertyName: str, *_: Any) -> tuple[str, str] | None:
        found = self._call(lambda raw: raw.node.get_property(PropertyName))
        return found  # type: ignore[no-any-return]

    def GetPrincipalInterfaceType(self) -> int:
        return int(self._about("principal_interface_type"))

    def IsStreamable(self) -> bool:
        return bool(self._call(lambda raw: raw.node.is_streamable()))

    def IsDeprecated(self) -> bool:
        return bool(self._call(lambda raw: raw.node.is_deprecated()))

    def IsFeature(self) -> bool:
        return bool(self._call(lambda raw: raw.node.is_feature()))

    # -- its relations

    def GetNodeMap(self) -> Any:
        return self._map

    def GetAlias(self) -> INode | None:
        """The node that shows the same in another form, or None."""
        raw = self._about("alias")
        return None if raw is None else self._wrap(raw)

    def GetCastAlias(self) -> INode | None:
        raw = self._about("cast_alias")
        return None if raw is None else self._wrap(raw)

    def GetChildren(self, *_: Any) -> list[INode]:
        return [self._wrap(raw) for raw in self._about("children")]

    def GetParents(self, *_: Any) -> list[INode]:
        return [self._wrap(raw) for raw in self._about("parents")]

    def IsSelector(self) -> bool:
        return bool(self._call(lambda raw: raw.node.is_selector()))

    def GetSelectedFeatures(self, *_: Any) -> list[INode]:
        return [self._wrap(raw) for raw in self._about("selected_features")]

    def GetSelectingFeatures(self, *_: Any) -> list[INode]:
        return [self._wrap(raw) for raw in self._about("selecting_features")]


class IValue(INode):
    """A node with a value that can be read and written as text."""

    def GetNode(self) -> INode:
        return self._map.GetNode(self._name)  # type: ignore[no-any-return]

    def ToString(self, Verify: bool = False, IgnoreCache: bool = False) -> str:
        return str(self._call(lambda raw: raw.to_string(Verify, IgnoreCache)))

    def FromString(self, ValueStr: str, Verify: bool = True) -> None:
        self._call(lambda raw: raw.from_string(_text(ValueStr), Verify))

    def IsValueCacheValid(self) -> bool:
        return bool(self._call(lambda raw: raw.is_value_cache_valid()))


class _Valued(IValue):
    """What Boolean, Integer, Float and String have in common."""

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> Any:
        return self._call(lambda raw: _value(raw, Verify, IgnoreCache))

    def SetValue(self, Value: Any, Verify: bool = True) -> None:
        self._call(lambda raw: raw.set_value(self._checked(Value), Verify))

    def __call__(self) -> Any:
        return self.GetValue()

    def __ref__(self) -> Any:
        return self.GetValue()

    def _checked(self, value: Any) -> Any:
        return value


class IBoolean(_Valued):
    """An on/off switch."""

    def _checked(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError(f"in method 'IBoolean_SetValue', argument 2 of type 'bool', not {value!r}")
        return value


class IString(_Valued):
    """A text."""

    def _checked(self, value: Any) -> str:
        return _text(value)

    def GetMaxLength(self) -> int:
        return int(self._call(attrgetter("max_length")))


class _Number(_Valued):
    def GetMin(self) -> Any:
        return self._call(_MIN)

    def GetMax(self) -> Any:
        return self._call(_MAX)

    def GetInc(self) -> Any:
        return self._call(_INC)

    def GetIncMode(self) -> int:
        return int(self._call(attrgetter("inc_mode")))

    def GetListOfValidValues(self, bounded: bool = True) -> list[Any]:
        del bounded
        return list(self._call(attrgetter("list_of_valid_values")))

    def GetRepresentation(self) -> int:
        return int(self._call(attrgetter("representation")))

    def GetUnit(self) -> str:
        return str(self._call(attrgetter("unit")))

    def ImposeMin(self, Value: Any) -> None:
        self._call(lambda raw: raw.impose_min(Value))

    def ImposeMax(self, Value: Any) -> None:
        self._call(lambda raw: raw.impose_max(Value))


class IInteger(_Number):
    """A whole number."""

    def _checked(self, value: Any) -> int:
        if not isinstance(value, int):
            raise TypeError(f"in method 'IInteger_SetValue', argument 2 of type 'int64_t', not {value!r}")
        if not -(2**63) <= value < 2**63:
            raise OverflowError("in method 'IInteger_SetValue', argument 2 of type 'int64_t'")
        return value


class IFloat(_Number):
    """A number with a fraction."""

    def _checked(self, value: Any) -> float:
        if not isinstance(value, (int, float)):
            raise TypeError(f"in method 'IFloat_SetValue', argument 2 of type 'double', not {value!r}")
        if math.isnan(value):
            raise SpinnakerException(
                "GenICam::OutOfRangeException= Value nan is not a number. : OutOfRangeException thrown "
                f"in node '{self._name}' while calling '{self._name}.SetValue()'",
                -2002,
            )
        return float(value)

    def HasInc(self) -> bool:
        return bool(self._call(lambda raw: raw.has_inc()))

    def GetDisplayNotation(self) -> int:
        return int(self._call(attrgetter("display_notation")))

    def GetDisplayPrecision(self) -> int:
        return int(self._call(attrgetter("display_precision")))


class ICommand(IValue):
    """A command."""

    def Execute(self, Verify: bool = True) -> None:
        self._call(lambda raw: raw.execute(Verify))

    def IsDone(self, Verify: bool = True) -> bool:
        return bool(self._call(lambda raw: raw.is_done(Verify)))

    def __call__(self) -> None:
        self.Execute()


class IRegister(IValue):
    """A block of bytes."""

    def Get(self, pBuffer: Any = None, Verify: bool = False, IgnoreCache: bool = False) -> bytes:
        length = self.GetLength()
        data = bytes(self._call(lambda raw: raw.get(length, Verify, IgnoreCache)))
        if pBuffer is not None:
            memoryview(pBuffer)[: len(data)] = data
        return data

    def Set(self, pBuffer: Any, Verify: bool = True) -> None:
        self._call(lambda raw: raw.set(bytes(pBuffer), Verify))

    def GetLength(self) -> int:
        return int(self._call(attrgetter("length")))

    def GetAddress(self) -> int:
        return int(self._call(attrgetter("address")))


class ICategory(IValue):
    """A group of features."""

    def GetFeatures(self) -> list[IValue]:
        names = [raw.node.name for raw in self._call(attrgetter("features"))]
        return [self._map._interface(name) for name in names]


class IEnumEntry(IValue):
    """One choice of an enumeration."""

    def GetValue(self) -> int:
        return int(self._call(attrgetter("value")))

    def GetSymbolic(self) -> str:
        return str(self._call(attrgetter("symbolic")))

    def GetNumericValue(self) -> float:
        return float(self._call(attrgetter("numeric_value")))

    def IsSelfClearing(self) -> bool:
        return bool(self._call(lambda raw: raw.is_self_clearing()))


class IEnumeration(IValue):
    """A choice; values are the *camera's* integers, which are not PySpin's constants."""

    def GetSymbolics(self, *_: Any) -> list[str]:
        return [str(s) for s in self._call(attrgetter("symbolics"))]

    def GetEntries(self) -> list[IEnumEntry]:
        return [self._entry(raw) for raw in self._call(attrgetter("entries"))]

    def GetIntValue(self, Verify: bool = False, IgnoreCache: bool = False) -> int:
        return int(self._call(lambda raw: raw.get_int_value(Verify, IgnoreCache)))

    def SetIntValue(self, Value: int, Verify: bool = True) -> None:
        if not isinstance(Value, int):
            raise TypeError(
                f"in method 'IEnumeration_SetIntValue', argument 2 of type 'int64_t', not {Value!r}"
            )
        self._call(lambda raw: raw.set_int_value(Value, Verify))

    def GetEntryByName(self, Symbolic: str) -> IEnumEntry | None:
        return self._found(self._call(lambda raw: raw.get_entry_by_name(_text(Symbolic))))

    def GetEntry(self, *args: Any) -> IEnumEntry | None:
        (value,) = args
        return self._found(self._call(lambda raw: raw.get_entry(value)))

    def GetCurrentEntry(self, Verify: bool = False, IgnoreCache: bool = False) -> IEnumEntry:
        current = self._call(lambda raw: raw.get_current_entry(Verify, IgnoreCache))
        return self._entry(current)

    def __ref__(self) -> str:
        return self.ToString()

    def _entry(self, raw: Any) -> IEnumEntry:
        return IEnumEntry(self._map, raw.node.name, raw)

    def _found(self, raw: Any) -> IEnumEntry | None:
        return None if raw is None else self._entry(raw)


class QuickEnumeration(IEnumeration, IEnumReference):
    """A QuickSpin enumeration: takes and gives PySpin's constants (``PySpin.TriggerMode_On``)."""

    def SetValue(self, Value: int, Verify: bool = True) -> None:
        if not isinstance(Value, int):
            raise TypeError(
                f"in method '{type(self).__name__}_SetValue', argument 2 is a constant, not {Value!r}"
            )
        symbol = api.entry_of(self._name, Value)
        if symbol is None:
            raise self._no_such(Value)
        self._call(lambda raw: raw.from_string(symbol, Verify))

    def GetValue(self, Verify: bool = False, IgnoreCache: bool = False) -> int:
        symbol = self.ToString(Verify, IgnoreCache)
        constant = api.constant_of(self._name, symbol)
        if constant is None:
            raise self._no_such(symbol)
        return constant

    def __call__(self) -> int:
        return self.GetValue()

    def GetEntry(self, *args: Any) -> IEnumEntry | None:
        (value,) = args
        symbol = api.entry_of(self._name, value)
        if symbol is None:
            raise self._no_such(value)
        return self.GetEntryByName(symbol)

    def _no_such(self, value: object) -> SpinnakerException:
        return SpinnakerException(
            f"GenICam::InvalidArgumentException= Feature '{self._name}' : cannot convert value '{value}', "
            f"the value is invalid. : InvalidArgumentException thrown in node '{self._name}'",
            -2001,
        )


_KINDS: dict[str, type[INode]] = {
    "IInteger": IInteger,
    "IFloat": IFloat,
    "IBoolean": IBoolean,
    "IString": IString,
    "ICommand": ICommand,
    "IRegister": IRegister,
    "ICategory": ICategory,
    "IEnumeration": IEnumeration,
    "IEnumEntry": IEnumEntry,
}


def typed(nodemap: Any, name: str, raw: Any) -> INode:
    """A node as the interface of its kind."""
    return _KINDS.get(type(raw).__name__, INode)(nodemap, name, raw)


def _value(raw: Any, verify: bool, ignore_cache: bool) -> Any:
    # genicam refuses get_value() without either of them
    return raw.get_value(verify, ignore_cache) if verify or ignore_cache else raw.value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"an argument of type 'GenICam::gcstring const &' must be a str, not {value!r}")
    return value


def _refuse(name: str) -> Callable[..., Any]:
    return lambda *_, **__: not_implemented(name)


IReference.SetReference = _refuse("SetReference")  # type: ignore[attr-defined]
