"""OpenCV's ``CAP_PROP_*`` numbers in terms of our settings, without importing OpenCV.

The numbers are those of ``opencv2/videoio.hpp``; units are ours (us, dB), which OpenCV leaves to the backend.
"""

from __future__ import annotations

import logging
import math
import numbers
import re
from typing import TYPE_CHECKING, Any

from llpyspin.errors import ArgumentTypeError, SettingError, SettingRangeError
from llpyspin.naming.nearest import nearest_words
from llpyspin.settings import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.camera.camera import Camera

__all__ = ["get_property", "property_of", "set_property"]

logger = logging.getLogger("llpyspin")

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


_NAMES = {
    **{"posmsec": POS_MSEC, "posframes": POS_FRAMES, "format": FORMAT, "fps": FPS, "framerate": FPS},
    **{"framewidth": FRAME_WIDTH, "width": FRAME_WIDTH, "frameheight": FRAME_HEIGHT, "height": FRAME_HEIGHT},
    **{"gain": GAIN, "exposure": EXPOSURE, "gamma": GAMMA, "convertrgb": CONVERT_RGB, "trigger": TRIGGER},
    **{"autoexposure": AUTO_EXPOSURE, "autowb": AUTO_WB, "temperature": TEMPERATURE},
    **{"buffersize": BUFFERSIZE, "readtimeoutmsec": READ_TIMEOUT_MSEC},
}
"""Without CAP_PROP, underscores and case."""
_SETTINGS = {"roi": "roi", "binsize": "binsize", "pixelformat": "pixel_format", "blacklevel": "black_level"}
"""Settings that have no number."""


def property_of(which: Any) -> int | str:
    """The number of a property, or the name of a setting that has no number.

    Parameters
    ----------
    which : int or str
        ``cv2.CAP_PROP_FPS``, ``"CAP_PROP_FPS"``, ``"fps"``, ``"framerate"``, ``"pixel_format"`` ...

    Raises
    ------
    SettingError
        There is none of this name; the text has the nearest ones.
    """
    if isinstance(which, (int, float)) and not isinstance(which, bool) and math.isfinite(which):
        return int(which)
    if not isinstance(which, str):
        raise ArgumentTypeError(f"a property is cv2.CAP_PROP_... or a name such as 'fps', not {brief(which)}")
    plain = re.sub(r"[\W_]", "", which).lower().removeprefix("cv2").removeprefix("capprop")
    if plain in _NAMES:
        return _NAMES[plain]
    if plain in _SETTINGS:
        return _SETTINGS[plain]
    known = sorted({*_NAMES, *_SETTINGS})
    near = nearest_words(plain, known, 3, 0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known)}."
    raise SettingError(f"no property is called {brief(which)}. {hint}", setting=which)


def get_property(cap: Camera, which: int | str) -> Any:
    """The value of a property, 0.0 where the camera or this package has no such thing (OpenCV's habit)."""
    found = property_of(which)
    if not cap.isOpened():
        return 0.0
    if isinstance(found, str):
        return cap.value_of(found)
    getter = _GET.get(found)
    if getter is None:
        return 0.0
    try:
        return getter(cap)
    except SettingError:
        return 0.0


def set_property(cap: Camera, which: int | str, value: Any) -> bool:
    """Whether the camera took the value.  In strict mode a refusal raises, else it is logged."""
    found = property_of(which)
    if not cap.isOpened():
        return False
    if isinstance(found, str):
        return cap.assign(found, value)
    setter = _SET.get(found)
    if setter is None:
        logger.info("property %s cannot be set with these cameras", brief(which))
        return False
    try:
        if not _is_finite(value):
            raise SettingRangeError(
                f"the value of property {brief(which)} must be a finite number, not {brief(value)}",
                value=value,
            )
        return setter(cap, value) is not False
    except (SettingError, ValueError, OverflowError) as error:
        if cap.strict:
            raise
        logger.warning("%s", error)
        return False
