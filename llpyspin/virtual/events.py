"""Event handlers: classes to derive from, whose methods the virtual SDK calls."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.exceptions import INVALID_PARAMETER, not_implemented, raise_error

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DeviceArrivalEventHandler",
    "DeviceEventHandler",
    "DeviceRemovalEventHandler",
    "EventHandler",
    "IDeviceArrivalEventHandler",
    "IDeviceEventHandler",
    "IDeviceRemovalEventHandler",
    "IImageEventHandler",
    "IImageListEventHandler",
    "IInterfaceArrivalEventHandler",
    "IInterfaceEventHandler",
    "IInterfaceRemovalEventHandler",
    "ILoggingEventHandler",
    "ISystemEventHandler",
    "ImageEventHandler",
    "ImageListEventHandler",
    "InterfaceArrivalEventHandler",
    "InterfaceEventHandler",
    "InterfaceRemovalEventHandler",
    "LoggingEventHandler",
    "SystemEventHandler",
]

EVENT_IDS = {"Error": 40000, "ExposureEnd": 40003, "SerialPortReceive": 40005, "Test": 20479}


class EventHandler:
    """Root of all event handlers."""

    _event_name = ""
    _event_type = 0
    _by_serial = False
    """Wants serial numbers rather than cameras, as handlers of PySpin 1 did."""

    def SetEventType(self, eventType: int) -> None:
        self._event_type = eventType

    def GetEventType(self) -> int:
        return self._event_type

    def GetEventPayloadDataSize(self) -> int:
        return not_implemented("EventHandler.GetEventPayloadDataSize")

    def GetEventPayloadData(self) -> Any:
        return not_implemented("EventHandler.GetEventPayloadData")


class IImageEventHandler(EventHandler):
    """Interface of :class:`ImageEventHandler`."""


class ImageEventHandler(IImageEventHandler):
    """Override ``OnImageEvent``; it is called in a thread of the camera."""

    def OnImageEvent(self, image: Any) -> None:
        """An image has come; it is released when this returns, unless a reference is kept."""
        raise NotImplementedError(f"{type(self).__name__} does not override OnImageEvent")


class IImageListEventHandler(EventHandler):
    """Interface of :class:`ImageListEventHandler`."""


class ImageListEventHandler(IImageListEventHandler):
    """Can be derived from; virtual cameras have one stream and never call it."""

    def OnImageListEvent(self, imageList: Any) -> None:
        not_implemented("ImageListEventHandler.OnImageListEvent")


class IDeviceEventHandler(EventHandler):
    """Interface of :class:`DeviceEventHandler`."""

    _current = ""

    def GetDeviceEventId(self) -> int:
        """Number of the event that is being handled; 0 outside."""
        return EVENT_IDS.get(self._current, 0)

    def GetDeviceEventName(self) -> str:
        return f"Event{self._current}" if self._current else ""

    def OnDeviceEvent(self, eventName: str) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnDeviceEvent")

    def _deliver(self, name: str) -> None:
        if self._event_name in ("", name, f"Event{name}"):
            self._current = name
            try:
                told(self.OnDeviceEvent, f"Event{name}")
            finally:
                self._current = ""


class DeviceEventHandler(IDeviceEventHandler):
    """Override ``OnDeviceEvent``; needs ``EventNotification`` On for the event."""


class IDeviceArrivalEventHandler(EventHandler):
    """Interface of :class:`DeviceArrivalEventHandler`."""

    def OnDeviceArrival(self, pCamera: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnDeviceArrival")


class IDeviceRemovalEventHandler(EventHandler):
    """Interface of :class:`DeviceRemovalEventHandler`."""

    def OnDeviceRemoval(self, pCamera: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnDeviceRemoval")


class IInterfaceEventHandler(IDeviceArrivalEventHandler, IDeviceRemovalEventHandler):
    """Interface of :class:`InterfaceEventHandler`."""


class DeviceArrivalEventHandler(IDeviceArrivalEventHandler):
    """Override ``OnDeviceArrival(camera)``."""


class DeviceRemovalEventHandler(IDeviceRemovalEventHandler):
    """Override ``OnDeviceRemoval(camera)``."""


class InterfaceEventHandler(IInterfaceEventHandler):
    """Override ``OnDeviceArrival(camera)`` and ``OnDeviceRemoval(camera)``."""


class IInterfaceArrivalEventHandler(EventHandler):
    """Interface of :class:`InterfaceArrivalEventHandler`."""

    def OnInterfaceArrival(self, pInterface: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnInterfaceArrival")


class IInterfaceRemovalEventHandler(EventHandler):
    """Interface of :class:`InterfaceRemovalEventHandler`."""

    def OnInterfaceRemoval(self, pInterface: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnInterfaceRemoval")


class ISystemEventHandler(IInterfaceArrivalEventHandler, IInterfaceRemovalEventHandler):
    """Interface of :class:`SystemEventHandler`."""


class InterfaceArrivalEventHandler(IInterfaceArrivalEventHandler):
    """Can be registered; virtual interfaces never come or go."""


class InterfaceRemovalEventHandler(IInterfaceRemovalEventHandler):
    """Can be registered; virtual interfaces never come or go."""


class SystemEventHandler(ISystemEventHandler):
    """Can be registered; virtual interfaces never come or go."""


class ILoggingEventHandler(EventHandler):
    """Interface of :class:`LoggingEventHandler`."""

    def OnLogEvent(self, eventPtr: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not override OnLogEvent")


class LoggingEventHandler(ILoggingEventHandler):
    """Override ``OnLogEvent(data)``."""


def told(method: Callable[..., None], *what: Any) -> None:
    """Call a method of a handler.  Its error is the client's: it is printed, and the SDK goes on."""
    try:
        method(*what)
    except Exception:  # noqa: BLE001 - whatever the client's method raises
        name = f"{type(method.__self__).__name__}.{method.__name__}"  # type: ignore[attr-defined]
        sys.stderr.write(f"llpyspin: error in the event handler {name}:\n{traceback.format_exc()}")


def register(handlers: list[Any], handler: Any) -> None:
    """Add a handler to those of its kind; refused where it is there already."""
    if not isinstance(handler, EventHandler):
        raise TypeError(f"argument 2 of type 'EventHandler &', not {handler!r}")
    if handler in handlers:
        raise_error("Event handler is already registered.", INVALID_PARAMETER)
    handlers.append(handler)


def unregister(handlers: list[Any], handler: Any) -> None:
    """Remove a handler; refused where it is not there."""
    if handler not in handlers:
        raise_error("Event handler is not registered.", INVALID_PARAMETER)
    handlers.remove(handler)
