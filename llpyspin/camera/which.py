"""Which cameras there are, and which of them an argument names."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from llpyspin.errors import ArgumentError, ArgumentTypeError
from llpyspin.processes.child import OPEN_S, CameraProcess

if TYPE_CHECKING:
    from llpyspin.device import FoundCamera

__all__ = ["list_cameras", "which_camera"]


def list_cameras(sdk: str | None = None) -> list[FoundCamera]:
    """The cameras that are connected now: ``serial``, ``model``, ``interface`` and ``in_use`` of each.

    Asks in a process of its own, which ends again, so that this one never loads the SDK.  Blocks for about
    1 s, with the real SDK about 7 s.  With some SDK versions, looking for cameras disturbs those that stream
    in other processes: list before you record.

    Parameters
    ----------
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.streaming.VideoStream`.
    """
    process = CameraProcess("list")
    try:
        found: list[FoundCamera] = process.request("list", sdk, timeout_s=OPEN_S)
        return found
    finally:
        process.close()


def which_camera(device: Any, serial_number: Any = None, device_index: Any = None) -> int | str:
    """The one identifier among the three ways of giving one; the camera process checks its value."""
    given = [value for value in (device, serial_number, device_index) if value is not None]
    if len(given) > 1:
        raise ArgumentTypeError("pass only one of device, serial_number and device_index")
    if serial_number is not None:
        device = serial_number
        if isinstance(device, int) and not isinstance(device, bool):
            return str(device)
    elif device_index is not None:
        device = device_index
    elif device is None:
        return 0
    if isinstance(device, str):
        return device
    try:
        if isinstance(device, bool):
            raise TypeError
        index = operator.index(device)  # numpy's integers too
    except TypeError:
        kind = type(device).__name__
        raise ArgumentTypeError(
            f"device must be an index (int) or a serial number (str), not {device!r} of type {kind}"
        ) from None
    if index < 0:
        raise ArgumentError(f"a device index must be 0 or more, not {index}")
    return index
