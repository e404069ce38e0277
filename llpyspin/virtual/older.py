"""Names of PySpin 1 to 3, for programs that are run by ``python -m llpyspin.virtual``.

``import llpyspin.virtual`` does not have them, as PySpin 4 does not: code of today must not get used to them.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["install"]

_CLASSES = {
    "ImageEvent": "ImageEventHandler",
    "DeviceEvent": "DeviceEventHandler",
    "LoggingEvent": "LoggingEventHandler",
}
_TOLD_BY_SERIAL = {
    "ArrivalEvent": "DeviceArrivalEventHandler",
    "RemovalEvent": "DeviceRemovalEventHandler",
    "InterfaceEvent": "InterfaceEventHandler",
}
_ALGORITHMS = "SPINNAKER_COLOR_PROCESSING_ALGORITHM_"
_CONSTANTS = {
    "SPINNAKER_IMAGE_STATUS_": "IMAGE_",
    "SPINNAKER_LOG_LEVEL_": "LOG_LEVEL_",
    "SPINNAKER_STATISTICS_CHANNEL_": "",
    _ALGORITHMS: "",
}
_METHODS = {
    "CameraPtr": {"RegisterEvent": "RegisterEventHandler", "UnregisterEvent": "UnregisterEventHandler"},
    "InterfacePtr": {"UnregisterEvent": "UnregisterEventHandler"},
    "SystemPtr": {
        "UnregisterInterfaceEvent": "UnregisterEventHandler",
        "UnregisterInterfaceEventHandler": "UnregisterEventHandler",
        "RegisterLoggingEvent": "RegisterLoggingEventHandler",
        "UnregisterLoggingEvent": "UnregisterLoggingEventHandler",
        "SetLoggingEventPriority": "SetLoggingEventPriorityLevel",
    },
}


def install(module: ModuleType) -> None:
    """Give the virtual PySpin the old names beside the new ones."""
    for name, value in _constants().items():
        if not hasattr(module, name):
            setattr(module, name, value)
    for name, new in _CLASSES.items():
        setattr(module, name, getattr(module, new))
    for name, new in _TOLD_BY_SERIAL.items():
        body = {"_by_serial": True, "__module__": module.__name__, "__doc__": "Gets serial numbers."}
        setattr(module, name, type(name, (getattr(module, new),), body))
    for owner, methods in _METHODS.items():
        kind = getattr(module, owner)
        for name, new in methods.items():
            setattr(kind, name, getattr(kind, new))
    system = module.SystemPtr
    system.RegisterInterfaceEvent = system.RegisterInterfaceEventHandler = _by_serial(
        system.RegisterEventHandler, unless_camera=True
    )
    interface = module.InterfacePtr
    interface.RegisterEvent = interface.RegisterEventHandler = _by_serial(
        interface.RegisterEventHandler, unless_camera=False
    )
    module.ImagePtr.Convert = _convert


def _by_serial(register: Any, *, unless_camera: bool) -> Any:
    """Register an event handler that is told serial numbers, as up to 2.x.

    The methods of interfaces have kept their name: there the parameter of the handler must be called a
    serial number.  Those of the System went with 3.x: there everything gets serial numbers, unless the
    parameter is called a camera.
    """

    def registered(self: Any, handler: Any, *more: Any) -> None:
        names = _parameters(handler)
        is_serial = any("serial" in name for name in names)
        is_camera = any("cam" in name for name in names)
        if is_serial or (unless_camera and not is_camera):
            handler._by_serial = True
        register(self, handler, *more)

    return registered


def _parameters(handler: Any) -> list[str]:
    """Names of the parameters of OnDeviceArrival and OnDeviceRemoval."""
    methods = (getattr(handler, name, None) for name in ("OnDeviceArrival", "OnDeviceRemoval"))
    overridden = [m for m in methods if m is not None and not m.__module__.startswith("llpyspin.")]
    return [name.lower() for m in overridden for name in inspect.signature(m).parameters]


def _constants() -> dict[str, int]:
    now = api.constants()
    found = {
        old + name.removeprefix(new): value
        for new, old in _CONSTANTS.items()
        for name, value in now.items()
        if name.startswith(new)
    }
    nearest = now[_ALGORITHMS + "NEAREST_NEIGHBOR"]
    none = now[_ALGORITHMS + "NONE"]
    return found | {"DEFAULT": nearest, "NO_COLOR_PROCESSING": none, _ALGORITHMS + "DEFAULT": nearest}


def _convert(self: Any, *args: int) -> Any:
    """``(format[, algorithm])``: a new image; today ``ImageProcessor.Convert``."""
    from llpyspin.virtual.processor import ImageProcessor

    if not 1 <= len(args) <= 2:
        raise TypeError("Wrong number or type of arguments for overloaded function 'Image_Convert'.")
    processor = ImageProcessor()
    if len(args) == 2:
        processor.SetColorProcessing(args[1])
    return processor.Convert(self, args[0])
