"""The System: a singleton that finds the virtual cameras."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import exceptions, transport
from llpyspin.virtual.actions import command_cameras
from llpyspin.virtual.camera import Camera
from llpyspin.virtual.events import EventHandler, LoggingEventHandler, register, unregister
from llpyspin.virtual.exceptions import not_implemented, raise_error
from llpyspin.virtual.interfaces import IInterface, InterfaceList
from llpyspin.virtual.lists import cameras_are_listed, list_of
from llpyspin.virtual.logs import Logbook
from llpyspin.virtual.references import CameraPtr, counted_pointer, is_referred_to
from llpyspin.virtual.watch import Watch

if TYPE_CHECKING:
    from llpyspin.virtual.lists import CameraList

__all__ = ["ISystem", "System", "SystemPtr"]


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
        self._interfaces: list[IInterface] = []
        self._watch = Watch(self._pointers, self._handlers)
        self._log = Logbook()
        self.UpdateCameras()
        kinds = {model.interface for _, model in self._world.models()}
        self._interfaces = [IInterface(self, self._world, kind) for kind in sorted(kinds, reverse=True)]
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
                if is_referred_to(kind):
                    raise_error(
                        f"Can't clear a {what} because something still holds a reference to the {what}",
                        exceptions.RESOURCE_IN_USE,
                    )
            if cameras_are_listed():
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

    def GetProducers(self, updateProducers: bool = True) -> Any:
        """The GenTL producers: one, which finds all virtual cameras."""
        from llpyspin.virtual.producers import producers_of

        del updateProducers
        return producers_of(self)

    def producer(self) -> Any:
        """The only producer."""
        return self.GetProducers()[0]

    def UpdateProducers(self, ctiPath: str = "") -> bool:
        """Look for producers again: there are never others.  A path of one refuses (-1003)."""
        return not_implemented(f"The producer {ctiPath}") if ctiPath else False

    def _found(self) -> dict[str, Camera]:
        """The cameras that were found last, by serial number."""
        return self._cameras

    def UpdateInterfaceList(self) -> None:
        self.UpdateCameras()

    def GetCameras(self, updateInterfaces: bool = True, updateCameras: bool = True) -> CameraList:
        """All cameras that are plugged in."""
        if updateInterfaces or updateCameras:
            self.UpdateCameras()
        return list_of(self._cameras.values())

    def UpdateCameras(self, updateInterfaces: bool = True) -> bool:
        """Look again; whether anything has changed."""
        del updateInterfaces
        with System._lock:
            before = dict(self._cameras)
            self._cameras = {}
            for serial, model in self._world.models():
                known = before.get(serial)
                # a camera that was unplugged and comes back is another one: the old handle stays invalid
                if known is None or not known.IsValid():
                    known = Camera(serial, model, self._world, self._log.note)
                    known.found_by = self.producer
                self._cameras[serial] = known
            changed = before != self._cameras
            self._note_of_search(before)
            return changed

    def _note_of_search(self, before: dict[str, Camera]) -> None:
        """Say in the log what was looked for, and found."""
        note = self._log.note
        for interface in self._interfaces:
            note("DEBUG", "Interface", f"Interface {interface._id} is searched for cameras")
        for serial, camera in self._cameras.items():
            note("DEBUG", "System", f"Camera {serial} ({camera._model.name}) was found")
            if before.get(serial) is not camera:
                note("INFO", "System", f"Camera {serial} has arrived")
        for serial in before.keys() - self._cameras.keys():
            note("INFO", "System", f"Camera {serial} has been removed")
        note("DEBUG", "System", f"{len(self._cameras)} cameras are on the list")

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
        register(self._handlers, evtHandlerToRegister)
        self._watch.adjust()

    def UnregisterEventHandler(self, evtHandlerToUnregister: EventHandler) -> None:
        unregister(self._handlers, evtHandlerToUnregister)
        self._watch.adjust()

    def RegisterLoggingEventHandler(self, handler: LoggingEventHandler) -> None:
        register(self._log.handlers, handler)

    def UnregisterLoggingEventHandler(self, handler: LoggingEventHandler) -> None:
        unregister(self._log.handlers, handler)

    def UnregisterAllLoggingEventHandlers(self) -> None:
        self._log.handlers.clear()

    def SetLoggingEventPriorityLevel(self, level: int) -> None:
        self._log.level = level

    def GetLoggingEventPriorityLevel(self) -> int:
        return self._log.level

    def _pointers(self) -> dict[str, Any]:
        return {camera._serial: CameraPtr._to(camera) for camera in self.GetCameras()._items}

    # -- action commands

    def SendActionCommand(
        self,
        deviceKey: int,
        groupKey: int,
        groupMask: int,
        actionTime: int = 0,
        *more: Any,
        **named: Any,
    ) -> None:
        """Trigger all GigE cameras whose keys match and whose group mask has a common bit.

        With ``actionTime``, in ns of the clock that they share by IEEE 1588, at that time; if past, at once.
        What follows is ``[requestAck=False,] pResultSize=None, results=0``; ``requestAck`` came with 4.3.
        ``pResultSize`` (a ``ctypes.c_uint``) says how many answers are expected, and then how many came.
        ``results`` are the ``ActionCommandResult`` that they are written to, as the vendor's SDK does it.
        """
        size, results = _answers(more, named)
        world = self._world
        cameras = [world.address(s.serial) for s in world.specs if s.model.interface == "GigE"]
        command_cameras(cameras, (deviceKey, groupKey, groupMask, actionTime), size, results)


def _answers(more: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """What an action command is given for answers, by the order of 4.0 or by that since 4.3."""
    names: tuple[str, ...] = ("requestAck", "pResultSize", "results")
    if not (more and isinstance(more[0], bool)):
        names = names[1:]
    given = dict(zip(names, more, strict=False))
    if len(more) > len(names) or not named.keys() <= {"requestAck", *names} or named.keys() & given.keys():
        raise TypeError("Wrong number or type of arguments for function 'System_SendActionCommand'.")
    given |= named
    return given.get("pResultSize"), given.get("results", 0)


SystemPtr = counted_pointer("SystemPtr", "_SWIG_SysPtr", System, (), ("TLSystem",))
