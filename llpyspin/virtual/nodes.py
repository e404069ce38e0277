"""Nodes with PySpin's interfaces, one class for each kind: IInteger, IFloat, IEnumeration and so on."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import Any

from llpyspin.virtual import api
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.node import (
    NA,
    NI,
    RO,
    RW,
    WO,
    IBase,
    IEnumReference,
    INode,
    IReference,
    ISelector,
    IValue,
    text,
)

__all__ = [
    "NA",
    "NI",
    "RO",
    "RW",
    "WO",
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
    "QuickEnumeration",
    "typed",
]

_MIN, _MAX, _INC = attrgetter("min"), attrgetter("max"), attrgetter("inc")


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
        return text(value)

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

    def GetFloatAlias(self) -> None:
        """None: no node of a virtual camera shows the same as a number with a fraction."""


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

    def GetIntAlias(self) -> None:
        """None: no node of a virtual camera shows the same as a whole number."""

    def GetEnumAlias(self) -> None:
        """None: no node of a virtual camera shows the same as a choice."""

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
        return self._found(self._call(lambda raw: raw.get_entry_by_name(text(Symbolic))))

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


class IUnknown(IValue):
    """A node that a camera lacks, and whose kind no source tells: it refuses what any kind can do."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        return self._call(lambda raw: raw)

    GetValue = SetValue = GetMin = GetMax = GetInc = GetUnit = Execute = IsDone = __call__ = _refuse
    GetIntValue = SetIntValue = GetCurrentEntry = GetEntries = GetSymbolics = GetEntryByName = _refuse


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
