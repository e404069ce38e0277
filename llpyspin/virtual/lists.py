"""Lists of cameras, with the SDK's errors for wrong indices and serial numbers."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llpyspin.virtual.exceptions import INVALID_PARAMETER, SpinnakerException, raise_error
from llpyspin.virtual.references import CameraPtr

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CameraList", "ICameraList", "PointerList", "cameras_are_listed", "list_of"]

T = TypeVar("T")


class _NoSuchIndex(SpinnakerException, IndexError):
    """An error of the SDK that also ends a for loop over the list."""


def _out_of_range(index: int, size: int) -> str:
    return (
        "Index is out of range, list error = vector::_M_range_check: "
        f"__n (which is {index}) >= this->size() (which is {size})"
    )


class PointerList(Generic[T]):
    """A list of objects that gives pointers to them."""

    _what = ""
    _null: type[Any]

    def __init__(self, other: PointerList[T] | None = None, /) -> None:
        self._items: list[T] = list(other._items) if other is not None else []

    def _pointer(self, item: T) -> Any:
        raise NotImplementedError

    def _item(self, pointer: Any) -> T:
        raise NotImplementedError

    def GetSize(self) -> int:
        return len(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def GetByIndex(self, index: int) -> Any:
        return self._pointer(self._items[self._checked(index)])

    def __getitem__(self, index: int) -> Any:
        if not isinstance(index, int):
            raise TypeError(f"list indices must be integers, not {index!r}")
        if not 0 <= index < len(self._items):
            raise _NoSuchIndex(_out_of_range(index, len(self._items)), INVALID_PARAMETER)
        return self._pointer(self._items[index])

    def Clear(self) -> None:
        """Drop the references that the list itself holds."""
        self._items.clear()

    def Remove(self, pointer: Any) -> None:
        item = self._item(pointer)
        if item not in self._items:
            raise_error(f"Error removing {self._what}, it is not in the list.", INVALID_PARAMETER)
        self._items.remove(item)

    def _checked(self, index: int) -> int:
        if not isinstance(index, int):
            raise TypeError(f"in method 'GetByIndex', argument 2 of type 'unsigned int', not {index!r}")
        if not 0 <= index < len(self._items):
            raise_error(_out_of_range(index, len(self._items)), INVALID_PARAMETER)
        return index


class ICameraList:
    """Interface of :class:`CameraList`."""


class CameraList(PointerList[Any], ICameraList):
    """Cameras, in the order in which the SDK found them."""

    _what = "camera"

    def _pointer(self, item: Any) -> Any:
        return CameraPtr._to(item)

    def _item(self, pointer: Any) -> Any:
        return pointer._target

    def GetBySerial(self, serialNumber: str) -> Any:
        """The camera of this serial number; an invalid (falsy) pointer if there is none."""
        return self._search("_serial", serialNumber)

    def GetByDeviceID(self, deviceID: str) -> Any:
        return self._search("_serial", deviceID)

    def Add(self, camera: Any) -> None:
        self._items.append(camera._aim())

    def Append(self, list: CameraList) -> None:
        self._items += list._items

    def Remove(self, camera: Any) -> None:
        super().Remove(camera)

    def RemoveByIndex(self, index: int) -> None:
        del self._items[self._checked(index)]

    def RemoveBySerial(self, serialNumber: str) -> None:
        self._remove("serial", "serial number", serialNumber)

    def RemoveByDeviceID(self, deviceID: str) -> None:
        self._remove("device ID", "device ID", deviceID)

    def _search(self, attribute: str, wanted: str) -> Any:
        if not isinstance(wanted, str):
            raise TypeError(f"argument 2 of type 'std::string', not {wanted!r}")
        found = next((item for item in self._items if getattr(item, attribute) == wanted), None)
        return CameraPtr._to(found)

    def _remove(self, by: str, title: str, wanted: str) -> None:
        if not isinstance(wanted, str):
            raise TypeError(f"argument 2 of type 'std::string', not {wanted!r}")
        found = next((item for item in self._items if item._serial == wanted), None)
        if found is None:
            raise_error(
                f"Error removing camera, list error = Spinnaker: Error removing camera by {by}, "
                f'list error = {title} "{wanted}" not found. [-1014]',
                INVALID_PARAMETER,
            )
        self._items.remove(found)


_lists: weakref.WeakSet[CameraList] = weakref.WeakSet()


def list_of(cameras: Iterable[Any]) -> CameraList:
    """A list that the SDK returns, and counts as long as it holds cameras."""
    found = CameraList()
    found._items = list(cameras)
    _lists.add(found)
    return found


def cameras_are_listed() -> bool:
    """Whether a returned list still holds cameras."""
    return any(len(cameras) for cameras in list(_lists))
