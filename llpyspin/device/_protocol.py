"""What the device needs from the object that receives its frames.

:class:`llpyspin.frames.FrameWriter` is one; tests use smaller ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["COUNTED", "INCOMPLETE", "RESTARTED", "VIRTUAL", "FrameLayout", "FrameSink"]

# Bits of a frame's flags, with the values that readers know them by.
INCOMPLETE = 1
VIRTUAL = 2
RESTARTED = 4
COUNTED = 16


@dataclass(frozen=True)
class FrameLayout:
    """How the bytes of one frame lie in memory.

    ``pixel_format`` is the camera's own name of the format ("Mono8", "BayerRG8"); ``stride`` are the bytes
    of a row, ``payload`` those of the picture, without what chunk data may follow it.
    """

    pixel_format: str
    width: int
    height: int
    stride: int
    payload: int


class FrameSink(Protocol):
    """Takes frames in the acquisition thread; no method may block."""

    def begin(self, layout: Any, buffers: int, *, lent: bool, block_bytes: int = 0) -> memoryview:
        """Make a fresh block of memory for ``buffers`` frames and return it, writable.

        ``lent``: the SDK itself will fill the block, which has ``block_bytes`` bytes.
        """

    def claim(self) -> tuple[int, memoryview]:
        """Return offset and memory of a buffer to copy a frame into (only where nothing was lent)."""

    def publish(
        self,
        offset: int,
        *,
        frame_id: int,
        camera_timestamp_ns: int,
        host_timestamp_ns: int,
        flags: Any,
        exposure_us: float,
        gain_db: float,
        line_status: int,
        lost_before: int = 0,
    ) -> int:
        """Tell readers of the frame at ``offset``; ``lost_before`` were lost since the one before."""

    def retire(self) -> list[int]:
        """Offsets of lent frames that no reader uses any more: their buffers may be filled again."""

    def end(self) -> None:
        """The stream pauses or ends in good order."""
