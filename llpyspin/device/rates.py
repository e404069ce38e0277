"""The frame rate of a camera that runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["exposure_us", "resulting_rate"]


def exposure_us(nodes: NodeMap) -> float | None:
    """The exposure time; None where the camera has none now, as while pulses end each exposure."""
    node = nodes.first("ExposureTime", "ExposureTimeAbs")
    return float(node.get()) if node is not None and node.readable else None


def resulting_rate(nodes: NodeMap) -> float:
    """Frames a second (Hz) that come of all settings together.

    Cameras that do not tell run at ``AcquisitionFrameRate``, or slower if the exposure is longer.
    """
    resulting = nodes.usable("AcquisitionResultingFrameRate")
    if resulting is not None:
        return float(resulting.get())
    rate, exposure = nodes.node("AcquisitionFrameRate"), exposure_us(nodes)
    most = float(rate.get())
    return min(most, 1e6 / exposure) if exposure else most
