"""Chunk data: exposure, gain and the levels of the lines that the camera appends to each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap

__all__ = ["LINE_STATUS", "chunk_of_lines", "enable_chunks"]

LINE_STATUS = {
    "ExposureEndLineStatusAll": "GetExposureEndLineStatusAll",
    "LineStatusAll": "GetLineStatusAll",
}
"""Chunks with the levels of all lines, the preferred one first, and how the SDK reads them.  The first one is
of the end of the exposure, and only GigE models have it; the second one is of the beginning of the frame."""
WANTED = ("FrameID", "Timestamp", "ExposureTime", "Gain")


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
        offered = selector.entries()
        sent = {name for name in WANTED if name in offered and _switch_on(nodes, name)}
        lines = next((name for name in LINE_STATUS if name in offered and _switch_on(nodes, name)), None)
    except SettingError:
        return set()
    return sent if lines is None else {*sent, lines}


def _switch_on(nodes: NodeMap, name: str) -> bool:
    nodes.node("ChunkSelector").put(name)
    enable = nodes.node("ChunkEnable")
    if enable.writable:
        enable.put(True)
    return enable.readable and bool(enable.get())


def chunk_of_lines(nodes: NodeMap) -> str:
    """The chunk with the levels of the lines that the camera sends now; "" if it sends none.

    Nodes and settings files may have switched it off.  An SDK gives 0 for a chunk that did not come, so the
    exposure time, which is never 0, must come with it.
    """
    active, selector = nodes.usable("ChunkModeActive"), nodes.usable("ChunkSelector")
    if active is None or selector is None or not active.held():
        return ""
    try:
        offered, before = selector.entries(), selector.held()
        found = next((name for name in LINE_STATUS if name in offered and _is_on(nodes, name)), "")
        whole = bool(found) and _is_on(nodes, "ExposureTime")
        if before is not None:
            selector.put(before)
    except SettingError:
        return ""
    return found if whole else ""


def _is_on(nodes: NodeMap, name: str) -> bool:
    nodes.node("ChunkSelector").put(name)
    return bool(nodes.node("ChunkEnable").held())
