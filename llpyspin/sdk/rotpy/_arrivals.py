"""Event handlers that hear of cameras that come and go."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.sdk.rotpy._errors import INVALID_PARAMETER, NOT_INITIALIZED, RESOURCE_IN_USE, call, fail
from llpyspin.sdk.rotpy._events import EventHandler

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Arrivals", "InterfaceEventHandler"]

log = logging.getLogger(__name__)


class InterfaceEventHandler(EventHandler):
    """Gets the serial number of each camera that comes or goes, in a thread of the SDK.

    PySpin hands out cameras since 3.x.  Library 2.6 has the numbers and nothing else.
    """

    def OnDeviceArrival(self, serialNumber: int) -> None: ...

    def OnDeviceRemoval(self, serialNumber: int) -> None: ...


class Arrivals:
    """The handlers of the system, or of one interface.

    Parameters
    ----------
    attach, detach : callable
        Those of rotpy.
    """

    def __init__(self, attach: Callable[..., Any], detach: Callable[[Any], None]) -> None:
        self._raw: tuple[Callable[..., Any], Callable[[Any], None]] | None = (attach, detach)
        self._handlers: dict[int, tuple[EventHandler, Any]] = {}

    def register(self, handler: object, *more: Any) -> None:
        if not isinstance(handler, InterfaceEventHandler):
            fail(
                f"A system or interface takes interface event handlers here, not {type(handler).__name__}.",
                INVALID_PARAMETER,
            )
        if id(handler) in self._handlers:
            fail("The event handler is registered already.", RESOURCE_IN_USE)
        raw = call(self._calls()[0], _told(handler.OnDeviceArrival), _told(handler.OnDeviceRemoval), *more)
        self._handlers[id(handler)] = handler, raw

    def unregister(self, handler: object) -> None:
        if id(handler) not in self._handlers:
            fail("The event handler is not registered.", INVALID_PARAMETER)
        call(self._calls()[1], self._handlers[id(handler)][1])
        del self._handlers[id(handler)]

    def close(self) -> None:
        """Let everything go: it would keep the SDK from ending."""
        for handler, _ in list(self._handlers.values()):
            self.unregister(handler)
        self._raw = None

    def _calls(self) -> tuple[Callable[..., Any], Callable[[Any], None]]:
        if self._raw is None:
            fail("The system was released.", NOT_INITIALIZED)
        return self._raw


def _told(method: Callable[[int], None]) -> Callable[..., None]:
    def on_event(_raw_handler: Any, _owner: Any, serial: int) -> None:
        try:
            method(serial)
        except Exception:
            # The thread is the SDK's: an exception that went on into it would end the process.
            log.exception("the interface event handler %r failed", method)

    return on_event
