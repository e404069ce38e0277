"""Feature bags, which carry the settings of one node map to another or into a file, and node map pointers."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

from llpyspin.virtual.exceptions import INVALID_PARAMETER, SpinnakerException, raise_error
from llpyspin.virtual.nodemap import INodeMap
from llpyspin.virtual.nodes import RO, RW, IEnumeration, IValue
from llpyspin.virtual.pointers import Pointer, passing_on

__all__ = ["CDeviceInfoPtr", "CFeatureBag", "CNodeMapPtr", "IDeviceInfo", "IPersistScript"]

_MARK = "# {05D8C294-F295-4dfb-9D01-096BD04049F4}"
_LINE = re.compile(r"([A-Za-z_]\w*)[\t ](.*)")


class IPersistScript:
    """Interface of :class:`CFeatureBag`."""


class CFeatureBag(IPersistScript):
    """Settings as (name, value) in the order in which they must be written.

    ``str(bag)`` is the text of a GenApi persistence file; ``PySpin.__rshift__(text, bag)`` reads one.
    """

    def __init__(self) -> None:
        self._info = ""
        self._entries: list[tuple[str, str]] = []

    def SetInfo(self, Info: str) -> None:
        """Text for the head of the file."""
        self._info = str(Info)

    def PersistFeature(self, item: Any) -> None:
        """Add one node with its present value."""
        node = item._aim() if isinstance(item, Pointer) else item
        if not isinstance(node, IValue):
            raise TypeError(
                f"in method 'CFeatureBag_PersistFeature', argument 2 of type 'IValue &', not {item!r}"
            )
        self._entries.append((node.GetName(), node.ToString()))

    def StoreToBag(self, pNodeMap: Any, MaxNumPersistSkriptEntries: int = -1) -> int:
        """Add every feature that is meant to be stored and can be read and written; returns their number."""
        nodemap = _node_map(pNodeMap)
        self._info = self._info or f"Device = {nodemap.GetDeviceName()}"
        most = MaxNumPersistSkriptEntries
        found = [entry for name in nodemap._streamable() for entry in _values(nodemap, name)]
        kept = found if most < 0 else found[:most]
        self._entries += kept
        return len(kept)

    def LoadFromBag(self, pNodeMap: Any, Verify: bool = True, pErrorList: Any = None) -> bool:
        """Write all values; whether all could be written.

        The texts of those that could not are appended to ``pErrorList``; without it the first one is raised.
        """
        nodemap, complete = _node_map(pNodeMap), True
        for name, value in self._entries:
            try:
                _write(nodemap, name, value, verify=Verify)
            except SpinnakerException as error:
                if pErrorList is None:
                    raise
                complete = False
                pErrorList.append(f"{name}: {error}")
        return complete

    def GetFeatureBagHandle(self) -> CFeatureBag:
        return self

    def __eq__(self, FeatureBag: object) -> bool:
        return isinstance(FeatureBag, CFeatureBag) and self._entries == FeatureBag._entries

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        head = [_MARK, "# GenApi persistence file (version 3.0.0)", f"# {self._info}"]
        return "\n".join([*head, "", *(f"{name}\t{value}" for name, value in self._entries)]) + "\n"

    def _parse(self, text: str) -> None:
        """Have the settings of a persistence file instead."""
        if not text.startswith(_MARK):
            raise_error("The text is no GenApi persistence file.", INVALID_PARAMETER)
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        found = [_LINE.fullmatch(line) for line in lines]
        for line, match in zip(lines, found, strict=True):
            if match is None:
                raise_error(f"The line {line!r} has no name and value.", INVALID_PARAMETER)
        self._entries = [(match[1], match[2]) for match in found if match is not None]


def _values(nodemap: INodeMap, name: str) -> list[tuple[str, str]]:
    """(name, value) of a feature, for each entry of its selectors, which come before it."""
    node = nodemap._interface(name)
    selectors = [
        s for s in nodemap._selectors(name) if isinstance(s, IEnumeration) and s.GetAccessMode() == RW
    ]
    before = [selector.ToString() for selector in selectors]
    found: list[tuple[str, str]] = []
    try:
        for chosen in product(*(_available(selector) for selector in selectors)):
            for selector, entry in zip(selectors, chosen, strict=True):
                selector.FromString(entry)
            if isinstance(node, IValue) and node.GetAccessMode() == RW:
                found += [(s.GetName(), entry) for s, entry in zip(selectors, chosen, strict=True)]
                found.append((name, node.ToString()))
    finally:
        for selector, entry in zip(selectors, before, strict=True):
            selector.FromString(entry)
    return found


def _available(selector: IEnumeration) -> list[str]:
    return [entry.GetSymbolic() for entry in selector.GetEntries() if entry.GetAccessMode() in (RO, RW)]


def _write(nodemap: INodeMap, name: str, value: str, *, verify: bool) -> None:
    node = nodemap._interface(name)
    if not isinstance(node, IValue):
        raise SpinnakerException(
            f"GenICam::InvalidArgumentException= The node map has no feature {name}. : "
            "InvalidArgumentException thrown",
            -2001,
        )
    node.FromString(value, verify)


def _node_map(given: Any) -> INodeMap:
    found = given._aim() if isinstance(given, Pointer) else given
    if not isinstance(found, INodeMap):
        raise TypeError(f"argument of type 'INodeMap *', not {given!r}")
    return found


def written(os: Any, FeatureBag: CFeatureBag) -> Any:
    """``__lshift__(stream, bag)``: write the text of a bag into a stream of text; returns the stream."""
    os.write(str(FeatureBag))
    return os


def read(_is: Any, FeatureBag: CFeatureBag) -> Any:
    """``__rshift__(stream or text, bag)``: read a bag; returns the stream."""
    FeatureBag._parse(_is if isinstance(_is, str) else _is.read())
    return _is


class IDeviceInfo:
    """What the description of a node map says of the device and of itself."""

    def __init__(self, nodemap: INodeMap) -> None:
        self._raw = nodemap._device_info()

    def GetModelName(self) -> str:
        return str(self._raw.model_name)

    def GetVendorName(self) -> str:
        return str(self._raw.vendor_name)

    def GetToolTip(self) -> str:
        return str(self._raw.tooltip)

    def GetStandardNameSpace(self) -> str:
        return str(self._raw.standard_name_space)

    def GetProductGuid(self) -> str:
        return str(self._raw.product_guid)

    def GetVersionGuid(self) -> str:
        return str(self._raw.version_guid)


class CNodeMapPtr(Pointer):
    """A pointer to a node map."""

    def __init__(self, nodemap: Any = None, /) -> None:
        self._target = None if nodemap is None or nodemap == 0 else _node_map(nodemap)

    def __call__(self) -> INodeMap:
        return self._aim()  # type: ignore[no-any-return]

    __ref__ = __call__


class CDeviceInfoPtr(Pointer):
    """A node map as what it says of the device."""

    def __init__(self, nodemap: Any = None, /) -> None:
        self._target = None if nodemap is None or nodemap == 0 else IDeviceInfo(_node_map(nodemap))

    def __call__(self) -> IDeviceInfo:
        return self._aim()  # type: ignore[no-any-return]

    __ref__ = __call__


def _passed_on(pointer: type, name: str, behind: type) -> None:
    for method, passing in passing_on(name, behind).items():
        if not hasattr(pointer, method):
            setattr(pointer, method, passing)


_passed_on(CNodeMapPtr, "CNodeMapPtr", INodeMap)
_passed_on(CDeviceInfoPtr, "CDeviceInfoPtr", IDeviceInfo)
