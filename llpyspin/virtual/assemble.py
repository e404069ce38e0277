"""Collects the names of ``llpyspin.virtual``: from modules with behaviour, else from the data file."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

from llpyspin.errors import MissingExtraError
from llpyspin.virtual import _libpython, api, plain, small

__all__ = ["make"]

_HERE = "llpyspin.virtual"
_HOMES: dict[str, tuple[str, ...]] = {
    "exceptions": ("SpinnakerException",),
    "system": ("System", "ISystem", "SystemPtr"),
    "interfaces": ("IInterface", "IInterfaceList", "InterfaceList", "InterfacePtr"),
    "references": ("CameraPtr",),
    "camera": ("Camera", "CameraBase", "ICameraBase"),
    "lists": ("CameraList", "ICameraList"),
    "nodemap": ("INodeMap",),
    "nodes": (
        *("IBase", "INode", "IValue", "ISelector", "IReference", "IEnumReference", "IBoolean", "IInteger"),
        *("IFloat", "IString", "ICommand", "IRegister", "ICategory", "IEnumEntry", "IEnumeration"),
    ),
    "transport": (
        *("TransportLayerDevice", "TransportLayerStream", "TransportLayerInterface", "TransportLayerSystem"),
    ),
    "callbacks": ("NodeCallback", "RegisterNodeCallback", "DeregisterNodeCallback"),
    "readable": ("IsAvailable", "IsImplemented", "IsReadable", "IsWritable"),
    "image": ("ImagePtr", "ChunkData"),
    "imagefactory": ("Image",),
    "imagelist": ("IImageList", "ImageList"),
    "imageutility": ("ImageUtility", "ImageUtilityCCM", "ImageUtilityHeatmap", "ImageUtilityPolarization"),
    "featurebag": ("CDeviceInfoPtr", "CFeatureBag", "CNodeMapPtr", "IDeviceInfo", "IPersistScript"),
    "strings": ("double_autovector_t", "gcstring", "int64_autovector_t", "node_vector", "value_vector"),
    "genicamtools": (
        *("Combine", "DoesEnvironmentVariableExist", "GetFiles", "GetGenICamCLProtocolFolder"),
        *("GetGenICamCacheFolder", "GetGenICamLogConfig", "GetValueOfEnvironmentVariable"),
        *("ReplaceEnvironmentVariables", "SetGenICamCLProtocolFolder", "SetGenICamCacheFolder"),
        *("SetGenICamLogConfig", "ThrowBadAlloc", "Tokenize", "UrlDecode", "UrlEncode"),
    ),
    "processor": ("ImageProcessor",),
    "producers": ("IProducer", "IProducerList", "Producer", "ProducerList", "ProducerPtr"),
    "pointcloud": ("IPointCloud", "ImageUtilityStereo", "PointCloud"),
    "statistics": ("ChannelStatistics",),
    "video": ("SpinVideo",),
    "logs": ("LoggingEventData", "LoggingEventDataPtr"),
    "small": ("GetInterfaceName", "IsCacheable", "IsVisible"),
    "stamp": ("read_stamp",),
    "faults": ("fault",),
    "replayof": ("replay_of", "replay_waits"),
}
_OTHER_NAMES = {"__lshift__": ("featurebag", "written"), "__rshift__": ("featurebag", "read")}
_NEED_GENICAM = {
    "system",
    "interfaces",
    "references",
    "camera",
    "lists",
    "nodemap",
    "transport",
    "featurebag",
    "producers",
    "pointcloud",
}


@lru_cache(maxsize=1)
def _homes() -> dict[str, str]:
    from llpyspin.virtual import events

    homes = {name: module for module, names in _HOMES.items() for name in names}
    return homes | dict.fromkeys(events.__all__, "events")


def make(name: str) -> Any:
    """The class or function of this name; ``AttributeError`` if PySpin has none."""
    if name in _homes():
        return _behaviour(_homes()[name], name)
    if name in _OTHER_NAMES:
        return _behaviour(*_OTHER_NAMES[name])
    data = api.surface()
    if name in small.ENUMS:
        return small.enum_class(name)
    if name in data["enumerations"]:
        return _enumeration(name)
    if name in data["classes"]:
        return _class(name)
    if name in data["functions"]:
        return _function(name)
    raise AttributeError(f"module {_HERE!r} has no attribute {name!r}")


def _behaviour(module: str, name: str) -> Any:
    if module in _NEED_GENICAM:
        _need_genicam()
    found = getattr(importlib.import_module(f"{_HERE}.{module}"), name)
    return plain.complete(found, name) if isinstance(found, type) else found


def _need_genicam() -> None:
    try:
        _libpython.import_genapi()
    except ImportError as error:
        raise MissingExtraError(
            f"virtual cameras need the package genicam ({error}): pip install 'llpyspin[virtual]'"
        ) from error


def _class(name: str) -> Any:
    from llpyspin.virtual import pointers

    if name in pointers.NODE_POINTERS:
        return plain.complete(pointers.node_pointer(name), name)
    if plain.is_plain(name):
        return plain.plain_class(name)
    bases = tuple(_public(base) for base in api.surface()["classes"][name].get("bases", ()))
    return plain.fallback_class(name, bases)


def _enumeration(name: str) -> Any:
    from llpyspin.virtual.quickspin import enumeration_class

    return enumeration_class(name)


def _function(name: str) -> Any:
    owner, _, method = name.partition("_")
    if owner in api.surface()["classes"] and method:  # System_GetInstance is System.GetInstance
        found = getattr(_public(owner), method, None)
        if found is not None:
            return found
    return plain.fallback_function(name)


def _public(name: str) -> Any:
    return getattr(importlib.import_module(_HERE), name)
