"""OpenCV's ``CAP_PROP_*`` numbers in terms of our settings, without importing OpenCV.

The numbers are those of ``opencv2/videoio.hpp``; units are ours (us, dB), which OpenCV leaves to the backend.
"""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SettingError, SettingRangeError
from llpyspin.settings import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.camera.camera import Camera

__all__ = ["get_property", "set_property"]

POS_MSEC, POS_FRAMES = 0, 1
FRAME_WIDTH, FRAME_HEIGHT, FPS, FORMAT = 3, 4, 5, 8
GAIN, EXPOSURE, CONVERT_RGB = 14, 15, 16
AUTO_EXPOSURE, GAMMA, TEMPERATURE, TRIGGER = 21, 22, 23, 24
BUFFERSIZE, BACKEND, AUTO_WB = 38, 42, 44
OPEN_TIMEOUT_MSEC, READ_TIMEOUT_MSEC = 53, 54

_CV_8U, _CV_16U = 0, 2


def _position(cap: Camera) -> float:
    info = cap.frame_info
    return 0.0 if info is None else info.camera_timestamp_ns / 1e6


def _frames(cap: Camera) -> float:
    info = cap.frame_info
    return 0.0 if info is None else float(info.index + 1)


def _format(cap: Camera) -> float:
    name = cap.pixel_format
    depth = _CV_16U if any(bits in name for bits in ("10", "12", "16")) else _CV_8U
    channels = 1 if name.startswith("Mono") or (name.startswith("Bayer") and not cap.convert) else 3
    return float(depth + 8 * (channels - 1))


def _is_on(name: str) -> Callable[[Camera], float]:
    return lambda cap: float(cap.nodes[name] != "Off")


def _switch(name: str, on: str) -> Callable[[Camera, float], None]:
    def switch(cap: Camera, value: float) -> None:
        cap.nodes[name] = on if value else "Off"

    return switch


def _resize(axis: int) -> Callable[[Camera, float], bool]:
    def resize(cap: Camera, value: float) -> bool:
        roi: list[float] = list(cap.roi)
        roi[axis] = _whole_number(value)
        return cap.assign("roi", tuple(roi))

    return resize


def _buffersize(cap: Camera, value: float) -> None:
    cap.buffersize = _whole_number(value)  # type: ignore[assignment] # the property refuses other numbers


def _convert(cap: Camera, value: float) -> None:
    cap.convert = bool(value)


def _read_timeout(cap: Camera, value: float) -> None:
    cap.timeout = value / 1000


def _is_finite(value: object) -> bool:
    return isinstance(value, numbers.Real) and math.isfinite(value)


def _whole_number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


_GET: dict[int, Callable[[Camera], float]] = {
    POS_MSEC: _position,
    POS_FRAMES: _frames,
    FRAME_WIDTH: lambda cap: float(cap.width),
    FRAME_HEIGHT: lambda cap: float(cap.height),
    FPS: lambda cap: float(cap.framerate),
    FORMAT: _format,
    GAIN: lambda cap: cap.gain,
    EXPOSURE: lambda cap: float(cap.exposure or 0.0),  # none while pulses time it
    CONVERT_RGB: lambda cap: float(cap.convert),
    AUTO_EXPOSURE: _is_on("ExposureAuto"),
    GAMMA: lambda cap: cap.gamma,
    TEMPERATURE: lambda cap: float(cap.nodes["DeviceTemperature"]),
    TRIGGER: _is_on("TriggerMode"),
    BUFFERSIZE: lambda cap: float(cap.buffersize or 0),
    AUTO_WB: _is_on("BalanceWhiteAuto"),
    READ_TIMEOUT_MSEC: lambda cap: cap.timeout * 1000,
}

_SET: dict[int, Callable[[Camera, float], Any]] = {
    FRAME_WIDTH: _resize(3),
    FRAME_HEIGHT: _resize(2),
    FPS: lambda cap, value: cap.assign("framerate", value),
    GAIN: lambda cap, value: cap.assign("gain", value),
    EXPOSURE: lambda cap, value: cap.assign("exposure", value),
    CONVERT_RGB: _convert,
    AUTO_EXPOSURE: _switch("ExposureAuto", "Continuous"),
    GAMMA: lambda cap, value: cap.assign("gamma", value),
    TRIGGER: _switch("TriggerMode", "On"),
    BUFFERSIZE: _buffersize,
    AUTO_WB: _switch("BalanceWhiteAuto", "Continuous"),
    READ_TIMEOUT_MSEC: _read_timeout,
}


def get_property(cap: Camera, number: int) -> float:
    """The value of a property, 0.0 where the camera or this package has no such thing (OpenCV's habit)."""
    getter = _GET.get(int(number))
    if getter is None or not cap.isOpened():
        return 0.0
    try:
        return getter(cap)
    except SettingError:
        return 0.0


def set_property(cap: Camera, number: int, value: float) -> bool:
    """Whether the camera took the value.  In strict mode a refusal raises."""
    setter = _SET.get(int(number))
    if setter is None or not cap.isOpened():
        return False
    try:
        if not _is_finite(value):
            raise SettingRangeError(
                f"the value of property {number} must be a finite number, not {brief(value)}", value=value
            )
        return setter(cap, value) is not False
    except (SettingError, ValueError, OverflowError):
        if cap.strict:
            raise
        return False
