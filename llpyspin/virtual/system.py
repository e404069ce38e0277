"""The System: a singleton that finds the virtual cameras, and goes only when nobody refers to them."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import exceptions, transport
from llpyspin.virtual.camera import Camera
from llpyspin.virtual.clock import host_ns
from llpyspin.virtual.events import EventHandler, LoggingEventHandler
from llpyspin.virtual.exceptions import not_implemented, raise_error
from llpyspin.virtual.factory import model_named
from llpyspin.virtual.link import Action, send_action
from llpyspin.virtual.lists import CameraList, InterfaceList
from llpyspin.virtual.logs import Logbook
from llpyspin.virtual.pointers import Pointer, passing_on
from llpyspin.virtual.quickspin import quick_names
from llpyspin.virtual.watch import Watch

if TYPE_CHECKING:
    from llpyspin.virtual.registers import RegisterMemory

__all__ = ["CameraPtr", "IInterface", "ISystem", "InterfacePtr", "System", "SystemPtr"]

_references: weakref.WeakSet[Pointer] = weakref.WeakSet()
_lists: weakref.WeakSet[CameraList] = weakref.WeakSet()


def _forward(name: str) -> property:
    def get(self: Any) -> Any:
        return getattr(self._aim(), name)

    def put(self: Any, value: Any) -> None:
        setattr(self._aim(), name, value)

    return property(get, put)


class _CountedPointer(Pointer):
    """A pointer that keeps the System from going."""

    def __init__(self, other: Any = None, /) -> None:
        if not (other is None or other == 0 or isinstance(other, type(self))):
            raise TypeError(
                f"{type(self).__name__} takes nothing, None or another of its kind, not {other!r}"
            )
        self._point(other._target if isinstance(other, Pointer) else None)

    @classmethod
    def _to(cls, target: Any) -> Any:
        pointer = cls()
        pointer._point(target)
        return pointer

    def _point(self, target: Any) -> None:
        self._target = target
        _references.discard(self)
        if target is not None:
            _references.add(self)


def _pointer_class(
    name: str, base: str, behind: type, groups: tuple[str, ...], extra: tuple[str, ...]
) -> Any:
    body: dict[str, Any] = passing_on(base, behind)
    for group in groups:
        body |= {node: _forward(node) for node in quick_names(group)}
    body |= {attribute: _forward(attribute) for attribute in extra}
    body["__module__"] = "llpyspin.virtual"
    parent = type(base, (_CountedPointer,), body)
    return type(
        name, (parent,), {"__module__": "llpyspin.virtual", "__doc__": f"A pointer to a {behind.__name__}."}
    )


class IInterface:
    """One interface, with the cameras that hang on it."""

    def __init__(self, system: System, kind: str) -> None:
        self._system = system
        self._kind = kind
        self._id = f"virtual {kind}"
        self._handlers: list[EventHandler] = []
        self._watch = Watch(self._pointers, self._handlers)
        self._map = transport.interface_map(kind, self._members(), self._act)
        self.TLInterface = transport.TransportLayerInterface(self._map)

    def GetCameras(self, updateCameras: bool = True) -> CameraList:
        wanted = {serial for serial, _ in self._members()}
        everything = self._system.GetCameras(updateCameras, updateCameras)
        return _listed(camera for camera in everything._items if camera._serial in wanted)

    def UpdateCameras(self) -> bool:
        return self._system.UpdateCameras()

    def GetTLNodeMap(self) -> Any:
        return self._map

    def RegisterEventHandler(self, evtHandlerToRegister: EventHandler) -> None:
        self._system._register(self._handlers, evtHandlerToRegister)
        self._watch.adjust()

    def UnregisterEventHandler(self, evtHandlerToUnregister: EventHandler) -> None:
        self._system._unregister(self._handlers, evtHandlerToUnregister)
        self._watch.adjust()

    def IsInUse(self) -> bool:
        mine = {serial for serial, _ in self._members()}
        return any(c.IsInitialized() for s, c in self._system._cameras.items() if s in mine)

    def IsValid(self) -> bool:
        return True

    def SendActionCommand(self, *args: Any, **kwargs: Any) -> Any:
        return self._system.SendActionCommand(*args, **kwargs)

    def _pointers(self) -> dict[str, Any]:
        """Pointers to the cameras that are plugged in, looked for anew."""
        return {camera._serial: CameraPtr._to(camera) for camera in self.GetCameras()._items}

    def _members(self) -> list[tuple[str, str]]:
        found = [(serial, model_named(model)) for serial, model in self._system._world.cameras()]
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


class ISystem:
    """Interface of :class:`System`."""


class System(ISystem):
    """The virtual SDK.  Use :meth:`GetInstance`."""

    _instance: System | None = None
    _lock = threading.RLock()

    def __init__(self) -> None:
        from llpyspin.virtual.world import load_world

        self._world = load_world()
        self._cameras: dict[str, Camera] = {}
        self._handlers: list[EventHandler] = []
        self._watch = Watch(self._pointers, self._handlers)
        self._log = Logbook()
        self.UpdateCameras()
        kinds = {model_named(model).interface for _, model in self._world.cameras()}
        self._interfaces = [IInterface(self, kind) for kind in sorted(kinds, reverse=True)]
        self._map = transport.system_map([interface._kind for interface in self._interfaces])
        self.TLSystem = transport.TransportLayerSystem(self._map)

    @staticmethod
    def GetInstance() -> Any:
        """The System; the first call reads the configuration of the virtual world."""
        with System._lock:
            if System._instance is None:
                System._instance = System()
            return SystemPtr._to(System._instance)

    def ReleaseInstance(self) -> None:
        """Let the SDK go.  Refused (-1004) while anything still refers to a camera or an interface."""
        with System._lock:
            for kind, what in ((Camera, "camera"), (IInterface, "interface")):
                if any(isinstance(pointer._target, kind) for pointer in list(_references)):
                    raise_error(
                        f"Can't clear a {what} because something still holds a reference to the {what}",
                        exceptions.RESOURCE_IN_USE,
                    )
            if any(len(cameras) for cameras in list(_lists)):
                raise_error(
                    "Can't clear a camera because something still holds a reference to the camera",
                    exceptions.RESOURCE_IN_USE,
                )
            for watch in (self._watch, *(interface._watch for interface in self._interfaces)):
                watch.stop()
            for camera in self._cameras.values():
                camera._end()
            self._cameras.clear()
            if System._instance is self:
                System._instance = None

    # -- what there is

    def GetInterfaces(self, updateInterface: bool = True) -> InterfaceList:
        del updateInterface
        found = InterfaceList()
        found._items = list(self._interfaces)
        return found

    def UpdateInterfaceList(self) -> None:
        self.UpdateCameras()

    def GetCameras(self, updateInterfaces: bool = True, updateCameras: bool = True) -> CameraList:
        """All cameras that are plugged in."""
        if updateInterfaces or updateCameras:
            self.UpdateCameras()
        return _listed(self._cameras.values())

    def UpdateCameras(self, updateInterfaces: bool = True) -> bool:
        """Look again; whether anything has changed."""
        del updateInterfaces
        with System._lock:
            before = dict(self._cameras)
            self._cameras = {}
            for serial, model in self._world.cameras():
                known = before.get(serial)
                # a camera that was unplugged and comes back is another one: the old handle stays invalid
                if known is None or not known.IsValid():
                    known = Camera(serial, model_named(model), self._world, self._log.note)
                self._cameras[serial] = known
            return before != self._cameras

    def GetTLNodeMap(self) -> Any:
        return self._map

    def GetLibraryVersion(self) -> Any:
        from llpyspin.virtual.plain import plain_class

        version = plain_class("LibraryVersion")()
        version.major, version.minor, version.type, version.build = transport.LIBRARY_VERSION
        return version

    def IsInUse(self) -> bool:
        """Whether a camera is initialised."""
        return any(camera.IsInitialized() for camera in self._cameras.values())

    # -- events

    def RegisterEventHandler(self, evtHandlerToRegister: EventHandler, updateInterface: bool = False) -> None:
        del updateInterface
        self._register(self._handlers, evtHandlerToRegister)
        self._watch.adjust()

    def UnregisterEventHandler(self, evtHandlerToUnregister: EventHandler) -> None:
        self._unregister(self._handlers, evtHandlerToUnregister)
        self._watch.adjust()

    def RegisterLoggingEventHandler(self, handler: LoggingEventHandler) -> None:
        self._register(self._log.handlers, handler)

    def UnregisterLoggingEventHandler(self, handler: LoggingEventHandler) -> None:
        self._unregister(self._log.handlers, handler)

    def UnregisterAllLoggingEventHandlers(self) -> None:
        self._log.handlers.clear()

    def SetLoggingEventPriorityLevel(self, level: int) -> None:
        self._log.level = level

    def GetLoggingEventPriorityLevel(self) -> int:
        return self._log.level

    @staticmethod
    def _register(handlers: list[Any], handler: Any) -> None:
        if not isinstance(handler, EventHandler):
            raise TypeError(f"argument 2 of type 'EventHandler &', not {handler!r}")
        if handler in handlers:
            raise_error("Event handler is already registered.", exceptions.INVALID_PARAMETER)
        handlers.append(handler)

    @staticmethod
    def _unregister(handlers: list[Any], handler: Any) -> None:
        if handler not in handlers:
            raise_error("Event handler is not registered.", exceptions.INVALID_PARAMETER)
        handlers.remove(handler)

    def _pointers(self) -> dict[str, Any]:
        return {camera._serial: CameraPtr._to(camera) for camera in self.GetCameras()._items}

    # -- action commands

    def SendActionCommand(
        self,
        deviceKey: int,
        groupKey: int,
        groupMask: int,
        actionTime: int = 0,
        pResultSize: Any = None,
        results: Any = 0,
    ) -> None:
        """Trigger all GigE cameras whose keys match and whose group mask has a common bit.

        With ``actionTime``, in ns of the clock that they share by IEEE 1588, at that time; if past, at once.
        """
        del pResultSize, results
        action = Action(deviceKey, groupKey, groupMask, actionTime, host_ns())
        world = self._world
        send_action([world.address(s.serial) for s in world.specs if s.model.interface == "GigE"], action)


def _listed(cameras: Any) -> CameraList:
    found = CameraList()
    found._items = list(cameras)
    _lists.add(found)
    return found


CameraPtr = _pointer_class(
    "CameraPtr", "_SWIG_CamPtr", Camera, ("camera",), ("TLDevice", "TLStream", "GetDeviceID")
)
InterfacePtr = _pointer_class("InterfacePtr", "_SWIG_IFacePtr", IInterface, (), ("TLInterface",))
SystemPtr = _pointer_class("SystemPtr", "_SWIG_SysPtr", System, (), ("TLSystem",))
