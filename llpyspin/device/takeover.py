"""Brings a camera from any state into a known one when it is opened."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llpyspin.errors import CameraLostError, LlpyspinError, SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["is_color", "set_color", "take_over"]

log = logging.getLogger(__name__)

# In this order; a camera that lacks a node, or an entry, does without.
KNOWN_STATE: tuple[tuple[str, Any], ...] = (
    ("SequencerMode", "Off"),  # would lock most of the others
    ("AcquisitionMode", "Continuous"),
    ("ExposureMode", "Timed"),
    ("ExposureAuto", "Off"),
    ("GainAuto", "Off"),
    ("BalanceWhiteAuto", "Off"),
    ("AcquisitionFrameRateAuto", "Off"),
    ("DecimationVertical", 1),  # excludes binning
    ("DecimationHorizontal", 1),
    ("TestPattern", "Off"),
    ("Gain", 0.0),
)
TRIGGERS = ("AcquisitionStart", "FrameStart", "FrameBurstStart")


def take_over(nodes: NodeMap) -> None:
    """Stop what is going on in the camera, load its factory settings, and set what we rely on."""
    _attempt(nodes, "AcquisitionStop")
    _load_factory_settings(nodes)
    _triggers_off(nodes)
    for name, value in KNOWN_STATE:
        _set(nodes, name, value)


def _load_factory_settings(nodes: NodeMap) -> None:
    selector = nodes.usable("UserSetSelector")
    if selector is None or "Default" not in selector.entries():
        return
    _set(nodes, "UserSetSelector", "Default")
    _attempt(nodes, "UserSetLoad")


def _triggers_off(nodes: NodeMap) -> None:
    selector = nodes.usable("TriggerSelector")
    entries = selector.entries() if selector is not None else ()
    for entry in (name for name in TRIGGERS if name in entries):
        _set(nodes, "TriggerSelector", entry)
        _set(nodes, "TriggerMode", "Off")
    if "FrameStart" in entries:
        _set(nodes, "TriggerSelector", "FrameStart")
    _set(nodes, "TriggerMode", "Off")


def _set(nodes: NodeMap, name: str, value: Any) -> None:
    node = nodes.usable(name)
    if node is None or node.held() == value:
        return
    if not node.writable:  # as AcquisitionFrameRateAuto where Enabled is off: what is locked rules nothing
        log.info("%s stays as it is: the camera locks it", name)
        return
    try:
        if node.kind == "Enumeration" and value not in node.entries():
            return
        if node.kind in ("Float", "Integer"):
            value = max(value, node.limits().min)
        node.set(value)
    except CameraLostError:
        raise
    except LlpyspinError as error:
        log.warning("the camera does not take %s = %r: %s", name, value, str(error))


def _attempt(nodes: NodeMap, command: str) -> None:
    node = nodes.find(command)
    if node is None or not node.writable:
        return
    try:
        node.execute()
    except CameraLostError:
        raise
    except LlpyspinError as error:
        log.info("%s: %s", command, str(error))


def is_color(nodes: NodeMap, model: str) -> bool:
    """Whether the sensor has a colour filter."""
    colors = nodes.usable("PixelColorFilter")
    if colors is not None and (filter_ := colors.held()) is not None:
        return bool(filter_ != "None")
    # Older cameras do not tell; their models end in C or M.
    last = model.split()[-1] if model.split() else ""
    return last.rstrip("0123456789-").endswith("C") and _bayer8(nodes) is not None


def set_color(nodes: NodeMap, color: bool) -> str:
    """Choose the pixel format that colour, or no colour, is made from; return its name.

    Colour is read as the raw 8-bit Bayer mosaic where the camera gives it, and the reader makes BGR of it. A
    camera that converts by itself sends three bytes a pixel, so its frame rate is a third at most.
    """
    node = nodes.node("PixelFormat")
    entries = node.entries()
    wanted = [_bayer8(nodes), "BGR8", "RGB8", "RGB8Packed", "BGR16"] if color else ["Mono8", "Mono16"]
    for name in wanted:
        if name in entries:
            node.put(name)
            return str(name)
    kind = "colour" if color else "monochrome"
    raise SettingError(
        f"this camera has no {kind} pixel format. It gives {', '.join(entries)}", setting="pixel_format"
    )


def _bayer8(nodes: NodeMap) -> str | None:
    """The 8-bit Bayer format that fits the sensor's filter."""
    node, colors = nodes.usable("PixelFormat"), nodes.usable("PixelColorFilter")
    if node is None:
        return None
    offered = [name for name in node.entries() if name.startswith("Bayer") and name.endswith("8")]
    if colors is not None and (fitting := f"{colors.held()}8") in offered:
        return fitting
    return offered[0] if offered else None
