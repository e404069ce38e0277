"""GenTL producers, as PySpin has them since 4.3: here one, which finds every virtual camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.virtual.lists import PointerList
from llpyspin.virtual.pointers import Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["IProducer", "IProducerList", "Producer", "ProducerList", "ProducerPtr", "producers_of"]

_ID = "virtual"


class IProducer:
    """Interface of :class:`Producer`."""


def _passed_on(name: str, target: str = "") -> Callable[..., Any]:
    """A method that the System has under the name ``target``."""
    target = target or name

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._system, target)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Does what `System.{target}` does."
    return method


class Producer(IProducer):
    """The producer of the virtual cameras: the System behind another name."""

    GetInterfaces = _passed_on("GetInterfaces")
    GetCameras = _passed_on("GetCameras")
    UpdateCameras = _passed_on("UpdateCameras")
    GetTLNodeMap = _passed_on("GetTLNodeMap")
    RegisterEventHandler = _passed_on("RegisterEventHandler")
    UnregisterEventHandler = _passed_on("UnregisterEventHandler")
    RegisterLoggingEventHandler = _passed_on("RegisterLoggingEventHandler")
    UnregisterLoggingEventHandler = _passed_on("UnregisterLoggingEventHandler")
    UnregisterAllLoggingEventHandlers = _passed_on("UnregisterAllLoggingEventHandlers")
    SetLoggingCallbackPriorityLevel = _passed_on(
        "SetLoggingCallbackPriorityLevel", "SetLoggingEventPriorityLevel"
    )
    GetLoggingCallbackPriorityLevel = _passed_on(
        "GetLoggingCallbackPriorityLevel", "GetLoggingEventPriorityLevel"
    )
    IsCameraInUse = _passed_on("IsCameraInUse", "IsInUse")
    SendActionCommand = _passed_on("SendActionCommand")

    def __init__(self, system: Any) -> None:
        self._system = system
        self.TLSystem = system.TLSystem

    def GetProducerFilePath(self) -> str:
        """An empty text: no file produces virtual cameras."""
        return ""

    def UpdateInterfaceList(self) -> bool:
        """Look for interfaces again; whether anything has changed."""
        return bool(self._system.UpdateCameras())

    def IsInterfaceInUse(self) -> bool:
        """Whether a camera of any interface is initialised."""
        return bool(self._system.IsInUse())


class ProducerPtr(Pointer):
    """A pointer to a producer."""

    def __init__(self, other: ProducerPtr | None = None, /) -> None:
        if other is not None and not isinstance(other, ProducerPtr):
            raise TypeError(f"ProducerPtr takes nothing, None or another of its kind, not {other!r}")
        self._target = None if other is None else other._target

    @classmethod
    def _to(cls, target: Producer | None) -> ProducerPtr:
        pointer = cls()
        pointer._target = target
        return pointer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._aim(), name)


class IProducerList:
    """Interface of :class:`ProducerList`."""


class ProducerList(PointerList[Producer], IProducerList):
    """The producers that were found."""

    _what = "producer"

    def _pointer(self, item: Producer) -> ProducerPtr:
        return ProducerPtr._to(item)

    def _item(self, pointer: ProducerPtr) -> Producer:
        producer: Producer = pointer._aim()
        return producer

    def GetByProducerID(self, producerID: str) -> ProducerPtr:
        """The producer of this ID ("virtual"); an invalid (falsy) pointer if there is none."""
        return ProducerPtr._to(next(iter(self._items if producerID == _ID else ()), None))

    def Add(self, prod: ProducerPtr) -> None:
        self._items.append(self._item(prod))

    def Append(self, list: ProducerList) -> None:
        self._items += list._items

    def Remove(self, prod: ProducerPtr) -> None:
        super().Remove(prod)


def producers_of(system: Any) -> ProducerList:
    """The list of the only producer."""
    found = ProducerList()
    found._items = [Producer(system)]
    return found
