"""Small functions of GenApi: names of enumerations, and access modes combined."""

from __future__ import annotations

from functools import cache
from typing import Any

from llpyspin.virtual import api
from llpyspin.virtual.exceptions import INVALID_PARAMETER, raise_error

__all__ = ["ENUMS", "GetInterfaceName", "IsCacheable", "IsVisible", "enum_class"]

ENUMS: dict[str, tuple[str, ...]] = {
    "EAccessModeClass": ("NI", "NA", "WO", "RO", "RW"),
    "EVisibilityClass": ("Beginner", "Expert", "Guru", "Invisible"),
    "ERepresentationClass": ("Linear", "Logarithmic", "Boolean", "PureNumber", "HexNumber"),
    "ECachingModeClass": ("NoCache", "WriteThrough", "WriteAround"),
    "ENameSpaceClass": ("Custom", "Standard"),
    "EYesNoClass": ("Yes", "No"),
    "ESignClass": ("Signed", "Unsigned"),
    "EEndianessClass": ("BigEndian", "LittleEndian"),
    "EDisplayNotationClass": ("fnAutomatic", "fnFixed", "fnScientific"),
    "EInputDirectionClass": ("idFrom", "idTo", "idNone"),
    "EStandardNameSpaceClass": ("GEV", "IIDC", "CL", "USB"),
    "ESlopeClass": ("Increasing", "Decreasing", "Varying", "Automatic"),
}


@cache
def enum_class(name: str) -> Any:
    """``EAccessModeClass`` and the like, whose ``ToString`` names a constant."""
    numbers = {entry.removeprefix("fn").removeprefix("id"): api.constants()[entry] for entry in ENUMS[name]}

    def ToString(*args: Any) -> str:
        (value,) = args
        found = next((entry for entry, number in numbers.items() if number == value), None)
        if found is None:
            raise_error(f"{value!r} is no {name.removesuffix('Class')}.", INVALID_PARAMETER)
        return found

    def FromString(ValueStr: str, pValue: Any = None) -> int:
        """The constant of this name; ``pValue`` (a pointer in C++) is not used."""
        del pValue
        if ValueStr not in numbers:
            raise_error(f"{ValueStr!r} is no {name.removesuffix('Class')}.", INVALID_PARAMETER)
        return numbers[ValueStr]

    methods = {"ToString": staticmethod(ToString), "FromString": staticmethod(FromString)}
    return type(name, (), {**methods, "__module__": "llpyspin.virtual"})


def IsVisible(Visibility: int, MaxVisiblity: int) -> bool:
    """Whether a node of this visibility shows at that level (the parameter's spelling is the vendor's)."""
    return Visibility <= MaxVisiblity


def IsCacheable(CachingMode: int) -> bool:
    return CachingMode != api.constants()["NoCache"]


def GetInterfaceName(pBase: Any) -> str:
    """Name of the interface of a node's kind: "IInteger"."""
    node = pBase.get() if hasattr(pBase, "get") else pBase
    return str(type(node._interface() or node).__name__)
