"""Chunk data: exposure and gain that the camera appends to each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["LINE_STATUS", "enable_chunks"]

LINE_STATUS = "ExposureEndLineStatusAll"  # GigE models only
WANTED = ("FrameID", "Timestamp", "ExposureTime", "Gain", LINE_STATUS)


def enable_chunks(nodes: NodeMap) -> set[str]:
    """Switch on the chunks that are useful here; return those that the camera will send.

    A camera without chunk data is as good: exposure and gain of its frames are then unknown.
    """
    active, selector, enable = (
        nodes.usable(name) for name in ("ChunkModeActive", "ChunkSelector", "ChunkEnable")
    )
    if active is None or selector is None:
        return set()
    try:
        active.put(True)
        enable = enable or nodes.usable("ChunkEnable")
        if enable is None:
            return set()
        sent = set()
        offered = selector.entries()
        for name in WANTED:
            if name in offered and _switch_on(nodes, name):
                sent.add(name)
    except SettingError:
        return set()
    return sent


def _switch_on(nodes: NodeMap, name: str) -> bool:
    nodes.node("ChunkSelector").put(name)
    enable = nodes.node("ChunkEnable")
    if enable.writable:
        enable.put(True)
    return enable.readable and bool(enable.get())
