"""What all nodes have in common: INode and IValue, with PySpin's methods.

The objects hold a name and GenApi's node; what they do goes through the node map (one lock, errors
translated).  A node that the camera does not have is :data:`None` from ``GetNode`` and an object without a
node in the QuickSpin attributes; the latter refuses everything but questions about its access.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.exceptions import SpinnakerException, not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "NA",
    "NI",
    "RO",
    "RW",
    "WO",
    "IBase",
    "IEnumReference",
    "INode",
    "IReference",
    "ISelector",
    "IValue",
    "text",
]

NI, NA, WO, RO, RW = range(5)


class IBase:
    """What can be asked for its access mode."""

    def GetAccessMode(self) -> int:
        raise NotImplementedError


class ISelector(IBase):
    """What may select other features."""


class IReference:
    """A reference that the SDK binds to a node; clients have no use for it."""

    def SetReference(self, pBase: Any) -> None:
        not_implemented("SetReference")


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

    def __ref__(self) -> Any:
        """What C++ takes for a reference: this node itself."""
        return self

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
        self._call(lambda raw: raw.from_string(text(ValueStr), Verify))

    def IsValueCacheValid(self) -> bool:
        return bool(self._call(lambda raw: raw.is_value_cache_valid()))


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"an argument of type 'GenICam::gcstring const &' must be a str, not {value!r}")
    return value
