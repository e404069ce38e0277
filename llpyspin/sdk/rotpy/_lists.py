"""Lists of cameras and of interfaces, as they were when they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.sdk.rotpy._camera import CameraPtr, Core
from llpyspin.sdk.rotpy._errors import INVALID_PARAMETER, NOT_AVAILABLE, SpinnakerException, fail

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CameraList", "InterfaceList"]


class CameraList:
    """Cameras that there were when the list was made."""

    def __init__(self, other: CameraList | None = None, /) -> None:
        self.cores: list[Core] = [] if other is None else list(other.cores)

    def GetSize(self) -> int:
        return len(self.cores)

    __len__ = GetSize

    def GetByIndex(self, index: int) -> CameraPtr:
        if not 0 <= index < len(self.cores):
            size = len(self.cores)
            fail(
                "Index is out of range, list error = vector::_M_range_check: __n (which is "
                f"{index}) >= this->size() (which is {size})",
                INVALID_PARAMETER,
            )
        return CameraPtr(self.cores[index])

    def __getitem__(self, index: int) -> CameraPtr:
        if index >= len(self.cores):
            raise IndexError(index)  # ends an iteration
        return self.GetByIndex(index)

    def GetBySerial(self, serialNumber: str) -> CameraPtr:
        """The camera of this serial number; an invalid pointer if it is not in the list."""
        return CameraPtr(_first(core for core in self.cores if _serial(core) == serialNumber))

    def GetByDeviceID(self, deviceID: str) -> CameraPtr:
        return CameraPtr(_first(core for core in self.cores if core.unique_id == deviceID))

    def Clear(self) -> None:
        self.cores.clear()

    def Add(self, camera: CameraPtr) -> None:
        self.cores.append(camera.core)

    def Append(self, other: CameraList) -> None:
        self.cores.extend(other.cores)

    def Remove(self, camera: CameraPtr) -> None:
        self._drop(camera.core_or_none, "Error removing camera")

    def RemoveByIndex(self, index: int) -> None:
        self.GetByIndex(index)
        del self.cores[index]

    def RemoveBySerial(self, serialNumber: str) -> None:
        core = _first(each for each in self.cores if _serial(each) == serialNumber)
        self._drop(
            core,
            "Error removing camera, list error = Spinnaker: Error removing camera by serial, list error = "
            f'serial number "{serialNumber}" not found. [{NOT_AVAILABLE}]',
        )

    def RemoveByDeviceID(self, deviceID: str) -> None:
        core = _first(each for each in self.cores if each.unique_id == deviceID)
        self._drop(
            core, f'Error removing camera by device id, list error = device id "{deviceID}" not found.'
        )

    def _drop(self, core: Core | None, text: str) -> None:
        if core not in self.cores or core is None:
            fail(text, INVALID_PARAMETER)
        self.cores.remove(core)


def _first(cores: Iterable[Core]) -> Core | None:
    return next(iter(cores), None)


def _serial(core: Core) -> str | None:
    try:
        return core.serial
    except SpinnakerException:  # a dead camera in the list must not hide the others
        return None


class InterfaceList:
    """Interfaces that there were when the list was made."""

    def __init__(self, interfaces: Iterable[Any] = (), /) -> None:
        self._interfaces = list(interfaces)

    def GetSize(self) -> int:
        return len(self._interfaces)

    __len__ = GetSize

    def GetByIndex(self, index: int) -> Any:
        if not 0 <= index < len(self._interfaces):
            fail("Index is out of range", INVALID_PARAMETER)
        return self._interfaces[index]

    def __getitem__(self, index: int) -> Any:
        return self._interfaces[index]

    def Clear(self) -> None:
        self._interfaces.clear()
