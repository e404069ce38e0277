"""Reads the temperature of a camera while no frame can be lost by it: never during a stream.

The SDK has no deadline for a node. A camera whose node hangs has no temperature, and the request goes on.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError

if TYPE_CHECKING:
    from llpyspin.device import Device

__all__ = ["Thermometer"]

TEMPERATURE_S = 0.5


class Thermometer:
    """Of one camera; used by the request thread, which waits ``seconds`` at most."""

    def __init__(self, seconds: float = TEMPERATURE_S) -> None:
        self._seconds = seconds
        self._thread: threading.Thread | None = None

    def read(self, device: Device) -> float | None:
        """The temperature in °C; None where it has none, does not answer, or did not before."""
        if self._thread is not None:
            return None
        found: list[float] = []

        def ask() -> None:
            try:
                found.append(float(device.get("temperature")))
            except (LlpyspinError, TypeError, ValueError):
                return  # it has no such node, or is gone: others tell of that

        thread = threading.Thread(target=ask, name="thermometer", daemon=True)
        thread.start()
        thread.join(self._seconds)
        if thread.is_alive():
            self._thread = thread  # stuck in the SDK: it is not asked again
            return None
        return next((round(value, 2) for value in found if math.isfinite(value)), None)
