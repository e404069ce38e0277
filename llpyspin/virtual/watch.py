"""Arrivals and removals of cameras: a thread that looks twice a second while somebody listens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.events import IDeviceArrivalEventHandler, IDeviceRemovalEventHandler, told
from llpyspin.virtual.references import CameraPtr

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Watch"]

_EVERY_S = 0.5


class Watch:
    """Tells event handlers which cameras come and go.

    Parameters
    ----------
    look : callable
        Gives the cameras that are plugged in now: pointers by serial number.
    handlers : list
        The handlers, kept up to date by the owner, who calls :meth:`adjust` after a change.
    """

    def __init__(self, look: Callable[[], dict[str, Any]], handlers: list[Any]) -> None:
        self._look = look
        self._handlers = handlers
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def adjust(self) -> None:
        """Start or stop looking."""
        wanted = any(
            isinstance(h, (IDeviceArrivalEventHandler, IDeviceRemovalEventHandler)) for h in self._handlers
        )
        if wanted and self._thread is None:
            self._over.clear()
            known = {serial: pointer.get() for serial, pointer in self._look().items()}
            self._thread = threading.Thread(target=self._run, args=(known,), name="arrivals", daemon=True)
            self._thread.start()
        elif not wanted:
            self.stop()

    def stop(self) -> None:
        """End the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._over.set()
            if thread is not threading.current_thread():
                thread.join()

    def _run(self, known: dict[str, Any]) -> None:
        # cameras are kept without pointers to them, which would keep the System from being released
        while not self._over.wait(_EVERY_S):
            now = {serial: pointer.get() for serial, pointer in self._look().items()}
            for serial in sorted(set(known) | set(now)):
                if known.get(serial) is not now.get(serial):
                    self._tell(known.get(serial), now.get(serial))
            known = now

    def _tell(self, gone: Any, come: Any) -> None:
        def shown(camera: Any, handler: Any) -> Any:
            if not handler._by_serial:
                return CameraPtr._to(camera)
            serial = camera._serial
            return int(serial) if serial.isdecimal() else serial

        for handler in list(self._handlers):
            if gone is not None and isinstance(handler, IDeviceRemovalEventHandler):
                told(handler.OnDeviceRemoval, shown(gone, handler))
            if come is not None and isinstance(handler, IDeviceArrivalEventHandler):
                told(handler.OnDeviceArrival, shown(come, handler))
