"""Interfaces, to which cameras are connected, and the lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.virtual import transport
from llpyspin.virtual.events import EventHandler, register, unregister
from llpyspin.virtual.exceptions import not_implemented
from llpyspin.virtual.lists import CameraList, PointerList, list_of
from llpyspin.virtual.references import CameraPtr, counted_pointer
from llpyspin.virtual.watch import Watch

if TYPE_CHECKING:
    from llpyspin.virtual.camera import Camera
    from llpyspin.virtual.registers import RegisterMemory
    from llpyspin.virtual.world import World

__all__ = ["IInterface", "IInterfaceList", "InterfaceList", "InterfacePtr"]


class Owner(Protocol):
    """The System, as its interfaces see it."""

    def _found(self) -> dict[str, Camera]: ...

    def GetCameras(self, updateInterfaces: bool = ..., updateCameras: bool = ...) -> CameraList: ...

    def UpdateCameras(self) -> bool: ...

    def SendActionCommand(self, *args: Any, **kwargs: Any) -> Any: ...

    def UnregisterAllLoggingEventHandlers(self) -> None: ...

    def producer(self) -> Any: ...


class IInterface:
    """One interface, with the cameras that hang on it."""

    def __init__(self, system: Owner, world: World, kind: str) -> None:
        self._system = system
        self._world = world
        self._kind = kind
        self._id = f"virtual {kind}"
        self._handlers: list[EventHandler] = []
        self._watch = Watch(self._pointers, self._handlers)
        self._map = transport.interface_map(kind, self._members(), self._act)
        self.TLInterface = transport.TransportLayerInterface(self._map)

    def GetCameras(self, updateCameras: bool = True) -> CameraList:
        wanted = {serial for serial, _ in self._members()}
        everything = self._system.GetCameras(updateCameras, updateCameras)
        return list_of(camera for camera in everything._items if camera._serial in wanted)

    def UpdateCameras(self) -> bool:
        return self._system.UpdateCameras()

    def GetTLNodeMap(self) -> Any:
        return self._map

    def RegisterEventHandler(self, evtHandlerToRegister: EventHandler) -> None:
        register(self._handlers, evtHandlerToRegister)
        self._watch.adjust()

    def UnregisterEventHandler(self, evtHandlerToUnregister: EventHandler) -> None:
        unregister(self._handlers, evtHandlerToUnregister)
        self._watch.adjust()

    def IsInUse(self) -> bool:
        mine = {serial for serial, _ in self._members()}
        return any(c.IsInitialized() for s, c in self._system._found().items() if s in mine)

    IsCameraInUse = IsInUse

    def IsValid(self) -> bool:
        return True

    def UnregisterAllLoggingEventHandlers(self) -> None:
        self._system.UnregisterAllLoggingEventHandlers()

    def GetProducer(self) -> Any:
        """The producer that has found the interface."""
        return self._system.producer()

    def SendActionCommand(self, *args: Any, **kwargs: Any) -> Any:
        return self._system.SendActionCommand(*args, **kwargs)

    def _pointers(self) -> dict[str, Any]:
        """Pointers to the cameras that are plugged in, looked for anew."""
        return {camera._serial: CameraPtr._to(camera) for camera in self.GetCameras()._items}

    def _members(self) -> list[tuple[str, str]]:
        found = self._world.models()
        return [(serial, model.name) for serial, model in found if model.interface == self._kind]

    def _act(self, name: str, memory: RegisterMemory) -> None:
        if name == "DeviceUpdateList":
            self._system.UpdateCameras()
        elif name == "ActionCommand":
            keys = ("GevActionDeviceKey", "GevActionGroupKey", "GevActionGroupMask", "GevActionTime")
            self._system.SendActionCommand(*(memory.get(key) for key in keys))
        elif (
            name.startswith("GevDevice")
            and "ForceIP" in name
            and not name.endswith(("Address", "Mask", "Gateway"))
        ):
            not_implemented(name)


InterfacePtr = counted_pointer("InterfacePtr", "_SWIG_IFacePtr", IInterface, (), ("TLInterface",))


class IInterfaceList:
    """Interface of :class:`InterfaceList`."""


class InterfaceList(PointerList[Any], IInterfaceList):
    """The interfaces to which cameras are connected."""

    _what = "interface"

    def _pointer(self, item: Any) -> Any:
        return InterfacePtr._to(item)

    def _item(self, pointer: Any) -> Any:
        return pointer._target

    def GetByInterfaceID(self, interfaceID: str) -> Any:
        return InterfacePtr._to(next((i for i in self._items if i._id == interfaceID), None))

    def Add(self, iface: Any) -> None:
        self._items.append(iface._aim())

    def Append(self, list: InterfaceList) -> None:
        self._items += list._items

    def Remove(self, iface: Any) -> None:
        super().Remove(iface)
