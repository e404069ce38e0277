"""Classes and functions of PySpin's surface that are made from its names alone.

Plain classes (``PNGOption``, ``LibraryVersion`` ...) are records: their properties can be read and written.
Everything else that has no behaviour here can be named, passed to ``isinstance`` and derived from; calling it
raises ``SpinnakerException`` with ``SPINNAKER_ERR_NOT_IMPLEMENTED``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api
from llpyspin.virtual.exceptions import not_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["complete", "fallback_class", "fallback_function", "plain_class"]

_STARTS: dict[str, Any] = {
    "interlaced": False,
    "progressive": False,
    "binaryFile": False,
    "indexedColor_8bit": False,
    "frameRate": 0.0,
    "confidence": 0.0,
    "useMP4": False,
}


@cache
def plain_class(name: str) -> Any:
    """A record class of the surface."""
    data = api.surface()["classes"][name]
    defaults = api.surface()["option_defaults"].get(name, {})
    fields = {field: _start(name, field, defaults.get(field)) for field in data.get("properties", ())}

    def __init__(self: Any) -> None:
        for field, start in fields.items():
            new = start() if isinstance(start, type) else start
            setattr(self, field, list(new) if isinstance(new, list) else new)

    def __repr__(self: Any) -> str:
        inside = ", ".join(f"{field}={getattr(self, field)!r}" for field in fields)
        return f"{name}({inside})"

    body = {"__init__": __init__, "__repr__": __repr__, "__module__": "llpyspin.virtual"}
    return type(name, (), body | {"__doc__": f"A record: {', '.join(fields)}."})


def _start(name: str, field: str, default: Any) -> Any:
    if isinstance(default, str):
        return api.constants().get(default, api.constants().get(f"SPINNAKER_{default}", 0))
    if default is not None:
        return default
    if field == "reserved":
        return [0] * 16
    if field == "pixel":
        return plain_class("ImagePixel")
    return _STARTS.get(field, 0)


def is_plain(name: str) -> bool:
    """Whether a class of the surface is a record."""
    data = api.surface()["classes"][name]
    return bool(data.get("properties")) and set(data.get("methods", {})) <= {"__init__"}


def complete(cls: type, name: str) -> type:
    """Give a class of ours every method that the class of this name has in the surface and ours lacks."""
    for method in api.surface()["classes"].get(name, {}).get("methods", {}):
        if not hasattr(cls, method):
            setattr(cls, method, _refusing(f"{name}.{method}"))
    return cls


def fallback_class(name: str, bases: tuple[type, ...]) -> type:
    """A class without behaviour: all its methods refuse."""
    data = api.surface()["classes"][name]
    body: dict[str, Any] = {
        "__module__": "llpyspin.virtual",
        "__doc__": "Named only: virtual cameras do not have it.",
    }
    for method in data.get("methods", {}):
        refusing = _refusing(f"{name}.{method}" if method != "__init__" else name)
        body[method] = staticmethod(refusing) if method in data.get("static", ()) else refusing
    if data.get("abstract"):
        body["__init__"] = _abstract
    if "__eq__" in body:
        body["__hash__"] = object.__hash__
    return type(name, bases or (object,), body)


def _abstract(self: Any, *args: Any, **kwargs: Any) -> None:
    """Refuses, as the vendor's module does."""
    raise AttributeError("No constructor defined - class is abstract")


def fallback_function(name: str) -> Callable[..., Any]:
    """A function without behaviour."""
    return _refusing(name)


def _refusing(name: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        not_implemented(name)

    refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
    refuse.__doc__ = "Raises SpinnakerException [-1003]: virtual cameras do not have this."
    return refuse
