"""The system, its interfaces and the lists of cameras.

The vendor's library ends the process (``terminate``) when its system is released while something refers to
a camera.  So the system here counts what is alive, refuses with -1004 as PySpin does, and is released in
order when the interpreter exits.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import time
import weakref
from typing import Any, NamedTuple

from rotpy.camera import CameraList as RawCameraList
from rotpy.system import SpinSystem

from llpyspin.deadlines import Deadline
from llpyspin.sdk.rotpy._arrivals import Arrivals
from llpyspin.sdk.rotpy._camera import Core
from llpyspin.sdk.rotpy._constants import CONSTANTS
from llpyspin.sdk.rotpy._errors import (
    ERROR,
    INVALID_PARAMETER,
    NOT_INITIALIZED,
    RESOURCE_IN_USE,
    call,
    cannot,
    fail,
)
from llpyspin.sdk.rotpy._lists import CameraList, InterfaceList
from llpyspin.sdk.rotpy._nodes import INodeMap, Scope
from llpyspin.sdk.rotpy._quickspin import QuickNodes

__all__ = ["InterfacePtr", "LibraryVersion", "System", "shut_down"]


class LibraryVersion(NamedTuple):
    """Version of the vendor's library."""

    major: int
    minor: int
    type: int
    build: int


EXIT_S = 2.0  # for calls that wait for an image to return, at exit
FREE_S = 2.0  # for the SDK to let go of cameras that nobody else holds

_running: list[System] = []  # at most one


class System:
    """The SDK.

    ``System.GetInstance()`` starts it (5 s for the first time in a process); every call must be matched by
    one ``ReleaseInstance()``.  After a camera that another program held, or one that was reset or plugged in
    again, the SDK does not open it any more (-1006, -1009): release the instance, with all cameras deleted
    and lists cleared, and get a new one, which takes 1 to 2 s.
    """

    def __init__(self) -> None:
        self.raw_system: Any = call(SpinSystem)
        self.raw_system.system_nodes = None  # they hold each other, and the system must go when it is let go
        self.arrivals = Arrivals(
            self.raw_system.attach_interface_event_handler, self.raw_system.detach_interface_event_handler
        )
        self.process = os.getpid()
        self.users = 0
        self.cores: dict[str, Core] = {}
        self._gone: list[Core] = []
        self._lists: weakref.WeakSet[CameraList] = weakref.WeakSet()
        self._interfaces: weakref.WeakSet[InterfacePtr] = weakref.WeakSet()

    @staticmethod
    def GetInstance() -> System:
        if not _running:
            _running.append(System())
        system = _running[0]
        if system.process != os.getpid():
            fail("The SDK was started before this process was forked; start it in the child.", ERROR)
        system.users += 1
        return system

    @property
    def _raw(self) -> Any:
        if self.raw_system is None:
            fail("The system was released.", NOT_INITIALIZED)
        return self.raw_system

    def ReleaseInstance(self) -> None:
        """End the SDK; -1004 while a camera, interface or filled camera list is alive."""
        if self.raw_system is None:
            fail("The system was released.", NOT_INITIALIZED)
        if self.users == 1:
            self._check_unused()
            self.close_all()
            if not self.becomes_free():
                fail("The system is still in use by its own threads; try again.", RESOURCE_IN_USE)
            self.end()
        self.users -= 1

    def becomes_free(self) -> bool:
        """Wait while the SDK's own threads are at a camera or network card that has just gone."""
        deadline = Deadline(FREE_S)
        while call(self.raw_system.get_in_use):
            if deadline.passed:
                return False
            time.sleep(0.02)
        return True

    def end(self) -> None:
        self.raw_system = None
        _running.clear()

    def _check_unused(self) -> None:
        if self._holders():
            gc.collect()  # what only cycles keep alive is not in use
        holders = self._holders()
        if holders:
            fail(
                f"Can't clear a {holders} because something still holds a reference to the {holders}",
                RESOURCE_IN_USE,
            )

    def _holders(self) -> str:
        if any(core.pointers for core in self.all_cores()) or any(len(each) for each in self._lists):
            return "camera"
        return "interface" if self._interfaces else ""

    def all_cores(self) -> list[Core]:
        return [*self.cores.values(), *self._gone]

    def close_all(self) -> None:
        self.arrivals.close()
        for core in self.all_cores():
            core.close()
        self.cores.clear()
        self._gone.clear()
        for interface in list(self._interfaces):
            interface.close()

    # what there is
    def GetCameras(self, updateInterfaces: bool = True, updateCameras: bool = True) -> CameraList:
        # Not in one step, for rotpy holds the interpreter's lock while it makes a list.
        if updateCameras:
            call(self._raw.update_camera_list, updateInterfaces)
        elif updateInterfaces:
            call(self._raw.update_interface_list)
        return self.listed(call(RawCameraList.create_from_system, self._raw, False, False))

    def listed(self, raw_list: Any) -> CameraList:
        cores = [self._core(raw_list, index) for index in range(call(raw_list.get_size))]
        cameras = CameraList()
        cameras.cores = cores
        self._lists.add(cameras)
        return cameras

    def _core(self, raw_list: Any, index: int) -> Core:
        raw = call(raw_list.create_camera_by_index, index)
        unique_id = str(call(raw.get_unique_id))
        known = self.cores.get(unique_id)
        if known is not None and known.valid:
            raw.release()
            return known
        if known is not None:
            self._gone.append(known)
        core = self.cores[unique_id] = Core(raw)
        return core

    def UpdateCameras(self, updateInterfaces: bool = True) -> bool:
        return bool(call(self._raw.update_camera_list, updateInterfaces))

    def GetInterfaces(self, updateInterface: bool = True) -> InterfaceList:
        raw_list = call(self._raw.create_interface_list, updateInterface)
        pointers = [
            InterfacePtr(self, call(raw_list.create_interface, index))
            for index in range(call(raw_list.get_size))
        ]
        self._interfaces.update(pointers)
        return InterfaceList(pointers)

    def UpdateInterfaceList(self) -> None:
        call(self._raw.update_interface_list)

    def IsInUse(self) -> bool:
        return bool(self._holders())

    def GetLibraryVersion(self) -> LibraryVersion:
        return LibraryVersion(*call(self._raw.get_library_version))

    def GetTLNodeMap(self) -> INodeMap:
        scope = Scope(lambda: self.raw_system is not None, "The system was released.")
        return INodeMap(call(self._raw.get_tl_node_map), scope)

    @property
    def TLSystem(self) -> QuickNodes:
        return QuickNodes("TLSystem", self.GetTLNodeMap)

    # logging and events
    def SetLoggingEventPriorityLevel(self, level: int) -> None:
        names = {
            value: name[len("SPINNAKER_LOG_LEVEL_") :].lower()
            for name, value in CONSTANTS.items()
            if name.startswith("SPINNAKER_LOG_LEVEL_")
        }
        if level not in names:
            fail(f"There is no log level {level}.", INVALID_PARAMETER)
        call(self._raw.set_logging_level, names[level])

    def GetLoggingEventPriorityLevel(self) -> int:
        return CONSTANTS["SPINNAKER_LOG_LEVEL_" + str(call(self._raw.get_logging_level)).upper()]

    def RegisterEventHandler(self, handler: object, updateInterface: bool = False) -> None:
        self.arrivals.register(handler, updateInterface)

    def UnregisterEventHandler(self, handler: object) -> None:
        self.arrivals.unregister(handler)

    def RegisterLoggingEventHandler(self, _handler: object) -> None:
        cannot("A logging event handler")

    UnregisterLoggingEventHandler = RegisterLoggingEventHandler

    def UnregisterAllLoggingEventHandlers(self) -> None:
        call(self._raw.detach_all_log_handlers)

    def SendActionCommand(
        self, deviceKey: int, groupKey: int, groupMask: int, actionTime: int = 0, *answers: Any, **named: Any
    ) -> None:
        """Broadcast an action command.  What the cameras answer is lost in rotpy 0.2.1."""
        if any(getattr(each, "value", each) for each in (*answers, *named.values())):
            cannot("The answers to an action command")
        call(self._raw.send_command, deviceKey, groupKey, groupMask, actionTime)


class InterfacePtr:
    """A network card or USB host controller."""

    def __init__(self, system: System, raw: Any) -> None:
        self.system = system
        self._device = raw
        self.arrivals = Arrivals(raw.attach_event_handler, raw.detach_event_handler)

    @property
    def _raw(self) -> Any:
        if self._device is None:
            fail("The interface was released.", NOT_INITIALIZED)
        return self._device

    def close(self) -> None:
        if self._device is not None:
            self.arrivals.close()
            self._device.release()
            self._device = None

    def __del__(self) -> None:
        self.close()  # rotpy's interface and its nodes hold each other, and the SDK could not end

    def IsValid(self) -> bool:
        return self._device is not None and bool(call(self._device.get_is_valid))

    __bool__ = IsValid

    def IsInUse(self) -> bool:
        return bool(call(self._raw.get_in_use))

    def GetCameras(self, updateCameras: bool = True) -> CameraList:
        if updateCameras:
            call(self._raw.update_camera_list)
        return self.system.listed(call(RawCameraList.create_from_interface, self._raw, False))

    def UpdateCameras(self) -> bool:
        return bool(call(self._raw.update_camera_list))

    def GetTLNodeMap(self) -> INodeMap:
        scope = Scope(lambda: self._device is not None, "The interface was released.")
        return INodeMap(call(self._raw.get_tl_node_map), scope)

    @property
    def TLInterface(self) -> QuickNodes:
        return QuickNodes("TLInterface", self.GetTLNodeMap)

    def RegisterEventHandler(self, handler: object) -> None:
        self.arrivals.register(handler)

    def UnregisterEventHandler(self, handler: object) -> None:
        self.arrivals.unregister(handler)


def shut_down() -> None:
    """End the SDK whatever is still held: cameras, images and nodes become invalid.  Runs at exit."""
    if not _running or _running[0].process != os.getpid():
        return
    system = _running[0]
    # A daemon thread may wait for an image, perhaps for ever, and EndAcquisition would wait for the thread.
    if all([core.dismiss_waiters(EXIT_S) for core in system.all_cores()]):  # noqa: C419  (dismiss every one)
        system.close_all()
        if system.becomes_free():
            system.end()
            return
    # To release it now would abort the process; so it stays.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(system.raw_system))
    _running.clear()


atexit.register(shut_down)
