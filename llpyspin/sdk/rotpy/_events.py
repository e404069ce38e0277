"""Event handlers: classes to derive from, as in PySpin, tied to rotpy's callbacks."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from llpyspin.sdk.rotpy._errors import INVALID_PARAMETER, call, fail
from llpyspin.sdk.rotpy._image import ImagePtr

__all__ = ["DeviceEventHandler", "EventHandler", "ImageEventHandler", "attach", "detach"]

log = logging.getLogger(__name__)


class Core(Protocol):
    """The camera that a handler belongs to."""

    @property
    def camera(self) -> Any: ...

    @property
    def images(self) -> Any: ...


class EventHandler:
    """Root of all event handlers."""


class ImageEventHandler(EventHandler):
    """Gets each complete image, in a thread of the SDK; rotpy withholds the incomplete ones."""

    def OnImageEvent(self, image: ImagePtr) -> None:
        raise NotImplementedError("an image event handler must define OnImageEvent(image)")


class DeviceEventHandler(EventHandler):
    """Gets the events of the camera, in a thread of the SDK."""

    metadata: tuple[str, int] | None = None

    def OnDeviceEvent(self, eventname: str) -> None:
        raise NotImplementedError("a device event handler must define OnDeviceEvent(eventname)")

    def GetDeviceEventName(self) -> str:
        """Only while ``OnDeviceEvent`` runs."""
        return self.metadata[0] if self.metadata else ""

    def GetDeviceEventId(self) -> int:
        """Only while ``OnDeviceEvent`` runs."""
        return self.metadata[1] if self.metadata else 0


def attach(core: Core, handler: EventHandler, event_name: str) -> Any:
    """Register with rotpy; gives what :func:`detach` needs."""
    if isinstance(handler, ImageEventHandler):
        return "image", call(core.camera.attach_image_event_handler, _image_callback(core, handler))
    if isinstance(handler, DeviceEventHandler):
        return "device", call(core.camera.attach_device_event_handler, _device_callback(handler), event_name)
    fail(f"A camera takes image and device event handlers, not {type(handler).__name__}.", INVALID_PARAMETER)


def detach(core: Core, registration: Any) -> None:
    kind, raw_handler = registration
    if kind == "image":
        call(core.camera.detach_image_event_handler, raw_handler)
    else:
        call(core.camera.detach_device_event_handler, raw_handler)


def _image_callback(core: Core, handler: ImageEventHandler) -> Any:
    def on_image(_raw_handler: Any, _camera: Any, raw_image: Any) -> None:
        image = ImagePtr(raw_image, held=True)
        core.images.add(image)
        try:
            handler.OnImageEvent(image)
        except Exception:
            # The thread is the SDK's: an exception that went on into it would end the process.
            log.exception("the image event handler %r failed", handler)

    return on_image


def _device_callback(handler: DeviceEventHandler) -> Any:
    def on_event(raw_handler: Any, _camera: Any, event_name: str) -> None:
        try:
            _, name, number = raw_handler.get_event_metadata()
            handler.metadata = (name, number)
            handler.OnDeviceEvent(event_name)
        except Exception:
            log.exception("the device event handler %r failed", handler)
        finally:
            handler.metadata = None

    return on_event
